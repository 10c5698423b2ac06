"""IG001."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from scrub837.findings import Finding, Severity
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope

if TYPE_CHECKING:
    from scrub837.guide_scan import GuideHit, GuideRead

ENVELOPE = ("SE", "GE", "IEA", "HL", "LX")  # their counts and numbers are told by ENV rules


class GuideSegment(Rule):
    """A segment or loop is missing, misplaced or repeated against the implementation guide.

    What it checks
        pyx12 walks each transaction along the map of guide 005010X222A1: mandatory segments and loops, their
        order, how often each may stand, and segments the guide does not know at a place.
    Why it matters
        A transaction that does not follow the guide is answered by a 999 with IK3 errors. Nothing in it
        reaches the payer.
    What to do
        Enter the missing data in the practice system, or report the fault to the software's vendor: segments
        and their order are written by the program, not by the biller.
    About the fix
        Never: what is missing is not in the file.
    Sources
        X12 005010X222A1 as mapped by pyx12 4.0.0; codes are those of 999 IK304 (005010X231A1).
    """

    code = "IG001"
    name = "guide-segment"
    severity = Severity.REJECT
    scope = Scope.GUIDE
    examples = (
        Bad("97110:GP x1", edits=(("N3*100 SAMPLE ST~\n", ""),)),
        Bad("97110:GP x1", edits=(("DTP*472*", "DTP*050*"),)),
        Good("97110:GP x1"),
    )

    def check(self, subject: GuideRead, context: Context) -> Iterable[Finding]:
        from scrub837.rules._guide import tell  # noqa: PLC0415 - pyx12 is loaded only when the guide is asked

        return tell(self, subject, self._is_mine)

    @staticmethod
    def _is_mine(hit: GuideHit) -> bool:
        error = hit.error
        counted = error.segment_id in ENVELOPE and error.code in ("HL1", "HL2", "LX", "3", "4", "5")
        return error.level == "segment" and not (counted and error.segment_id in ENVELOPE[:3])
