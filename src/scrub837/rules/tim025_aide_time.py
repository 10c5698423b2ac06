"""TIM025."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scrub837.claims.documentation import Record
from scrub837.claims.encounters import Encounter
from scrub837.claims.model import Line
from scrub837.claims.provider_work import UNSKILLED, is_timed
from scrub837.findings import Finding, Severity
from scrub837.rules._clock import row_facts, rows_words, told_of, without_log
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope


class AideTime(Rule):
    """Minutes given by an aide, student or technician are documented for a billed line.

    What it checks
        The role in the log's rows. A timed line with no other minutes is likely denied; where a therapist
        or assistant gave minutes too, only those count, which is told for information; an untimed line
        given by an aide alone is a risk.
    Why it matters
        Only treatment by a qualified professional or assistant is skilled treatment. Medicare pays nothing
        for time an aide or a student spends alone with the patient.
    What to do
        Bill the units the qualified person's minutes support, or correct the role if the log is wrong.
    About the fix
        None: units are lowered by a person.
    Sources
        Noridian, delivery methods of therapy (aides, students and technicians); CMS Benefit Policy Manual
        100-02 chapter 15 sections 220 and 230 (qualified professionals).
    """

    code = "TIM025"
    name = "aide-time"
    severity = Severity.DENY
    scope = Scope.ENCOUNTER
    examples = (
        Bad("97110:GP x1 0900-0915 role=aide"),
        Bad("97110:GP x1 @15 role=STUDENT"),
        Bad("97110:GP x1 0900-0915/PT 0915-0925/aide", title="For information: 10 minutes do not count"),
        Good("97110:GP x1 0900-0915 role=PTA"),
        Good("97110:GP x1 0900-0915", title="No role given"),
    )

    def check(self, subject: Encounter, context: Context) -> Iterable[Finding]:
        if without_log(self, subject, context):
            return ()
        found = told_of(subject, context).unskilled
        return self._found(found, subject) if found else ()

    def _found(self, found: list[tuple[Line, Record]], encounter: Encounter) -> Iterator[Finding]:
        for line, record in found:
            own = [i for i in record.intervals if i.day == encounter.day]
            rows = [i for i in own if i.role in UNSKILLED]
            minutes = sum(i.minutes or 0 for i in rows)
            others = sum(i.minutes or 0 for i in own if i.role not in UNSKILLED)
            code = line.procedure.code
            roles = dict.fromkeys(i.role.lower() for i in rows)
            who = " and ".join(f"{'an' if role == 'aide' else 'a'} {role}" for role in roles)
            alone = Severity.DENY if is_timed(code) else Severity.RISK
            yield self.finding(
                line.locate("SV1"),
                f"{minutes} minutes of {code} were given by {who} and do not count"
                + (f"; {others} minutes remain." if others else ", and no others are documented."),
                why=f"Only qualified people give skilled treatment; see {rows_words(rows)}.",
                action="Bill what the qualified person's minutes support, or correct the role in the log.",
                severity=Severity.INFO if others else alone,
                facts={"code": code, "minutes": minutes, "others": others, "rows": row_facts(rows)},
            )
