"""WVR002."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from scrub837.findings import Finding, Severity
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope
from scrub837.rules._waived import facts_of, of_waiver, place_of

if TYPE_CHECKING:
    from scrub837.waivers import WaiverUse


class WaiverUnused(Rule):
    """A waiver was for no finding of the run.

    What it checks
        That each waiver is for at least one finding of any file of the run. It is told at the end, on the
        last file. Waivers of rules that are switched off are left out, and nothing is told when a file could
        not be read to its end.
    Why it matters
        The fault may have been corrected, the claim may be in another batch, or the waiver may name another
        rule, claim or line than was meant. A waiver that nobody needs hides the next finding like it.
    What to do
        Compare rule, claim and line with the report, and take the waiver out when it is done with.
    About the fix
        Never: the waiver file is for people to change.
    Sources
        The waiver file; see docs/waivers.md.
    """

    code = "WVR002"
    name = "wvr-unused"
    severity = Severity.INFO
    scope = Scope.WAIVER
    examples = (
        Bad("waive=mod-format:2026-12-31 | 97530:GP x1", title="nothing is wrong"),
        Bad("waive=mod-gap:2026-12-31 | 97530:gp x1", title="another rule found something"),
        Good("waive=mod-format:2026-12-31 | 97530:gp x1"),
    )

    def check(self, subject: WaiverUse, context: Context) -> Iterable[Finding]:
        waiver = subject.waiver
        if subject.expired or not subject.over:
            return ()
        if subject.claim_seen:
            why = "The rule has no finding there: it was corrected, or the waiver names another place."
        else:
            why = f"Claim {waiver.claim} is in no file of this run."
        finding = self.finding(
            place_of(waiver),
            f"{of_waiver(waiver)} is for no finding of this run.",
            why=why,
            action="Take it out of the waiver file when it is done with.",
            facts=facts_of(waiver) | {"claim_in_run": subject.claim_seen},
        )
        return (finding,)
