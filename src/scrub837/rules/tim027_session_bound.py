"""TIM027."""

from __future__ import annotations

from collections.abc import Iterable

from scrub837.claims.encounters import Encounter
from scrub837.findings import Finding, Severity
from scrub837.rules._clock import Told, told_of, without_log
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope


class SessionBound(Rule):
    """More timed minutes are documented than the whole treatment lasted.

    What it checks
        The charted totals of the day in the log: the timed minutes charted, and the minutes of all timed
        rows together, against the total treatment minutes. One minute a line is taken for rounding.
    Why it matters
        Timed minutes are part of the treatment time. Where they exceed it, one of the two is wrong, and the
        units cannot be supported.
    What to do
        Look up the note and correct the log; bill the units that the corrected minutes support.
    About the fix
        None: which of the two is right only the record tells.
    Sources
        CMS Benefit Policy Manual 100-02 chapter 15 section 220.3.E (total timed minutes and total treatment
        time are documented).
    """

    code = "TIM027"
    name = "session-bound"
    severity = Severity.DENY
    scope = Scope.ENCOUNTER
    examples = (
        Bad("97110:GP x3 @45 timed=45 treatment=40"),
        Bad("97110:GP x2 @30 treatment=40 ; 97140:GP x1 @15 treatment=40", title="Rows add up to more"),
        Good("97110:GP x2 @30 timed=45 treatment=50 ; 97140:GP x1 @15 timed=45 treatment=50"),
        Good("97110:GP x1 @15", title="No totals charted"),
    )

    def check(self, subject: Encounter, context: Context) -> Iterable[Finding]:
        if without_log(self, subject, context):
            return ()
        told = told_of(subject, context)
        whole = told.total_treatment
        if whole is None:
            return ()
        charted = told.total_timed or 0
        if charted <= whole and told.timed <= whole + len(told.timed_lines):
            return ()
        return (self._found(subject, told, whole, charted),)

    def _found(self, encounter: Encounter, told: Told, whole: int, charted: int) -> Finding:
        timed, how = (charted, "are charted") if charted > whole else (told.timed, "add up")
        lines = told.timed_lines or encounter.lines
        return self.finding(
            lines[0].locate("SV1"),
            f"{timed} timed minutes {how} in a treatment of {whole} minutes.",
            why="Timed minutes are part of the treatment time, so one of the two is wrong.",
            action="Look up the note and correct the log; bill what the corrected minutes support.",
            related=[line.locate("SV1") for line in lines[1:]],
            facts={
                "day": encounter.day,
                "rows_timed": told.timed,
                "total_timed": told.total_timed,
                "total_treatment": whole,
            },
        )
