"""TIM026."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scrub837.claims.encounters import PatientDay
from scrub837.findings import Finding, Severity
from scrub837.rules._clock import Meeting, Row, clock_words, meetings, place_of, row_facts, rows_words
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope


class GroupSameTime(Rule):
    """One-on-one treatment of a patient is documented in the time of a group the patient was in.

    What it checks
        Start and stop of group treatment (97150, or rows of mode group) and of timed one-on-one services of
        the same patient and day, on all claims of the file.
    Why it matters
        A patient is in the group or treated alone, not both. One-on-one time is paid beside group treatment
        only when it was separate.
    What to do
        Look up the note. Correct the times if the log is wrong; if they are right, bill the group alone.
    About the fix
        None: what was done in those minutes only the record tells.
    Sources
        NCCI Policy Manual chapter XI (97150 and one-on-one services); CMS MLN1783722 (distinct time); CMS,
        11 Part B billing scenarios for PTs and OTs.
    """

    code = "TIM026"
    name = "group-same-time"
    severity = Severity.DENY
    scope = Scope.DAY
    needs_log = True
    examples = (
        Bad("97150:GP x1 0900-0940 mode=group ; 97110:GP:59 x1 0920-0935"),
        Good("97150:GP x1 0900-0940 mode=group ; 97110:GP:59 x1 0940-0955"),
    )

    def check(self, subject: PatientDay, context: Context) -> Iterable[Finding]:
        found = meetings(subject, context, _in_group)
        return self._found(found) if found else ()

    def _found(self, found: list[list[Meeting]]) -> Iterator[Finding]:
        for together in found:
            rows = (together[0].later, together[0].earlier)
            alone, group = rows if rows[1].group else rows[::-1]
            clock = ", ".join(clock_words(m.start, m.stop) for m in together)
            minutes = sum(m.stop - m.start for m in together)
            seen = list(dict.fromkeys(r.interval for m in together for r in (m.earlier, m.later)))
            yield self.finding(
                place_of(alone),
                f"{alone.interval.code} is documented one-on-one {clock}, in the time of the group "
                f"({group.interval.code}).",
                why=f"A patient is in the group or treated alone, not both; see {rows_words(seen)}.",
                action="Look up the note; correct the times, or bill the group alone.",
                related=[place_of(group)],
                facts={
                    "codes": [group.interval.code, alone.interval.code],
                    "clock": clock,
                    "minutes": minutes,
                    "rows": row_facts(seen),
                },
            )


def _in_group(one: Row, other: Row) -> bool:
    return (one.group and other.counts and not other.group) or (other.group and one.counts and not one.group)
