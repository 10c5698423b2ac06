"""Reads treatment-time logs (``scrub837/time-log-1``, docs/time-log.md): a row is one interval of treatment.

A log is read once from end to end to find where the rows of each claim are; the rows themselves are read when
their claim is judged. So a log of any size costs some forty bytes a claim, and worker processes share it.
"""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
import sys
import tempfile
from array import array
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from operator import itemgetter
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from scrub837.claims.areas import Area, read_areas
from scrub837.errors import DocumentationUnreadable

COLUMNS = (
    "claim_id", "line_ref", "dos", "code", "start", "stop", "minutes", "mode", "provider_npi",
    "provider_role", "area", "side", "session", "reason", "doc_ref", "attested_by", "attested_at",
    "total_timed", "total_treatment", "ytd_allowed_before",
)  # fmt: skip
REQUIRED = ("claim_id", "line_ref", "dos", "code")
MODES = ("one_on_one", "group", "supervised", "eval", "cotreat")
ROLES = ("PT", "PTA", "OT", "OTA", "SLP", "DC", "MD", "NP", "AT", "aide", "STUDENT", "TECH")
LONGEST_ROW = 1 << 16  # bytes: a longer one is not a row of a log, or has a quotation mark that is not closed
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


class TimeLog:
    """A log that was found to be readable. ``rows`` counts its rows, bad ones too."""

    def __init__(self, name: str, stream: BinaryIO) -> None:
        self.name = name
        self._stream = stream
        self._fd = stream.fileno()
        self._stamp = _stamp(self._fd)
        self._runs = _Runs()
        self._layout, first_row, start = _read_head(name, stream)
        self._first_row, self._start = first_row, start
        self.rows = self.last_row = 0
        runs, claim_of = self._runs, self._layout.claim_of
        last_key, run_end = None, -1
        for row, offset, record, whole in self._records():
            self.rows += 1
            self.last_row = row
            key = claim_of(record) if whole else b""
            if key and key == last_key and offset == run_end:
                runs.lengths[-1] += len(record)
            elif key:
                runs.add(hash(key), offset, len(record), row)
            last_key, run_end = key, offset + len(record)
        runs.close()

    def rows_of(self, claim_id: str) -> list[Interval | BadRow]:
        """The rows of a claim, in file order; bad ones as far as their claim can be read."""
        rows: list[Interval | BadRow] = []
        for offset, length, row in self._runs.find(hash(claim_id.encode())):
            text = os.pread(self._fd, length, offset).decode()
            rows += self._layout.read(self.name, row, text)
        return [row for row in rows if isinstance(row, BadRow) or row.claim_id == claim_id]

    def every_row(self, states: Sequence[int] = (), but: int = 1) -> Iterator[Interval | BadRow]:
        """The rows in file order, without those whose number has the state ``but`` in ``states``.

        Raises ``DocumentationUnreadable`` when the file has changed since it was opened.
        """
        if _stamp(self._fd) != self._stamp:
            raise DocumentationUnreadable(f"{self.name} was changed while it was read; start again")
        for row, _, record, whole in self._records():
            if states and states[row] == but:
                continue
            if whole:
                yield from self._layout.read(self.name, row, record.decode())
            else:
                yield BadRow(self.name, row, ("a quotation mark is not closed",))

    def close(self) -> None:
        """Give the file back."""
        self._stream.close()

    def _records(self) -> Iterator[tuple[int, int, bytes, bool]]:
        """Row number, offset and bytes of each row that is not blank; ``False`` for half of one."""
        stream, row, offset = self._stream, self._first_row, self._start
        stream.seek(offset)
        while record := stream.readline(LONGEST_ROW):
            if not record.isascii():
                _check_text(self.name, row, record)
            whole = True
            if len(record) == LONGEST_ROW and record[-1:] != b"\n":
                raise DocumentationUnreadable(f"{self.name}, row {row}, is longer than a row of a log can be")
            if record.count(b'"') & 1 and self._layout.continues(record):
                record, whole = self._rest_of(record)
            if record.strip(b" ,;\t\r\n"):  # spreadsheets leave rows of empty cells behind
                yield row, offset, record, whole
            offset += len(record)
            row += 1

    def _rest_of(self, first: bytes) -> tuple[bytes, bool]:
        """A row whose quoted text goes on over line ends; the first line alone when the quote never ends."""
        after = self._stream.tell()
        record = first
        while len(record) < LONGEST_ROW and (line := self._stream.readline(LONGEST_ROW)):
            record += line
            if line.count(b'"') & 1 and not self._layout.continues(record):
                return record, True
        self._stream.seek(after)
        return first, False


class _Runs:
    """Where the rows of each claim are: runs of adjacent rows of one claim, found by the hash of its id."""

    def __init__(self) -> None:
        self.hashes, self.offsets, self.lengths, self.rows = array("q"), array("q"), array("q"), array("q")
        self._table, self._mask = array("i", [-1]), 0

    def add(self, key: int, offset: int, length: int, row: int) -> None:
        self.hashes.append(key)
        self.offsets.append(offset)
        self.lengths.append(length)
        self.rows.append(row)

    def close(self) -> None:
        """Build the table (open addressing): to be called once, after the last ``add``."""
        size = 1 << (2 * len(self.hashes)).bit_length()
        self._mask = mask = size - 1
        self._table = table = array("i", [-1]) * size
        for run, key in enumerate(self.hashes):
            slot = key & mask
            while table[slot] >= 0:
                slot = slot + 1 & mask
            table[slot] = run

    def find(self, key: int) -> list[tuple[int, int, int]]:
        """Offset, length and first row of the runs of a claim."""
        table, hashes, mask = self._table, self.hashes, self._mask
        found = []
        slot = key & mask
        while (run := table[slot]) >= 0:
            if hashes[run] == key:
                found.append((self.offsets[run], self.lengths[run], self.rows[run]))
            slot = slot + 1 & mask
        return found


# --- the two layouts --------------------------------------------------------------------------------


class _Csv:
    """CSV with a header. ``positions`` gives the place of each of COLUMNS, -1 for one that is not there."""

    def __init__(self, header: Sequence[str], delimiter: str) -> None:
        self._width = len(header)
        self._delimiter = delimiter
        self._mark = delimiter.encode()
        self._blanks = (f" {delimiter}", " \n", " \r", ' "', '" ', "\t" if delimiter != "\t" else " \t")
        self._claim_at = header.index("claim_id")
        self._pick = itemgetter(*[header.index(name) if name in header else -1 for name in COLUMNS])

    def claim_of(self, record: bytes) -> bytes:
        at = self._claim_at
        cells = record.split(self._mark, at + 1)
        if len(cells) <= at:
            return b""
        if any(b'"' in cell for cell in cells[: at + 1]):
            row = next(csv.reader([record.decode()], delimiter=self._delimiter), [])
            return row[at].strip().encode() if len(row) > at else b""
        return cells[at].strip()

    def continues(self, record: bytes) -> bool:
        """True when the record ends inside quotes."""
        lines = record.decode(errors="replace").splitlines(keepends=True)
        try:
            list(csv.reader(lines, delimiter=self._delimiter, strict=True))
        except csv.Error as error:
            return "unexpected end" in str(error)
        return False

    def read(self, source: str, row: int, text: str) -> list[Interval | BadRow]:
        """The rows in ``text``, the first of which is number ``row``."""
        found: list[Interval | BadRow] = []
        reader = csv.reader(
            io.StringIO(text, newline="\n"), delimiter=self._delimiter, strict=True, skipinitialspace=True
        )
        width, pick = self._width, self._pick
        tidy = text.isascii() and not any(blank in text for blank in self._blanks)
        while True:
            try:
                for cells in reader:
                    if len(cells) > width and any(cell.strip() for cell in cells[width:]):
                        found.append(BadRow(source, row, (self._too_many(len(cells)),)))
                    else:
                        cells += [""] * (width + 1 - len(cells))  # the last: what a missing column, -1, says
                        found.append(
                            _read_row(source, row, pick(cells if tidy else [c.strip() for c in cells]))
                        )
                    row += 1
            except csv.Error:
                found.append(BadRow(source, row, ("quotation marks do not match",)))
                row += 1
            else:
                return found

    def _too_many(self, cells: int) -> str:
        return (
            f"it has {cells} cells and the header has {self._width}; "
            f"text with a {self._delimiter!r} in it has to stand in quotation marks"
        )


class _Jsonl:
    """An object a line, with the column names as keys."""

    def __init__(self) -> None:
        self._decode = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal).decode

    def claim_of(self, record: bytes) -> bytes:
        try:
            values = self._decode(record)
        except msgspec.MsgspecError:
            return b""
        return _named(values).get("claim_id", "").encode()

    def continues(self, record: bytes) -> bool:  # noqa: ARG002 - a line is a record
        return False

    def read(self, source: str, row: int, text: str) -> list[Interval | BadRow]:
        """The rows in ``text``, the first of which is number ``row``."""
        found: list[Interval | BadRow] = []
        for number, line in enumerate(text.removesuffix("\n").split("\n"), start=row):
            try:
                values = _named(self._decode(line))
            except msgspec.MsgspecError:
                found.append(BadRow(source, number, ("it is not one JSON object",)))
            else:
                found.append(_read_row(source, number, tuple([values.get(name, "") for name in COLUMNS])))
        return found


def _named(values: dict[str, Any]) -> dict[str, str]:
    return {
        name.strip().lower(): "" if value is None else str(value).strip() for name, value in values.items()
    }


def _read_head(name: str, stream: BinaryIO) -> tuple[_Csv | _Jsonl, int, int]:
    """The layout, the number of the first row and its offset."""
    head = stream.read(LONGEST_ROW)
    start = 3 if head[:3] == b"\xef\xbb\xbf" else 0
    if head[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in head[:4096]:
        raise DocumentationUnreadable(
            f"{name} is not UTF-8 text (a workbook, or text saved as Unicode); save it as CSV UTF-8"
        )
    if head[:4] == b"PK\x03\x04":
        raise DocumentationUnreadable(f"{name} is a workbook; save the sheet as CSV UTF-8")
    text = head[start:].lstrip()
    if not text:
        raise DocumentationUnreadable(f"{name} is empty; a log begins with a row that names the columns")
    if text[:1] == b"{":
        return _Jsonl(), 1, start
    line, end, _ = head[start:].partition(b"\n")
    if not end and b"\r" in line:
        raise DocumentationUnreadable(f"{name} has line ends of CR alone; save it again as CSV UTF-8")
    _check_text(name, 1, line)
    heading = line.decode().rstrip("\r")
    delimiter = max(",;\t", key=heading.count)
    header = [cell.strip().lower() for cell in next(csv.reader([heading], delimiter=delimiter), [])]
    missing = [column for column in REQUIRED if column not in header]
    if not missing and "minutes" not in header and not {"start", "stop"} <= set(header):
        missing = ["minutes (or start and stop)"]
    if missing:
        raise DocumentationUnreadable(
            f"{name}: the first row must name the columns; it lacks {', '.join(missing)}"
        )
    twice = sorted({column for column in COLUMNS if header.count(column) > 1})
    if twice:
        raise DocumentationUnreadable(f"{name}: the first row names a column twice: {', '.join(twice)}")
    return _Csv(header, delimiter), 2, start + len(line) + len(end)


def _check_text(name: str, row: int, record: bytes) -> None:
    try:
        record.decode()
    except UnicodeDecodeError as error:
        problem = f"{name}, row {row}, is not UTF-8 text; save it as CSV UTF-8"
        raise DocumentationUnreadable(problem) from error


# --- one row ----------------------------------------------------------------------------------------


def _read_row(source: str, row: int, values: Sequence[str]) -> Interval | BadRow:
    """``values`` are those of COLUMNS, without blanks around them."""
    try:
        return _interval(source, row, *values)
    except RowError:
        return BadRow(source, row, tuple(_problems(values)))


def _interval(  # noqa: PLR0917 - the columns, in the order in which they are picked
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


# --- opening ----------------------------------------------------------------------------------------


def open_time_log(path: Path | str) -> TimeLog:
    """Open a log, ``-`` for standard input, and find its rows. What can be read only once is copied first.

    Raises ``DocumentationUnreadable`` when it is not a log at all; bad rows are values, see ``BadRow``.
    """
    name = Path(path).name or str(path)
    try:
        stream: BinaryIO = sys.stdin.buffer if str(path) == "-" else Path(path).open("rb")  # noqa: SIM115 - TimeLog closes it
        if not stream.seekable():
            copy = tempfile.TemporaryFile(prefix="scrub837-")  # noqa: SIM115 - TimeLog closes it
            shutil.copyfileobj(stream, copy)
            copy.seek(0)
            stream = copy
    except OSError as error:
        raise DocumentationUnreadable(f"{path} cannot be read: {error.strerror}") from error
    try:
        return TimeLog(name, stream)
    except BaseException:
        stream.close()
        raise


def _stamp(fd: int) -> tuple[int, int]:
    status = os.fstat(fd)
    return status.st_size, status.st_mtime_ns
