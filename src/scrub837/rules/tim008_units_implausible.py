"""TIM008."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from scrub837.claims.encounters import Encounter
from scrub837.findings import Finding, Severity
from scrub837.rules._minutes import TimedDay, timed_days
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope

_MANY = 16  # units: four hours of one-on-one treatment
_DAY = 96  # units: 24 hours


class UnitsImplausible(Rule):
    """The timed units of a day are more than a treatment day holds.

    What it checks
        Units of 15-minute codes of one patient, day, provider and discipline. More than 16 (four hours)
        is worth a look when no minutes are documented; more than 96 are more than the day has.
    Why it matters
        Long one-on-one days are picked for review; a typing slip such as 22 for 2 is denied.
    What to do
        Compare the units with the note.
    About the fix
        None: the right number is in the note.
    Sources
        General billing practice: the 8-minute rule of CMS Claims Processing Manual 100-04 chapter 5
        section 20.2 makes a unit of 15 minutes; four hours a day is a common threshold of review.
    """

    code = "TIM008"
    name = "units-implausible"
    severity = Severity.RISK
    scope = Scope.ENCOUNTER
    examples = (
        Bad("97110:GP x12 ; 97530:GP x5"),
        Bad("97110:GP x97"),
        Good("97110:GP x8 ; 97530:GP x8"),
        Good("97110:GP x10 ; 97530:GO x10", title="Disciplines are counted apart"),
        Good("97110:GP x20 @300", title="Minutes are documented: units-over judges"),
    )

    def check(self, subject: Encounter, context: Context) -> Iterable[Finding]:
        return [
            self._of_day(day, units)
            for day in timed_days(subject, context)
            if (units := _units(day)) > (_DAY if day.minutes else _MANY)
        ]

    def _of_day(self, day: TimedDay, units: Decimal) -> Finding:
        line = max(day.lines, key=lambda line: line.units or 0)
        number, hours = f"{units.normalize():f}", f"{(units / 4).normalize():f}"
        impossible = units > _DAY
        return self.finding(
            line.locate("SV104"),
            f"{number} timed units are billed for one day: {hours} hours of one-on-one treatment.",
            why="A day has 24 hours." if impossible else "No minutes are documented that would show it.",
            action="Compare the units with the note.",
            severity=Severity.DENY if impossible else None,
            related=[other.locate("SV104") for other in day.lines if other is not line],
            facts={"day": day.day, "discipline": day.discipline, "units": units},
        )


def _units(day: TimedDay) -> Decimal:
    """Units of the day; those of a line over several days are spread evenly."""
    return sum((line.units / max(1, line.dates.days) for line in day.lines if line.units), Decimal(0))
