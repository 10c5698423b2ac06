"""CLM032."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from functools import lru_cache

from scrub837.claims.model import Claim, ServiceDates
from scrub837.claims.values import read_dates
from scrub837.findings import Finding, Severity
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope
from scrub837.rules._service_days import first_day
from scrub837.x12.segments import value

_BEFORE_SERVICE = {  # DTP01 of dates that cannot be later than the service
    "431": "onset of the illness",
    "454": "initial treatment",
    "439": "accident",
    "453": "acute manifestation",
    "304": "last visit to the doctor",
    "484": "last menstrual period",
    "455": "last X-ray",
}


class ClaimDates(Rule):
    """A date of the claim, such as onset or initial treatment, is impossible or after the service.

    What it checks
        The DTP segments of the claim: days of the calendar, ranges that do not end before they begin; onset
        (431), initial treatment (454), accident (439) and the like not after the first service.
    Why it matters
        Payers return impossible dates. An onset or a first treatment after the service contradicts the claim.
    What to do
        Correct the date in the practice system.
    About the fix
        None: dates are never changed.
    Sources
        X12 837P 005010X222A1, loop 2300 DTP segments.
    """

    code = "CLM032"
    name = "claim-dates"
    severity = Severity.REJECT
    scope = Scope.CLAIM
    facet = "episode"
    examples = (
        Bad("454=20260231 provider=DC | 98941:AT x1"),
        Bad("454=20261104 provider=DC | 98941:AT x1", title="the day after the service"),
        Bad("97110:GP x1", edits=(("HI*ABK", "DTP*431*D8*20261110~\nHI*ABK"),)),
        Good("454=20261103 provider=DC | 98941:AT x1", title="the first treatment"),
        Good("97110:GP x1", edits=(("HI*ABK", "DTP*096*D8*20261110~\nHI*ABK"),), title="discharge"),
    )

    def check(self, subject: Claim, context: Context) -> Iterable[Finding]:
        at = subject.layout.dates
        if not at:
            return ()
        head, element = subject.head, subject.block.separators.element
        day = first_day(subject)
        for n in at:
            limit, dates = _read(head[n], element)
            if dates.first is None or (limit and day is not None and dates.first > day):
                return self._found(subject, day)
        return ()

    def _found(self, claim: Claim, day: date | None) -> Iterator[Finding]:
        for at in claim.layout.dates:
            segment = claim.block.segments[at]
            what, dates = _read(claim.head[at], claim.block.separators.element)
            qualifier, sent = value(segment, 1), value(segment, 3)
            name = f"date of {what} ({qualifier})" if what else f"date {qualifier}"
            if dates.first is None:
                message = f"The {name} of the claim is not a day of the calendar: {sent or 'empty'}."
                severity = None
            elif what and day is not None and dates.first > day:
                message = f"The {name} is {dates.first}, after the service on {day}."
                severity = Severity.RISK
            else:
                continue
            yield self.finding(
                claim.locate("DTP03", at),
                message,
                why="Payers return claims whose dates are impossible or contradict each other.",
                action="Correct the date in the practice system.",
                severity=severity,
                facts={"qualifier": qualifier, "sent": sent, "service_date": day},
            )


@lru_cache(1 << 12)
def _read(dtp: str, element: str) -> tuple[str, ServiceDates]:
    """What the date is of when it cannot be after the service, and the date."""
    segment = dtp.split(element)
    return _BEFORE_SERVICE.get(value(segment, 1), ""), read_dates(value(segment, 2), value(segment, 3))
