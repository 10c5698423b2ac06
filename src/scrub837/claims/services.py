"""What a service line bills, as values that lines with the same text share."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec


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
