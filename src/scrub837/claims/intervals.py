"""Rows of a treatment-time log (``scrub837/time-log-1``): a row is one interval of treatment."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache

import msgspec

from scrub837.claims.areas import Area, read_areas

COLUMNS = (
    "claim_id", "line_ref", "dos", "code", "start", "stop", "minutes", "mode", "provider_npi",
    "provider_role", "area", "side", "session", "reason", "doc_ref", "attested_by", "attested_at",
    "total_timed", "total_treatment", "ytd_allowed_before",
)  # fmt: skip
REQUIRED = ("claim_id", "line_ref", "dos", "code")
MODES = ("one_on_one", "group", "supervised", "eval", "cotreat")
ROLES = ("PT", "PTA", "OT", "OTA", "SLP", "DC", "MD", "NP", "AT", "aide", "STUDENT", "TECH")
_DAY_MINUTES = 24 * 60
_REMEMBERED = 1 << 14


class Interval(msgspec.Struct, frozen=True, gc=False):
    """One row of the log: one interval of treatment. Clock times are minutes after local midnight."""

    source: str  # file name of the log, or "NTE"
    row: int  # row of the log: of a CSV file the header is row 1; in JSONL the first line is
    claim_id: str
    line_ref: str
    day: date
    code: str
    start: int | None
    stop: int | None
    minutes: int | None  # as stated, else stop - start; None when only a clock running backwards tells
    stated: bool  # the row states minutes of its own
    mode: str  # one_on_one, group, supervised, eval, cotreat; empty when the row says nothing
    npi: str
    role: str  # of ROLES, or empty
    areas: tuple[Area, ...]
    session: str
    reason: str
    doc_ref: str
    attested_by: str
    attested_at: str
    total_timed: int | None
    total_treatment: int | None
    ytd_allowed_before: Decimal | None


class BadRow(msgspec.Struct, frozen=True):
    """A row that cannot be used, and why. ``problems`` quote no words of the row, only numbers and dates."""

    source: str
    row: int
    problems: tuple[str, ...]


class RowError(ValueError):
    """A value of a row cannot be read; the text says which and what is expected."""


def read_row(source: str, row: int, values: Sequence[str]) -> Interval | BadRow:
    """``values`` are those of COLUMNS, without blanks around them."""
    try:
        return _interval(source, row, *values)
    except RowError:
        return BadRow(source, row, tuple(_problems(values)))


def _interval(
    source: str, row: int, claim_id: str, line_ref: str, dos: str, code: str, start: str, stop: str,
    minutes: str, mode: str, npi: str, role: str, area: str, side: str, session: str, reason: str,
    doc_ref: str, attested_by: str, attested_at: str, total_timed: str, total_treatment: str, ytd: str,
) -> Interval:  # fmt: skip
    if not claim_id or not code:
        raise RowError
    first, last = _clock(start), _clock(stop)
    length = _minutes(minutes)
    if length is None:
        if first is None or last is None:
            raise RowError
        spent = last - first if last > first else None
    elif (first is None) != (last is None):
        raise RowError
    else:
        spent = length
    return Interval(
        source, row, claim_id, line_ref, _day(dos), code.upper(), first, last, spent, length is not None,
        _mode(mode), npi, _role(role), read_areas(area, side) if area else (), session, reason, doc_ref,
        attested_by, attested_at, _minutes(total_timed) if total_timed else None,
        _minutes(total_treatment) if total_treatment else None, _dollars(ytd) if ytd else None,
    )  # fmt: skip


def _problems(values: Sequence[str]) -> Iterator[str]:
    """Everything that is wrong with a row, for people."""
    cells = dict(zip(COLUMNS, values, strict=True))
    for name in ("claim_id", "code"):
        if not cells[name]:
            yield f"{name} is empty"
    for name, read in _READERS.items():
        try:
            read(cells[name])
        except RowError as problem:
            yield f"{name} {_shown(cells[name])}{problem}"
    if not cells["minutes"] and not (cells["start"] and cells["stop"]):
        yield "neither minutes nor start and stop are given"
    elif bool(cells["start"]) != bool(cells["stop"]):
        yield "start and stop go together"


def _shown(value: str) -> str:
    """The value where it is a number, date or time: words might be a name that slipped into the column."""
    return f"{value} " if re.fullmatch(r"[-+\d.:/, ]{1,20}", value) else ""


@lru_cache(_REMEMBERED)
def _day(text: str) -> date:
    if not text:
        raise RowError("is empty")
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
        try:
            return date.fromisoformat(text)
        except ValueError:
            pass
    raise RowError("is not a day written YYYY-MM-DD")


@lru_cache(_REMEMBERED)
def _clock(text: str) -> int | None:
    if not text:
        return None
    match = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)(?::00)?", text, re.ASCII)
    if match is None:
        raise RowError("is not a time of day written HH:MM (24 hours)")
    return int(match[1]) * 60 + int(match[2])


@lru_cache(_REMEMBERED)
def _minutes(text: str) -> int | None:
    if not text:
        return None
    match = re.fullmatch(r"(\d{1,4})(?:\.0+)?", text, re.ASCII)
    if match is None or int(match[1]) > _DAY_MINUTES:
        raise RowError("is not a whole number of minutes from 0 to 1440")
    return int(match[1])


@lru_cache(_REMEMBERED)
def _dollars(text: str) -> Decimal | None:
    if not text:
        return None
    if not re.fullmatch(r"\d{1,9}(?:\.\d{1,2}0*)?", text, re.ASCII):
        raise RowError("is not an amount in dollars such as 2480.00")
    return Decimal(text)


@lru_cache(_REMEMBERED)
def _mode(text: str) -> str:
    mode = re.sub(r"[\s-]+", "_", text.lower())
    if mode and mode not in MODES:
        raise RowError(f"is none of {', '.join(MODES)}")
    return mode


@lru_cache(_REMEMBERED)
def _role(text: str) -> str:
    role = "aide" if text.lower() == "aide" else text.upper()
    if role and role not in ROLES:
        raise RowError(f"is none of {', '.join(ROLES)}")
    return role


_READERS: dict[str, Callable[[str], object]] = {
    "dos": _day,
    "start": _clock,
    "stop": _clock,
    "minutes": _minutes,
    "mode": _mode,
    "provider_role": _role,
    "total_timed": _minutes,
    "total_treatment": _minutes,
    "ytd_allowed_before": _dollars,
}
