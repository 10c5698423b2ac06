"""A ledger in PostgreSQL, in a schema of its own, for several hosts. Needs the extra ``postgres``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import psycopg

from scrub837.errors import LedgerUnusable, ScrubError, TryLater
from scrub837.nightly.database import Row

LOCK = 837_005_010  # of all writers of a ledger
FETCH = 2000


class PostgresDatabase:
    """A ledger on a server."""

    words = {"id": "BIGINT PRIMARY KEY"}  # noqa: RUF012 - never changed

    def __init__(self, url: str, *, read_only: bool, create: bool, wait: float) -> None:
        self.name = without_password(url)
        milliseconds = int(wait * 1000)
        with self._told():
            self.connection = psycopg.connect(url, autocommit=True, connect_timeout=max(2, int(wait)))
        try:
            self.query(f"SET lock_timeout = {milliseconds}")
            if read_only:
                self.query("SET default_transaction_read_only = on")
            elif create:
                with self.transaction():
                    self.query("CREATE SCHEMA IF NOT EXISTS scrub837")
            self.query("SET search_path TO scrub837")
        except BaseException:
            self.connection.close()
            raise

    def query(self, sql: str, parameters: Row = ()) -> list[Any]:
        with self._told():
            cursor = self.connection.execute(_text(sql), _storable(parameters))
            return cursor.fetchall() if cursor.description else []

    def rows(self, sql: str, parameters: Row = ()) -> Iterator[Any]:
        with self._told(), self.connection.transaction(), self.connection.cursor("scrub837_rows") as cursor:
            cursor.itersize = FETCH
            cursor.execute(_text(sql), _storable(parameters))
            yield from cursor

    def execute(self, sql: str, parameters: Row = ()) -> int:
        with self._told():
            return self.connection.execute(_text(sql), _storable(parameters)).rowcount

    def insert(self, table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
        with (
            self._told(),
            self.connection.cursor() as cursor,
            cursor.copy(f"COPY {table} ({','.join(columns)}) FROM STDIN".encode()) as copy,
        ):
            for row in rows:
                copy.write_row(_storable(row))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self._told(), self.connection.transaction():
            self.query("SELECT pg_advisory_xact_lock(?)", (LOCK,))
            yield

    def tables(self) -> set[str]:
        sql = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'scrub837'"
        return {name for (name,) in self.query(sql)}

    def vacuum(self) -> None:
        for table in sorted(self.tables()):
            self.query(f"VACUUM ANALYZE {table}")

    def size(self) -> int:
        sql = (
            "SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0) FROM pg_class c "
            "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'scrub837' AND c.relkind = 'r'"
        )
        return int(self.query(sql)[0][0])

    def close(self) -> None:
        self.connection.close()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """The server's errors as sentences for the operator; never with values of a statement."""
        try:
            yield
        except psycopg.Error as error:
            raise _explained(self.name, error) from error


def without_password(url: str) -> str:
    """The URL as it may be shown."""
    parts = urlsplit(url)
    place = f"{parts.hostname or 'localhost'}{f':{parts.port}' if parts.port else ''}"
    return f"postgresql://{place}{parts.path}"


def _text(sql: str) -> bytes:
    return sql.replace("%", "%%").replace("?", "%s").encode()


def _storable(values: Row) -> Row:
    """PostgreSQL has no character 0 in its texts."""
    return [
        value.replace("\0", "\ufffd") if type(value) is str and "\0" in value else value for value in values
    ]


def _explained(name: str, error: psycopg.Error) -> ScrubError:
    if isinstance(error, (psycopg.errors.LockNotAvailable, psycopg.errors.QueryCanceled)):
        return TryLater(f"the ledger {name} is being written by another host; try again later")
    if isinstance(error, psycopg.errors.UndefinedTable):
        return LedgerUnusable(f"there is no ledger in {name}")
    if isinstance(error, psycopg.errors.InsufficientPrivilege):
        return LedgerUnusable(f"the user of {name} may not read or write the schema scrub837")
    if isinstance(error, psycopg.OperationalError):
        return TryLater(f"the server of the ledger {name} is away or refuses the connection")
    return LedgerUnusable(f"the ledger {name} cannot be used ({type(error).__name__})")
