"""CLM007."""

from __future__ import annotations

from collections.abc import Iterable

from scrub837.claims.model import Line
from scrub837.findings import Finding, Severity
from scrub837.rules._places import PLACES
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope


class LinePlace(Rule):
    """The place of service of a line is not a code of CMS's list.

    What it checks
        SV105, where a line has its own place of service: it is one of CMS's two-digit codes.
    Why it matters
        The place of the line goes before that of the claim. A line with a place that does not exist is
        returned or denied.
    What to do
        Choose the place of service of the line in the practice system, or leave it to the claim.
    About the fix
        None: where the service took place is not in the file.
    Sources
        X12 837P 005010X222A1, loop 2400 SV105 (code source 237); CMS Place of Service Codes for Professional
        Claims.
    """

    code = "CLM007"
    name = "line-place"
    severity = Severity.DENY
    scope = Scope.SERVICE
    examples = (
        Bad("97110:GP x1 place=1"),
        Bad("97110:GP x1 place=59"),
        Good("97110:GP x1 place=12"),
        Good("97110:GP x1"),
    )

    def check(self, subject: Line, context: Context) -> Iterable[Finding]:
        place = subject.service.place
        if not place or place in PLACES:
            return ()
        code = subject.procedure.code
        return (
            self.finding(
                subject.locate("SV105"),
                f"Place of service {place} of {code} is not in CMS's list.",
                why="The place of the line goes before that of the claim.",
                action="Choose the place of service of the line, or leave it to the claim.",
                severity=None if len(place) == 2 and place.isdecimal() else Severity.REJECT,
                facts={"code": code, "place": place, "claim_place": subject.claim.place},
            ),
        )
