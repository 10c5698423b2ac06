"""CLM031."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import lru_cache

from scrub837.claims.model import Claim
from scrub837.claims.values import read_day
from scrub837.findings import Finding, Severity
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope
from scrub837.rules._service_days import date_at, first_day


class TimelyFiling(Rule):
    """A Medicare claim is sent more than one calendar year after the service.

    What it checks
        The first day of each line of an original claim (frequency 1) for Medicare against the day the file
        was made (GS04), or today where that is earlier or not given.
    Why it matters
        Medicare denies claims it receives later than one calendar year after the service, and the patient
        cannot be billed for them.
    What to do
        Check the date of service. If it is right, see whether one of the exceptions holds, such as
        retroactive entitlement or an error of the contractor, and send the proof with the claim.
    About the fix
        None: a date of service is never changed.
    Sources
        42 CFR 424.44 (time limits for filing claims); CMS Claims Processing Manual 100-04 chapter 1 section
        70 (the From date of the line counts for professional claims).
    """

    code = "CLM031"
    name = "timely-filing"
    severity = Severity.DENY
    scope = Scope.CLAIM
    facet = "dates"
    examples = (
        Bad("97110:GP x1 dos=2025-11-08", title="a year and a day before the file was made, 2026-11-09"),
        Good("97110:GP x1 dos=2025-11-09", title="a year before"),
        Good("payer=CI | 97110:GP x1 dos=2025-01-05"),
        Good("dos=2019-03-12 | 97110:GP x1", title="an old file"),
    )

    def check(self, subject: Claim, context: Context) -> Iterable[Finding]:
        if not subject.profile.medicare or subject.frequency != "1":
            return ()
        oldest = _oldest(subject.envelope.created, context.today)
        day = first_day(subject)
        return () if day is None or day >= oldest else (self._late(subject, oldest, context.today),)

    def _late(self, claim: Claim, oldest: date, today: date) -> Finding:
        late = [line for line in claim.lines if line.dates.first and line.dates.first < oldest]
        day, sent = (
            min(line.dates.first for line in late if line.dates.first),
            _sent(claim.envelope.created, today),
        )
        return self.finding(
            late[0].locate("DTP03", date_at(late[0])),
            f"The service of {day} is more than a year before the claim was sent ({sent}).",
            why="Medicare denies claims received later than one calendar year after the service.",
            action="Check the date; if it is right, find out whether an exception to the time limit holds.",
            related=[line.locate("DTP03", date_at(line)) for line in late[1:]],
            facts={"service_date": day, "sent": sent, "oldest": oldest},
        )


def _sent(created: str, today: date) -> date:
    return min(read_day(created) or today, today)


@lru_cache(64)
def _oldest(created: str, today: date) -> date:
    """The earliest service date that is still in time."""
    sent = _sent(created, today)
    return (
        date(sent.year - 1, 3, 1) if (sent.month, sent.day) == (2, 29) else sent.replace(year=sent.year - 1)
    )
