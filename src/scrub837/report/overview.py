"""What a report says of a file before its claims: the verdict, the tables used, what was not checked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from scrub837.findings import Safety
from scrub837.report.survey import Survey
from scrub837.report.words import count, money
from scrub837.results import EditionRow, FileReport

STARTER_NOTE = (
    "the built-in starter edition, a small part of the CMS tables. A pair or limit it does not hold is not "
    "checked. Load the CMS files with `scrub837 reference load FILE...`."
)
PROVISIONAL = "What follows is provisional: claims, totals and findings of the part that is there."
NOT_CHECKED_NOTE = "no finding here does not mean no fault"
ALL_CHECKED = "nothing: every check that is switched on could be made"
_PROGRAMS = {"medicare": "Medicare", "medicaid": "Medicaid"}
_TABLES = {"ptp": "PTP edits", "mue": "unit limits (MUE)", "aoc": "add-on codes"}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the file is, in a word, and what that means; ``tone`` is good or bad."""

    word: str
    told: str
    tone: str = "bad"


@dataclass(frozen=True, slots=True)
class Used:
    """The editions of one table of a program."""

    table: str
    rows: int
    editions: str  # their names, and how far they reach


@dataclass(frozen=True, slots=True)
class Unchecked:
    """Rules that could not judge the same number of lines for the same reason."""

    lines: int
    reason: str
    rules: tuple[str, ...]


def verdict(file: FileReport, seen: Survey) -> Verdict:
    """Whether the file can be sent."""
    if file.status == "refused":
        return Verdict("REFUSED", "nothing in this file can be read as an 837P claim file")
    if file.status == "incomplete":
        return Verdict("INCOMPLETE", "the file cannot be read to its end")
    if file.status == "held":
        what = [f"{count(seen.held, 'claim')} ({money(seen.held_charge)})"] if seen.held else []
        what += ["the file itself must be corrected first"] if seen.holds_file else []
        return Verdict("HELD", ", and ".join(what))
    return Verdict("READY", "no finding that would bounce or be denied", "good")


def only_starter(editions: Iterable[EditionRow]) -> bool:
    """True when nothing but the built-in tables was there to check by."""
    found = [edition.starter for edition in editions]
    return bool(found) and all(found)


def editions_used(editions: Iterable[EditionRow]) -> list[Used]:
    """The tables a report was made with."""
    groups: dict[tuple[str, str], list[EditionRow]] = {}
    for edition in editions:
        groups.setdefault((edition.table, edition.program), []).append(edition)
    used = []
    for (table, program), group in groups.items():
        newest = group[-1]
        names = ", ".join("built-in" if one.starter else one.edition for one in group[-4:])
        last = f"to {newest.effective_to}" if newest.effective_to else "open end"
        what = f"{_PROGRAMS.get(program, program)} {_TABLES.get(table, table)}"
        used.append(Used(what, sum(one.rows for one in group), f"{names}, {last}"))
    return used


def unchecked(file: FileReport) -> list[Unchecked]:
    """What could not be checked, one row for all rules of the same reason and number of lines."""
    alike: dict[tuple[str, int], list[str]] = {}
    for note in file.not_checked:
        alike.setdefault((note.reason, note.lines), []).append(note.name)
    return [Unchecked(lines, reason, tuple(names)) for (reason, lines), names in alike.items()]


def corrections(file: FileReport, seen: Survey) -> list[str]:
    """What became of the corrections, or what it takes to have them written."""
    waiting = seen.open_fixes
    told = [f"{seen.applied:,} written to the corrected file"] if seen.applied else []
    if file.status in ("refused", "incomplete"):
        if possible := waiting[Safety.SAFE] + waiting[Safety.DOCUMENTED]:
            told.append(f"{possible:,} possible, none written while the file is {file.status}")
    else:
        if waiting[Safety.SAFE]:
            tried = seen.applied or file.unapplied_reason
            how = "could not be written, see there" if tried else "can be written with --corrected PATH"
            told.append(f"{waiting[Safety.SAFE]:,} safe {how}")
        if waiting[Safety.DOCUMENTED]:
            how = "to be written with --corrected PATH --apply documented"
            told.append(f"{waiting[Safety.DOCUMENTED]:,} documented, {how}")
    if waiting[Safety.MANUAL]:
        told.append(f"{waiting[Safety.MANUAL]:,} only a person may make")
    return told
