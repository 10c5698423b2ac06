"""The same SQL for SQLite (one host) and PostgreSQL (several hosts share the ledger).

SQL texts are written with ``?`` for parameters. A transaction has the ledger to itself: others wait, and give
up with ``TryLater`` after ``wait`` seconds. Readers see what was committed and wait for nobody.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Protocol

from scrub837.errors import LedgerUnusable, ScrubError, TryLater

Row = Sequence[Any]
WORDS = {"id": "INTEGER PRIMARY KEY"}  # what differs in the schema


class Database(Protocol):
    """An open database."""

    name: str  # for messages
    words: dict[str, str]

    def query(self, sql: str, parameters: Row = ()) -> list[Any]:
        """All rows of a statement."""

    def rows(self, sql: str, parameters: Row = ()) -> Iterator[Any]:
        """The rows of a statement, few at a time."""

    def execute(self, sql: str, parameters: Row = ()) -> int:
        """Run a statement; gives the number of rows it changed."""

    def insert(self, table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
        """Add many rows."""

    def transaction(self) -> Any:
        """A context: the database is written, all or nothing, by nobody else. Another may stand inside."""

    def tables(self) -> set[str]:
        """The names of the ledger's tables."""

    def vacuum(self) -> None:
        """Give back the room of deleted rows."""

    def size(self) -> int:
        """Bytes on disk."""

    def close(self) -> None: ...


class SqliteDatabase:
    """A ledger in a file, mode 0600, with a write-ahead log."""

    words = WORDS

    def __init__(self, path: Path, *, read_only: bool, create: bool, wait: float) -> None:
        self.name = str(path)
        self.path = path
        if not path.exists():
            if not create:
                raise LedgerUnusable(f"there is no ledger at {path}")
            _create(path)
        mode = "ro" if read_only else "rw"
        with self._told():
            uri = f"{path.absolute().as_uri()}?mode={mode}"
            self.connection = sqlite3.connect(uri, uri=True, timeout=wait, isolation_level=None)
            try:
                self._prepare(read_only=read_only)
            except BaseException:
                self.connection.close()
                raise

    def _prepare(self, *, read_only: bool) -> None:
        self.query("PRAGMA cache_size=-65536")
        self.query("PRAGMA foreign_keys=ON")
        if read_only:
            self.query("PRAGMA query_only=ON")
            self.query("SELECT count(*) FROM sqlite_schema")  # opens the file: what is wrong shows here
        else:
            self.query("PRAGMA journal_mode=WAL")
            self.query("PRAGMA synchronous=FULL")

    def query(self, sql: str, parameters: Row = ()) -> list[Any]:
        with self._told():
            return self.connection.execute(sql, parameters).fetchall()

    def rows(self, sql: str, parameters: Row = ()) -> Iterator[Any]:
        with self._told():
            yield from self.connection.execute(sql, parameters)

    def execute(self, sql: str, parameters: Row = ()) -> int:
        with self._told():
            return self.connection.execute(sql, parameters).rowcount

    def insert(self, table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
        marks = ",".join("?" * len(columns))
        with self._told():
            self.connection.executemany(f"INSERT INTO {table} ({','.join(columns)}) VALUES ({marks})", rows)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        inside = self.connection.in_transaction
        if inside:  # part of a larger one
            yield
            return
        self.execute("BEGIN IMMEDIATE")
        try:
            yield
            self.execute("COMMIT")
        except BaseException:
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")
            raise

    def tables(self) -> set[str]:
        return {name for (name,) in self.query("SELECT name FROM sqlite_schema WHERE type='table'")}

    def vacuum(self) -> None:
        self.execute("VACUUM")
        self.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def size(self) -> int:
        return self.path.stat().st_size

    def backup(self, target: Path) -> None:
        """A copy of the whole ledger, of one moment, while others may write."""
        with self._told(), closing(sqlite3.connect(target)) as copy:
            self.connection.backup(copy, pages=4096, sleep=0.01)

    def integrity(self) -> str:
        """``ok``, or what is damaged."""
        return str(self.query("PRAGMA quick_check(1)")[0][0])

    def close(self) -> None:
        self.connection.close()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """SQLite's errors as sentences for the operator."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            raise _explained(self.name, error) from error


def _create(path: Path) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
    except OSError as error:
        raise LedgerUnusable(f"the ledger {path} cannot be made: {error.strerror}") from error


def _explained(name: str, error: sqlite3.DatabaseError) -> ScrubError:
    code = (error.sqlite_errorcode if hasattr(error, "sqlite_errorcode") else 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return TryLater(f"the ledger {name} is being written by another process; try again later")
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return LedgerUnusable(
            f"the ledger {name} is damaged or is no ledger: move it away and put back the last backup"
        )
    if code == sqlite3.SQLITE_FULL:
        return LedgerUnusable(f"there is no room left for the ledger {name}: nothing was recorded")
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_IOERR):
        return LedgerUnusable(
            f"the ledger {name} or its folder may not be read or written by this user, or the disk fails "
            f"({error})"
        )
    return LedgerUnusable(f"the ledger {name} cannot be used ({error})")
