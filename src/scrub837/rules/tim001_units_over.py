"""TIM001."""

from __future__ import annotations

from collections.abc import Iterable

from scrub837.claims.encounters import Encounter
from scrub837.claims.timing import RULE_NAMES, Support, Verdict, count
from scrub837.findings import Finding, Severity
from scrub837.rules._lowering import lowered
from scrub837.rules._minutes import TimedDay, timed_days
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope
from scrub837.rules._series import Series, note_unclear, series_of


class UnitsOver(Rule):
    """More timed units are billed than the documented minutes support.

    What it checks
        The minutes that the treatment-time log documents for the timed codes of a patient, day, provider
        and discipline, against the units billed, by the rule of the payer: the 8-minute rule for Medicare
        and those that follow it, the midpoint rule code by code for others, both where the payer's rule
        is not known. Only skilled one-on-one minutes count: not group or supervised time, evaluation,
        aides, students or technicians; timed services that were given and not billed do count. Codes with
        further units of their own (critical care 99291 and 99292, 97129 and 97130, crisis 90839 and 90840
        ...) are judged by theirs.
    Why it matters
        Payers deny units that the record does not support, and take money back after an audit of the notes.
    What to do
        Bill the units the minutes support, or complete the log if treatment minutes are missing in it.
    About the fix
        Documented, and written only with ``--apply documented``: fewer units in SV104, with SV102 and CLM02
        lowered by the same unit charge. The payer profile has to set ``lower-units``, the minutes to leave
        one way to lower the units, every log row of the day to be attested, and the unit charge to be exact
        to the cent; the claim has to be an original one that no other payer has decided on. Else it is only
        shown. Units are never raised, moved to another code or lowered to none.
    Sources
        CMS Claims Processing Manual 100-04 chapter 5 section 20.2 (timed and untimed codes); CPT midpoint
        rule (UTHealth billing page on time-based codes); critical care time: CMS Claims Processing Manual
        chapter 12 section 30.6.12; other first and further units: general billing practice, as a risk at
        most.
    """

    code = "TIM001"
    name = "units-over"
    severity = Severity.DENY
    scope = Scope.ENCOUNTER
    fix = "sometimes"
    examples = (
        Bad("97140:GP x2 @22", title="22 minutes are one unit"),
        Bad("97140:GP x1 @7", title="Seven minutes earn no unit"),
        Bad("97110:GP x1 @18 ; 97140:GP x1 @13 ; 97116:GP x1 @10 ; 97035:GP x1 @8"),
        Bad("payer=CI | 97110:GP x2 @33 ; 97140:GP x1 @7", profile="commercial-ama"),
        Bad("97110:GP x1 @12 ; 97140:GP x1 @10 ; G0283:GP x1 @15 mode=supervised"),
        Bad("97110:GP x2 @15 ; -97110 @15 role=aide", title="Minutes given by an aide do not count"),
        Bad("place=23 provider=MD | 99291 x1 @80 ; 99292 x1", title="Medicare adds 99292 from 104 minutes"),
        Good("97110:GP x2 @33 ; 97140:GP x1 @7", title="Pooled remainders of 3 and 7 earn a unit"),
        Good("97110:GP x4 @52 ; -97140 @1", title="An unbilled minute counts into the pool"),
        Good("payer=CI | 97110:GP x1 @8 ; 97140:GP x1 @8", profile="commercial-ama"),
        Good("payer=CI | 97110:GP x1 @8 ; 97140:GP x1 @8", title="Right by one of two rules"),
        Good("97110:GP x1 @15 ; 97530:GO x1 @15"),
        Good("97140:GP x9", title="Without minutes nothing can be said"),
        Good(
            "payer=CI place=23 provider=MD | 99291 x1 @80 ; 99292 x1", title="CPT adds 99292 from 75 minutes"
        ),
    )

    def check(self, subject: Encounter, context: Context) -> Iterable[Finding]:
        note_unclear(self, subject, context)
        for day in timed_days(subject, context):
            if not day.right and day.wrong and Verdict.OVER in day.verdicts:
                over = day.supports[day.verdicts.index(Verdict.OVER)]
                yield self._of_day(day, over, subject, context)
        for series in series_of(subject, context):
            if not series.unclear and (series.first_short or series.surplus > 0):
                yield self._of_series(series)

    def _of_day(self, day: TimedDay, over: Support, subject: Encounter, context: Context) -> Finding:
        line = day.worst_line(over)
        fix, places = lowered(day, subject, context)
        message = over.words(day.billed)
        if len(day.supports) > 1:
            message += f"; {RULE_NAMES['cms']} and {RULE_NAMES['ama']} both support less than is billed"
        return self.finding(
            line.locate("SV104"),
            f"{message}.",
            why=f"Units without documented minutes are denied or taken back.{day.set_aside_words()}",
            action=f"{_to_bill(over)}; or complete the log if minutes are missing.",
            related=[*(other.locate("SV104") for other in day.lines if other is not line), *places],
            facts=day.facts(*day.supports),
            fix=fix,
        )

    def _of_series(self, series: Series) -> Finding:
        steps, minutes = series.steps, count(series.minutes, "documented minute")
        codes = steps.firsts if series.first_short else steps.further
        line = series.line_of(codes)
        code = line.procedure.code
        if series.first_short:
            message = f"{code} needs {count(steps.first or 0, 'minute')}; {minutes} were given."
            action = (
                f"Bill a service that {minutes} support, or complete the log if minutes are missing in it."
            )
        else:
            units, billed = steps.units(series.minutes)[1], series.billed(codes)
            supported = f"{minutes} support {count(units, 'unit')} of {code}"
            message = f"{supported} ({series.bound_words()}); {billed} billed."
            action = (
                f"Bill {count(units, 'unit')} of {code}, or complete the log if minutes are missing in it."
            )
        return self.finding(
            line.locate("SV104"),
            message,
            why="Units without documented minutes are denied or taken back.",
            action=action,
            severity=Severity.DENY if steps.confirmed else Severity.RISK,
            related=[other.locate("SV104") for other in series.lines if other is not line],
            facts=series.facts(),
        )


def _to_bill(support: Support) -> str:
    """What may be billed instead."""
    return f"Bill {' or '.join(support.legal_words())}" if support.units else "Bill no timed unit of the day"
