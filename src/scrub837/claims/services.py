"""What service lines bill and when, as values that lines and claims with the same text share.

Each has a ``key``, the same for the same content: what is known of one is known of all with its key.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import lru_cache
from itertools import count

import msgspec

_keys = count()


class Procedure(msgspec.Struct, frozen=True):
    """SV101 in full. A value after the fourth modifier is the description, not a modifier."""

    qualifier: str  # HC, ER, IV, WK
    code: str
    modifiers: tuple[str, ...]  # as billed: upper case, trimmed, empty ones left out
    description: str
    raw: str  # SV101 as sent


class Service(msgspec.Struct, frozen=True):
    """What an SV1 bills. Lines with the same text share one."""

    procedure: Procedure
    charge: Decimal | None  # SV102
    charge_text: str  # SV102 as sent
    unit: str  # SV103: UN or MJ
    units: Decimal | None  # SV104
    units_text: str
    place: str  # SV105
    pointers: str  # SV107 as sent
    key: int  # the same for the same SV101, SV103, SV104 and SV105


class Billed(msgspec.Struct, frozen=True):
    """What all lines of a claim bill."""

    services: tuple[Service, ...]
    key: int  # of the keys of the services
    charges: int  # the same for the same charges, as sent
    pointers: int  # the same for the same pointers, as sent


class ServiceDates(msgspec.Struct, frozen=True):
    """DTP*472. A D8 date and an RD8 range of one day are the same."""

    first: date | None
    last: date | None
    raw: str = ""
    month: int = 0  # months since year 0 of the first day
    first_text: str | None = None  # ISO 8601
    last_text: str | None = None
    days: int = 0  # calendar days of the range; 0 when there is no readable date


NO_DATES = ServiceDates(None, None)


class Days(msgspec.Struct, frozen=True):
    """When the lines of a claim were done."""

    each: tuple[ServiceDates, ...]  # of each line
    different: tuple[ServiceDates, ...]  # those that are alike once
    single: tuple[date, ...]  # the days, each once, when each line is of one day; else empty
    months: int | tuple[int, ...]  # of the different ones, see ``ServiceDates.month``
    start: str  # the earliest first day as sent, empty where one has none
    pattern: int  # the same where the same lines are of the same day, whatever day that is
    key: int


@lru_cache(1 << 14)
def key_of(values: tuple[object, ...]) -> int:  # noqa: ARG001 - the cache's key
    """A number that is the same for the same values."""
    return next(_keys)


def billed(services: tuple[Service, ...]) -> Billed:
    """What these services are together."""
    return Billed(
        services,
        key_of(tuple([service.key for service in services])),
        key_of(tuple([service.charge_text for service in services])),
        key_of(tuple([service.pointers for service in services])),
    )


def days_of_lines(each: tuple[ServiceDates, ...]) -> Days:
    """The dates of these lines together."""
    different = tuple({(dates.raw, dates.first): dates for dates in each}.values())
    firsts = {dates.first: None for dates in each if dates.first is not None and dates.days == 1}
    order = list(firsts)
    single = tuple(order) if all(dates.days == 1 for dates in each) else ()
    pattern = key_of(tuple([order.index(dates.first) for dates in each if dates.first])) if single else -1
    months = tuple([dates.month for dates in different])
    return Days(
        each,
        different,
        single,
        months[0] if len(months) == 1 else months,
        min([dates.raw[:8] for dates in different], default=""),
        pattern,
        key_of(tuple([(dates.raw, dates.first) for dates in each])),
    )
