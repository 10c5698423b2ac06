"""The two layouts of a treatment-time log: CSV with a header, and an object a line (JSONL)."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec

from scrub837.claims.intervals import COLUMNS, REQUIRED, BadRow, Interval, RowReader
from scrub837.errors import DocumentationUnreadable


class Csv:
    """CSV with a header. ``positions`` gives the place of each of COLUMNS, -1 for one that is not there."""

    def __init__(self, header: Sequence[str], delimiter: str) -> None:
        self._width = len(header)
        self._header = frozenset(header)
        self.unknown_columns = tuple(name for name in dict.fromkeys(header) if name and name not in COLUMNS)
        self._delimiter = delimiter
        self._mark = delimiter.encode()
        self._claim_at = header.index("claim_id")
        self._rows = RowReader({name: header.index(name) if name in header else -1 for name in COLUMNS})

    def carries(self, column: str) -> bool:
        return column in self._header

    def claim_of(self, record: bytes) -> bytes:
        at = self._claim_at
        cells = record.split(self._mark, at + 1)
        if len(cells) <= at:
            return b""
        if any(b'"' in cell for cell in cells[: at + 1]):
            try:
                row = next(csv.reader([record.decode()], delimiter=self._delimiter), [])
            except csv.Error:  # quotation marks that do not match: the row is told as bad, of no claim
                return b""
            return row[at].strip().encode() if len(row) > at else b""
        return cells[at].strip()

    def claims_of(self, records: Sequence[bytes]) -> list[bytes] | None:
        """The claim of each line; ``None`` when one of them is only part of a row."""
        at, mark = self._claim_at, self._mark
        found = [record.split(mark, at + 1)[at : at + 1] for record in records]
        claims = [cells[0].strip() if cells else b"" for cells in found]
        for n, record in enumerate(records):
            if b'"' in record:
                if record.count(b'"') & 1:
                    return None
                if b'"' in mark.join(record.split(mark, at + 1)[: at + 1]):
                    claims[n] = self.claim_of(record)
        return claims

    def continues(self, record: bytes) -> bool:
        """True when the record ends inside quotes."""
        lines = record.decode(errors="replace").splitlines(keepends=True)
        try:
            list(csv.reader(lines, delimiter=self._delimiter, strict=True))
        except csv.Error as error:
            return "unexpected end" in str(error)
        return False

    def is_row(self, record: bytes) -> bool:
        """Whether several lines are one row."""
        return len(self._parse("", 0, record.decode())) == 1

    def read(self, source: str, row: int, text: str) -> list[Interval | BadRow]:
        """The rows in ``text``, the first of which is number ``row``."""
        plain = self._split(text.replace("\r\n", "\n") if "\r\n" in text else text)
        if plain is None:
            return self._parse(source, row, text)
        return self._rows.read_all(source, row, plain)

    def _split(self, text: str) -> list[list[str]] | None:
        """The cells of rows that have no more quotation marks than one quoted cell; else ``None``."""
        if "\r" in text:
            return None
        delimiter = self._delimiter
        lines = text.removesuffix("\n").split("\n")
        rows = [line.split(delimiter) for line in lines]
        if '"' in text:
            for n, line in enumerate(lines):
                if '"' in line:
                    before, *quoted = line.split('"')
                    if len(quoted) != 2 or before[-1:] != delimiter or quoted[1][:1] not in (delimiter, ""):
                        return None
                    rows[n] = [*before.split(delimiter)[:-1], quoted[0], *quoted[1].split(delimiter)[1:]]
        return rows if set(map(len, rows)) == {self._width} else None

    def _parse(self, source: str, row: int, text: str) -> list[Interval | BadRow]:
        found: list[Interval | BadRow] = []
        reader = csv.reader(
            io.StringIO(text, newline="\n"), delimiter=self._delimiter, strict=True, skipinitialspace=True
        )
        width, read_row = self._width, self._rows.read
        while True:
            try:
                for cells in reader:
                    if len(cells) > width and any(cell.strip() for cell in cells[width:]):
                        found.append(BadRow(source, row, (self._too_many(len(cells)),)))
                    else:
                        cells.extend(
                            [""] * (width + 1 - len(cells))
                        )  # the last is what a missing column, -1, says
                        found.append(read_row(source, row, cells))
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


class Jsonl:
    """An object a line, with the column names as keys."""

    unknown_columns: tuple[str, ...] = ()  # any line may have others

    def __init__(self) -> None:
        self._decode = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal).decode
        self._rows = RowReader({name: at for at, name in enumerate(COLUMNS)})

    def carries(self, column: str) -> bool:
        return column in COLUMNS

    def claim_of(self, record: bytes) -> bytes:
        try:
            values = self._decode(record)
        except msgspec.MsgspecError:
            return b""
        return _named(values).get("claim_id", "").encode()

    def claims_of(self, records: Sequence[bytes]) -> list[bytes]:
        """The claim of each line."""
        return [self.claim_of(record) for record in records]

    def continues(self, record: bytes) -> bool:  # noqa: ARG002 - a line is a record
        return False

    def is_row(self, record: bytes) -> bool:
        """Whether several lines are one row."""
        return record.count(b"\n") < 2

    def read(self, source: str, row: int, text: str) -> list[Interval | BadRow]:
        """The rows in ``text``, the first of which is number ``row``."""
        found: list[Interval | BadRow] = []
        for number, line in enumerate(text.removesuffix("\n").split("\n"), start=row):
            try:
                values = _named(self._decode(line))
            except msgspec.MsgspecError:
                found.append(BadRow(source, number, ("it is not one JSON object",)))
            else:
                found.append(self._rows.read(source, number, [values.get(name, "") for name in COLUMNS]))
        return found


def _named(values: dict[str, Any]) -> dict[str, str]:
    return {
        name.strip().lower(): "" if value is None else str(value).strip() for name, value in values.items()
    }


def read_head(name: str, head: bytes) -> tuple[Csv | Jsonl, int, int]:
    """The layout, the number of the first row and its offset."""
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
        return Jsonl(), 1, start
    line, end, _ = head[start:].partition(b"\n")
    if not end and b"\r" in line:
        raise DocumentationUnreadable(f"{name} has line ends of CR alone; save it again as CSV UTF-8")
    check_text(name, 1, line)
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
    return Csv(header, delimiter), 2, start + len(line) + len(end)


def check_text(name: str, row: int, record: bytes) -> None:
    """Raise ``DocumentationUnreadable`` when a row is not UTF-8."""
    try:
        record.decode()
    except UnicodeDecodeError as error:
        problem = f"{name}, row {row}, is not UTF-8 text; save it as CSV UTF-8"
        raise DocumentationUnreadable(problem) from error
