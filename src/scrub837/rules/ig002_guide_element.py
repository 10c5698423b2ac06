"""IG002."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from scrub837.findings import Finding, Severity
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope

if TYPE_CHECKING:
    from scrub837.guide_scan import GuideRead


class GuideElement(Rule):
    """An element is missing, too long, or holds what the implementation guide does not allow.

    What it checks
        pyx12 judges each element against guide 005010X222A1: mandatory elements, lengths, characters, code
        lists, dates and times, and elements that need each other.
    Why it matters
        A 999 with IK4 errors rejects the transaction before any payer reads it.
    What to do
        Correct the value where it is entered in the practice system, and send the claim again.
    About the fix
        Never: the right value is not in the file.
    Sources
        X12 005010X222A1 as mapped by pyx12 4.0.0; codes are those of 999 IK403 (005010X231A1).
    """

    code = "IG002"
    name = "guide-element"
    severity = Severity.REJECT
    scope = Scope.GUIDE
    examples = (
        Bad("97110:GP x1", edits=(("DMG*D8*19500315*F", "DMG*D8*19500315*Q"),)),
        Bad("97110:GP x1", edits=(("PRV*BI*PXC", "PRV*BI*PX"),)),
        Good("97110:GP x1"),
    )

    def check(self, subject: GuideRead, context: Context) -> Iterable[Finding]:
        from scrub837.rules._guide import tell  # noqa: PLC0415 - pyx12 is loaded only when the guide is asked

        return tell(self, subject, lambda hit: hit.error.level == "element")
