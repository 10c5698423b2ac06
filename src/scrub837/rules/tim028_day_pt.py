"""TIM028."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scrub837.claims.encounters import PatientDay
from scrub837.claims.model import Line
from scrub837.findings import Finding, Severity
from scrub837.rules._clock import LONG_DAY, Row, minutes_of, rows_of
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope


class LongDay(Rule):
    """More than four hours of timed treatment in one discipline are documented for a patient and day.

    What it checks
        The timed one-on-one minutes of a patient and day by discipline, on all claims of the file.
    Why it matters
        So long a day is rare in outpatient therapy, and payers look at it first: often minutes were logged
        twice, or days were put together.
    What to do
        Compare the log with the notes. If the day was so long, keep the record at hand.
    About the fix
        None: nothing has to be wrong.
    Sources
        General billing practice (a threshold of this program, not of a payer).
    """

    code = "TIM028"
    name = "day-pt"
    severity = Severity.INFO
    scope = Scope.DAY
    needs_log = True
    examples = (
        Bad("97110:GP x9 @130 ; 97530:GP x8 @120"),
        Good("97110:GP x8 @120 ; 97530:GP x8 @120", title="Four hours"),
        Good("97110:GP x9 @130 role=PT ; 97535:GO x8 {P2} @120 role=OT", title="Two disciplines"),
    )

    def check(self, subject: PatientDay, context: Context) -> Iterable[Finding]:
        if minutes_of(subject, context) <= LONG_DAY:
            return ()
        return self._found(rows_of(subject, context), subject)

    def _found(self, rows: tuple[Row, ...], day: PatientDay) -> Iterator[Finding]:
        disciplines: dict[str, list[Row]] = {}
        for row in rows:
            if row.counts and row.line is not None:
                disciplines.setdefault(row.discipline, []).append(row)
        for discipline, own in disciplines.items():
            minutes = sum(row.interval.minutes or 0 for row in own)
            lines: list[Line] = list({id(r.line): r.line for r in own if r.line is not None}.values())
            if minutes <= LONG_DAY or not lines:
                continue
            yield self.finding(
                lines[0].locate("SV1"),
                f"{minutes} minutes of timed treatment are documented for this patient on {day.day}.",
                why="More than four hours in one discipline are rare, and payers look at such days first.",
                action="Compare the log with the notes.",
                related=[line.locate("SV1") for line in lines[1:]],
                facts={"day": day.day, "discipline": discipline, "minutes": minutes},
            )
