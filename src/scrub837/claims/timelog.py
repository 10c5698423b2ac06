"""Finds and reads the rows of a treatment-time log (``scrub837/time-log-1``, docs/time-log.md).

A log is read once from end to end to find where the rows of each claim are; the rows themselves are read when
their claim is judged. So a log of any size costs some forty bytes a claim, and worker processes share it.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, groupby
from pathlib import Path
from typing import BinaryIO

from scrub837.claims.intervals import BadRow, Interval
from scrub837.claims.log_layouts import check_text, read_head
from scrub837.errors import DocumentationUnreadable

LONGEST_ROW = 1 << 16  # bytes: a longer one is not a row of a log, or has a quotation mark that is not closed
_CHUNK = 1 << 19
_BLANK = b" ,;\t\r\n"


class TimeLog:
    """A log that was found to be readable. ``rows`` counts its rows, bad ones too."""

    def __init__(self, name: str, stream: BinaryIO) -> None:
        self.name = name
        self._stream = stream
        self._fd = stream.fileno()
        self._stamp = _stamp(self._fd)
        self._runs = _Runs()
        self._layout, first_row, start = read_head(name, stream.read(LONGEST_ROW))
        self._first_row, self._start = first_row, start
        self.rows = self.last_row = 0
        self._runs.gather(self._find_rows(first_row, start))

    def _find_rows(self, row: int, offset: int) -> Iterator[tuple[bytes, int, int, int]]:
        """Claim, offset, length and first row of runs of rows of one claim, read many lines at a time.

        Where a row is more than a line, the rows from there on are read one by one.
        """
        self._stream.seek(offset)
        rest, claims_of = b"", self._layout.claims_of
        while piece := self._stream.read(_CHUNK):
            lines = (rest + piece).split(b"\n")
            rest = lines.pop()
            claims = claims_of(lines) if _plain(lines, rest) else None
            if claims is None:
                break
            ends = list(accumulate([len(line) + 1 for line in lines], initial=offset))
            at = 0
            for claim, alike in groupby(claims):
                after = at + len(list(alike))
                if claim.strip(_BLANK):
                    self.rows += after - at
                    self.last_row = row + after - 1
                    yield claim, ends[at], ends[after] - ends[at], row + at
                else:
                    told = [n for n in range(at, after) if lines[n].strip(_BLANK)]
                    self.rows += len(told)
                    self.last_row = row + told[-1] if told else self.last_row
                    for n in told if claim else ():
                        yield claim, ends[n], ends[n + 1] - ends[n], row + n
                at = after
            row, offset = row + len(lines), ends[-1]
        for number, start, record, whole in self._records(row, offset):
            self.rows += 1
            self.last_row = number
            yield self._layout.claim_of(record) if whole else b"", start, len(record), number

    def rows_of(self, claim_id: str) -> list[Interval | BadRow]:
        """The rows of a claim, in file order; bad ones as far as their claim can be read."""
        rows: list[Interval | BadRow] = []
        for offset, length, row in self._runs.find(hash(claim_id.encode())):
            text = os.pread(self._fd, length, offset).decode()
            rows += self._layout.read(self.name, row, text)
        return [row for row in rows if isinstance(row, BadRow) or row.claim_id == claim_id]

    def rows_of_each(self, claim_ids: Sequence[str]) -> list[list[Interval | BadRow]]:
        """The same of several claims, whose rows are read in one go where they stand together."""
        runs_of = [self._runs.find(hash(claim_id.encode())) for claim_id in claim_ids]
        read: dict[int, list[Interval | BadRow]] = {}  # by the offset of the run
        together: list[tuple[int, int, int]] = []
        length = 0
        for run in sorted({run for runs in runs_of for run in runs}):
            if together and (run[0] != together[0][0] + length or length > _CHUNK):
                self._read_runs(together, length, read)
                together, length = [], 0
            together.append(run)
            length += run[1]
        if together:
            self._read_runs(together, length, read)
        return [
            [
                row
                for offset, _, _ in runs
                for row in read[offset]
                if isinstance(row, BadRow) or row.claim_id == claim_id
            ]
            for claim_id, runs in zip(claim_ids, runs_of, strict=True)
        ]

    def _read_runs(
        self, runs: Sequence[tuple[int, int, int]], length: int, read: dict[int, list[Interval | BadRow]]
    ) -> None:
        offset, _, first = runs[0]
        rows = self._layout.read(self.name, first, os.pread(self._fd, length, offset).decode())
        ends = [row - first for _, _, row in runs[1:]]
        for (start, _, row), end in zip(runs, (*ends, len(rows)), strict=True):
            read[start] = rows[row - first : end]

    @property
    def unknown_columns(self) -> tuple[str, ...]:
        """Columns of a CSV file that are not of the format: they are ignored."""
        return self._layout.unknown_columns

    def carries(self, column: str) -> bool:
        """Whether the log has a column; any line of JSONL may have it."""
        return self._layout.carries(column)

    def every_row(self, states: Sequence[int] = (), but: int = 1) -> Iterator[Interval | BadRow]:
        """The rows in file order, without those whose number has the state ``but`` in ``states``.

        Raises ``DocumentationUnreadable`` when the file has changed since it was opened.
        """
        if _stamp(self._fd) != self._stamp:
            raise DocumentationUnreadable(f"{self.name} was changed while it was read; start again")
        for row, _, record, whole in self._records(self._first_row, self._start):
            if states and states[row] == but:
                continue
            if whole:
                yield from self._layout.read(self.name, row, record.decode())
            else:
                yield BadRow(self.name, row, ("a quotation mark is not closed",))

    def close(self) -> None:
        """Give the file back."""
        self._stream.close()

    def _records(self, row: int, offset: int) -> Iterator[tuple[int, int, bytes, bool]]:
        """Row number, offset and bytes of each row that is not blank; ``False`` for half of one."""
        stream = self._stream
        stream.seek(offset)
        while record := stream.readline(LONGEST_ROW):
            if not record.isascii():
                check_text(self.name, row, record)
            whole = True
            if len(record) == LONGEST_ROW and record[-1:] != b"\n":
                raise DocumentationUnreadable(f"{self.name}, row {row}, is longer than a row of a log can be")
            if record.count(b'"') & 1 and self._layout.continues(record):
                record, whole = self._rest_of(record)
            if record.strip(_BLANK):  # spreadsheets leave rows of empty cells behind
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
                if self._layout.is_row(record):
                    return record, True
                break
        self._stream.seek(after)
        return first, False


def _plain(lines: list[bytes], rest: bytes) -> bool:
    """Whether these are lines of text of a length that rows may have."""
    try:
        b"\n".join(lines).decode()
    except UnicodeDecodeError:
        return False
    return max(map(len, (*lines, rest))) < LONGEST_ROW


class _Runs:
    """Where the rows of each claim are: runs of adjacent rows of one claim, found by the hash of its id."""

    def __init__(self) -> None:
        self.hashes, self.offsets, self.lengths, self.rows = array("q"), array("q"), array("q"), array("q")
        self._table, self._mask = array("i", [-1]), 0

    def gather(self, rows: Iterable[tuple[bytes, int, int, int]]) -> None:
        """Join adjacent ``rows`` (claim, offset, length, number) of a claim; build the table.

        Its addressing is open.
        """
        hashes, offsets, lengths, numbers = self.hashes, self.offsets, self.lengths, self.rows
        last, end = b"", -1
        for claim, offset, length, row in rows:
            if claim:
                if claim == last and offset == end:
                    lengths[-1] += length
                else:
                    hashes.append(hash(claim))
                    offsets.append(offset)
                    lengths.append(length)
                    numbers.append(row)
            last, end = claim, offset + length
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


def open_time_log(path: Path | str, name: str = "") -> TimeLog:
    """Open a log, ``-`` for standard input, and find its rows. What can be read only once is copied first.

    Findings call it ``name``, else by its file name.

    Raises ``DocumentationUnreadable`` when it is not a log at all; bad rows are values, see ``BadRow``.
    """
    name = "standard input" if str(path) == "-" else name or Path(path).name
    name = name.encode("utf-8", "surrogateescape").decode(
        "utf-8", "replace"
    )  # so that any report can hold it
    try:
        stream: BinaryIO = sys.stdin.buffer if str(path) == "-" else Path(path).open("rb")  # noqa: SIM115 - TimeLog closes it
        if not stream.seekable():
            copy = tempfile.TemporaryFile(prefix="scrub837-")  # noqa: SIM115 - TimeLog closes it
            with stream:
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
