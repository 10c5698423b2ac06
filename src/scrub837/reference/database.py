"""The SQLite file behind the reference: its tables, how it is opened to read, how a file's rows go in.

Every row hangs on the published file it came from, and keys begin with that file: a load only appends,
replacing a part is one range, and neighbouring codes lie together.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from scrub837.errors import ReferenceUnreadable
from scrub837.reference.records import Table, day_number

if TYPE_CHECKING:
    from pathlib import Path

APPLICATION_ID = 0x53383337  # "S837" in the file header: tells our database from any other SQLite file
SCHEMA_VERSION = 1
SCHEMA = f"""
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {SCHEMA_VERSION};
CREATE TABLE file (
  id INTEGER PRIMARY KEY,
  program TEXT NOT NULL, kind TEXT NOT NULL, edition TEXT NOT NULL, part TEXT NOT NULL,
  effective_from INTEGER, effective_to INTEGER, source TEXT NOT NULL, sha256 TEXT NOT NULL,
  starter INTEGER NOT NULL, rows INTEGER NOT NULL DEFAULT 0, first TEXT, last TEXT,
  UNIQUE (program, kind, edition, part));
CREATE TABLE rationale (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
CREATE TABLE ptp (
  file INTEGER NOT NULL, column1 TEXT NOT NULL, column2 TEXT NOT NULL, line INTEGER NOT NULL,
  effective INTEGER NOT NULL, deletion INTEGER, indicator TEXT NOT NULL, rationale INTEGER NOT NULL,
  PRIMARY KEY (file, column1, column2, line)) WITHOUT ROWID;
CREATE TABLE mue (
  file INTEGER NOT NULL, code TEXT NOT NULL, line INTEGER NOT NULL, units INTEGER NOT NULL, indicator TEXT,
  rationale INTEGER NOT NULL,
  PRIMARY KEY (file, code)) WITHOUT ROWID;
CREATE TABLE aoc (
  file INTEGER NOT NULL, code TEXT NOT NULL, primary_code TEXT NOT NULL, line INTEGER NOT NULL,
  kind TEXT NOT NULL, effective INTEGER, deletion INTEGER,
  PRIMARY KEY (file, code, primary_code, line)) WITHOUT ROWID;
"""
_INSERT: dict[Table, str] = {
    "ptp": "INSERT INTO ptp VALUES ({file}, ?, ?, ?, ?, ?, ?, ?)",
    "mue": "INSERT INTO mue VALUES ({file}, ?, ?, ?, ?, ?)",
    "aoc": "INSERT INTO aoc VALUES ({file}, ?, ?, ?, ?, ?, ?)",
}
_FIRST_COLUMN: dict[Table, str] = {"ptp": "column1", "mue": "code", "aoc": "code"}

Row = tuple[str | int | None, ...]


@dataclass(frozen=True, slots=True)
class FileFacts:
    """Which table of which program and edition a published file holds, or which part of it."""

    program: str
    table: Table
    edition: str
    part: str
    effective_from: date | None
    effective_to: date | None
    source: str
    sha256: str
    starter: bool = False

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What a later file must share to replace this one."""
        return self.program, self.table, self.edition, self.part


class Rationales(dict[str, int]):
    """Rationale text as it stands in a file to its number; a text not seen before gets the next one."""

    def __init__(self, database: sqlite3.Connection) -> None:
        super().__init__()
        self._numbers: dict[str, int] = dict(database.execute("SELECT text, id FROM rationale"))
        self._unwritten: list[tuple[int, str]] = []

    def __missing__(self, raw: str) -> int:
        text = raw.strip(' \t\r"')
        number = self._numbers.get(text)
        if number is None:
            number = self._numbers[text] = len(self._numbers) + 1
            self._unwritten.append((number, text))
        self[raw] = number
        return number

    def write(self, database: sqlite3.Connection) -> None:
        """Store the texts that are new."""
        database.executemany("INSERT INTO rationale VALUES (?, ?)", self._unwritten)
        self._unwritten.clear()


def open_to_read(path: Path) -> sqlite3.Connection:
    """Open a reference database read-only. Raises ReferenceUnreadable, saying what to do.

    ``immutable``: a load never writes into a database, it puts a new one in its place, so no lock is needed.
    """
    try:
        uri = path.resolve().as_uri() + "?mode=ro&immutable=1"
        database = sqlite3.connect(uri, uri=True, check_same_thread=False)
        application = database.execute("PRAGMA application_id").fetchone()[0]
        version = database.execute("PRAGMA user_version").fetchone()[0]
    except sqlite3.Error as error:
        raise ReferenceUnreadable(
            f"{path} cannot be opened as a reference database ({error}); "
            "build one with: scrub837 reference load FILE... --reference PATH"
        ) from error
    if application != APPLICATION_ID:
        database.close()
        raise ReferenceUnreadable(f"{path} is not a reference database of scrub837; name another file")
    if version != SCHEMA_VERSION:
        database.close()
        raise ReferenceUnreadable(
            f"{path} was built by another version of scrub837; move it away and load the CMS files again"
        )
    return database


def add_file(
    database: sqlite3.Connection, facts: FileFacts, rows: Iterable[Row], rationales: Rationales
) -> int:
    """Put one published file in, in place of an earlier one of the same key. Returns the rows stored.

    ``rows`` are tuples in the order of the table's columns after ``file``.
    """
    where = (facts.program, facts.table, facts.edition, facts.part)
    found = database.execute(
        "SELECT id FROM file WHERE (program, kind, edition, part) = (?, ?, ?, ?)", where
    ).fetchone()
    if found:
        database.execute(f"DELETE FROM {facts.table} WHERE file = ?", found)
        database.execute("DELETE FROM file WHERE id = ?", found)
    (number,) = database.execute("SELECT coalesce(max(id), 0) + 1 FROM file").fetchone()
    days = [day and day_number(day) for day in (facts.effective_from, facts.effective_to)]
    database.execute(
        "INSERT INTO file (id, program, kind, edition, part, effective_from, effective_to, source, sha256,"
        " starter) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (number, *where, *days, facts.source, facts.sha256, int(facts.starter)),
    )
    database.executemany(_INSERT[facts.table].format(file=number), rows)
    rationales.write(database)
    code = _FIRST_COLUMN[facts.table]
    summary = database.execute(
        f"SELECT count(*), min({code}), max({code}) FROM {facts.table} WHERE file = ?", (number,)
    ).fetchone()
    database.execute("UPDATE file SET rows = ?, first = ?, last = ? WHERE id = ?", (*summary, number))
    return int(summary[0])
