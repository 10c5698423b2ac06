"""The starter edition: the few pairs, limits and add-on relations whose public source stands in their row.

They are laid into an SQLite database in memory, so that look-ups know one kind of reference only.
"""

from __future__ import annotations

import hashlib
import sqlite3
from datetime import date

from scrub837.reference.database import SCHEMA, FileFacts, Rationales, add_file
from scrub837.reference.records import Table, quarter_days
from scrub837.reference.tables import starter_bytes, starter_rows

STARTER = "starter"
_LAST_DAY = date(2026, 12, 31)  # the sources were read in the last quarter of 2026
_LIMITS_QUARTER = "2026Q1"  # the one quarter whose Medicaid limits are public


def build_starter() -> sqlite3.Connection:
    """A database in memory, as a load of CMS's files would leave it."""
    database = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
    database.executescript(SCHEMA)
    rationales = Rationales(database)
    pairs = [
        (
            row["column1"],
            row["column2"],
            line,
            int(row["effective"]),
            int(row["deletion"]) if row["deletion"] else None,
            row["indicator"],
            rationales[row["source"]],
        )
        for line, row in enumerate(starter_rows("pairs"), 2)
    ]
    limits = [
        (row["code"], line, int(row["units"]), None, rationales[row["source"]])
        for line, row in enumerate(starter_rows("unit_limits"), 2)
    ]
    add_ons = [
        (row["code"], primary, line, row["kind"], None, None)
        for line, row in enumerate(starter_rows("add_ons"), 2)
        for primary in row["primaries"].split()
    ]
    add_file(database, _facts("medicare", "ptp", STARTER, "pairs"), pairs, rationales)
    add_file(database, _facts("medicaid", "mue", _LIMITS_QUARTER, "unit_limits"), limits, rationales)
    add_file(database, _facts("medicare", "aoc", STARTER, "add_ons"), add_ons, rationales)
    return database


def _facts(program: str, table: Table, edition: str, name: str) -> FileFacts:
    digest = hashlib.sha256(starter_bytes(name)).hexdigest()
    first: date | None = None
    last: date | None = _LAST_DAY if table == "ptp" else None
    if edition != STARTER:
        first, last = quarter_days(edition)
    return FileFacts(program, table, edition, "", first, last, f"starter/{name}.csv", digest, starter=True)
