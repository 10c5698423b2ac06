"""IG003."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from scrub837.findings import Finding, Severity
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope

if TYPE_CHECKING:
    from scrub837.guide_scan import GuideRead


class GuideIncomplete(Rule):
    """The guide was asked in a roundabout way, or could not judge a transaction at all.

    What it checks
        What had to be changed in a copy before pyx12 could read it: a version it has no map for, bytes that
        are not ASCII, blank segments; and whether it reached the end.
    Why it matters
        Silence of the guide counts only for what it was shown.
    What to do
        Nothing where another map or a stand-in character was used; the finding says what. Where pyx12 broke
        off, the transaction is not checked against the guide: have it validated elsewhere before sending.
    About the fix
        Never: nothing is wrong with the claim itself.
    Sources
        pyx12 4.0.0: its maps, and what its reader refuses.
    """

    code = "IG003"
    name = "guide-incomplete"
    severity = Severity.INFO
    scope = Scope.GUIDE
    examples = (
        Bad("97110:GP x1", edits=(("005010X222A1", "005010X222"),)),
        Bad("97110:GP x1", edits=(("DANA QUILL", "DA\xd1A QUILL"),)),
        Good("97110:GP x1"),
    )

    def check(self, subject: GuideRead, context: Context) -> Iterable[Finding]:
        for note in subject.notes:
            yield self.finding(
                subject.start,
                f"The guide check was made on a cleaned copy: {note.text}.",
                why="pyx12 cannot read the file as it stands.",
                action="Nothing, unless a receiver refuses it.",
                facts={"kind": note.kind, "count": note.count},
            )
        if not subject.complete:
            context.not_checked(self, "pyx12 could not judge the transaction", lines=subject.lines)
            yield self.finding(
                subject.start,
                "This transaction could not be judged against the implementation guide.",
                severity=Severity.RISK,
                why="pyx12 broke off or has no map for its version.",
                action="Have the file validated elsewhere before it is sent.",
                facts={"lines": subject.lines},
            )
