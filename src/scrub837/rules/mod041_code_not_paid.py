"""MOD041."""

from __future__ import annotations

from collections.abc import Iterable

from scrub837.claims.model import Line
from scrub837.findings import Finding, Severity
from scrub837.rules._payer_codes import exclusion_of
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope
from scrub837.rules._spinal import NOT_EXPECTED_TO_BE_PAID


class CodeNotPaid(Rule):
    """The payer never pays the code, or never by itself.

    What it checks
        Codes whose payment lies in that of another service, such as 97010 for Medicare, and codes a program
        does not cover, such as 98943 for Medicare, unless GA, GX, GY or GZ says that this is known.
    Why it matters
        Nothing will come for the line. For a bundled code the patient may not be billed either.
    What to do
        A bundled code needs no work: write it off. A code that is not covered goes with GY when a denial is
        wanted for the patient's other insurance.
    About the fix
        None: lines are never taken off a claim.
    Sources
        Medicare physician fee schedule, status B (97010); Palmetto and NGS chiropractic pages: Medicare
        covers spinal manipulation only.
    """

    code = "MOD041"
    name = "code-not-paid"
    severity = Severity.INFO
    scope = Scope.SERVICE
    examples = (
        Bad("97010:GP x1 ; 97110:GP x1"),
        Bad("provider=DC | 98943 x1"),
        Good("provider=DC | 98943:GY x1"),
        Good("payer=CI | 97010 x1"),
    )

    def check(self, subject: Line, context: Context) -> Iterable[Finding]:
        code = subject.procedure.code
        known = exclusion_of(code, subject.claim.profile)
        if known is None or known.kind not in ("bundled", "noncovered"):
            return ()
        bundled = known.kind == "bundled"
        if not bundled and NOT_EXPECTED_TO_BE_PAID.intersection(subject.procedure.modifiers):
            return ()
        payer = known.program.capitalize()
        return (
            self.finding(
                subject.locate("SV101-2"),
                f"{payer} never pays {code} by itself." if bundled else f"{payer} does not cover {code}.",
                why="Its payment lies in that of the other services." if bundled else f"{known.reason}.",
                action="Expect no payment; the patient may not be billed for it."
                if bundled
                else "Bill it with GY if a denial is wanted for another insurance, else bill the patient.",
                severity=Severity.INFO if bundled else Severity.RISK,
                facts={"code": code, "payer": payer, "kind": known.kind},
            ),
        )
