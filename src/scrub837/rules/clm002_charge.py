"""CLM002."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scrub837.claims.model import Claim
from scrub837.findings import Finding, Location, Severity
from scrub837.rules._amounts import any_charge_fault, charge_fault
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope
from scrub837.x12.segments import value

_SAYS = {
    "missing": "is missing",
    "unreadable": "is not an amount",
    "negative": "is negative",
    "decimals": "has more than two decimals",
    "zero": "is zero",
}
_SEVERITIES = {"decimals": Severity.RISK, "zero": Severity.INFO}


class ClaimCharge(Rule):
    """A charge is missing, cannot be read, or is negative or zero.

    What it checks
        CLM02 and the SV102 of each line: digits with at most two decimals, no sign, no exponent, no comma or
        currency sign. Zero is allowed on a line, and only mentioned.
    Why it matters
        A claim with an amount that is not one is not read by the payer at all, and negative charges are
        refused: a credit is not billed but made by replacing or voiding the claim.
    What to do
        Enter the charge again. For a credit send a claim of frequency 7 or 8.
    About the fix
        None: a charge is never changed.
    Sources
        X12 837P 005010X222A1, loops 2300 CLM02 and 2400 SV102 (data element 782; zero is an acceptable
        value); clearinghouse edits on negative amounts.
    """

    code = "CLM002"
    name = "clm-charge"
    severity = Severity.REJECT
    scope = Scope.CLAIM
    facet = "charges"
    examples = (
        Bad("97110:GP x1", edits=(("*50*UN", "*-80*UN"),)),
        Bad("97110:GP x1", edits=(("*50*UN", "*5O.00*UN"),), title="the letter O"),
        Bad("97110:GP x1", edits=(("*50*UN", "**UN"),)),
        Bad("97110:GP x1", edits=(("CLM*C1*50*", "CLM*C1*$50*"),)),
        Bad("97110:GP x1", edits=(("*50*UN", "*+50*UN"),)),
        Bad("97110:GP x1 $0", title="zero is mentioned"),
        Good("97110:GP x1 $45.5"),
    )

    def check(self, subject: Claim, context: Context) -> Iterable[Finding]:
        charge = subject.charge
        if (
            charge is not None
            and charge >= 0
            and not any_charge_fault(tuple([service.charge_text for service in subject.services]))
        ):
            return ()
        return self._found(subject)

    def _found(self, claim: Claim) -> Iterator[Finding]:
        total = value(claim.clm, 2)
        fault = charge_fault(total)
        if fault and fault != "zero":  # the total of lines that are all zero
            yield self._says(claim.locate("CLM02"), "The claim total", total, fault)
        for line in claim.lines:
            sent = line.service.charge_text
            if fault := charge_fault(sent):
                yield self._says(line.locate("SV102"), f"The charge of {line.procedure.code}", sent, fault)

    def _says(self, place: Location, what: str, sent: str, fault: str) -> Finding:
        zero = fault == "zero"
        return self.finding(
            place,
            f"{what} {_SAYS[fault]}{'' if zero or not sent else f': {sent}'}.",
            why="A charge of zero is allowed; some payers leave the line out."
            if zero
            else "Payers return a claim with an amount that is not a plain positive number.",
            action="Make sure that no charge is meant."
            if zero
            else "Enter the charge again in the practice system.",
            severity=_SEVERITIES.get(fault),
            facts={"sent": sent, "fault": fault},
        )
