"""What 837P elements say: money, units, dates and procedures. Each is read once and remembered.

An element that cannot be read is ``None`` here and a finding elsewhere; nothing is guessed.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache

from scrub837.claims.services import (
    NO_DATES,
    Billed,
    Days,
    Procedure,
    Service,
    ServiceDates,
    billed,
    days_of_lines,
    key_of,
)

REPLACING = ("7", "8")  # CLM05-3 of claims that replace or void another
_NUMBER = re.compile(r"-?(?:\d{1,15}(?:\.\d*)?|\.\d+)")  # X12 type R, without exponent
_DAY = re.compile(r"(\d{4})(\d\d)(\d\d)")
_REMEMBERED = 1 << 13
_EACH_YEAR = frozenset(f"{date(2001, 1, 1) + timedelta(days):%m%d}" for days in range(365))  # MMDD


@lru_cache(_REMEMBERED)
def read_number(text: str) -> Decimal | None:
    """An amount or a quantity, else ``None``."""
    text = text.strip()
    return Decimal(text) if _NUMBER.fullmatch(text) else None


@lru_cache(_REMEMBERED)
def read_day(text: str) -> date | None:
    """A CCYYMMDD date, else ``None`` (also for a day that no calendar has)."""
    match = _DAY.fullmatch(text.strip())
    if match is None:
        return None
    try:
        return date(*map(int, match.groups()))
    except ValueError:
        return None


def ordinary_day(text: str) -> str:
    """The text where it is a CCYYMMDD day that each year has, else empty: most dates need no calendar."""
    return text if len(text) == 8 and text.isdecimal() and text[4:] in _EACH_YEAR else ""


@lru_cache(_REMEMBERED)
def read_dates(qualifier: str, text: str) -> ServiceDates:
    """A date or range by its format qualifier (DTP02): ``D8`` or ``RD8``; ``DT`` keeps its day."""
    first_text, dash, last_text = text.strip().partition("-")
    if qualifier == "DT":
        first_text = first_text[:8]
    first = read_day(first_text)
    last = read_day(last_text) if dash else first
    if first is None or last is None or last < first:
        return ServiceDates(None, None, text)
    days = (last - first).days + 1
    return ServiceDates(
        first, last, text, first.year * 12 + first.month, first.isoformat(), last.isoformat(), days
    )


@lru_cache(_REMEMBERED)
def read_procedure(text: str, component: str) -> Procedure:
    """SV101: qualifier, code, up to four modifiers, description."""
    parts = text.split(component)
    parts += [""] * (7 - len(parts))
    modifiers = tuple(m for m in (part.strip().upper() for part in parts[2:6]) if m)
    return Procedure(parts[0].strip(), parts[1].strip().upper(), modifiers, parts[6].strip(), text)


@lru_cache(_REMEMBERED)
def read_service(text: str, element: str, component: str) -> Service:
    """An SV1 segment, given without its id."""
    sv1 = ["SV1", *text.split(element)]
    if len(sv1) < 8:
        sv1 += [""] * (8 - len(sv1))
    procedure = read_procedure(sv1[1], component)
    unit, units, place = sv1[3].strip(), sv1[4].strip(), sv1[5].strip()
    key = key_of((sv1[1], unit, units, place))
    return Service(
        procedure, read_number(sv1[2]), sv1[2].strip(), unit, read_number(units), units, place, sv1[7], key
    )


@lru_cache(_REMEMBERED)
def read_billed(texts: tuple[str, ...], element: str, component: str) -> Billed:
    """The SV1 segments of several lines."""
    return billed(tuple([read_service(text[4:], element, component) for text in texts]))


@lru_cache(1024)
def read_facility(text: str, component: str) -> tuple[str, str]:
    """CLM05-1 and CLM05-3 of a CLM05."""
    parts = [part.strip() for part in text.split(component)] + ["", "", ""]
    return parts[0], parts[2]


@lru_cache(_REMEMBERED)
def read_line_number(text: str) -> int | None:
    """LX01 as a number."""
    text = text.strip()
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 7 else None


@lru_cache(_REMEMBERED)
def read_days(texts: tuple[str, ...], element: str) -> Days:
    """The DTP*472 of several lines."""
    return days_of_lines(tuple([read_service_dates(text[8:], element) for text in texts]))


@lru_cache(_REMEMBERED)
def read_service_dates(text: str, element: str) -> ServiceDates:
    """DTP02 and DTP03 of a DTP*472."""
    qualifier, _, dates = text.partition(element)
    return read_dates(qualifier.strip(), dates.partition(element)[0]) if dates else NO_DATES


def amount_like(amount: Decimal, sent: str) -> str:
    """An amount written as another was sent: with cents where that had them or this needs them."""
    cents = f"{amount:.2f}"
    return cents if "." in sent else cents.removesuffix(".00")


@lru_cache(_REMEMBERED)
def hundredths_of_cents(text: str) -> int:
    """An amount as a whole number of 1/10000, to be added up; 0 when it cannot be read."""
    whole, _, rest = text.partition(".")
    if whole.isdecimal() and len(rest) <= 4 and (rest.isdecimal() or not rest):
        return int(whole + f"{rest:0<4}")
    return int((read_number(text) or 0) * 10000)
