"""CLM012."""

from __future__ import annotations

from collections.abc import Iterable

from scrub837.claims.model import Claim
from scrub837.findings import Finding, Severity
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope
from scrub837.x12.segments import value

_FACILITY = "97110:GP x1"
_RENDERING = "NM1*82*1*ALDER"


class FacilityIsBilling(Rule):
    """The service facility is the billing provider itself.

    What it checks
        The NPI of the service facility (2310C) against that of the billing provider (2010AA).
    Why it matters
        The facility is only sent when the service took place somewhere else. Some payers return claims that
        name the billing provider again.
    What to do
        Leave the service facility out when it is the billing provider's own address.
    About the fix
        None: the facility may be meant, and only its NPI be wrong.
    Sources
        X12 837P 005010X222A1, loop 2310C (used when the location differs from the billing provider's);
        reports of practice management users on refused claims.
    """

    code = "CLM012"
    name = "facility-is-billing"
    severity = Severity.INFO
    scope = Scope.CLAIM
    facet = "providers"
    examples = (
        Bad(
            _FACILITY,
            edits=((_RENDERING, f"NM1*77*2*EXAMPLE THERAPY GROUP*****XX*1999000015~\n{_RENDERING}"),),
        ),
        Good(_FACILITY, edits=((_RENDERING, f"NM1*77*2*EXAMPLE POOL*****XX*1999000023~\n{_RENDERING}"),)),
        Good(_FACILITY),
    )

    def check(self, subject: Claim, context: Context) -> Iterable[Finding]:
        at = subject.layout.facility
        if not at:
            return ()
        npi = value(subject.block.segments[at], 9)
        if not npi or npi != subject.billing_npi:
            return ()
        return (
            self.finding(
                subject.locate_in(subject.block, at, "NM109", loop="2310C"),
                f"The service facility has the NPI of the billing provider ({npi}).",
                why="Some payers return claims whose facility is the billing provider itself.",
                action="Leave the facility out when that is where the service took place.",
                facts={"npi": npi},
            ),
        )
