"""CLM061."""

from __future__ import annotations

import re
from collections.abc import Iterable

from scrub837.claims.model import Claim
from scrub837.findings import Finding, Severity
from scrub837.rules._billing_provider import ALL_BELOW, billing_party, place_above
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope
from scrub837.x12.segments import value

_BOX = re.compile(r"\bP\.? ?O\.? ?BOX\b|\bPOST(?:AL)? OFFICE BOX\b|\bLOCK ?BOX\b|^BOX \d", re.IGNORECASE)


class BillingAddress(Rule):
    """The address of the billing provider is a post office box.

    What it checks
        N301 and N302 of the billing provider (2010AA). It is said once for all claims of the provider.
    Why it matters
        The guide wants a street address there; many clearinghouses return claims with a box.
    What to do
        Enter the street address as billing address, and the box as pay-to address (2010AB).
    About the fix
        None: the street address is not in the file.
    Sources
        X12 837P 005010X222A1, loop 2010AA N3 (a street address; a post office or lock box goes into the
        pay-to address, loop 2010AB).
    """

    code = "CLM061"
    name = "billing-address"
    severity = Severity.RISK
    scope = Scope.CLAIM
    facet = "form"
    examples = (
        Bad("97110:GP x1", edits=(("N3*100 SAMPLE ST", "N3*P.O. BOX 100"),)),
        Bad("97110:GP x1", edits=(("N3*100 SAMPLE ST", "N3*SUITE 4*PO Box 100"),)),
        Good("97110:GP x1", edits=(("N3*100 SAMPLE ST", "N3*100 BOXWOOD ST"),)),
    )

    def check(self, subject: Claim, context: Context) -> Iterable[Finding]:
        return self._found(subject) if subject.leads else ()

    def _found(self, claim: Claim) -> Iterable[Finding]:
        party = billing_party(claim)
        at = party.find("N3") if party else None
        if party is None or at is None:
            return
        for element in (1, 2):
            if _BOX.search(value(party.block.segments[at], element)):
                yield self.finding(
                    place_above(claim, at, f"N3{element:02d}", "2010AA"),
                    "The address of the billing provider is a post office box; a street address is wanted.",
                    why=f"Many clearinghouses return claims with a box as billing address. {ALL_BELOW}",
                    action="Enter the street address, and the box as pay-to address.",
                    facts={"element": f"N3{element:02d}"},
                )
