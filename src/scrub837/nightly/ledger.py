"""The ledger: what was checked, what was made of it, and what was sent. One place for every night.

``open_ledger(where)`` opens a file or, by a ``postgresql://`` URL, a database that several hosts share.

=========================  ==============================================================================
``Ledger``                 is an ``Earlier``: give it as ``Job(..., earlier=ledger)`` and rules are shown
                           what was sent before; the report then holds in ``sent`` what is to be recorded
``begin_run finish_run``   a nightly run
``known``                  the same bytes under the same settings and editions, checked before
``record``                 a file with its claims, lines and findings; nothing counts as sent by this
``mark_published``         the file was sent, whole or in part, as it was or corrected
``mark``                   it was sent after all, or not, or no longer counts
``note``                   its outcome or outputs, when they are known later
``runs files history``     what is shown to people
=========================  ==============================================================================

``record`` before publishing and ``mark_published`` after it: a run that is killed in between leaves a file
that is seen and does not count as sent, and the next ``record`` of it takes its place. Each call is one
transaction.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from scrub837 import __version__
from scrub837.claims.sent import Seal, Sendings
from scrub837.errors import LedgerUnusable
from scrub837.nightly.database import Database, SqliteDatabase
from scrub837.nightly.ledger_care import back_up
from scrub837.nightly.ledger_key import find_key, mark_of
from scrub837.nightly.ledger_lookup import Lookup
from scrub837.nightly.ledger_rows import (
    FILE_COLUMNS,
    LONGEST,
    ClaimHistory,
    FileRow,
    RunRow,
    State,
    dollars,
    file_row,
)
from scrub837.nightly.ledger_write import FileEntry, publish_claims, unpublish_claims, write_file
from scrub837.nightly.schema import VERSION, check_version, migrate

if TYPE_CHECKING:
    from scrub837.config import Profile, Settings
    from scrub837.results import EditionRow, FileReport

WAIT = 30.0  # seconds that a locked ledger is waited for
URLS = ("postgresql://", "postgres://")
__all__ = [
    "ClaimHistory",
    "FileEntry",
    "FileRow",
    "Ledger",
    "RunRow",
    "State",
    "editions_digest",
    "open_ledger",
    "settings_digest",
]


def open_ledger(
    where: str | Path,
    *,
    key_file: Path | None = None,
    read_only: bool = False,
    create: bool = True,
    wait: float = WAIT,
) -> Ledger:
    """Open a ledger and bring its tables up to date; to be closed by the caller.

    With ``read_only`` it is neither made nor migrated. The key comes from the environment, from
    ``key_file`` or, for a file, from beside it (see ledger_key). Raises ``LedgerUnusable`` or ``TryLater``.
    """
    create = create and not read_only
    path = None if str(where).startswith(URLS) else Path(where)
    fresh = path is not None and create and not path.exists()
    if path is None:
        try:
            from scrub837.nightly.postgres import PostgresDatabase  # noqa: PLC0415 - an extra
        except ImportError as error:
            raise LedgerUnusable("a ledger on a server needs `pip install 'scrub837[postgres]'`") from error
        key = find_key(None, key_file, create=False)
        database: Database = PostgresDatabase(str(where), read_only=read_only, create=create, wait=wait)
    else:
        if not path.exists() and not create:
            raise LedgerUnusable(f"there is no ledger at {path}")
        key = find_key(path, key_file, create=fresh)
        database = SqliteDatabase(path, read_only=read_only, create=create, wait=wait)
    try:
        version = check_version(database)
        if version < VERSION:
            _bring_up_to_date(database, version, read_only=read_only)
        _check_key(database, key, read_only=read_only)
    except BaseException:
        database.close()
        raise
    return Ledger(database, key)


def _bring_up_to_date(database: Database, version: int, *, read_only: bool) -> None:
    """Make or change the tables. A ledger that holds something is copied first, beside itself."""
    if read_only and version == 0:
        raise LedgerUnusable(f"there is no ledger in {database.name}")
    if read_only:
        raise LedgerUnusable(
            f"the ledger {database.name} was written by an older scrub837: the next `scrub837 run` brings it "
            "up to date, or `scrub837 ledger vacuum` does"
        )
    if version and isinstance(database, SqliteDatabase):
        back_up(database, database.path.with_name(f"{database.path.name}.version-{version}"))
    migrate(database)


def _check_key(database: Database, key: bytes, *, read_only: bool) -> None:
    mark = mark_of(key)
    if not read_only:
        with database.transaction():
            if not database.query("SELECT 1 FROM meta WHERE name = 'key'"):
                database.execute("INSERT INTO meta VALUES ('key', ?)", (mark,))
    known = database.query("SELECT value FROM meta WHERE name = 'key'")
    if known and known[0][0] != mark:
        raise LedgerUnusable(
            f"the key given is not that of the ledger {database.name}: use the one it was made with"
        )


class Ledger(Lookup):
    """An open ledger."""

    def __init__(self, database: Database, key: bytes) -> None:
        super().__init__(database, Seal(key))

    @property
    def name(self) -> str:
        """Where it is, for messages."""
        return self.database.name

    def close(self) -> None:
        """Give the database back."""
        self.database.close()

    # --- runs --------------------------------------------------------------------------------------------

    def begin_run(self, host: str, started: datetime) -> int:
        """A run begins; gives its number."""
        with self.database.transaction():
            number = self._next("runs")
            row = (number, host, __version__, _text(started), "{}")
            self.database.insert("runs", ("id", "host", "program", "started", "counts"), [row])
        return number

    def finish_run(self, run: int, outcome: str, finished: datetime, counts: Mapping[str, int]) -> None:
        """A run ends."""
        with self.database.transaction():
            self.database.execute(
                "UPDATE runs SET outcome = ?, finished = ?, counts = ? WHERE id = ?",
                (outcome, _text(finished), json.dumps(dict(counts), sort_keys=True), run),
            )

    def runs(self, limit: int = 20) -> list[RunRow]:
        """The latest runs, the newest first."""
        found = self.database.query(
            "SELECT id, host, program, started, finished, outcome, counts FROM runs ORDER BY id DESC LIMIT ?",
            (limit,),
        )
        return [
            RunRow(number, host, program, started, finished, outcome, msgspec.json.decode(counts))
            for number, host, program, started, finished, outcome, counts in found
        ]

    # --- files -------------------------------------------------------------------------------------------

    def known(self, sha256: str, settings: str, editions: str) -> FileRow | None:
        """The newest file with the same bytes that was checked under the same settings and editions."""
        found = self._files("sha256 = ? AND settings = ? AND editions = ?", (sha256, settings, editions), 1)
        return found[0] if found else None

    def files_with(self, outcome: str) -> list[FileRow]:
        """All files with an outcome, the newest first."""
        return self._files("outcome = ?", (outcome,), sys.maxsize)

    def newest(self) -> int:
        """The number of the latest file, 0 where there is none."""
        return self._next("files") - 1

    def file(self, number: int) -> FileRow | None:
        """A file by its number."""
        found = self._files("id = ?", (number,), 1)
        return found[0] if found else None

    def files(self, limit: int = 50, *, run: int | None = None) -> list[FileRow]:
        """The latest files, of all runs or of one, the newest first."""
        return (
            self._files("run_id = ?", (run,), limit) if run is not None else self._files("1 = 1", (), limit)
        )

    def record(self, entry: FileEntry, report: FileReport) -> int:
        """Keep a file with its claims, lines and findings; gives its number.

        It is ``seen``, which does not count as sent. A row of the same bytes, settings and editions that was
        only seen gives way to it. ``report`` must come of a job that was given a ledger.
        """
        with self.database.transaction():
            self.database.execute(
                "DELETE FROM files WHERE sha256 = ? AND settings = ? AND editions = ? AND state = ?",
                (report.sha256, entry.settings, entry.editions, State.SEEN),
            )
            first_claim = self._next("claims")
            number = self._next("files")
            write_file(self.database, number, first_claim, entry, report)
        return number

    def mark_published(
        self,
        file: int,
        at: datetime,
        *,
        claims: Sequence[int] | None = None,
        sent: Sendings | None = None,
        outcome: str | None = None,
        outputs: Mapping[str, str] | None = None,
    ) -> None:
        """The file was sent. From now on rules are shown its claims.

        ``claims`` are those that were sent, by their index in the file, in order; without it all were.
        ``sent`` tells what the sent file held where it was corrected (``sent_file.sent_in`` reads it);
        without it the claims went as they were recorded. Claims of frequency 7 and 8 supersede the claims
        they refer to.
        Raises ``ValueError`` when ``sent`` holds another number of claims than were named.
        """
        with self.database.transaction():
            publish_claims(self.database, file, claims, sent)
            self.database.execute(
                "UPDATE files SET state = ?, published = ? WHERE id = ?", (State.PUBLISHED, _text(at), file)
            )
            self._note(file, outcome, None, outputs)

    def mark(self, file: int, state: State, at: datetime) -> None:
        """Say by hand that a file was sent, was not sent, or counts no more (the payer never took it)."""
        if state is State.PUBLISHED:
            self.mark_published(file, at)
            return
        with self.database.transaction():
            unpublish_claims(self.database, file, state)
            self.database.execute("UPDATE files SET state = ? WHERE id = ?", (state, file))

    def note(
        self,
        file: int,
        *,
        outcome: str | None = None,
        finished: datetime | None = None,
        outputs: Mapping[str, str] | None = None,
    ) -> None:
        """Set what is known only later; what is left out stays."""
        with self.database.transaction():
            self._note(file, outcome, finished, outputs)

    def _note(
        self, file: int, outcome: str | None, finished: datetime | None, outputs: Mapping[str, str] | None
    ) -> None:
        given = {
            "outcome": outcome,
            "finished": _text(finished) if finished else None,
            "outputs": json.dumps(dict(outputs), sort_keys=True) if outputs is not None else None,
        }
        for column, value in given.items():
            if value is not None:
                self.database.execute(f"UPDATE files SET {column} = ? WHERE id = ?", (value, file))

    # --- claims ------------------------------------------------------------------------------------------

    def history(self, reference: str) -> Iterator[ClaimHistory]:
        """All files a claim was in, by its CLM01, the oldest first."""
        columns = ", ".join(f"f.{column}" for column in FILE_COLUMNS)
        rows = self.database.query(
            "SELECT c.id, c.position, c.reference, c.frequency, c.charge, c.payer, c.profile, c.verdict, "
            f"c.state, c.superseded_by, {columns} FROM claims c JOIN files f ON f.id = c.file_id "
            "WHERE c.reference = ? ORDER BY c.id",
            (reference[:LONGEST],),
        )
        for number, position, name, frequency, charge, payer, profile, verdict, state, by, *file in rows:
            found = self.database.query(
                "SELECT rule, severity FROM findings WHERE claim_id = ? ORDER BY rule, severity", (number,)
            )
            yield ClaimHistory(
                number, file_row(file), position, name, frequency, dollars(charge), payer, profile, verdict,
                state, by, [(rule, severity) for rule, severity in found],
            )  # fmt: skip

    def _files(self, where: str, parameters: tuple[object, ...], limit: int) -> list[FileRow]:
        rows = self.database.query(
            f"SELECT {', '.join(FILE_COLUMNS)} FROM files WHERE {where} ORDER BY id DESC LIMIT ?",
            (*parameters, limit),
        )
        return [file_row(row) for row in rows]

    def _next(self, table: str) -> int:
        """The number of the next row; a transaction has the ledger to itself."""
        return int(self.database.query(f"SELECT coalesce(max(id), 0) + 1 FROM {table}")[0][0])


def settings_digest(settings: Settings) -> str:
    """The same for settings under which a file is judged the same, on whatever day it is."""
    kept = {
        "profiles": {name: _plain(profile) for name, profile in sorted(settings.profiles.items())},
        "forced": settings.forced_profile,
        "ignore": sorted(settings.ignore),
        "severity": dict(sorted(settings.severity.items())),
        "usage": settings.expect_usage,
        "guide": settings.guide,
        "redact": settings.redact,
    }
    return _digest(kept)


def editions_digest(editions: Sequence[EditionRow]) -> str:
    """The same for the same reference data."""
    return _digest(sorted((one.program, one.table, one.edition, one.sha256) for one in editions))


def _plain(profile: Profile) -> dict[str, object]:
    values = {field.name: getattr(profile, field.name) for field in fields(profile)}
    return {
        name: sorted(v) if isinstance(v, frozenset) else dict(v) if isinstance(v, Mapping) else v
        for name, v in values.items()
    }


def _digest(value: object) -> str:
    return sha256(msgspec.json.encode(value, order="sorted")).hexdigest()[:32]


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")
