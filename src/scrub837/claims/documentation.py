"""What is documented of a line: intervals of treatment, from a treatment-time log or from line notes."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from scrub837.claims.areas import Area
from scrub837.claims.intervals import BadRow, Interval
from scrub837.claims.model import Claim, Line
from scrub837.claims.notes import Notes, line_notes, noted_intervals
from scrub837.claims.plain import LONG
from scrub837.claims.services import ServiceDates
from scrub837.claims.timelog import TimeLog, open_time_log
from scrub837.config import Profile

__all__ = [
    "Area",
    "BadRow",
    "Documentation",
    "Interval",
    "Mismatch",
    "NoteConflict",
    "Record",
    "Stray",
    "open_documentation",
]

_FILE = 1 << 40  # a row of the log is numbered file * _FILE + row * 4 + what became of it
_JOINED, _BAD, _LINELESS = 1, 2, 3  # it found its line or claim; cannot be used; found its claim but no line
_KEPT = 1 << 9  # claims whose rows are kept: those that are judged together are asked for in turns


class Record(msgspec.Struct, frozen=True, gc=False):
    """All intervals of one line. ``minutes`` is ``None`` when none of them tells."""

    intervals: tuple[Interval, ...]
    from_notes: bool = False

    @property
    def minutes(self) -> int | None:
        """Minutes of treatment, all intervals together."""
        if len(self.intervals) == 1:
            return self.intervals[0].minutes
        known = [i.minutes for i in self.intervals if i.minutes is not None]
        return sum(known) if known else None

    @property
    def areas(self) -> tuple[Area, ...]:
        """The areas of all intervals, each once."""
        if len(self.intervals) == 1:
            return self.intervals[0].areas
        return tuple(dict.fromkeys(area for i in self.intervals for area in i.areas))

    @property
    def area(self) -> str | None:
        """The areas as written, for people."""
        words = dict.fromkeys(f"{area.text} {area.side}" if area.side else area.text for area in self.areas)
        return "; ".join(words) or None


class Mismatch(msgspec.Struct, frozen=True):
    """A row that names a line and says another code or day than it: no evidence for the line."""

    line: Line
    interval: Interval


class NoteConflict(msgspec.Struct, frozen=True):
    """A line whose log and notes tell different minutes, or whose notes contradict themselves."""

    line: Line
    log: int | None  # minutes; None when the log says nothing of the line
    clock: int | None  # of the notes
    stated: int | None  # in the notes


class Stray(msgspec.Struct, frozen=True):
    """A row that belongs to no line: its claim is not in the batch, or has no such line."""

    interval: Interval
    has_claim: bool


class _Rows:
    """What the logs say of one claim."""

    __slots__ = ("any", "claim", "each", "mismatches", "notes", "placed", "records", "unbilled")

    def __init__(self, claim: Claim) -> None:
        self.claim = claim
        self.any = False
        self.placed = True  # every row could be used and found its line
        self.each: list[Interval | None] | None = None  # see Documentation.each
        self.records: dict[int, Record] | None = None  # by the index of the line's first segment
        self.unbilled: tuple[Interval, ...] = ()
        self.mismatches: tuple[Mismatch, ...] = ()
        self.notes: dict[int, Notes] = {}  # by the same index

    def by_line(self) -> dict[int, Record]:
        """The records by the index of their line's first segment."""
        if self.records is None:
            plain = self.claim.plain
            assert plain is not None  # noqa: S101 - other claims have records from the start
            found = enumerate(self.each or ())
            self.records = {plain.at + n * LONG: Record((row,)) for n, row in found if row is not None}
        return self.records


class Documentation:
    """All that is documented of a batch; without logs that is nothing.

    ``given`` is true when a log was supplied or a payer profile reads line notes. Rows are read when their
    claim is asked about, in any process that inherits the open logs. ``more_files`` is to be true while
    further files are to be judged with the same logs: rows that find no line are told with the last.
    """

    def __init__(self, logs: Sequence[TimeLog] = (), *, line_notes: bool = False) -> None:
        self.given = bool(logs) or line_notes
        self.more_files = False
        self.asked = False  # set by every question about a claim: who never asks does not depend on the log
        self._logs = logs
        self._line_notes = line_notes
        self._joined = array("q")
        self._seen: list[bytearray] = [bytearray(log.last_row + 1) for log in logs]
        self._ahead: dict[int, list[list[Interval | BadRow]]] = {}  # rows of claims by their index, by log
        self._kept: dict[int, _Rows] = {}
        self._last: _Rows | None = None

    def close(self) -> None:
        """Give the logs back."""
        for log in self._logs:
            log.close()

    def read_ahead(self, claims: Sequence[Claim]) -> None:
        """Read the rows of claims that will be asked about now, all at once, and forget those of others."""
        self._kept.clear()
        names = [claim.id for claim in claims]
        found = zip(*[log.rows_of_each(names) for log in self._logs], strict=True)
        self._ahead = {claim.index: list(rows) for claim, rows in zip(claims, found, strict=False)}

    def record(self, line: Line) -> Record | None:
        """What is documented of a line; rows of another code or day than the line's are not part of it."""
        if not self.given:
            return None
        last = self._last
        if (
            last is None or last.claim is not line.claim
        ):  # asked a dozen times a line: no call when it is known
            last = self._rows(line.claim)
        self.asked = True
        return (last.records or last.by_line()).get(line.at)

    def each(self, claim: Claim) -> list[Interval | None] | None:
        """The row of each line of a plain claim, ``None`` for a line without one.

        ``None`` where the logs say more: several rows of a line, notes, what was not billed, and rows that
        cannot be used or do not fit.
        """
        return self._rows(claim).each if self.given else None

    def each_of(self, lines: Sequence[Line]) -> list[Interval | None] | None:
        """The same of lines of several claims."""
        rows = []
        for line in lines:
            plain, each = line.claim.plain, self.each(line.claim)
            if plain is None or each is None:
                return None
            rows.append(each[(line.at - plain.at) // LONG])
        return rows

    def has_any(self, lines: Sequence[Line]) -> bool:
        """True when something is documented of one of the lines, or done for their claims and not billed."""
        if not self.given:
            return False
        first = lines[0].claim
        if self._rows(first).any:
            return True
        return lines[-1].claim is not first and any(self._rows(line.claim).any for line in lines)

    def unbilled(self, claim: Claim) -> tuple[Interval, ...]:
        """What was done for a claim and not billed on it (rows without ``line_ref``)."""
        return self._rows(claim).unbilled if self.given else ()

    def mismatches(self, claim: Claim) -> tuple[Mismatch, ...]:
        """Rows that name a line of the claim and another code or day than it."""
        return self._rows(claim).mismatches if self.given else ()

    def placed(self, claim: Claim) -> bool:
        """Whether every row of the claim could be used and found its line, so that none may be missing."""
        return self._rows(claim).placed if self.given else True

    def impossible_times(self, line: Line) -> tuple[str, ...]:
        """Times in the notes of a line that no clock shows, as written."""
        notes = self._rows(line.claim).notes.get(line.at) if self._line_notes else None
        return notes.impossible if notes else ()

    def note_conflict(self, line: Line) -> NoteConflict | None:
        """How the minutes in the notes of a line differ from its log or from each other."""
        rows = self._rows(line.claim) if self._line_notes else None
        notes = rows.notes.get(line.at) if rows else None
        if rows is None or notes is None:
            return None
        record = rows.by_line().get(line.at)
        log = record.minutes if record and not record.from_notes else None
        told = {minutes for minutes in (log, notes.clock, notes.stated) if minutes is not None}
        return NoteConflict(line, log, notes.clock, notes.stated) if len(told) > 1 else None

    def carries(self, column: str) -> bool:
        """Whether a log may tell this at all: a CSV file without the column cannot."""
        return any(log.carries(column) for log in self._logs)

    def take_joined(self) -> array[int]:
        """What became of rows since the last call, as numbers; a worker process hands them back."""
        taken, self._joined = self._joined, array("q")
        return taken

    def add_joined(self, rows: array[int]) -> None:
        """What became of rows in this or another process."""
        for number in rows:
            file, rest = divmod(number, _FILE)
            row, state = divmod(rest, 4)
            seen = self._seen[file]
            if seen[row] != _JOINED:
                seen[row] = state

    def strays(self) -> Iterator[BadRow | Stray]:
        """Rows that cannot be used and rows that found no line, in the order of the logs.

        To be asked after all claims were judged and ``add_joined`` told about them.
        """
        for log, seen in zip(self._logs, self._seen, strict=True):
            if self.more_files:
                return
            if seen.count(_JOINED) == log.rows:
                continue
            for found in log.every_row(seen, _JOINED):
                if isinstance(found, BadRow):
                    yield found
                else:
                    yield Stray(found, seen[found.row] == _LINELESS)

    def _rows(self, claim: Claim) -> _Rows:
        self.asked = True
        last = self._last
        if last is not None and last.claim is claim:
            return last
        kept = self._kept.get(claim.index)
        if kept is None or kept.claim is not claim:
            if len(self._kept) >= _KEPT:
                self._kept.clear()
            kept = self._kept[claim.index] = self._join(claim)
        self._last = kept
        return kept

    def _join(self, claim: Claim) -> _Rows:
        """The rows of a claim, each given to its line."""
        rows = _Rows(claim)
        found_by_log = self._ahead.pop(claim.index, None) or [log.rows_of(claim.id) for log in self._logs]
        if not (self._line_notes and claim.profile.line_notes):
            rows.each = _one_each(claim, [found for every in found_by_log for found in every])
            if rows.each is not None:
                for file, every in enumerate(found_by_log):
                    rows.any |= bool(every)
                    self._joined.extend([file * _FILE + found.row * 4 + _JOINED for found in every])
                return rows
        lines = {line.control: line for line in reversed(claim.lines)}
        by_line: dict[int, list[Interval]] = {}
        unbilled, mismatches = [], []
        for file, every in enumerate(found_by_log):
            for found in every:
                state = _JOINED
                if isinstance(found, BadRow):
                    state = _BAD
                elif not found.line_ref:
                    unbilled.append(found)
                else:
                    line = lines.get(found.line_ref) or _line_of(claim, found.line_ref)
                    if line is None:
                        state = _LINELESS
                    elif _is_of(found, line.procedure.code, line.dates):
                        by_line.setdefault(line.at, []).append(found)
                    else:
                        mismatches.append(Mismatch(line, found))
                self._joined.append(file * _FILE + found.row * 4 + state)
                rows.placed &= state == _JOINED
        rows.records = {at: Record(tuple(intervals)) for at, intervals in by_line.items()}
        if self._line_notes and claim.profile.line_notes:
            _add_notes(rows)
        rows.unbilled, rows.mismatches = tuple(unbilled), tuple(mismatches)
        rows.placed &= not mismatches
        rows.any = bool(rows.records or rows.notes or unbilled or mismatches)
        return rows


def _one_each(claim: Claim, found: Sequence[Interval | BadRow]) -> list[Interval | None] | None:
    """See ``Documentation.each``. Lines are told by their control numbers, which are all different."""
    plain = claim.plain
    if plain is None or not plain.controls:
        return None
    controls = [control[7:].strip() for control in plain.controls]
    numbers = {control: n for n, control in enumerate(controls)}
    if len(numbers) < len(controls) or "" in numbers:
        return None
    each: list[Interval | None] = [None] * len(controls)
    services, dates = claim.billed.services, claim.days.each
    for row in found:
        if isinstance(row, BadRow):
            return None
        n = numbers.get(row.line_ref)
        if n is None or each[n] is not None or not _is_of(row, services[n].procedure.code, dates[n]):
            return None
        each[n] = row
    return each


def _line_of(claim: Claim, reference: str) -> Line | None:
    """The line that ``LX:n`` names."""
    if reference[:3].upper() == "LX:" and reference[3:].strip().isdecimal():
        number = int(reference[3:])
        return next((line for line in claim.lines if line.number == number), None)
    return None


def _is_of(interval: Interval, code: str, dates: ServiceDates) -> bool:
    """Whether a row is of this code and within these dates."""
    first, last = dates.first, dates.last
    return interval.code == code and first is not None and last is not None and first <= interval.day <= last


def _add_notes(rows: _Rows) -> None:
    """Read the notes of the lines; where there is a log the notes are only compared with it."""
    records = rows.by_line()
    for line in rows.claim.lines:
        notes = line_notes(line)
        if notes is None:
            continue
        rows.notes[line.at] = notes
        if line.at not in records and line.dates.first is not None:
            intervals = noted_intervals(line, notes, line.dates.first)
            if intervals:
                records[line.at] = Record(intervals, from_notes=True)


def open_documentation(logs: Sequence[Path], profiles: Iterable[Profile] = ()) -> Documentation:
    """The documentation in treatment-time logs and, for ``profiles`` that read them, in line notes.

    Raises ``DocumentationUnreadable`` when a log cannot be read at all.
    """
    notes = any(profile.line_notes for profile in profiles)
    names = [path.name for path in logs]
    opened = [open_time_log(path, str(path) if names.count(path.name) > 1 else "") for path in logs]
    return Documentation(opened, line_notes=notes)
