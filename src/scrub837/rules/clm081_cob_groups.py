"""CLM081."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scrub837.claims.model import Claim
from scrub837.findings import Finding, Severity
from scrub837.rules._decisions import decisions
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope
from scrub837.x12.segments import value

_LAST = "REF*6R*C1L1~\n"
_OTHER = "SVD*EXOTH*30*HC:97110:GP**1~\n"


class CobGroups(Rule):
    """The adjustments of one group are split over several segments.

    What it checks
        The CAS segments of each payer's decision on a line (2430): no group code (CO, PR ...) stands on two.
    Why it matters
        A segment holds six reasons of one group. Some payers return a claim that opens the same group again.
    What to do
        Have the practice system write the reasons of a group into one CAS segment.
    About the fix
        None: lines another payer has decided on are left as they are.
    Sources
        X12 837P 005010X222A1, loop 2430 CAS Line Adjustment (one segment a group code); reports of practice
        management users.
    """

    code = "CLM081"
    name = "cob-groups"
    severity = Severity.RISK
    scope = Scope.CLAIM
    facet = "form"
    examples = (
        Bad("97110:GP x1", edits=((_LAST, f"{_LAST}{_OTHER}CAS*CO*45*15~\nCAS*CO*253*5~\n"),)),
        Good("97110:GP x1", edits=((_LAST, f"{_LAST}{_OTHER}CAS*CO*45*15~\nCAS*PR*2*5~\n"),)),
        Good("97110:GP x1"),
    )

    def check(self, subject: Claim, context: Context) -> Iterable[Finding]:
        return () if subject.plain else self._found(subject)

    def _found(self, claim: Claim) -> Iterator[Finding]:
        for line in claim.lines:
            if not line.adjudicated:
                continue
            for decision in decisions(line):
                earlier: dict[str, int] = {}
                for at, cas in decision.adjustments:
                    group = value(cas, 1)
                    first = earlier.setdefault(group, at)
                    full = value(claim.block.segments[first], 17)  # a sixth reason: one more needs a segment
                    if first != at and not full:
                        yield self.finding(
                            line.locate("CAS01", at, loop="2430"),
                            f"The {group} adjustments of {line.procedure.code} stand on several segments.",
                            why="Some payers return a claim that opens the same group again.",
                            action="Have the practice system write the reasons of a group into one CAS.",
                            related=(line.locate("CAS01", first, loop="2430"),),
                            facts={"payer": decision.payer, "group": group},
                        )
