"""MOD018."""

from __future__ import annotations

from collections.abc import Iterable

from scrub837.claims.model import Claim
from scrub837.findings import Finding, Severity
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope
from scrub837.rules._spinal import SPINAL_MANIPULATIONS


class InitialTreatmentMissing(Rule):
    """Spinal manipulation for Medicare has no date of the initial treatment.

    What it checks
        Claims for Medicare with 98940, 98941 or 98942: DTP*454 of the claim or of a line.
    Why it matters
        Medicare wants the day on which this course of treatment began, and returns the claim without it.
    What to do
        Enter the date of the first treatment of this course in the practice system.
    About the fix
        None: the date does not stand in the claim.
    Sources
        X12 837P 005010X222A1, loop 2300 DTP Initial Treatment Date (qualifier 454); CMS Claims Processing
        Manual 100-04 chapter 26 section 10.4, item 14; clearinghouse edits for Medicare Part B.
    """

    code = "MOD018"
    name = "initial-treatment-missing"
    severity = Severity.DENY
    scope = Scope.CLAIM
    facet = "course"
    examples = (
        Bad("provider=DC 454=none | 98941:AT x1"),
        Good("provider=DC 454=20261020 | 98941:AT x1"),
        Good("provider=DC 454=none payer=CI | 98941 x1"),
        Good("provider=DC 454=none | 99213 x1"),
    )

    def check(self, subject: Claim, context: Context) -> Iterable[Finding]:
        if not subject.profile.medicare:
            return ()
        for service in subject.services:
            if service.procedure.code in SPINAL_MANIPULATIONS:
                return self._undated(subject, service.procedure.code)
        return ()

    def _undated(self, claim: Claim, code: str) -> Iterable[Finding]:
        element = claim.block.separators.element
        wanted = f"DTP{element}454{element}"
        if any(piece.startswith(wanted) for piece in claim.block.pieces):
            return ()
        return (
            self.finding(
                claim.locate("CLM"),
                f"The claim bills {code} and has no date of the initial treatment (DTP*454).",
                why="Medicare returns spinal manipulation without the day on which the treatment began.",
                action="Enter the date of the first treatment of this course.",
                related=[line.locate("SV101") for line in claim.lines if line.procedure.code == code][:1],
                facts={"code": code, "qualifier": "454"},
            ),
        )
