"""TIM024."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scrub837.claims.encounters import PatientDay
from scrub837.findings import Finding, Severity
from scrub837.rules._clock import Meeting, Row, clock_words, meetings, place_of, row_facts, rows_words
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope


class CoTreatment(Rule):
    """Two disciplines document one-on-one treatment of a patient in the same minutes.

    What it checks
        Start and stop of timed services that providers of different disciplines gave a patient on one day,
        on all claims of the file.
    Why it matters
        When two therapists treat a patient together, the time is billed by one of them, or divided between
        them. Billed by both it is paid twice.
    What to do
        Divide the minutes in the log as the notes divide them, or bill them on one claim.
    About the fix
        None: how the time was divided only the notes tell.
    Sources
        CMS Benefit Policy Manual 100-02 chapter 15 section 230 (practice of therapy; time of team
        treatment); general billing practice.
    """

    code = "TIM024"
    name = "cotreat"
    severity = Severity.RISK
    scope = Scope.DAY
    needs_log = True
    examples = (
        Bad("97530:GP x2 0900-0930 role=PT ; 97535:GO x2 {P2} 0900-0930 role=OT"),
        Bad("97530:GP x1 0900-0915 mode=cotreat role=PT ; 97535:GO x1 {P2} 0900-0915 mode=cotreat role=OT"),
        Good("97530:GP x1 0900-0915 role=PT ; 97535:GO x1 {P2} 0915-0930 role=OT", title="Time divided"),
    )

    def check(self, subject: PatientDay, context: Context) -> Iterable[Finding]:
        found = meetings(subject, context, _together)
        return self._found(found) if found else ()

    def _found(self, found: list[list[Meeting]]) -> Iterator[Finding]:
        for together in found:
            later, earlier = together[0].later, together[0].earlier
            one, two = earlier.interval.code, later.interval.code
            clock = ", ".join(clock_words(m.start, m.stop) for m in together)
            minutes = sum(m.stop - m.start for m in together)
            rows = list(dict.fromkeys(r.interval for m in together for r in (m.earlier, m.later)))
            yield self.finding(
                place_of(later),
                f"{earlier.discipline} ({one}) and {later.discipline} ({two}) both document {clock}: "
                f"{minutes} minutes are billed twice.",
                why=f"Time together is billed by one of them or divided; see {rows_words(rows)}.",
                action="Divide the minutes as the notes do, or bill them once.",
                related=[place_of(earlier)],
                facts={"codes": [one, two], "clock": clock, "minutes": minutes, "rows": row_facts(rows)},
            )


def _together(one: Row, other: Row) -> bool:
    return _in_hand(one) and _in_hand(other) and not one.same_hands(other)


def _in_hand(row: Row) -> bool:
    return row.counts or row.interval.mode == "cotreat"
