"""CLM080."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from scrub837.claims.model import Claim, Line
from scrub837.findings import Finding, Severity
from scrub837.rules._amounts import money
from scrub837.rules._decisions import Decision, decisions
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope

_LAST = "REF*6R*C1L1~\n"
_OTHER = "SVD*EXOTH*30*HC:97110:GP**1~\n"


class CobBalance(Rule):
    """What another payer paid and took off a line does not add up to its charge.

    What it checks
        For each payer that decided on a line (2430): SVD02 and all amounts of its CAS segments together are
        SV102. Lines the payer paid together with another (SVD06) are left out.
    Why it matters
        The next payer works from these amounts and returns a claim that does not balance.
    What to do
        Copy payment and adjustments from the other payer's remittance again.
    About the fix
        None: what the other payer decided is on its remittance.
    Sources
        X12 837P 005010X222A1, section 1.4.1 on coordination of benefits balancing, loop 2430 SVD and CAS.
    """

    code = "CLM080"
    name = "cob-balance"
    severity = Severity.RISK
    scope = Scope.CLAIM
    facet = "form"
    examples = (
        Bad("97110:GP x1", edits=((_LAST, f"{_LAST}{_OTHER}CAS*CO*45*10~\n"),)),
        Bad("97110:GP x1", edits=((_LAST, f"{_LAST}{_OTHER}"),), title="no adjustment"),
        Good("97110:GP x1", edits=((_LAST, f"{_LAST}{_OTHER}CAS*CO*45*15~\nCAS*PR*2*5~\n"),)),
        Good("97110:GP x1", edits=((_LAST, f"{_LAST}{_OTHER}CAS*CO*45*15**253*5~\n"),)),
        Good("97110:GP x1"),
    )

    def check(self, subject: Claim, context: Context) -> Iterable[Finding]:
        return () if subject.plain else self._found(subject)

    def _found(self, claim: Claim) -> Iterator[Finding]:
        for line in claim.lines:
            if line.adjudicated and line.charge is not None:
                by_payer: dict[str, list[Decision]] = {}
                for decision in decisions(line):
                    by_payer.setdefault(decision.payer, []).append(decision)
                for made in by_payer.values():
                    yield from self._payer(line, line.charge, made)

    def _payer(self, line: Line, charge: Decimal, made: list[Decision]) -> Iterator[Finding]:
        paid, adjusted = [one.paid for one in made], [one.adjusted for one in made]
        if any(one.bundled for one in made):
            return
        read_paid = [amount for amount in paid if amount is not None]
        read_adjusted = [amount for amount in adjusted if amount is not None]
        if len(read_paid) < len(made) or len(read_adjusted) < len(made):
            return
        payment, adjustment = sum(read_paid, Decimal(0)), sum(read_adjusted, Decimal(0))
        difference = charge - payment - adjustment
        if difference:
            yield self.finding(
                line.locate("SVD02", made[0].at, loop="2430"),
                f"{line.procedure.code} is billed at {money(charge)}, but what the other payer paid "
                f"({money(payment)}) and took off ({money(adjustment)}) is {money(payment + adjustment)}.",
                why="The next payer returns a claim whose earlier decisions do not balance.",
                action="Copy payment and adjustments from the other payer's remittance again.",
                facts={
                    "payer": made[0].payer,
                    "charge": charge,
                    "paid": payment,
                    "adjusted": adjustment,
                    "difference": difference,
                },
            )
