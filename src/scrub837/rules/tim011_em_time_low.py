"""TIM011."""

from __future__ import annotations

from collections.abc import Iterable

from scrub837.claims.encounters import Encounter
from scrub837.claims.time_codes import fitting, visit_range
from scrub837.claims.timing import count
from scrub837.findings import Finding, Severity
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope
from scrub837.rules._series import documented_minutes


class VisitTimeLow(Rule):
    """A visit's documented minutes are fewer than its level needs when it is chosen by time.

    What it checks
        Office visits from 2021 (99202-99205: 15, 30, 45, 60 minutes; 99212-99215: 10, 20, 30, 40), some
        hospital days from 2023 and discharge over 30 minutes, where the log has minutes for them.
    Why it matters
        The level may rest on medical decision making instead. If it was chosen by time, it is not supported.
    What to do
        See which of the two the note shows.
    About the fix
        None: codes are never changed.
    Sources
        AAPC on office visit times since 2021; Palmetto GBA on time-based codes. The midpoint rule does
        not apply to visits.
    """

    code = "TIM011"
    name = "em-time-low"
    severity = Severity.INFO
    scope = Scope.ENCOUNTER
    examples = (
        Bad("payer=CI provider=MD | 99214 x1 @25"),
        Bad("payer=CI provider=MD | 99205 x1 @59"),
        Good("payer=CI provider=MD | 99213 x1 @20"),
        Good("payer=CI provider=MD | 99214 x1", title="The level may rest on decision making"),
        Good("payer=CI provider=MD dos=2020-11-03 | 99214 x1 @25", title="Other times before 2021"),
    )

    def check(self, subject: Encounter, context: Context) -> Iterable[Finding]:
        if not context.documentation.given:
            return
        for line in subject.lines:
            row = visit_range(line.procedure.code, subject.day)
            minutes = documented_minutes(line, context) if row else None
            if row is None or minutes is None or minutes >= row.least:
                continue
            other = fitting(row.kind, minutes)
            verb = "is" if minutes == 1 else "are"
            yield self.finding(
                line.locate("SV101-2"),
                f"{row.code} chosen by time needs {row.least} minutes; {count(minutes, 'minute')} {verb} "
                "documented" + (f", which support {other.code}." if other else "."),
                why="The level may rest on medical decision making; then the minutes do not matter.",
                action="See in the note whether the level was chosen by time.",
                facts={
                    "code": row.code,
                    "minutes": minutes,
                    "least": row.least,
                    "supported": other.code if other else None,
                    "source": row.source,
                },
            )
