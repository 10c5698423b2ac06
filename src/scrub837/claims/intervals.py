"""Rows of a treatment-time log (``scrub837/time-log-1``): a row is one interval of treatment."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from itertools import count, repeat
from operator import itemgetter
from typing import TypeVar

import msgspec

from scrub837.claims.areas import Area, read_areas
from scrub837.claims.services import key_of

COLUMNS = (
    "claim_id", "line_ref", "dos", "code", "start", "stop", "minutes", "mode", "provider_npi",
    "provider_role", "area", "side", "session", "reason", "doc_ref", "attested_by", "attested_at",
    "total_timed", "total_treatment", "ytd_allowed_before",
)  # fmt: skip
REQUIRED = ("claim_id", "line_ref", "dos", "code")
MODES = ("one_on_one", "group", "supervised", "eval", "cotreat")
ROLES = ("PT", "PTA", "OT", "OTA", "SLP", "DC", "MD", "NP", "AT", "aide", "STUDENT", "TECH")
T = TypeVar("T")
_HEAD, _SPAN, _SITE, _CARE = COLUMNS[:4], COLUMNS[4:7], COLUMNS[10:12], (*COLUMNS[7:10], "session")
_REST = COLUMNS[13:]
_DAY_MINUTES = 24 * 60
_REMEMBERED = 1 << 14


class Span(msgspec.Struct, frozen=True, gc=False):
    """When an interval was and how long. Clock times are minutes after local midnight."""

    start: int | None
    stop: int | None
    minutes: int | None  # as stated, else stop - start; None when only a clock running backwards tells
    stated: bool  # the row states minutes of its own
    counted: int | None  # ``minutes``, or those of the clock where it shows fewer
    # ``minutes``, with ``counted`` where that is less; ``None`` without minutes, where a clock does not run
    # forward, and where it differs from the minutes by more than one
    usual: int | tuple[int, int] | None


class Site(msgspec.Struct, frozen=True, gc=False):
    """The body areas of an interval."""

    areas: tuple[Area, ...]
    words: str | None  # as written, for people
    clear: bool | None  # none of them may mean several regions; ``None`` without any
    key: int  # the same for the same areas


class Care(msgspec.Struct, frozen=True, gc=False):
    """How an interval was given and by whom."""

    mode: str  # one_on_one, group, supervised, eval, cotreat; empty when the row says nothing
    npi: str
    role: str  # of ROLES, or empty
    session: str
    key: int  # the same for the same mode and role


class Interval(msgspec.Struct, frozen=True, gc=False):
    """One row of the log: one interval of treatment. Parts that rows have alike are shared."""

    source: str  # file name of the log, or "NTE"
    row: int  # row of the log: of a CSV file the header is row 1; in JSONL the first line is
    claim_id: str
    line_ref: str
    day: date
    code: str
    span: Span
    site: Site
    care: Care
    reason: str = ""
    doc_ref: str = ""
    attested_by: str = ""
    attested_at: str = ""
    total_timed: int | None = None
    total_treatment: int | None = None
    ytd_allowed_before: Decimal | None = None

    @property
    def vouched(self) -> bool:
        """Whether somebody vouches for it, and says when in ISO 8601."""
        return self.attested_by != "" and is_time(self.attested_at)

    @property
    def start(self) -> int | None:
        return self.span.start

    @property
    def stop(self) -> int | None:
        return self.span.stop

    @property
    def minutes(self) -> int | None:
        return self.span.minutes

    @property
    def stated(self) -> bool:
        return self.span.stated

    @property
    def areas(self) -> tuple[Area, ...]:
        return self.site.areas

    @property
    def mode(self) -> str:
        return self.care.mode

    @property
    def npi(self) -> str:
        return self.care.npi

    @property
    def role(self) -> str:
        return self.care.role

    @property
    def session(self) -> str:
        return self.care.session


class BadRow(msgspec.Struct, frozen=True):
    """A row that cannot be used, and why. ``problems`` quote no words of the row, only numbers and dates."""

    source: str
    row: int
    problems: tuple[str, ...]


class RowError(ValueError):
    """A value of a row cannot be read; the text says which and what is expected."""


class RowReader:
    """Reads rows. ``places`` has the number of the cell of each of COLUMNS, -1 for one that is not there."""

    def __init__(self, places: Mapping[str, int]) -> None:
        def pick(names: Sequence[str]) -> Callable[[Sequence[T]], tuple[T, ...]]:
            return itemgetter(*[places[name] for name in names])

        self._all, self._head = pick(COLUMNS), pick(_HEAD)
        self._span, self._site, self._care, self._rest = pick(_SPAN), pick(_SITE), pick(_CARE), pick(_REST)

    def read(self, source: str, row: int, cells: Sequence[str]) -> Interval | BadRow:
        """The interval in a row, the last cell of which is empty. Blanks around cells do not count."""
        claim_id, line_ref, dos, code = self._head(cells)
        reason, doc_ref, by, at, timed, treatment, ytd = self._rest(cells)
        claim_id, code = claim_id.strip(), code.strip()
        try:
            if not claim_id or not code:
                raise RowError
            return Interval(
                source, row, claim_id, line_ref.strip(), _day(dos), code.upper(),
                _read_span(self._span(cells)), _read_site(self._site(cells)), _read_care(self._care(cells)),
                reason and reason.strip(), doc_ref and doc_ref.strip(), by.strip(), at.strip(),
                _minutes(timed) if timed else None, _minutes(treatment) if treatment else None,
                _dollars(ytd) if ytd else None,
            )  # fmt: skip
        except RowError:
            return BadRow(source, row, tuple(_problems([cell.strip() for cell in self._all(cells)])))

    def read_all(self, source: str, row: int, rows: Sequence[Sequence[str]]) -> list[Interval | BadRow]:
        """Rows of one width, the first of which is number ``row``: read by column, where all can be used."""
        missing = ("",) * len(rows)
        try:
            found = self._columns(source, row, [*zip(*rows, strict=True), missing])
        except RowError:
            found = None
        return found or [self.read(source, number, [*cells, ""]) for number, cells in enumerate(rows, row)]

    def _columns(
        self, source: str, row: int, columns: Sequence[Sequence[str]]
    ) -> list[Interval | BadRow] | None:
        claim_ids, line_refs, dos, codes = self._head(columns)
        reasons, doc_refs, attested_by, attested_at, timed, treatment, ytd = self._rest(columns)
        ids, names = list(map(str.strip, claim_ids)), list(map(str.strip, codes))
        if not all(ids) or not all(names):
            return None
        return list(
            map(
                Interval, repeat(source), count(row), ids, map(str.strip, line_refs), map(_day, dos),
                map(str.upper, names), map(_read_span, zip(*self._span(columns), strict=True)),
                map(_read_site, zip(*self._site(columns), strict=True)),
                map(_read_care, zip(*self._care(columns), strict=True)), map(str.strip, reasons),
                map(str.strip, doc_refs), map(str.strip, attested_by), map(str.strip, attested_at),
                map(_minutes, timed), map(_minutes, treatment), map(_dollars, ytd),
            )
        )  # fmt: skip


def span_of(start: int | None, stop: int | None, minutes: int | None, *, stated: bool) -> Span:
    """The span of these times, and of the minutes they or the row tell."""
    clock = stop - start if start is not None and stop is not None and stop > start else None
    counted = minutes if clock is None or minutes is None else min(minutes, clock)
    usual: int | tuple[int, int] | None = None
    if minutes and counted and (start is None if clock is None else abs(minutes - clock) <= 1):
        usual = minutes if counted == minutes else (minutes, counted)
    return Span(start, stop, minutes, stated, counted, usual)


def site_of(areas: tuple[Area, ...]) -> Site:
    """The site of these areas."""
    words = dict.fromkeys(f"{area.text} {area.side}" if area.side else area.text for area in areas)
    clear = not any(area.ambiguous for area in areas) if areas else None
    return Site(areas, "; ".join(words) or None, clear, key_of(areas))


def care_of(mode: str = "", npi: str = "", role: str = "", session: str = "") -> Care:
    """The care of these values."""
    return Care(mode, npi, role, session, key_of((mode, role)))


@lru_cache(_REMEMBERED)
def _read_span(cells: tuple[str, str, str]) -> Span:
    start, stop, stated = _clock(cells[0]), _clock(cells[1]), _minutes(cells[2])
    if stated is not None:
        if (start is None) != (stop is None):
            raise RowError
        return span_of(start, stop, stated, stated=True)
    if start is None or stop is None:
        raise RowError
    return span_of(start, stop, stop - start if stop > start else None, stated=False)


@lru_cache(_REMEMBERED)
def _read_site(cells: tuple[str, str]) -> Site:
    area, side = cells
    return site_of(read_areas(area.strip(), side.strip()) if area.strip() else ())


@lru_cache(_REMEMBERED)
def _read_care(cells: tuple[str, str, str, str]) -> Care:
    mode, npi, role, session = cells
    return care_of(_mode(mode), npi.strip(), _role(role), session.strip())


@lru_cache(_REMEMBERED)
def is_time(text: str) -> bool:
    """Whether a text is a time in ISO 8601."""
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


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
def _day(cell: str) -> date:
    text = cell.strip()
    if not text:
        raise RowError("is empty")
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
        try:
            return date.fromisoformat(text)
        except ValueError:
            pass
    raise RowError("is not a day written YYYY-MM-DD")


@lru_cache(_REMEMBERED)
def _clock(cell: str) -> int | None:
    text = cell.strip()
    if not text:
        return None
    match = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)(?::00)?", text, re.ASCII)
    if match is None:
        raise RowError("is not a time of day written HH:MM (24 hours)")
    return int(match[1]) * 60 + int(match[2])


@lru_cache(_REMEMBERED)
def _minutes(cell: str) -> int | None:
    text = cell.strip()
    if not text:
        return None
    match = re.fullmatch(r"(\d{1,4})(?:\.0+)?", text, re.ASCII)
    if match is None or int(match[1]) > _DAY_MINUTES:
        raise RowError("is not a whole number of minutes from 0 to 1440")
    return int(match[1])


@lru_cache(_REMEMBERED)
def _dollars(cell: str) -> Decimal | None:
    text = cell.strip()
    if not text:
        return None
    if not re.fullmatch(r"\d{1,9}(?:\.\d{1,2}0*)?", text, re.ASCII):
        raise RowError("is not an amount in dollars such as 2480.00")
    return Decimal(text)


@lru_cache(_REMEMBERED)
def _mode(text: str) -> str:
    mode = re.sub(r"[\s-]+", "_", text.strip().lower())
    if mode and mode not in MODES:
        raise RowError(f"is none of {', '.join(MODES)}")
    return mode


@lru_cache(_REMEMBERED)
def _role(cell: str) -> str:
    text = cell.strip()
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
