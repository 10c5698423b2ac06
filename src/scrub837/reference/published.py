"""Which table of which program and quarter a file is: its content says the table, its name the rest."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import PurePosixPath
from typing import Literal

from scrub837.errors import ReferenceUnreadable, SettingsInvalid
from scrub837.reference.database import FileFacts, Row
from scrub837.reference.layouts import (
    FIXED_ADD_ON,
    Cells,
    add_on_columns,
    add_on_rows,
    fixed_add_on_cells,
    limit_rows,
    pair_rows,
    starts_limits,
    starts_pairs,
)
from scrub837.reference.records import TABLE_NAMES, Table, quarter_days, quarter_of
from scrub837.reference.sources import Member, Progress

_HEAD_ROWS = 60  # CMS puts two to eight rows before the data
_PROGRAM = {
    "medicaid": re.compile(r"medicaid|(?<![a-z])mcd(?![a-z])"),
    "medicare": re.compile(r"medicare|(?<![a-z])mcr(?![a-z])|ccipra|ccioph"),
}
_VERSION = re.compile(r"(?:^|[^a-z0-9])(?:cci(?:pra|oph)-?)?v(\d\d)([0-3])r\d")
_YEAR_QUARTER = re.compile(r"(?<!\d)(20\d\d)[-_ ]?q([1-4])(?!\d)")
_QUARTER_YEAR = re.compile(r"(?<![a-z0-9])q([1-4])[-_ ]?(20\d\d)(?!\d)")
_EFFECTIVE = re.compile(r"eff(?:ective)?[-_ ]*(\d\d)-?(\d\d)-?(20\d\d)(?!\d)")
_PART = re.compile(r"(?:^|[-_ ])(f[1-9])(?![a-z0-9])")
_OTHER_SETTING = re.compile(r"ccioph|hospital|durable|(?<![a-z])dme")
_OTHER_LIMITS = re.compile(r"(hospital|supplier)\s+services\s+mue", re.IGNORECASE)  # in the header itself
_NOT_PRACTITIONERS = "{} is not the practitioners' table; an 837P is judged by CMS's practitioner files"
_CHANGES = re.compile(r"additions|deletions|revisions")

Style = Literal["tab", "comma", "fixed", "sheet"]


@dataclass(frozen=True, slots=True)
class Layout:
    """How a member is to be read: the table in it, how its cells are told apart, on which sheet."""

    table: Table
    style: Style
    sheet: str = ""


def recognise(member: Member) -> Layout | None:
    """The table a member holds, judged by its first rows; None when they are of no table known here."""
    if member.workbook:
        for sheet, rows in member.sheets():
            table = _table(cells for _, cells in islice(rows, _HEAD_ROWS))
            if table:
                return Layout(table, "sheet", sheet)
        return None
    sample = member.sample()
    lines = [line.rstrip("\r") for line in sample.split("\n")][:_HEAD_ROWS]
    if any(FIXED_ADD_ON.match(line) for line in lines):
        return Layout("aoc", "fixed")
    style: Style = "tab" if "\t" in sample else "comma"
    table = _table(line.split(_SEPARATOR[style]) for line in lines)
    return Layout(table, style) if table else None


_SEPARATOR = {"tab": "\t", "comma": ","}


def _table(head: Iterable[Cells]) -> Table | None:
    """Limits are tried last: an edit whose second code lost a digit looks like a number of units."""
    rows = list(head)
    if any(_OTHER_LIMITS.search(" ".join(cells)) for cells in rows):
        raise ReferenceUnreadable(_NOT_PRACTITIONERS.format("a table of hospitals or suppliers"))
    if any(map(add_on_columns, rows)):
        return "aoc"
    if any(map(starts_pairs, rows)):
        return "ptp"
    return "mue" if any(map(starts_limits, rows)) else None


def read_rows(
    member: Member, layout: Layout, rationales: dict[str, int], progress: Progress | None = None
) -> Iterator[Row]:
    """A member's rows for the database. Raises ReferenceUnreadable, naming file and line."""
    rows: Iterable[tuple[int, Cells]]
    if layout.style == "sheet":
        rows = _sheet_rows(member, layout.sheet, progress)
    elif layout.style == "fixed":
        lines = enumerate(member.lines(progress), 1)
        rows = ((number, fixed_add_on_cells(line)) for number, line in lines)
    elif layout.style == "tab" and layout.table != "mue":  # the notice above the unit limits is quoted
        rows = member.split_rows("\t", progress)
    else:
        rows = member.quoted_rows(_SEPARATOR[layout.style], progress)
    if layout.table == "ptp":
        return pair_rows(rows, member.shown, rationales)
    if layout.table == "mue":
        return limit_rows(rows, member.shown, rationales)
    return add_on_rows(rows, member.shown, fixed=layout.style == "fixed")


def _sheet_rows(member: Member, wanted: str, progress: Progress | None) -> Iterator[tuple[int, Cells]]:
    for sheet, rows in member.sheets(progress):
        if sheet == wanted:
            yield from rows


def edition_from(text: str) -> str | None:
    """The quarter written in a name or an option (2026Q4, q4-2026, v323r0, Eff_10-01-2026) as ``2026Q4``.

    CMS's version numbers count years from 1994 and quarters from 0.
    """
    text = text.lower()
    if found := _YEAR_QUARTER.search(text):
        return f"{found[1]}Q{found[2]}"
    if found := _QUARTER_YEAR.search(text):
        return f"{found[2]}Q{found[1]}"
    if found := _VERSION.search(text):
        return f"{1994 + int(found[1])}Q{int(found[2]) + 1}"
    if found := _EFFECTIVE.search(text):
        try:
            return quarter_of(date(int(found[3]), int(found[1]), int(found[2])))
        except ValueError:
            return None
    return None


def facts_of(
    member: Member, table: Table, sha256: str, program: str | None = None, edition: str | None = None
) -> FileFacts:
    """What a file is, by its name, else by the options. A name that contradicts an option stops the load.

    Raises ReferenceUnreadable when neither tells or the table is not the practitioners' whole one,
    SettingsInvalid for an option that cannot be right.
    """
    stems = [PurePosixPath(name).stem.lower() for name in member.names]
    told = " ".join(stems)
    if _OTHER_SETTING.search(told):
        raise ReferenceUnreadable(_NOT_PRACTITIONERS.format(member.shown))
    if _CHANGES.search(told):
        raise ReferenceUnreadable(
            f"{member.shown} lists a quarter's changes only; load the whole table of the quarter"
        )
    programs = [next((name for name, sign in _PROGRAM.items() if sign.search(stem)), None) for stem in stems]
    program = _settle(member, "--program", program, next(filter(None, programs), None))
    if edition is not None and edition_from(edition) is None:
        raise SettingsInvalid(f"--edition {edition!r} is not a quarter; write it as 2026Q4")
    named = next(filter(None, map(edition_from, stems)), None)
    edition = _settle(member, "--edition", edition and edition_from(edition), named)
    first, last = quarter_days(edition)
    if table == "aoc":  # published for a year; a quarter's file comes only when something changed
        last = last.replace(month=12, day=31)
    parts = filter(None, map(_PART.search, stems))
    part = next((found[1] for found in parts), "") if table == "ptp" else ""
    return FileFacts(program, table, edition, part, first, last, member.path.name, sha256)


def _settle(member: Member, option: str, given: str | None, named: str | None) -> str:
    if given and named and given != named:
        raise SettingsInvalid(
            f"{member.shown}: its name says {named}, but {option} says {given}; leave the option out"
        )
    found = given or named
    if not found:
        example = "medicare" if option == "--program" else "2026Q4"
        raise ReferenceUnreadable(
            f"{member.shown}: its name does not tell its {option[2:]}; add {option} {example}"
        )
    return found


def unknown(member_names: Iterable[str]) -> ReferenceUnreadable:
    """The error for a file in which no table was recognised."""
    known = ", ".join(TABLE_NAMES.values())
    return ReferenceUnreadable(
        f"{', '.join(member_names)}: no table of CMS was recognised in it (known: {known})"
    )
