"""CLM060."""

from __future__ import annotations

import re
from collections.abc import Iterable

from scrub837.claims.model import Claim
from scrub837.findings import Finding, Severity
from scrub837.rules._billing_provider import ALL_BELOW, billing_party, place_above
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope
from scrub837.x12.segments import value

_NINE = re.compile(r"\d{9}", re.ASCII)


class BillingZip(Rule):
    """The ZIP code of the billing provider does not have nine digits.

    What it checks
        N403 of the billing provider (2010AA), for addresses in the United States: nine digits, without a
        hyphen. It is said once for all claims of the provider.
    Why it matters
        The guide asks for the full ZIP code of the billing provider. Some clearinghouses and payers return
        the claims without it, and some use it to find the provider's location.
    What to do
        Look the last four digits up and enter them in the practice system.
    About the fix
        None: the four digits are not in the file.
    Sources
        X12 837P 005010X222A1, loop 2010AA N403 (the full nine-digit ZIP code); reports of practice management
        users.
    """

    code = "CLM060"
    name = "billing-zip"
    severity = Severity.RISK
    scope = Scope.CLAIM
    facet = "form"
    examples = (
        Bad("97110:GP x1", edits=(("IL*627010001", "IL*62701"),)),
        Bad("97110:GP x1", edits=(("IL*627010001", "IL*62701-0001"),)),
        Good("97110:GP x1"),
        Good("97110:GP x1", edits=(("IL*627010001", "ON*K1A0B1*CA"),), title="abroad"),
    )

    def check(self, subject: Claim, context: Context) -> Iterable[Finding]:
        return self._found(subject) if subject.leads else ()

    def _found(self, claim: Claim) -> Iterable[Finding]:
        party = billing_party(claim)
        at = party.find("N4") if party else None
        if party is None or at is None:
            return ()
        segment = party.block.segments[at]
        code, country = value(segment, 3), value(segment, 4)
        if country not in ("", "US") or _NINE.fullmatch(code):
            return ()
        return (
            self.finding(
                place_above(claim, at, "N403", "2010AA"),
                f"The ZIP code of the billing provider is {code or 'missing'}; nine digits are wanted.",
                why=f"Some payers return claims without the full ZIP code. {ALL_BELOW}",
                action="Enter all nine digits, without a hyphen, in the practice system.",
                facts={"zip": code},
            ),
        )
