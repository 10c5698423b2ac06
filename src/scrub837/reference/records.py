"""What the reference answers with: one row of what CMS published, and where it came from."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

Table = Literal["ptp", "mue", "aoc"]

TABLE_NAMES: dict[Table, str] = {
    "ptp": "procedure-to-procedure edits",
    "mue": "unit limits",
    "aoc": "add-on codes",
}
PROGRAMS = ("medicare", "medicaid")
ALL_PARTS = frozenset({"f1", "f2", "f3", "f4"})


def edges(first: date | None, last: date | None) -> set[date]:
    """Days on which what holds from a first to a last day changes, but for those a quarter begins with."""
    days = {first, last + timedelta(1) if last and last < date.max else None}
    return {day for day in days if day is not None and (day.day != 1 or day.month % 3 != 1)}


@dataclass(frozen=True, slots=True)
class Pair:
    """One row of the procedure-to-procedure table. ``deletion`` is the last day the row applies.

    ``indicator``: "0" no modifier separates the two codes, "1" an NCCI modifier may, "9" the row never
    applied.
    """

    column1: str
    column2: str
    effective: date
    deletion: date | None
    indicator: str
    rationale: str
    edition: str
    program: str
    source: str

    def in_force(self, day: date) -> bool:
        """Whether the row binds services of a day."""
        return (
            self.indicator != "9"
            and self.effective <= day
            and (self.deletion is None or day <= self.deletion)
        )


@dataclass(frozen=True, slots=True)
class UnitLimit:
    """Most units of a code in one edition. ``indicator`` is CMS's "1" (per line), "2" or "3" (per day);
    Medicaid publishes none."""

    code: str
    units: int
    indicator: str | None
    rationale: str
    edition: str
    effective_from: date
    effective_to: date | None


@dataclass(frozen=True, slots=True)
class AddOn:
    """A code that is paid only beside another. ``kind``: "1" only beside ``primaries``, "2" the contractor
    decides beside what, "3" beside ``primaries`` or what the contractor adds."""

    code: str
    kind: str
    primaries: frozenset[str]
    effective: date | None
    deletion: date | None
    edition: str
    source: str

    def in_force(self, day: date) -> bool:
        """Whether the relation binds services of a day."""
        return (self.effective is None or self.effective <= day) and (
            self.deletion is None or day <= self.deletion
        )


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file of an edition, as it was given to the loader: its name (no folder), part, rows and hash."""

    name: str
    part: str
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Edition:
    """One quarter of one table of one program. ``sha256`` is that of the file, or, of an edition in parts,
    of the parts' hashes in order. An end of ``None`` is open."""

    program: str
    table: Table
    edition: str
    effective_from: date | None
    effective_to: date | None
    source: str
    sha256: str
    rows: int
    starter: bool
    files: tuple[SourceFile, ...] = ()

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts loaded (f1 to f4), empty when CMS published the edition as one file."""
        return tuple(file.part for file in self.files if file.part)

    @property
    def complete(self) -> bool:
        """Whether nothing of the edition is missing: one undivided file, or all four parts."""
        return any(not file.part for file in self.files) or set(self.parts) >= ALL_PARTS


def quarter_of(day: date) -> str:
    """The quarter a day falls in, written as CMS editions are here: ``2026Q4``."""
    return f"{day.year}Q{(day.month + 2) // 3}"


def quarter_days(edition: str) -> tuple[date, date]:
    """First and last day of a quarter written ``2026Q4``."""
    year, quarter = int(edition[:4]), int(edition[5])
    last = quarter * 3
    return date(year, last - 2, 1), date(year, last, calendar.monthrange(year, last)[1])


def day_number(day: date) -> int:
    """A day as the database keeps it: the number YYYYMMDD."""
    return day.year * 10000 + day.month * 100 + day.day


def number_day(number: int) -> date:
    """The day behind a YYYYMMDD number."""
    return date(number // 10000, number // 100 % 100, number % 100)
