"""CLM062."""

from __future__ import annotations

import re
from collections.abc import Iterable

from scrub837.claims.model import Claim
from scrub837.findings import Finding, Severity
from scrub837.rules._billing_provider import ALL_BELOW, place_above
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope
from scrub837.x12.segments import value

_SHAPE = re.compile(r"[\dA-Z]{9}X", re.ASCII)


class BillingTaxonomy(Rule):
    """The billing provider has no taxonomy code, or one that cannot be one.

    What it checks
        PRV*BI of the billing provider (2000A): it is there, and PRV03 has ten characters that end in X. It is
        said once for all claims of the provider. Payers that do not want it: ignore this rule.
    Why it matters
        Payers that have enrolled a provider under several specialties need it to find the right one, and
        return the claims without it.
    What to do
        Enter the taxonomy code under which the billing provider is enrolled.
    About the fix
        None: the code is not in the file.
    Sources
        X12 837P 005010X222A1, loop 2000A PRV (situational: when the payer needs it); Health Care Provider
        Taxonomy Code Set (NUCC); reports of practice management users.
    """

    code = "CLM062"
    name = "billing-taxonomy"
    severity = Severity.RISK
    scope = Scope.CLAIM
    facet = "form"
    examples = (
        Bad("97110:GP x1", edits=(("PRV*BI*PXC*225100000X~\n", ""),)),
        Bad(
            "97110:GP x1", edits=(("PRV*BI*PXC*225100000X", "PRV*BI*PXC*22510000X"),), title="nine characters"
        ),
        Good("97110:GP x1"),
    )

    def check(self, subject: Claim, context: Context) -> Iterable[Finding]:
        return self._found(subject) if subject.leads else ()

    def _found(self, claim: Claim) -> Iterable[Finding]:
        if claim.billing is None:
            return ()
        segments = claim.billing.block.segments
        at = next((n for n, s in enumerate(segments) if s[0] == "PRV" and value(s, 1) == "BI"), None)
        code = value(segments[at], 3) if at is not None else ""
        if _SHAPE.fullmatch(code):
            return ()
        place = (
            place_above(claim, 0, "HL", "2000A") if at is None else place_above(claim, at, "PRV03", "2000A")
        )
        return (
            self.finding(
                place,
                f"The taxonomy code of the billing provider is {code}; they have ten characters and end in X."
                if code
                else "The billing provider has no taxonomy code (PRV*BI).",
                why=f"Some payers cannot find the right enrolment without it. {ALL_BELOW}",
                action="Enter the taxonomy code under which the billing provider is enrolled.",
                facts={"taxonomy": code},
            ),
        )
