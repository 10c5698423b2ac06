"""TIM009."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scrub837.claims.model import Line
from scrub837.findings import Finding, Severity
from scrub837.reference.tables import always_therapy, timed_code
from scrub837.rules._minutes import discipline_of
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope


class DateRange(Rule):
    """A therapy line covers more than one day.

    What it checks
        DTP*472 of therapy lines with an RD8 range of several days. Remote monitoring codes, which are
        counted by the month, are left out.
    Why it matters
        Therapy is billed by day of treatment: units, the 8-minute rule, code pairs and unit limits all go by
        day. Payers return or deny such lines, and this program cannot judge their units.
    What to do
        Bill a line for each day of treatment.
    About the fix
        None: the units of each day are in the notes.
    Sources
        CMS Claims Processing Manual 100-04 chapter 5 section 20.2 (units by day); X12 837P 005010X222A1, loop
        2400 DTP*472. That payers return ranges is general billing practice.
    """

    code = "TIM009"
    name = "dos-range"
    severity = Severity.RISK
    scope = Scope.SERVICE
    examples = (
        Bad("97110:GP x3 to=2026-11-05"),
        Bad("97530:GO x2 to=2026-11-04"),
        Good("97110:GP x3"),
        Good("97110:GP x3 to=2026-11-03", title="A range of one day"),
        Good("98980:GP x1 to=2026-11-30", title="Counted by the month"),
        Good("97153 x8 to=2026-11-05", title="Not therapy under a plan of care"),
    )

    def check(self, subject: Line, context: Context) -> Iterable[Finding]:
        return self._found(subject) if subject.dates.days > 1 else ()

    def _found(self, line: Line) -> Iterator[Finding]:
        code, dates = line.procedure.code, line.dates
        timed = timed_code(code)
        if not (always_therapy(code) or discipline_of(line)) or (timed and timed.kind == "month"):
            return
        yield self.finding(
            line.locate("DTP03"),
            f"{code} covers {dates.days} days ({dates.first} to {dates.last}); therapy is billed by day.",
            why="Units, code pairs and unit limits go by day; a range shows none of them.",
            action="Bill a line for each day of treatment.",
            facts={"code": code, "from": dates.first, "to": dates.last, "days": dates.days},
        )
