"""CLM063."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from scrub837.claims.model import Claim, Level
from scrub837.findings import Finding, Severity
from scrub837.rules._billing_provider import billing_party
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope
from scrub837.x12.segments import value

_TAX_IDS = ("EI", "SY")  # employer's number, social security number
_NINE = re.compile(r"\d{9}", re.ASCII)


class BillingTaxId(Rule):
    """The tax number of the billing provider is missing or does not have nine digits.

    What it checks
        REF*EI, or REF*SY for a person, of the billing provider (2010AA): nine digits without a hyphen.
    Why it matters
        Payers match the provider by NPI and tax number together, and return claims without it.
    What to do
        Enter the tax number in the practice system, without a hyphen.
    About the fix
        None: the number is not shown in the report, and never changed.
    Sources
        X12 837P 005010X222A1, loop 2010AA REF Billing Provider Tax Identification (required; EI or SY).
    """

    code = "CLM063"
    name = "billing-tax-id"
    severity = Severity.REJECT
    scope = Scope.CLAIM
    facet = "form"
    examples = (
        Bad("97110:GP x1", edits=(("REF*EI*990000001~\n", ""),)),
        Bad("97110:GP x1", edits=(("REF*EI*990000001", "REF*EI*99-0000001"),)),
        Good("97110:GP x1"),
        Good("97110:GP x1", edits=(("REF*EI*990000001", "REF*SY*990000001"),)),
    )

    def check(self, subject: Claim, context: Context) -> Iterable[Finding]:
        level = subject.billing
        if level is None or _is_sound(level.block.text, level.block.cut, level.block.separators.element):
            return ()
        return self._found(subject, level)

    def _found(self, claim: Claim, level: Level) -> Iterable[Finding]:
        party = billing_party(claim)
        if party is None:  # no billing provider at all is another rule's
            return ()
        block = level.block
        at = next(
            (
                n
                for n in range(party.at, party.end)
                if value(block.segments[n], 1) in _TAX_IDS and block.segments[n][0] == "REF"
            ),
            None,
        )
        number = value(block.segments[at], 2) if at is not None else ""
        if _NINE.fullmatch(number):
            return ()
        hyphens = bool(_NINE.fullmatch(number.replace("-", "")))
        if at is None:
            message = "The billing provider has no tax number (REF*EI)."
        elif hyphens:
            message = "The tax number of the billing provider has hyphens."
        else:
            message = "The tax number of the billing provider is not nine digits."
        where, element = (party.at, "NM1") if at is None else (at, "REF02")
        return (
            self.finding(
                claim.locate_in(block, where, element, loop="2010AA"),
                message,
                why="Payers match the billing provider by NPI and tax number together.",
                action="Enter the tax number in the practice system, nine digits without a hyphen.",
                severity=Severity.RISK if hyphens else None,
                facts={"missing": at is None, "hyphens": hyphens},
            ),
        )


@lru_cache(256)
def _is_sound(text: str, cut: str, element: str) -> bool:
    """True when a tax number of nine digits is somewhere in a level; else it is looked at closely."""
    refs = [piece.split(element) for piece in text.split(cut) if piece[:3] == "REF"]
    return any(value(ref, 1) in _TAX_IDS and _NINE.fullmatch(value(ref, 2)) for ref in refs)
