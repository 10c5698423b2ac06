"""TIM020."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scrub837.claims.encounters import Encounter
from scrub837.findings import Finding, Severity
from scrub837.rules._clock import (
    Row,
    at_start,
    clock_words,
    place_of,
    row_facts,
    rows_words,
    told_of,
    without_log,
)
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope


class TimeReversed(Rule):
    """A row of the treatment-time log stops before or when it starts.

    What it checks
        Start and stop of each documented interval. Times are local and of one day: an interval never crosses
        midnight, so stop must be later than start.
    Why it matters
        Such a row documents no time at all. When the payer asks for the record, the units that rest on it
        cannot be supported.
    What to do
        Look up the note and correct the log. Treatment over midnight is logged as two rows, one for each day.
    About the fix
        None: times are never guessed.
    Sources
        General billing practice; CMS Benefit Policy Manual 100-02 chapter 15 section 220.3.E (treatment time
        is documented).
    """

    code = "TIM020"
    name = "time-rev"
    severity = Severity.DENY
    scope = Scope.ENCOUNTER
    examples = (
        Bad("97110:GP x1 0915-0900"),
        Bad("97110:GP x1 0900-0900", title="No time at all"),
        Good("97110:GP x1 0900-0915"),
        Good("97110:GP x1 @15", title="Minutes alone"),
    )

    def check(self, subject: Encounter, context: Context) -> Iterable[Finding]:
        if without_log(self, subject, context):
            return ()
        found = told_of(subject, context).reversed
        return self._found(found) if found else ()

    def _found(self, rows: list[Row]) -> Iterator[Finding]:
        for row in rows:
            interval = row.interval
            start, stop = interval.start or 0, interval.stop or 0
            yield self.finding(
                place_of(row),
                f"The log has {interval.code} from {clock_words(start, stop).replace('-', ' to ')}: "
                "it does not stop after it starts.",
                why=f"{at_start(rows_words([interval]))} documents no time.",
                action="Look up the note and correct start and stop; over midnight log one row for each day.",
                facts={
                    "code": interval.code,
                    "clock": clock_words(start, stop),
                    "rows": row_facts([interval]),
                },
            )
