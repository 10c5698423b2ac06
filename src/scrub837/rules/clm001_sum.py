"""CLM001."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from scrub837.claims.model import Claim
from scrub837.findings import Finding, Severity
from scrub837.rules._amounts import money, total_of
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope, manual


class ClaimSum(Rule):
    """The claim total does not equal the charges of its lines.

    What it checks
        CLM02 against the sum of SV102 of all lines, exactly.
    Why it matters
        Payers return a claim whose total is not the sum of its lines: nobody can say which of the two is
        meant.
    What to do
        Find out in the practice system whether a line is missing, was entered twice or carries a wrong
        charge, and send the claim again.
    About the fix
        Shown only. The total is easy to work out, but the wrong amount may be that of a line.
    Sources
        X12 837P 005010X222A1, loop 2300 CLM02 (the total equals the sum of the SV102 of the claim) and
        section 1.4.1 on balancing.
    """

    code = "CLM001"
    name = "clm-sum"
    severity = Severity.DENY
    scope = Scope.CLAIM
    facet = "charges"
    examples = (
        Bad("total=999 | 97110:GP x2 $90 ; 97140:GP x1 $80"),
        Bad("total=90.10 | 97110:GP x1 $45.05 ; 97140:GP x1 $45.06", title="a cent"),
        Good("total=170.00 | 97110:GP x2 $90 ; 97140:GP x1 $80"),
    )

    def check(self, subject: Claim, context: Context) -> Iterable[Finding]:
        total = total_of(tuple([service.charge_text for service in subject.services]))
        if total is not None and subject.charge == total:
            return ()
        if total is None or subject.charge is None:
            if subject.services:
                reason = "the claim total or a charge cannot be read"
                context.not_checked(self, reason, lines=len(subject.services))
            return ()
        return (self._differs(subject, subject.charge, total),)

    def _differs(self, claim: Claim, billed: Decimal, total: Decimal) -> Finding:
        difference = billed - total
        count = len(claim.services)
        lines = f"its {count} lines add up to" if count > 1 else "its only line is"
        much = "much" if difference > 0 else "little"
        return self.finding(
            claim.locate("CLM02"),
            f"The claim total is {money(billed)}, but {lines} {money(total)}: "
            f"{money(abs(difference))} too {much}.",
            why="Payers return a claim whose total is not the sum of its lines.",
            action="Find the missing, repeated or wrong charge in the practice system.",
            facts={
                "claim_total": billed,
                "lines_total": total,
                "difference": difference,
                "charges": [line.charge for line in claim.lines],
            },
            fix=manual(f"{billed}", f"{total}", "The wrong amount may be that of a line, not the total."),
        )
