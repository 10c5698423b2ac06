"""Encounters: what one rendering provider did for one patient on one day, whatever claims it was billed on.

NCCI pairs and unit limits act on encounters (rules of 42 CFR 414, NCCI Policy Manual chapter I), so they are
grouped by the lines, not by the claim. A line over several days (RD8) belongs to each of them.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from datetime import date, timedelta

import msgspec

from scrub837.claims.details import taxonomy
from scrub837.claims.model import Claim, Line
from scrub837.claims.services import ServiceDates
from scrub837.config import Profile

LONGEST_RANGE = 31  # days of an RD8 range that are looked at one by one


class Encounter(msgspec.Struct, frozen=True):
    """Lines of one patient, day and provider, in file order, from one claim or several."""

    patient: tuple[str, str, str, str]
    day: date
    provider: str  # NPI, or what ``same-provider`` makes of it
    lines: list[Line]
    alike: Hashable = None  # of all that have the same rules find the same, but for names and numbers

    @property
    def profile(self) -> Profile:
        """The payer profile of its first claim; all its claims go to one payer."""
        return self.lines[0].claim.profile

    @property
    def claims(self) -> list[Claim]:
        """The claims it spans, each once, in file order."""
        return list({line.claim.index: line.claim for line in self.lines}.values())


class PatientDay(msgspec.Struct, frozen=True):
    """All lines of one patient and day, by provider."""

    patient: tuple[str, str, str, str]
    day: date
    encounters: list[Encounter]

    @property
    def lines(self) -> list[Line]:
        return [line for encounter in self.encounters for line in encounter.lines]


def days_of(line: Line) -> list[date]:
    """The days of service of a line; of a range too long to be one, only the first."""
    return days_in(line.dates)


def days_in(dates: ServiceDates) -> list[date]:
    """The days of dates of service; of a range too long to be one, only the first."""
    first, days = dates.first, dates.days
    if first is None:
        return []
    if days == 1 or days > LONGEST_RANGE:
        return [first]
    return [first + timedelta(n) for n in range(days)]


def patient_days(claims: Sequence[Claim]) -> list[PatientDay]:
    """The lines of these claims grouped by patient and day, then by provider."""
    if len(claims) == 1 and (whole := _one_day(claims[0])):
        return [whole]
    groups: dict[tuple[tuple[str, str, str, str], date], dict[str, list[Line]]] = {}
    for claim in claims:
        patient = claim.patient_key
        for line in claim.lines:
            for day in days_of(line):
                providers = groups.setdefault((patient, day), {})
                providers.setdefault(provider_of(line), []).append(line)
    return [
        PatientDay(patient, day, [Encounter(patient, day, who, lines) for who, lines in providers.items()])
        for (patient, day), providers in groups.items()
    ]


def days_of_plain(claim: Claim) -> tuple[date, ...]:
    """The days of a plain claim, each line of one day; else empty. The lines of a day are one encounter."""
    return claim.days.single if claim.plain else ()


def _one_day(claim: Claim) -> PatientDay | None:
    """The usual claim, all of one day and one provider, without the grouping."""
    lines = claim.lines
    if not lines or claim.profile.same_provider != "rendering":
        return None
    dates, provider = lines[0].dates, lines[0].rendering
    if dates.first is None or dates.first != dates.last:
        return None
    for line in lines:
        if line.dates is not dates or line.rendering != provider:
            return None
    patient = claim.patient_key
    return PatientDay(patient, dates.first, [Encounter(patient, dates.first, provider, list(lines))])


def provider_of(line: Line) -> str:
    """Who counts as the same provider, by the payer profile."""
    rule = line.claim.profile.same_provider
    if rule == "billing":
        return line.claim.billing_npi
    if rule == "group-specialty":
        return f"{line.claim.billing_npi}/{taxonomy(line)}"
    return line.rendering
