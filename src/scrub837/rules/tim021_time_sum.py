"""TIM021."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scrub837.claims.documentation import Record
from scrub837.claims.encounters import Encounter
from scrub837.claims.model import Line
from scrub837.findings import Finding, Severity
from scrub837.rules._clock import row_facts, rows_words, told_of, without_log
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope


class TimeSum(Rule):
    """The minutes a log states for a line are not those between its start and stop times.

    What it checks
        Rows that carry both: the minutes stated and the minutes between start and stop, of all rows of a
        line together. One minute of difference a row is taken for rounding.
    Why it matters
        Two records of one treatment that contradict each other support neither. For the unit rules the
        shorter one counts.
    What to do
        Look up the note and correct the log.
    About the fix
        None: which of the two is right only the record tells.
    Sources
        General billing practice; CMS Benefit Policy Manual 100-02 chapter 15 section 220.3.E (treatment time
        is documented).
    """

    code = "TIM021"
    name = "time-sum"
    severity = Severity.RISK
    scope = Scope.ENCOUNTER
    examples = (
        Bad("97110:GP x2 0900-0920 minutes=30"),
        Good("97110:GP x1 0900-0916 minutes=15", title="A minute may be rounding"),
        Good("97110:GP x2 0900-0920 0925-0935"),
    )

    def check(self, subject: Encounter, context: Context) -> Iterable[Finding]:
        if without_log(self, subject, context):
            return ()
        found = told_of(subject, context).summed
        return self._found(found, subject) if found else ()

    def _found(self, found: list[tuple[Line, Record]], encounter: Encounter) -> Iterator[Finding]:
        for line, record in found:
            both = [
                (i, i.minutes, i.stop - i.start)
                for i in record.intervals
                if i.day == encounter.day and i.stated and i.minutes is not None
                if i.start is not None and i.stop is not None and i.stop > i.start
            ]
            stated, clock = sum(m for _, m, _ in both), sum(c for _, _, c in both)
            rows = [interval for interval, _, _ in both]
            yield self.finding(
                line.locate("SV1"),
                f"The log states {stated} minutes for {line.procedure.code}, its clock times show {clock}.",
                why=f"The two contradict each other in {rows_words(rows)}.",
                action="Look up the note and correct the minutes or the times.",
                facts={
                    "code": line.procedure.code,
                    "stated": stated,
                    "clock": clock,
                    "rows": row_facts(rows),
                },
            )
