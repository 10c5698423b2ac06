"""CMS's files into the reference database: all of a load, or nothing of it.

A load writes a new database beside the old one and then takes its place, so whoever reads keeps a whole one.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout

from scrub837.errors import ReferenceUnreadable, SettingsInvalid, TryLater
from scrub837.reference.database import SCHEMA, FileFacts, Rationales, add_file, open_to_read
from scrub837.reference.published import Layout, facts_of, read_rows, recognise, unknown
from scrub837.reference.records import PROGRAMS, Edition
from scrub837.reference.sources import Member, Progress, members
from scrub837.reference.store import open_reference

Key = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a load did with one table of one file."""

    facts: FileFacts
    did: Literal["loaded", "replaced", "already loaded"]
    rows: int


@dataclass(frozen=True, slots=True)
class _Planned:
    member: Member
    layout: Layout
    facts: FileFacts


def load(
    files: Iterable[Path],
    database: Path,
    program: str | None = None,
    edition: str | None = None,
    progress: Progress | None = None,
    *,
    outcome: Callable[[Outcome], None] | None = None,
) -> list[Edition]:
    """Load CMS's files into a database, created when missing. Returns the editions they belong to.

    A file already loaded changes nothing; a changed file takes the place of the one of the same program,
    table, edition and part. ``outcome`` is called per table once the load stands. Raises ReferenceUnreadable
    for a file that is damaged or not known, SettingsInvalid for a wrong option, TryLater while another load
    runs; the database is then as it was.
    """
    if program is not None and program not in PROGRAMS:
        raise SettingsInvalid(f"--program {program!r} is not one of {', '.join(PROGRAMS)}")
    planned = _plan(files, program, edition)
    with _writing(database):
        held = _held(database)
        fresh = [one for one in planned if held.get(one.facts.key, ("", 0))[0] != one.facts.sha256]
        counts = _build(database, fresh, progress) if fresh else {}
    if outcome is not None:
        for one in planned:
            outcome(_outcome(one.facts, counts, held))
    touched = {one.facts.key[:3] for one in planned}
    editions = open_reference(database).editions
    return [one for one in editions if not one.starter and (one.program, one.table, one.edition) in touched]


def _outcome(facts: FileFacts, counts: dict[Key, int], held: dict[Key, tuple[str, int]]) -> Outcome:
    if facts.key not in counts:
        return Outcome(facts, "already loaded", held[facts.key][1])
    return Outcome(facts, "replaced" if facts.key in held else "loaded", counts[facts.key])


def _plan(files: Iterable[Path], program: str | None, edition: str | None) -> list[_Planned]:
    planned: dict[Key, _Planned] = {}
    for path in files:
        known = 0
        digest = ""
        for member in members(path):
            layout = recognise(member)
            if layout is None:
                continue  # an archive may hold a readme beside the table
            known += 1
            digest = digest or _sha256(path)
            facts = facts_of(member, layout.table, digest, program, edition)
            twin = planned.get(facts.key)
            if twin and twin.facts.sha256 != digest:
                what = " ".join(filter(None, facts.key))
                raise ReferenceUnreadable(
                    f"{twin.member.shown} and {member.shown} are both {what}; load one of them"
                )
            planned[facts.key] = _Planned(member, layout, facts)
        if not known:
            raise unknown([path.name])
    return list(planned.values())


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _held(database: Path) -> dict[Key, tuple[str, int]]:
    """Hash and rows of each file that is in the database now."""
    if not database.exists():
        return {}
    with closing(open_to_read(database)) as old:
        found = old.execute("SELECT program, kind, edition, part, sha256, rows FROM file").fetchall()
    return {tuple(key): (sha256, rows) for *key, sha256, rows in found}


@contextmanager
def _writing(database: Path) -> Iterator[None]:
    """One load at a time per database."""
    try:
        database.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(database.with_name(f".{database.name}.lock"), timeout=0)
        with lock:
            yield
    except Timeout as error:
        raise TryLater(f"another load is writing {database}; try again when it has ended") from error
    except OSError as error:
        raise ReferenceUnreadable(f"{database} cannot be written: {error.strerror or error}") from error


def _build(database: Path, fresh: list[_Planned], progress: Progress | None) -> dict[Key, int]:
    """Write the new database and put it in place of the old one. Returns the rows of each file loaded."""
    new = database.with_name(f".{database.name}.{os.getpid()}.new")
    try:
        if database.exists():
            shutil.copyfile(database, new)
        with closing(sqlite3.connect(new, isolation_level=None)) as target:
            # No journal: after a failure this file is thrown away. 16 MB of cache suffice for appending.
            target.execute("PRAGMA journal_mode = OFF")
            target.execute("PRAGMA synchronous = OFF")
            target.execute("PRAGMA cache_size = -16384")
            if not database.exists():
                target.executescript(SCHEMA)
            target.execute("BEGIN")
            rationales = Rationales(target)
            counts = {one.facts.key: _insert(target, one, rationales, progress) for one in fresh}
            target.execute("COMMIT")
        _settle_on_disk(new)
        new.replace(database)
        _settle_on_disk(database.parent)
    except sqlite3.Error as error:
        raise ReferenceUnreadable(f"{database} cannot be written: {error}") from error
    finally:
        new.unlink(missing_ok=True)
    return counts


def _insert(
    target: sqlite3.Connection, one: _Planned, rationales: Rationales, progress: Progress | None
) -> int:
    seen = 0

    def counted() -> Iterator[tuple[str | int | None, ...]]:
        nonlocal seen
        for row in read_rows(one.member, one.layout, rationales, progress):
            seen += 1
            yield row

    stored = add_file(target, one.facts, counted(), rationales)
    if stored != seen:
        raise ReferenceUnreadable(
            f"{one.member.shown}: {seen} rows were read but {stored} stored; nothing was changed"
        )
    return stored


def _settle_on_disk(path: Path) -> None:
    """fsync a file, or a folder after a rename in it."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
