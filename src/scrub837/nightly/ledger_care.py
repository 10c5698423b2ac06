"""Looking after a ledger: tables to take away, old files forgotten, a backup."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from scrub837.errors import LedgerUnusable, OutputUnwritable
from scrub837.nightly.database import Database, SqliteDatabase
from scrub837.nightly.ledger_rows import FILE_COLUMNS, dollars
from scrub837.results import money_text

TABLES = {  # name -> columns, and where they stand
    "runs": (("id", "host", "program", "started", "finished", "outcome", "counts"), "runs ORDER BY id"),
    "files": (FILE_COLUMNS, "files ORDER BY id"),
    "claims": (
        (
            "id", "file_id", "position", "reference", "patient", "frequency", "charge", "payer", "profile",
            "verdict", "state", "superseded_by",
        ),
        "claims ORDER BY id",
    ),
    "lines": (
        (
            "claim_id", "position", "number", "control", "encounter", "code", "modifiers", "units", "unit",
            "charge", "day", "days", "place", "rendering",
        ),
        "lines WHERE nth_day = 0 ORDER BY claim_id, position",
    ),
    "findings": (
        ("file_id", "claim_id", "rule", "severity", "fingerprint", "waived"),
        "findings ORDER BY file_id, claim_id, rule, fingerprint",
    ),
}  # fmt: skip
_SEALED = ("patient", "encounter")


class Forgotten(msgspec.Struct, frozen=True):
    """What is older than a day: its size, before or after it was taken away."""

    files: int
    claims: int
    lines: int
    runs: int


def columns_of(table: str) -> tuple[str, ...]:
    """The columns of an exported table."""
    return TABLES[table][0]


def export(database: Database, table: str) -> Iterator[dict[str, Any]]:
    """The rows of one of ``TABLES``, one after the other. Sealed values are hexadecimal, charges dollars."""
    columns, rest = TABLES[table]
    for row in database.rows(f"SELECT {', '.join(columns)} FROM {rest}"):
        values = dict(zip(columns, row, strict=True))
        for name in _SEALED:
            if values.get(name) is not None:
                values[name] = f"{values[name] & (1 << 64) - 1:016x}"
        if "charge" in values:
            values["charge"] = money_text(dollars(values["charge"]))
        for name in ("counts", "findings", "outputs"):
            if name in values:
                values[name] = msgspec.json.decode(values[name])
        yield values


def older_than(database: Database, moment: datetime) -> Forgotten:
    """What ``forget`` would take away."""
    before = _text(moment)
    files, claims, lines = database.query(
        "SELECT count(*), coalesce(sum(claims), 0), coalesce(sum(lines), 0) FROM files WHERE started < ?",
        (before,),
    )[0]
    runs = database.query(f"SELECT count(*) FROM runs WHERE {_EMPTY}", (before, before))[0][0]
    return Forgotten(int(files), int(claims), int(lines), int(runs))


def forget(database: Database, moment: datetime) -> Forgotten:
    """Take away files that were taken before a moment, with their claims, and runs without any left.

    One transaction for each file: others do not wait for long, and one that is killed has forgotten fewer.
    """
    gone = older_than(database, moment)
    before = _text(moment)
    for (number,) in database.query("SELECT id FROM files WHERE started < ? ORDER BY id", (before,)):
        with database.transaction():
            database.execute("DELETE FROM files WHERE id = ?", (number,))
    with database.transaction():
        database.execute("DELETE FROM resubmissions WHERE made < ?", (before,))
        database.execute(f"DELETE FROM runs WHERE {_EMPTY}", (before, before))
    return gone


_EMPTY = "started < ? AND NOT EXISTS (SELECT 1 FROM files f WHERE f.run_id = runs.id AND f.started >= ?)"


def back_up(database: Database, target: Path) -> None:
    """Copy a ledger as it is at this moment, whole, mode 0600; others may go on writing.

    Raises ``OutputUnwritable``, and ``LedgerUnusable`` for a ledger on a server.
    """
    if not isinstance(database, SqliteDatabase):
        raise LedgerUnusable(
            "a ledger on a server is backed up with `pg_dump --schema=scrub837`; keep a copy of its key, too"
        )
    draft = target.with_name(f".{target.name}.tmp")
    try:
        with suppress(FileNotFoundError):
            draft.unlink()
        os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        try:
            database.backup(draft)
            handle = os.open(draft, os.O_RDONLY)
            os.fsync(handle)
            os.close(handle)
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise OutputUnwritable(f"the backup {target} cannot be written: {error.strerror}") from error


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")
