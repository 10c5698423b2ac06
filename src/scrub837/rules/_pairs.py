"""NCCI pairs among the lines of an encounter, and how their modifiers answer each.

A pair is looked up in both directions by the date of service. Column 1 is paid; column 2 is denied unless a
modifier on it, or where the payer takes it there on column 1, says that it was separate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from enum import StrEnum
from itertools import combinations
from typing import Any, Protocol

import msgspec

from scrub837.claims.encounters import Encounter
from scrub837.claims.model import Line
from scrub837.claims.services import Procedure
from scrub837.config import Profile
from scrub837.reference.records import Pair
from scrub837.reference.store import Reference
from scrub837.rules._modifiers import (
    BESIDE_MANIPULATION,
    GROUP,
    MANIPULATION,
    OF_VISIT,
    OTHER,
    SEPARATE,
    distinct_sites,
    is_em,
)
from scrub837.rules._rule import Context

_OTHER_CODE_SETS = frozenset(("ER", "IV", "WK"))  # SV101-1 of codes that are not HCPCS
_VOID = "8"  # CLM05-3
COLUMN_2_ONLY_BEFORE = date(2019, 7, 1)  # for every payer; CMS change request 11168


class Answer(StrEnum):
    """What the modifiers of two lines say to their pair."""

    NEVER = "never"  # indicator 0: no modifier is taken
    OPEN = "open"  # nothing separates them
    TOO_EARLY = "too-early"  # 59 or X on column 1 alone, before any payer or this one took it there
    COLUMN_2 = "column-2"  # 59 or X on column 2, perhaps on column 1 as well
    COLUMN_1 = "column-1"  # 59 or X on column 1 alone, where the payer takes it
    UNSURE = "unsure"  # 59 or X on column 1 alone, for a payer not known to take it there
    OTHER = "other"  # 25 on the visit, different sites, or a modifier of a later procedure
    MISPLACED = "misplaced"  # 59 or X in a pair with a visit that lacks 25


class Pairing(msgspec.Struct, frozen=True):
    """Two lines that one row of the edit table pairs on one day."""

    first: Line  # bills the column 1 code
    second: Line  # bills the column 2 code
    row: Pair
    day: date
    answer: Answer

    @property
    def codes(self) -> tuple[str, str]:
        """Column 1 and column 2."""
        return self.first.procedure.code, self.second.procedure.code

    @property
    def open(self) -> bool:
        """Column 2 will be denied as billed."""
        return self.answer in (Answer.OPEN, Answer.TOO_EARLY)

    @property
    def separated(self) -> bool:
        """59 or X is what keeps column 2 from being denied."""
        return self.answer in (Answer.COLUMN_2, Answer.COLUMN_1, Answer.UNSURE)

    @property
    def visit(self) -> Line | None:
        """The evaluation and management line, when there is one; column 2's when both are."""
        return next((line for line in (self.second, self.first) if is_em(line.procedure.code)), None)

    @property
    def manipulation(self) -> bool:
        """A spinal manipulation and a service that must be of another region."""
        one, other = self.codes
        return (one in MANIPULATION and other in BESIDE_MANIPULATION) or (
            other in MANIPULATION and one in BESIDE_MANIPULATION
        )

    @property
    def group(self) -> bool:
        """Group treatment and one-on-one treatment."""
        return GROUP in self.codes


class _Latest:
    """The rules ask one after another about the same encounter: its pairs are worked out once."""

    __slots__ = ("answer",)

    def __init__(self) -> None:
        self.answer: tuple[Encounter, Context, tuple[Pairing, ...]] | None = None


_latest = _Latest()


def pairings(encounter: Encounter, context: Context) -> tuple[Pairing, ...]:
    """The pairs in force among the lines of an encounter, in the order of the lines."""
    known = _latest.answer
    if known is not None and known[0] is encounter and known[1] is context:
        return known[2]
    places = context.know("pairs", encounter, lambda: _places(encounter, context.reference))
    lines, day = encounter.lines, encounter.day
    found = tuple([Pairing(lines[one], lines[two], row, day, answer) for one, two, row, answer in places])
    _latest.answer = encounter, context, found
    return found


def _places(encounter: Encounter, reference: Reference) -> tuple[tuple[int, int, Pair, Answer], ...]:
    """Column 1 and column 2 of each pairing by their numbers in the encounter, with its row and answer."""
    codes = {line.procedure.code for line in encounter.lines}
    if len(codes) < 2:
        return ()
    profile, day = encounter.profile, encounter.day
    rows = {}
    for a, b in combinations(sorted(codes), 2):
        row = reference.active_pair(a, b, day, profile.program)
        if row is not None:
            rows[a, b] = rows[b, a] = row
    if not rows:
        return ()
    found = []
    for (n, one), (m, other) in combinations(enumerate(encounter.lines), 2):
        row = rows.get((one.procedure.code, other.procedure.code))
        if row is not None and bills(one) and bills(other):
            pairing = between(one, other, row, day, profile)
            first, second = (n, m) if pairing.first is one else (m, n)
            found.append((first, second, row, pairing.answer))
    return tuple(found)


def between(one: Line, other: Line, row: Pair, day: date, profile: Profile) -> Pairing:
    """The pairing of two lines that bill the codes of a row, in either order."""
    first, second = (one, other) if one.procedure.code == row.column1 else (other, one)
    return Pairing(first, second, row, day, answer_of(first, second, row, day, profile))


def bills(line: Line) -> bool:
    """Whether a line claims a service at all: not one of zero units, nor of a claim that is voided."""
    units = line.units
    return (
        (units is None or units > 0)
        and line.claim.frequency != _VOID
        and line.procedure.qualifier not in _OTHER_CODE_SETS
    )


class Billed(Protocol):
    """A line of this file or of an earlier one."""

    @property
    def procedure(self) -> Procedure: ...


def answer_of(first: Billed, second: Billed, row: Pair, day: date, profile: Profile) -> Answer:
    """What the modifiers of the column 1 and the column 2 line say to their pair."""
    if row.indicator == "0":
        return Answer.NEVER
    one, two = frozenset(first.procedure.modifiers), frozenset(second.procedure.modifiers)
    later = not OTHER.isdisjoint(one | two)
    visits = [m for line, m in ((first, one), (second, two)) if is_em(line.procedure.code)]
    if visits:
        if later or any(not OF_VISIT.isdisjoint(modifiers) for modifiers in visits):
            return Answer.OTHER
        return Answer.OPEN if SEPARATE.isdisjoint(one | two) else Answer.MISPLACED
    if not SEPARATE.isdisjoint(two):
        return Answer.COLUMN_2
    if later or distinct_sites(one, two):
        return Answer.OTHER
    if SEPARATE.isdisjoint(one):
        return Answer.OPEN
    if profile.modifier_line != "column-2":
        return Answer.COLUMN_1
    if day < column_1_from(profile):
        return Answer.TOO_EARLY
    return Answer.UNSURE if profile.column_1_from is None else Answer.COLUMN_1


def column_1_from(profile: Profile) -> date:
    """The first day on which 59 or X on column 1 may count: the payer's own, else CMS's."""
    return profile.column_1_from or COLUMN_2_ONLY_BEFORE


def marked(line: Line) -> bool:
    """Whether a line carries 59 or one of XE, XP, XS, XU."""
    return not SEPARATE.isdisjoint(line.procedure.modifiers)


def by_line(found: Iterable[Pairing], line_of: Callable[[Pairing], Line]) -> list[tuple[Line, list[Pairing]]]:
    """Pairings gathered by one of their lines, in the order they were found."""
    groups: dict[int, tuple[Line, list[Pairing]]] = {}
    for pairing in found:
        line = line_of(pairing)
        groups.setdefault(id(line), (line, []))[1].append(pairing)
    return list(groups.values())


def second_of(pairing: Pairing) -> Line:
    """The column 2 line."""
    return pairing.second


def first_of(pairing: Pairing) -> Line:
    """The column 1 line."""
    return pairing.first


# --- words and numbers for findings ------------------------------------------------------------------


def codes_of(lines: Iterable[Line]) -> str:
    """``97140`` or ``97140 and 97161``: each code once."""
    return joined(dict.fromkeys(line.procedure.code for line in lines))


def joined(words: Iterable[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    *head, last = words
    return f"{', '.join(head)} and {last}" if head else last


def numbers_of(lines: Sequence[Line], *, among: Sequence[Line] = ()) -> str:
    """``line 2``, ``lines 1 and 2``; with the claims named when these lines and those ``among`` are of "
    "several."""
    lines = sorted(lines, key=lambda line: (line.claim.index, line.at))
    names = [str(line.number) if line.number is not None else "without a number" for line in lines]
    if len({line.claim.index for line in (*lines, *among)}) == 1:
        return f"line{'s' * (len(lines) > 1)} {joined(names)}"
    return joined(f"line {name} of claim {line.claim.id}" for name, line in zip(names, lines, strict=True))


def on_day(pairing: Pairing) -> str:
    """``on this day``, or which day where a line covers several."""
    one = pairing.first.dates.days == pairing.second.dates.days == 1
    return "on this day" if one else f"on {pairing.day}"


def source_words(found: Sequence[Pairing], context: Context) -> str:
    """Which edition pairs them, with what indicator and since when; one sentence without its full stop."""
    return rows_words([p.row for p in found], found[0].day, found[0].second.claim.profile.program, context)


def rows_words(found: Sequence[Pair], day: date, asked: str, context: Context) -> str:
    """The same of rows that a payer's program ``asked`` for."""
    return f"{terms_words(found, asked)}{late_words(day, asked, context)}"


def late_words(day: date, asked: str, context: Context) -> str:
    """That no edition says anything about a day, where none does; else empty."""
    return "" if context.reference.covers("ptp", day, asked) else f"; the edition ends before {day}"


def terms_words(found: Sequence[Pair], asked: str) -> str:
    """Which edition has these rows, with what indicator and since when."""
    row = found[0]
    edition = f"edition {row.edition}" if row.edition[:1].isdecimal() else f"the {row.edition} edition"
    other = row.program != asked
    whose = f" of {row.program.title()}, as none of {asked.title()} is loaded" if other else ""
    rows = list(dict.fromkeys((one.indicator, one.effective, one.deletion) for one in found))
    terms = joined(
        f"indicator {indicator}, in force from {start}" + (f" to {end}" if end else "")
        for indicator, start, end in rows
    )
    return f"NCCI practitioner edits, {edition}{whose}: {terms}"


def facts_of(found: Sequence[Pairing]) -> dict[str, Any]:
    """The row behind a finding; of several, all are listed under ``pairs``."""
    rows = [
        {
            "column1": p.row.column1,
            "column2": p.row.column2,
            "indicator": p.row.indicator,
            "effective": p.row.effective,
            "deletion": p.row.deletion,
            "edition": p.row.edition,
            "program": p.row.program,
        }
        for p in found
    ]
    unique = [row for n, row in enumerate(rows) if row not in rows[:n]]
    facts: dict[str, Any] = {"day": found[0].day, **unique[0]}
    if len(unique) > 1:
        facts["pairs"] = unique
    return facts
