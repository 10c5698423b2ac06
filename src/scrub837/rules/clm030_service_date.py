"""CLM030."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from scrub837.claims.model import Claim, Line
from scrub837.claims.values import read_day
from scrub837.findings import Finding, Severity
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope
from scrub837.rules._service_days import date_at
from scrub837.x12.segments import value


class ServiceDate(Rule):
    """The service date of a line is missing, impossible, backwards or in the future.

    What it checks
        DTP*472 of each line: it is there, its days are in the calendar, a range does not end before it
        begins, and it is not after today in the time zone of the settings. Dates of the claim, such as onset
        or initial treatment, are never taken for service dates.
    Why it matters
        Payers return lines without a usable service date, and no other rule can judge them: edits, limits and
        the treatment-time log all go by the day.
    What to do
        Enter the date on which the service was done. Bill a future date after the service.
    About the fix
        None: a date of service is never changed.
    Sources
        X12 837P 005010X222A1, loop 2400 DTP Service Date (472, D8 or RD8, required); Medicare 837P edits on
        future dates.
    """

    code = "CLM030"
    name = "service-date"
    severity = Severity.REJECT
    scope = Scope.CLAIM
    facet = "dates"
    examples = (
        Bad("97110:GP x1", edits=(("DTP*472*D8*20261103~\n", ""),)),
        Bad("97110:GP x1", edits=(("D8*20261103", "D8*20260231"),)),
        Bad("97110:GP x1", edits=(("472*D8*20261103", "472*RD8*20261104-20261103"),)),
        Bad("97110:GP x1 dos=2026-11-21", title="tomorrow"),
        Bad("97110:GP x1 dos=2026-11-20 to=2026-11-21"),
        Good("97110:GP x1 dos=2026-11-20", title="today"),
        Good("onset=2026-11-01 | 97110:GP x1 dos=2026-11-02 to=2026-11-03"),
    )

    def check(self, subject: Claim, context: Context) -> Iterable[Finding]:
        today = context.today
        for dates in subject.dates:
            if dates.last is None or dates.last > today:
                return self._found(subject, today)
        return ()

    def _found(self, claim: Claim, today: date) -> Iterator[Finding]:
        for line in claim.lines:
            if line.dates.last is None:
                yield self._unreadable(line)
            elif line.dates.last > today:
                yield self.finding(
                    line.locate("DTP03", date_at(line)),
                    f"The service date of {line.procedure.code} is {line.dates.last}, after today ({today}).",
                    why="Payers return services that have not been done yet.",
                    action="Correct the date, or send the claim after the service.",
                    facts={"code": line.procedure.code, "date": line.dates.last, "today": today},
                )

    def _unreadable(self, line: Line) -> Finding:
        at, code = date_at(line), line.procedure.code
        sent = value(line.claim.block.segments[at], 3) if at is not None else ""
        first, dash, last = (part.strip() for part in sent.partition("-"))
        if at is None or not sent:
            message = f"{code} has no service date (DTP*472)."
        elif dash and read_day(first) and read_day(last):
            message = f"The service dates of {code} run backwards: {read_day(first)} to {read_day(last)}."
        else:
            message = f"The service date of {code} is not a day of the calendar: {sent}."
        return self.finding(
            line.locate("DTP03", at) if at is not None else line.locate("SV1"),
            message,
            why="Payers return lines without a usable service date, and no edit can be checked.",
            action="Enter the date on which the service was done.",
            facts={"code": code, "sent": sent},
        )
