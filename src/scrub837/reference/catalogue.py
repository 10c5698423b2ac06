"""What is loaded: the published files of a database, gathered into editions."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from dataclasses import dataclass
from hashlib import sha256
from itertools import groupby

from scrub837.reference.records import Edition, SourceFile, Table, number_day


@dataclass(frozen=True, slots=True)
class LoadedFile:
    """A file as look-ups need it: its number in the database, its edition, the span of its codes."""

    number: int
    edition: Edition
    first: str
    last: str
    name: str


Catalogue = defaultdict[tuple[Table, str], list[tuple[LoadedFile, ...]]]
"""By table and program: the files of each edition, newest edition first."""


def read_catalogue(database: sqlite3.Connection) -> Catalogue:
    """Gather the files of a database. The order of the result depends on its content alone."""
    rows = database.execute(
        "SELECT kind, program, edition, part, source, rows, sha256, effective_from, effective_to, starter,"
        " id, first, last FROM file ORDER BY edition DESC, kind, program, part"
    ).fetchall()
    catalogue: Catalogue = defaultdict(list)
    for (table, program, name), group in groupby(rows, key=lambda row: (row[0], row[1], row[2])):
        parts = list(group)
        files = tuple(SourceFile(row[4], row[3], row[5], row[6]) for row in parts)
        first_day, last_day, starter = parts[0][7:10]
        edition = Edition(
            program,
            table,
            name,
            number_day(first_day) if first_day else None,
            number_day(last_day) if last_day else None,
            ", ".join(dict.fromkeys(file.name for file in files)),
            _joint_hash(files),
            sum(file.rows for file in files),
            bool(starter),
            files,
        )
        catalogue[table, program].append(
            tuple(LoadedFile(row[10], edition, row[11], row[12], row[4]) for row in parts)
        )
    return catalogue


def _joint_hash(files: tuple[SourceFile, ...]) -> str:
    if len(files) == 1:
        return files[0].sha256
    return sha256("".join(f"{file.sha256}\n" for file in files).encode()).hexdigest()
