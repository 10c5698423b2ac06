"""TIM010."""

from __future__ import annotations

from collections.abc import Iterable

from scrub837.claims.encounters import Encounter
from scrub837.claims.model import Line
from scrub837.claims.time_codes import TimeRange, fitting, psychotherapy_range
from scrub837.claims.timing import count
from scrub837.findings import Finding, Severity
from scrub837.rules._minutes import NO_LOG, NOT_OF_THIS_CLAIM, SOME_MISSING
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope
from scrub837.rules._series import documented_minutes


class PsychotherapyTime(Rule):
    """A code that is chosen by time does not fit the documented minutes.

    What it checks
        Psychotherapy alone (90832 from 16 minutes, 90834 from 38, 90837 from 53) and with a visit (90833,
        90836, 90838), family psychotherapy, smoking cessation: the minutes of the treatment-time log
        against the range of the code.
    Why it matters
        Payers compare session times with the code; 90837 is a common subject of review.
    What to do
        Bill the code the minutes fit, or correct the log.
    About the fix
        None: codes are never changed.
    Sources
        Psychotherapy ranges: UTHealth billing page on time-based codes. Psychotherapy with a visit,
        family psychotherapy and smoking cessation: general billing practice, as a risk at most. More
        minutes than the code's range are told for information: the claim is paid as it stands.
    """

    code = "TIM010"
    name = "psy-time-mismatch"
    severity = Severity.DENY
    scope = Scope.ENCOUNTER
    examples = (
        Bad("payer=CI provider=MD | 90837 x1 @50", title="50 minutes are 90834"),
        Bad("payer=CI provider=MD | 90832 x1 @15", title="Below 16 minutes there is no code"),
        Bad("payer=CI provider=MD | 90834 x1 0900-1000"),
        Bad("payer=CI provider=MD | 99213 x1 ; 90836 x1 @20"),
        Good("payer=CI provider=MD | 90837 x1 @53"),
        Good("payer=CI provider=MD | 90834 x1 @52"),
        Good("payer=CI provider=MD | 90837 x1", title="Without minutes nothing can be said"),
    )

    def check(self, subject: Encounter, context: Context) -> Iterable[Finding]:
        lines = [(line, row) for line in subject.lines if (row := psychotherapy_range(line.procedure.code))]
        return [found for line, row in lines if (found := self._of_line(line, row, context))]

    def _of_line(self, line: Line, row: TimeRange, context: Context) -> Finding | None:
        documentation = context.documentation
        minutes = documented_minutes(line, context)
        if minutes is None:
            missing = (
                SOME_MISSING if documentation.given and documentation.has_any([line]) else NOT_OF_THIS_CLAIM
            )
            context.not_checked(self, missing if documentation.given else NO_LOG)
            return None
        if row.least <= minutes <= (row.most or minutes):
            return None
        other = fitting(row.kind, minutes)
        fits = f"fit {other.code} ({other.words})" if other else f"fit no code of {row.kind}"
        short = minutes < row.least
        return self.finding(
            line.locate("SV101-2"),
            f"{count(minutes, 'documented minute')} {fits}; {row.code} is for {row.words}.",
            why="The code is chosen by the time of the session."
            if short
            else "The claim is paid as it stands; the minutes support a code for a longer session.",
            action="Bill the code that fits the minutes, or correct the log."
            if other
            else "If the log is complete, the session was too short to be billed with such a code.",
            severity=(Severity.DENY if row.confirmed else Severity.RISK) if short else Severity.INFO,
            facts={
                "code": row.code,
                "minutes": minutes,
                "least": row.least,
                "most": row.most,
                "fits": other.code if other else None,
                "source": row.source,
            },
        )
