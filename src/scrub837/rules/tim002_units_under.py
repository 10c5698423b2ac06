"""TIM002."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from scrub837.claims.encounters import Encounter
from scrub837.claims.timing import Support, Verdict, count
from scrub837.findings import Finding, Severity
from scrub837.rules._minutes import TimedDay, timed_days
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope
from scrub837.rules._series import series_of


class UnitsUnder(Rule):
    """Fewer timed units are billed than the documented minutes support.

    What it checks
        The same arithmetic as units-over, the other way round: minutes of the treatment-time log that earn a
        unit nobody billed. Where the payer's rule is not known, only what both rules support.
    Why it matters
        The claim is paid as it stands; the practice leaves the difference.
    What to do
        Look at the note. If the minutes are right and skilled, bill the unit; a corrected claim is a person's
        decision, and units are never raised by this program.
    About the fix
        None: units go up only by hand.
    Sources
        CMS Claims Processing Manual 100-04 chapter 5 section 20.2; CPT midpoint rule (UTHealth billing
        page on time-based codes).
    """

    code = "TIM002"
    name = "units-under"
    severity = Severity.INFO
    scope = Scope.ENCOUNTER
    examples = (
        Bad("97140:GP x1 $45 @23", title="23 minutes are two units"),
        Bad("97110:GP x1 @20 ; 97140:GP x1 @20"),
        Bad("payer=CI | 97110:GP x1 @24 ; 97112:GP x2 @23", profile="commercial-ama"),
        Bad("97129:GN x1 @38 ; 97130:GN x1 @0", title="38 minutes are 97129 and two units of 97130"),
        Good("97140:GP x1 @22"),
        Good("payer=CI | 97110:GP x1 @20 ; 97140:GP x1 @20", title="One of two rules supports no more"),
    )

    def check(self, subject: Encounter, context: Context) -> Iterable[Finding]:
        for day in timed_days(subject, context):
            if day.verdicts and all(verdict is Verdict.UNDER for verdict in day.verdicts):
                yield self._of_day(day, min(day.supports, key=lambda support: support.units))
        for series in series_of(subject, context):
            if not series.unclear and series.surplus < 0 and series.billed(series.steps.further):
                line = series.line_of(series.steps.further)
                units = count(series.steps.units(series.minutes)[1], "unit")
                yield self.finding(
                    line.locate("SV104"),
                    f"{count(series.minutes, 'documented minute')} support {units} of {line.procedure.code} "
                    f"({series.bound_words()}); {series.billed(series.steps.further)} billed.",
                    why="The claim is paid as it stands.",
                    action="If the minutes are right, a person may bill the further units.",
                    facts=series.facts(),
                )

    def _of_day(self, day: TimedDay, support: Support) -> Finding:
        value = _left(day, support)
        left = f" (left out: ${value:.2f} at the unit charge of the lines)" if value else ""
        line = day.lines[0]
        return self.finding(
            line.locate("SV104"),
            f"{support.words(day.billed)}{left}.",
            why="The claim is paid as it stands; minutes that were documented are not billed.",
            action=f"If the minutes are right, a person may bill {' or '.join(support.legal_words())}.",
            related=[other.locate("SV104") for other in day.lines if other is not line],
            facts=day.facts(*day.supports) | ({"charge_not_billed": value} if value else {}),
        )


def _left(day: TimedDay, support: Support) -> Decimal | None:
    """The least charge of the missing units; ``None`` when a code they may go to is not billed here."""
    charges: dict[str, Decimal] = {}
    for line in day.lines:
        if line.charge and line.units:
            charges[line.procedure.code] = line.charge / line.units
    missing = support.missing(day.billed)
    open_units = support.units - day.units - sum(missing.values()) if support.pooled else 0
    if not missing.keys() <= charges.keys() or (open_units > 0 and not support.tied <= charges.keys()):
        return None
    value = sum((charges[code] * units for code, units in missing.items()), Decimal(0))
    cheapest = sorted(
        charges[code] for code in support.tied if day.billed.get(code, 0) <= support.least[code]
    )
    return value + sum(cheapest[: max(0, open_units)], Decimal(0))
