"""Look-ups in the reference, by codes and date of service.

A database may hold several quarters. CMS's edit table tells its whole history in every quarter, so pairs come
from the newest edition that holds the column 1 code; unit limits have no dates inside, so the quarter of the
service decides.
"""

from __future__ import annotations

import os
import sqlite3
import weakref
from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from scrub837.errors import ReferenceUnreadable
from scrub837.reference.builtin import build_starter
from scrub837.reference.catalogue import LoadedFile, read_catalogue
from scrub837.reference.database import open_to_read
from scrub837.reference.records import (
    PROGRAMS,
    TABLE_NAMES,
    AddOn,
    Edition,
    Pair,
    Table,
    UnitLimit,
    edges,
    number_day,
    quarter_of,
)

__all__ = [
    "AddOn",
    "Edition",
    "Pair",
    "Reference",
    "UnitLimit",
    "default_database",
    "find_database",
    "open_reference",
]

_Answer = TypeVar("_Answer")
_MEMO_LIMIT = 400_000  # remembered pairs: claims meet some thousands, an odd batch must not fill memory


class Reference:
    """Read-only look-ups, remembered per process. Opened anew in a forked or spawned worker.

    A broken database raises ReferenceUnreadable at the look-up that meets it; a program that is neither
    ``medicare`` nor ``medicaid`` is a ValueError.
    """

    def __init__(self, path: Path | None, connect: Callable[[], sqlite3.Connection]) -> None:
        self._path, self._connect = path, connect
        self._connections: dict[int, sqlite3.Connection] = {}
        self._pairs: dict[tuple[str, str, str], tuple[Pair, ...]] = {}
        self.edges: set[date] = set()  # days on which a row seen so far changes, see ``edges``
        self._limits: dict[tuple[str, str, str], UnitLimit | None] = {}
        self._add_ons: dict[str, tuple[AddOn, ...]] = {}
        self._covered: dict[tuple[Table, str, date], bool] = {}
        self._catalogue = self._asked(read_catalogue)
        self._rationales: dict[int, str] = dict(self._select("SELECT id, text FROM rationale"))
        lends = path is not None and not self._catalogue["aoc", "medicare"]
        self._lent = _builtin().editions_of("aoc") if lends else ()
        own = [files[0].edition for groups in self._catalogue.values() for files in groups]
        order = [(table, program) for table in TABLE_NAMES for program in PROGRAMS]
        self.editions: tuple[Edition, ...] = tuple(
            sorted((*own, *self._lent), key=lambda one: (order.index((one.table, one.program)), one.edition))
        )
        for one in self.editions:
            self.edges |= edges(one.effective_from, one.effective_to)

    def __reduce__(self) -> tuple[Callable[[Path | None], Reference], tuple[Path | None]]:
        return open_reference, (self._path,)

    @property
    def starter(self) -> bool:
        """Whether this is the small built-in edition and no database of CMS's files."""
        return self._path is None

    def editions_of(self, table: Table) -> tuple[Edition, ...]:
        """The editions of one table."""
        return tuple(one for one in self.editions if one.table == table)

    def pairs(self, a: str, b: str, program: str) -> tuple[Pair, ...]:
        """Every row of two codes, whichever is column 1 and whatever its dates.

        Medicaid's edits are asked of Medicare's table when no Medicaid one is loaded: ``Pair.program`` tells.
        """
        key = (a, b, program)
        found = self._pairs.get(key)
        if found is None:
            directions = ((a, b), (b, a)) if a != b else ((a, b),)
            found = tuple(row for one, other in directions for row in self._rows_of(one, other, program))
            for row in found:
                self.edges |= edges(row.effective, row.deletion)
            if len(self._pairs) > _MEMO_LIMIT:
                self._pairs.clear()
            self._pairs[key] = self._pairs[b, a, program] = found
        return found

    def active_pair(self, a: str, b: str, day: date, program: str) -> Pair | None:
        """The row in force on a date of service, first and last day included; never one with indicator 9.

        Should several be in force, the one that began last, then the stricter indicator.
        """
        rows = self.pairs(a, b, program)
        if not rows:
            return None
        active = [pair for pair in rows if pair.in_force(day)]
        return max(active, key=lambda pair: (pair.effective, -int(pair.indicator)), default=None)

    def unit_limit(self, code: str, day: date, program: str) -> UnitLimit | None:
        """The unit limit of a code in the quarter of a date of service; never another program's."""
        key = (code, quarter_of(day), program)
        if key not in self._limits:
            self._limits[key] = self._limit_of(code, day, program)
        return self._limits[key]

    def add_on(self, code: str, day: date) -> AddOn | None:
        """What an add-on code may stand beside on a day; None when it is none that day.

        From Medicare's newest add-on file; without one, from the built-in relations, which follow from the
        codes' own structure and name their edition ``starter``.
        """
        if self._lent:
            return _builtin().add_on(code, day)
        if code not in self._add_ons:
            self._add_ons[code] = self._add_ons_of(code)
            for one in self._add_ons[code]:
                self.edges |= edges(one.effective, one.deletion)
        active = [one for one in self._add_ons[code] if one.in_force(day)]
        if not active:
            return None
        kinds = {one.kind for one in active}
        starts = [one.effective for one in active if one.effective]
        ends = [one.deletion for one in active if one.deletion]
        return AddOn(
            code,
            kinds.pop() if len(kinds) == 1 else "3",  # several at once: listed primaries and others
            frozenset[str]().union(*(one.primaries for one in active)),
            min(starts) if len(starts) == len(active) else None,
            max(ends) if len(ends) == len(active) else None,
            active[0].edition,
            active[0].source,
        )

    def covers(self, table: Table, day: date, program: str) -> bool:
        """Whether a loaded edition says anything about a day.

        Edits and add-on codes carry their history: covered up to the last day of the newest edition. Unit
        limits cover their own quarter. Programs fall back as in :meth:`pairs` and :meth:`add_on`. Of an
        edition in parts, :attr:`Edition.complete` tells whether all are loaded.
        """
        key = (table, program, day)
        if key not in self._covered:
            lent = self._lent if table == "aoc" else ()
            editions = lent or [files[0].edition for files in self._groups(table, program)]
            self._covered[key] = any(
                (one.effective_to is None or day <= one.effective_to)
                and (table != "mue" or one.effective_from is None or one.effective_from <= day)
                for one in editions
            )
        return self._covered[key]

    def _groups(self, table: Table, program: str) -> list[tuple[LoadedFile, ...]]:
        """The files of a table of a program by edition, newest first; Medicare's where Medicaid has none."""
        if program not in PROGRAMS:
            raise ValueError(f"no such program: {program!r}")
        groups = self._catalogue[table, program]
        return groups if groups or table == "mue" else self._catalogue[table, "medicare"]

    def _rows_of(self, column1: str, column2: str, program: str) -> list[Pair]:
        """The rows of one direction, from the newest edition that has the column 1 code's part.

        CMS cuts an edition into parts by column 1. A code beyond the loaded parts of an incomplete edition is
        asked of the edition before; a complete one has the last word.
        """
        for files in self._groups("ptp", program):
            speaking = [file for file in files if file.first <= column1 <= file.last]
            if speaking or files[0].edition.complete:
                return [pair for file in speaking for pair in self._pairs_in(file, column1, column2)]
        return []

    def _pairs_in(self, file: LoadedFile, column1: str, column2: str) -> list[Pair]:
        rows = self._select(
            "SELECT effective, deletion, indicator, rationale FROM ptp"
            " WHERE file = ? AND column1 = ? AND column2 = ?",
            (file.number, column1, column2),
        )
        return [
            Pair(
                column1,
                column2,
                number_day(effective),
                number_day(deletion) if deletion else None,
                indicator,
                self._rationales[rationale],
                file.edition.edition,
                file.edition.program,
                file.name,
            )
            for effective, deletion, indicator, rationale in rows
        ]

    def _limit_of(self, code: str, day: date, program: str) -> UnitLimit | None:
        for (file,) in self._groups("mue", program):
            first, last = file.edition.effective_from, file.edition.effective_to
            if first is None or day < first or (last is not None and last < day):
                continue
            rows = self._select(
                "SELECT units, indicator, rationale FROM mue WHERE file = ? AND code = ?", (file.number, code)
            )
            for units, indicator, rationale in rows:
                text = self._rationales[rationale]
                return UnitLimit(code, units, indicator, text, file.edition.edition, first, last)
        return None

    def _add_ons_of(self, code: str) -> tuple[AddOn, ...]:
        newest = self._groups("aoc", "medicare")[:1]
        return tuple(
            AddOn(
                code,
                kind,
                frozenset({primary} if primary else ()),
                number_day(effective) if effective else None,
                number_day(deletion) if deletion else None,
                file.edition.edition,
                file.name,
            )
            for (file,) in newest
            for primary, kind, effective, deletion in self._select(
                "SELECT primary_code, kind, effective, deletion FROM aoc WHERE file = ? AND code = ?",
                (file.number, code),
            )
        )

    def _select(self, sql: str, values: tuple[str | int, ...] = ()) -> list[Any]:
        return self._asked(lambda database: database.execute(sql, values).fetchall())

    def _asked(self, question: Callable[[sqlite3.Connection], _Answer]) -> _Answer:
        process = os.getpid()  # an SQLite connection must not be used across a fork
        connection = self._connections.get(process)
        if connection is None:
            connection = self._connections[process] = self._connect()
            weakref.finalize(self, _close, connection, process)
        try:
            return question(connection)
        except sqlite3.Error as error:
            message = f"{self._path} is damaged ({error}); load the CMS files again"
            raise ReferenceUnreadable(message) from error


def _close(connection: sqlite3.Connection, process: int) -> None:
    if os.getpid() == process:  # nor must a fork close it
        connection.close()


def open_reference(path: Path | None) -> Reference:
    """The reference in a database, or the built-in starter edition for None. Raises ReferenceUnreadable."""
    if path is None:
        return _builtin()
    if not path.exists():
        raise ReferenceUnreadable(
            f"there is no reference database at {path}; build it with: "
            f"scrub837 reference load FILE... --reference {path}"
        )
    return Reference(path, lambda: open_to_read(path))


@cache
def _builtin() -> Reference:
    return Reference(None, build_starter)


def default_database() -> Path:
    """Where a database is put and looked for when nothing names one: the user's data folder."""
    home = os.environ.get("XDG_DATA_HOME")
    return (Path(home) if home else Path.home() / ".local" / "share") / "scrub837" / "reference.sqlite"


def named_database(option: Path | None) -> Path | None:
    """The database named by the option or else by ``SCRUB837_REFERENCE``; None when neither does."""
    if option is not None:
        return option
    named = os.environ.get("SCRUB837_REFERENCE")
    return Path(named) if named else None


def find_database(option: Path | None) -> Path | None:
    """The database to read: option, ``SCRUB837_REFERENCE``, the user's own, else None (starter edition)."""
    named = named_database(option)
    if named is not None:
        return named
    own = default_database()
    return own if own.exists() else None
