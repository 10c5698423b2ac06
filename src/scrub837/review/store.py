"""What the page remembers: files, claims with what is to be done, and the trail of what people decided.

The trail is append-only: the database refuses to change or remove a row, and each row seals those before it.
A claim has a version that every decision raises; who decides on an old one is told what was decided since.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec

from scrub837.errors import LedgerUnusable

SCHEMA = """
CREATE TABLE IF NOT EXISTS files (
  id INTEGER PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, sha256 TEXT NOT NULL,
  bytes INTEGER NOT NULL, added TEXT NOT NULL, person TEXT NOT NULL, batch INTEGER,
  facts TEXT NOT NULL DEFAULT '{}');
CREATE TABLE IF NOT EXISTS batches (
  id INTEGER PRIMARY KEY, revision INTEGER NOT NULL DEFAULT 1, judged INTEGER NOT NULL DEFAULT 0,
  facts TEXT NOT NULL DEFAULT '{}');
CREATE TABLE IF NOT EXISTS items (
  batch INTEGER NOT NULL, position INTEGER NOT NULL, reference TEXT NOT NULL, patient TEXT NOT NULL,
  member TEXT NOT NULL, payer TEXT NOT NULL, first_day TEXT NOT NULL, last_day TEXT NOT NULL,
  charge INTEGER NOT NULL, codes TEXT NOT NULL, worst INTEGER NOT NULL, rules TEXT NOT NULL,
  judged TEXT NOT NULL, answered TEXT NOT NULL DEFAULT '', todo TEXT NOT NULL DEFAULT '',
  open INTEGER NOT NULL DEFAULT 0, amount INTEGER NOT NULL, open_amount INTEGER NOT NULL DEFAULT 0,
  outcome TEXT NOT NULL DEFAULT '', answer TEXT NOT NULL DEFAULT '', decision TEXT NOT NULL DEFAULT '',
  person TEXT NOT NULL DEFAULT '', added TEXT NOT NULL, version INTEGER NOT NULL DEFAULT 1,
  frequency TEXT NOT NULL DEFAULT '', PRIMARY KEY (batch, position));
CREATE INDEX IF NOT EXISTS items_open ON items (open, todo);
CREATE INDEX IF NOT EXISTS items_reference ON items (reference);
CREATE TABLE IF NOT EXISTS trail (
  id INTEGER PRIMARY KEY, at TEXT NOT NULL, person TEXT NOT NULL, what TEXT NOT NULL, batch INTEGER,
  position INTEGER, reference TEXT, detail TEXT NOT NULL, undoes INTEGER, seal TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS trail_claim ON trail (batch, position);
CREATE TRIGGER IF NOT EXISTS trail_kept BEFORE UPDATE ON trail
  BEGIN SELECT RAISE(ABORT, 'the trail is append-only'); END;
CREATE TRIGGER IF NOT EXISTS trail_whole BEFORE DELETE ON trail
  BEGIN SELECT RAISE(ABORT, 'the trail is append-only'); END;
"""


class FileKept(msgspec.Struct, frozen=True):
    """A file of the workspace. ``kind`` is batch, response or log; ``batch`` is the one a log belongs to."""

    id: int
    kind: str
    name: str
    sha256: str
    bytes: int
    added: str
    person: str
    batch: int | None
    facts: Mapping[str, Any]


class BatchKept(msgspec.Struct, frozen=True):
    """How a batch stands. What is judged at an older ``revision`` has to be judged again."""

    id: int
    revision: int
    judged: int
    facts: Mapping[str, Any]


class Item(msgspec.Struct, frozen=True):
    """A claim of a batch with what is to be done. Amounts are hundredths of a cent, as in a report."""

    batch: int
    position: int
    reference: str
    patient: str
    member: str
    payer: str
    first_day: str
    last_day: str
    charge: int
    codes: str
    worst: int
    rules: str
    judged: str
    answered: str
    todo: str
    open: int
    amount: int
    open_amount: int
    outcome: str
    answer: str
    decision: str
    person: str
    added: str
    version: int
    frequency: str  # CLM05-3


class Entry(msgspec.Struct, frozen=True):
    """A row of the trail."""

    id: int
    at: str
    person: str
    what: str
    batch: int | None
    position: int | None
    reference: str | None
    detail: Mapping[str, Any]
    undoes: int | None

    @property
    def when(self) -> str:
        """``2026-11-09 15:04 UTC``."""
        return f"{self.at[:16].replace('T', ' ')} UTC"


class Conflict(Exception):
    """Somebody else decided on the claim since the page was shown."""


class Store:
    """The database, shared by the threads of the server: one statement or transaction at a time."""

    def __init__(self, path: Path) -> None:
        path.touch(mode=0o600)
        self._lock = threading.RLock()
        try:
            self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=30)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
            self._db.executescript(SCHEMA)
            if "frequency" not in {row[1] for row in self._db.execute("PRAGMA table_info(items)")}:
                self._db.execute("ALTER TABLE items ADD COLUMN frequency TEXT NOT NULL DEFAULT ''")
        except sqlite3.DatabaseError as error:
            raise LedgerUnusable(f"{path} cannot be used: {error}") from error

    def close(self) -> None:
        """Give the database back."""
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; others wait."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def query(self, text: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """The rows of a statement."""
        with self._lock:
            return self._db.execute(text, parameters).fetchall()

    def many(self, text: str, rows: Sequence[Sequence[object]]) -> None:
        """One statement for many rows."""
        with self._lock:
            self._db.executemany(text, rows)

    # --- files and batches -------------------------------------------------------------------------------

    def add_file(
        self, kind: str, name: str, digest: str, size: int, person: str, batch: int | None = None
    ) -> int:
        """Keep a file; gives its number. A batch is then to be judged."""
        with self.transaction():
            [(number,)] = self.query(
                "INSERT INTO files (kind, name, sha256, bytes, added, person, batch) "
                "VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id",
                (kind, name, digest, size, now(), person, batch),
            )
            if kind == "batch":
                self.query("INSERT INTO batches (id) VALUES (?)", (number,))
            if batch is not None:
                self.touch([batch])
            self.note(
                person, f"added {kind}", batch=number if kind == "batch" else batch, detail={"file": number}
            )
        return int(number)

    def files(self, kind: str, batch: int | None = None) -> list[FileKept]:
        """The files of a kind, the newest first."""
        where, more = ("AND batch = ?", (batch,)) if batch is not None else ("", ())
        rows = self.query(
            "SELECT id, kind, name, sha256, bytes, added, person, batch, facts FROM files "
            f"WHERE kind = ? {where} ORDER BY id DESC",
            (kind, *more),
        )
        return [_file(row) for row in rows]

    def file(self, number: int) -> FileKept | None:
        """A file by its number."""
        rows = self.query(
            "SELECT id, kind, name, sha256, bytes, added, person, batch, facts FROM files WHERE id = ?",
            (number,),
        )
        return _file(rows[0]) if rows else None

    def file_like(self, digest: str, kind: str, batch: int | None) -> FileKept | None:
        """The file of these bytes, if it is here already."""
        rows = self.query(
            "SELECT id FROM files WHERE sha256 = ? AND kind = ? AND batch IS ?", (digest, kind, batch)
        )
        return self.file(rows[0][0]) if rows else None

    def set_facts(self, number: int, facts: Mapping[str, Any]) -> None:
        """What was found out of a file."""
        self.query("UPDATE files SET facts = ? WHERE id = ?", (json.dumps(facts), number))

    def batch(self, number: int) -> BatchKept | None:
        """How a batch stands."""
        rows = self.query("SELECT id, revision, judged, facts FROM batches WHERE id = ?", (number,))
        return _batch(*rows[0]) if rows else None

    def touch(self, batches: Sequence[int]) -> None:
        """These batches have to be judged again."""
        self.many("UPDATE batches SET revision = revision + 1 WHERE id = ?", [(one,) for one in batches])

    # --- claims ------------------------------------------------------------------------------------------

    def item(self, batch: int, position: int) -> Item | None:
        """A claim of a batch."""
        rows = self.query(f"SELECT {COLUMNS} FROM items WHERE batch = ? AND position = ?", (batch, position))
        return Item(*rows[0]) if rows else None

    def items(self, where: str, parameters: Sequence[object] = (), rest: str = "") -> list[Item]:
        """Claims; ``where`` and ``rest`` are constants of the program."""
        return [
            Item(*row) for row in self.query(f"SELECT {COLUMNS} FROM items WHERE {where} {rest}", parameters)
        ]

    def raise_version(self, batch: int, position: int, version: int) -> None:
        """Raise ``Conflict`` when the claim is not at this version any more; else raise the version."""
        done = self.query(
            "UPDATE items SET version = version + 1 "
            "WHERE batch = ? AND position = ? AND version = ? RETURNING 1",
            (batch, position, version),
        )
        if not done:
            raise Conflict

    def settle(self, batch: int) -> None:
        """Work out what is to be done with each claim: what a payer answered counts before what we find."""
        self.query(
            "UPDATE items SET "
            "todo = CASE answered WHEN '' THEN judged WHEN 'none' THEN '' ELSE answered END, "
            "amount = CASE WHEN answered IN ('', 'none') THEN charge ELSE open_amount END WHERE batch = ?",
            (batch,),
        )
        self.query(
            "UPDATE items SET open = todo NOT IN ('', 'auto') AND decision = '' WHERE batch = ?", (batch,)
        )

    # --- the trail ---------------------------------------------------------------------------------------

    def note(
        self,
        person: str,
        what: str,
        *,
        batch: int | None = None,
        position: int | None = None,
        reference: str | None = None,
        detail: Mapping[str, Any] | None = None,
        undoes: int | None = None,
    ) -> int:
        """Add to the trail; gives the number of the entry."""
        with self._lock:
            last = self.query("SELECT id, seal FROM trail ORDER BY id DESC LIMIT 1")
            row = (
                last[0][0] + 1 if last else 1, now(), person, what, batch, position, reference,
                json.dumps(detail or {}, ensure_ascii=False), undoes,
            )  # fmt: skip
            self.query(
                "INSERT INTO trail VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (*row, _seal(last[0][1] if last else "", row)),
            )
        return int(row[0])

    def trail(self, where: str = "1 = 1", parameters: Sequence[object] = (), limit: int = 200) -> list[Entry]:
        """Entries, the newest first."""
        rows = self.query(
            "SELECT id, at, person, what, batch, position, reference, detail, undoes FROM trail "
            f"WHERE {where} ORDER BY id DESC LIMIT ?",
            (*parameters, limit),
        )
        return [_entry(*row) for row in rows]

    def broken(self) -> int | None:
        """The first entry of the trail that was tampered with, ``None`` when it is whole."""
        before = ""
        for row in self.query("SELECT * FROM trail ORDER BY id"):
            before = _seal(before, row[:-1])
            if before != row[-1]:
                return int(row[0])
        return None


COLUMNS = ", ".join(Item.__struct_fields__)


def now() -> str:
    """This moment."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _file(row: Sequence[Any]) -> FileKept:
    number, kind, name, digest, size, added, person, batch, facts = row
    return FileKept(number, kind, name, digest, size, added, person, batch, json.loads(facts))


def _batch(number: int, revision: int, judged: int, facts: str) -> BatchKept:
    return BatchKept(number, revision, judged, json.loads(facts))


def _entry(
    number: int, at: str, person: str, what: str, batch: int | None, position: int | None,
    reference: str | None, detail: str, undoes: int | None,
) -> Entry:  # fmt: skip
    return Entry(number, at, person, what, batch, position, reference, json.loads(detail), undoes)


def _seal(before: str, row: Sequence[object]) -> str:
    return sha256(json.dumps([before, *row], ensure_ascii=False).encode()).hexdigest()
