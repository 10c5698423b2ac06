"""CLM006."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scrub837.claims.model import Claim
from scrub837.findings import Finding, Severity
from scrub837.rules._places import PLACES
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope


class ClaimPlace(Rule):
    """The place of service of the claim is missing or not a code of CMS's list.

    What it checks
        CLM05-1 is one of CMS's two-digit place of service codes, and CLM05-2 is B, which says that it is one.
    Why it matters
        Payers pay by place. A claim without a valid place is returned.
    What to do
        Choose the place of service in the practice system, such as 11 for an office.
    About the fix
        None: where the service took place is not in the file.
    Sources
        X12 837P 005010X222A1, loop 2300 CLM05-1 (code source 237) and CLM05-2 (B); CMS Place of Service Codes
        for Professional Claims; CMS Claims Processing Manual 100-04 chapter 26 section 10.5.
    """

    code = "CLM006"
    name = "clm-place"
    severity = Severity.REJECT
    scope = Scope.CLAIM
    facet = "form"
    examples = (
        Bad("97110:GP x1", edits=(("*11:B:1*", "*:B:1*"),)),
        Bad("place=1 | 97110:GP x1"),
        Bad("place=28 | 97110:GP x1", title="not in use"),
        Bad("97110:GP x1", edits=(("*11:B:1*", "*11:A:1*"),)),
        Good("place=10 | 97110:GP x1"),
    )

    def check(self, subject: Claim, context: Context) -> Iterable[Finding]:
        facility = subject.facility
        if subject.place in PLACES and facility[3:4] == "B" and len(facility) == 6:
            return ()
        return self._found(subject)

    def _found(self, claim: Claim) -> Iterator[Finding]:
        place = claim.place
        _, qualifier, *_ = [*claim.facility.split(claim.block.separators.component), ""]
        if place not in PLACES:
            shaped = len(place) == 2 and place.isdecimal()
            yield self.finding(
                claim.locate("CLM05-1"),
                f"Place of service {place} is not in CMS's list."
                if place
                else "The place of service is missing.",
                why="Payers return or deny a claim whose place of service they do not know.",
                action="Choose the place of service in the practice system.",
                severity=Severity.DENY if shaped else None,
                facts={"place": place},
            )
        if qualifier.strip() != "B":
            yield self.finding(
                claim.locate("CLM05-2"),
                f"CLM05-2 is {qualifier.strip() or 'empty'}; it must be B, for a place of service code.",
                why="The place of service cannot be read without it.",
                action="Have the practice system write B in CLM05-2.",
                facts={"place": place, "qualifier": qualifier},
            )
