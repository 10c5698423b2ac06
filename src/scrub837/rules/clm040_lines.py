"""CLM040."""

from __future__ import annotations

from collections.abc import Iterable

from scrub837.claims.model import Claim
from scrub837.findings import Finding, Severity
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope

MOST = 50
_LINE = "LX*1~\nSV1*HC:97110:GP*50*UN*1***1~\nDTP*472*D8*20261103~\nREF*6R*C1L1~\n"


class ClaimLines(Rule):
    """The claim has no service line, or more than fifty.

    What it checks
        The number of service lines (loop 2400 with an SV1) of the claim.
    Why it matters
        A claim without lines bills nothing and is returned; more than fifty lines do not fit into a claim.
    What to do
        Enter the services, or split the claim by days in the practice system.
    About the fix
        None: claims are not split.
    Sources
        X12 837P 005010X222A1, loop 2400 (at least one, at most 50 a claim).
    """

    code = "CLM040"
    name = "clm-lines"
    severity = Severity.REJECT
    scope = Scope.CLAIM
    facet = "form"
    examples = (
        Bad("97110:GP x1", edits=((_LINE, ""),), title="none"),
        Bad("97110:GP x1" + " ; 97110:GP x1" * 50, title="51 lines"),
        Good("97110:GP x1" + " ; 97110:GP x1" * 49),
    )

    def check(self, subject: Claim, context: Context) -> Iterable[Finding]:
        count = len(subject.services)
        if 0 < count <= MOST:
            return ()
        return (
            self.finding(
                subject.lines[MOST].locate("LX01") if count else subject.locate("CLM"),
                f"The claim has {count} service lines; at most {MOST} are allowed."
                if count
                else "The claim has no service line.",
                why="Payers return a claim that bills nothing or has more lines than fit.",
                action="Split the claim by days in the practice system."
                if count
                else "Enter the services that were done.",
                facts={"lines": count, "most": MOST},
            ),
        )
