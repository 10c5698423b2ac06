"""WVR003."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from scrub837.findings import Finding, Severity
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope
from scrub837.rules._waived import facts_of, of_waiver

if TYPE_CHECKING:
    from scrub837.waivers import WaiverUse


class WaiverRefused(Rule):
    """A waiver is for a finding that cannot be waived; it stands.

    What it checks
        What each waiver is for: not a finding at reject that belongs to no claim, and not one at reject by a
        waiver for all claims of a payer.
    Why it matters
        What makes a whole file bounce is decided by whoever receives it: no reason given here changes that. A
        claim that bounces may be waived, but each by itself.
    What to do
        Correct the file; for a claim, name it in the waiver.
    About the fix
        Never: whether a finding may be waived is a person's decision.
    Sources
        The waiver file; see docs/waivers.md.
    """

    code = "WVR003"
    name = "wvr-refused"
    severity = Severity.RISK
    scope = Scope.WAIVER
    examples = (
        Bad("waive=envelope-count:2026-12-31:- | 97530:GP x1", edits=(("GE*1*", "GE*2*"),)),
        Bad("waive=clm-place:2026-12-31:* place=1 | 97530:GP x1", title="all claims of a payer"),
        Good("waive=clm-place:2026-12-31 place=1 | 97530:GP x1", title="that claim alone"),
    )

    def check(self, subject: WaiverUse, context: Context) -> Iterable[Finding]:
        waiver = subject.waiver
        if not subject.barred:
            return ()
        if waiver.claim is None:
            why = "It makes the whole file bounce, which no reason given here changes."
            action = "Correct the file; the waiver does nothing."
        else:
            why = "It makes the claim bounce, and that cannot be waived for all claims of a payer."
            action = "Correct the claims, or waive them one by one, each with its reason."
        finding = self.finding(
            subject.missed[0],
            f"{of_waiver(waiver)} does not hold: such a finding cannot be waived that way.",
            why=why,
            action=action,
            related=subject.missed[1:],
            facts=facts_of(waiver) | {"findings": len(subject.missed)},
        )
        return (finding,)
