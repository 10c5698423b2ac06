"""TIM022."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scrub837.claims.encounters import PatientDay
from scrub837.findings import Finding, Severity
from scrub837.rules._clock import Meeting, Row, clock_words, meetings, place_of, row_facts, rows_words
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope


class OverlapOfPatient(Rule):
    """Two timed one-on-one services of a patient are documented in the same minutes.

    What it checks
        Start and stop of the timed services of a patient and day that one provider, or two of one
        discipline, gave one-on-one, on all claims of the file; also those done and not billed. Supervised
        modalities and evaluations may run beside others, and blocks may alternate as long as none overlaps.
    Why it matters
        A minute of one-on-one treatment counts for one service. Minutes counted twice make units that were
        not given.
    What to do
        Look up the note. Correct the log if the times are wrong; if they are right, bill the minutes once.
    About the fix
        None: which service had the minutes only the record tells.
    Sources
        CMS Claims Processing Manual 100-04 chapter 5 section 20.2 (time is counted once); CMS, 11 Part B
        billing scenarios for PTs and OTs (one-on-one time may come in episodes that do not overlap).
    """

    code = "TIM022"
    name = "time-overlap-pt"
    severity = Severity.DENY
    scope = Scope.DAY
    needs_log = True
    examples = (
        Bad("97140:GP x1 0900-0915 [cervical] ; 97530:GP:59 x1 0900-0915 [cervical]"),
        Bad("97110:GP x1 0900-0915 ; 97140:GP x1 0908-0923/PTA", title="PT and PTA are one discipline"),
        Bad("97110:GP x1 0900-0915 || 97140:GP x1 0910-0925", title="On two claims"),
        Bad("97110:GP x2 0900-0915 0910-0925", title="Two rows of one line"),
        Good("97110:GP x1 0900-0910 0920-0925 ; 97140:GP x1 0910-0920", title="Interleaved blocks"),
        Good("97110:GP x1 0900-0915 ; G0283:GP x1 0900-0915 mode=supervised"),
    )

    def check(self, subject: PatientDay, context: Context) -> Iterable[Finding]:
        found = meetings(subject, context, _double)
        return self._found(found) if found else ()

    def _found(self, found: list[list[Meeting]]) -> Iterator[Finding]:
        for together in found:
            later, earlier = together[0].later, together[0].earlier
            one, two = earlier.interval.code, later.interval.code
            clock = ", ".join(clock_words(m.start, m.stop) for m in together)
            minutes = sum(m.stop - m.start for m in together)
            rows = list(dict.fromkeys(r.interval for m in together for r in (m.earlier, m.later)))
            names = f"{one} and {two} are both" if one != two else f"{two} is twice"
            yield self.finding(
                place_of(later),
                f"{names} documented {clock}: {minutes} min counted twice.",
                why=f"A minute of one-on-one treatment counts for one service; see {rows_words(rows)}.",
                action="Look up the note; correct the times, or bill the minutes once.",
                related=[] if later.line is earlier.line else [place_of(earlier)],
                facts={"codes": [one, two], "clock": clock, "minutes": minutes, "rows": row_facts(rows)},
            )


def _double(one: Row, other: Row) -> bool:
    return one.counts and other.counts and one.same_hands(other)
