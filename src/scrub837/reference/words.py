"""The reference in words, for people who look something up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from scrub837.reference.records import ALL_PARTS, TABLE_NAMES, AddOn, Edition, Pair, UnitLimit
from scrub837.reference.store import Reference
from scrub837.reference.tables import (
    TimedCode,
    always_therapy,
    last_valid_day,
    locked_discipline,
    payer_exclusion,
    sometimes_therapy,
    timed_code,
)

_INDICATOR = {
    "0": "indicator 0: no modifier separates them",
    "1": "indicator 1: an NCCI modifier separates them when the record shows why",
    "9": "indicator 9: deleted from its first day on, so there is no edit",
}
_LIMIT = {
    "1": "per claim line (indicator 1): units beyond may stand on another line with a truthful modifier",
    "2": "per day, absolute (indicator 2): never payable above",
    "3": "per day (indicator 3): above it only on appeal with documentation",
    None: "CMS publishes no indicator for Medicaid",
}
_TIMED = {
    "timed15": "one unit per 15 minutes",
    "timed30": "one unit per 30 minutes",
    "timed60": "one unit per hour",
    "untimed": "untimed: one unit whatever the minutes",
    "evaluation": "evaluation: one unit whatever the minutes",
    "month": "counted by calendar month",
}


def span_words(first: date | None, last: date | None) -> str:
    """A span of days: ``2020-10-01 and on``, ``up to 2026-12-31``, ``any day``."""
    if first and last:
        return f"{first} to {last}"
    if first:
        return f"{first} and on"
    return f"up to {last}" if last else "any day"


def pair_words(reference: Reference, a: str, b: str, day: date, program: str) -> Iterator[str]:
    """What the edit table says of two codes on a day, and the rows behind it."""
    rows = reference.pairs(a, b, program)
    active = reference.active_pair(a, b, day, program)
    if active:
        yield f"{active.column2} is bundled into {active.column1} on {day}."
        denied = "denied" if active.indicator == "0" else "denied without a modifier"
        yield f"  {active.column1} is column 1 (paid), {active.column2} is column 2 ({denied})"
        yield f"  {_INDICATOR[active.indicator]}"
    elif rows or not reference.starter:
        yield f"No edit between {a} and {b} on {day}."
    else:
        yield f"Not known: the starter edition, a few therapy pairs, has no row of {a} and {b}."
    if not reference.covers("ptp", day, program):
        yield f"  no edition loaded reaches {day}: this may have changed since"
    if rows and rows[0].program != program:
        yield f"  asked of the {rows[0].program} table: no {program} one is loaded"
    for row in rows:
        yield from _row_words(row)
    if not rows:
        incomplete = [one for one in reference.editions_of("ptp") if not one.complete]
        yield from (f"  {_missing_words(one)}" for one in incomplete)


def _row_words(row: Pair) -> Iterator[str]:
    dates = span_words(row.effective, row.deletion)
    yield f"  row {row.column1} / {row.column2}: {dates}, {_INDICATOR[row.indicator]}"
    yield f"      {row.program} edition {row.edition}, {row.source}; basis: {row.rationale or 'not given'}"


def code_words(reference: Reference, code: str, day: date, program: str) -> Iterator[str]:
    """What the reference and the small tables know of one code on a day."""
    yield f"{code} on {day}, {program}:"
    yield f"  unit limit: {_limit_words(reference, code, day, program)}"
    add_on = reference.add_on(code, day)
    yield f"  add-on code: {_add_on_words(add_on) if add_on else 'no'}"
    timed = timed_code(code)
    yield f"  time: {_timed_words(timed) if timed else 'not in the table of timed codes'}"
    if always_therapy(code):
        locked = locked_discipline(code)
        yield f"  therapy: always; needs {locked or 'GP, GO or GN'} for Medicare"
    elif sometimes_therapy(code):
        yield "  therapy: GP, GO or GN when a therapist does it or a plan of care covers it"
    ended = last_valid_day(code)
    if ended:
        yield f"  ended: last valid day {ended}"
    exclusion = payer_exclusion(program, code)
    if exclusion:
        yield f"  {program}: {exclusion.kind}; {exclusion.reason}"


def _limit_words(reference: Reference, code: str, day: date, program: str) -> str:
    limit: UnitLimit | None = reference.unit_limit(code, day, program)
    if limit:
        return f"{limit.units} (edition {limit.edition}); {_LIMIT[limit.indicator]}"
    if reference.covers("mue", day, program):
        return "none in the table of that quarter"
    return "not known: no table of that quarter is loaded"


def _add_on_words(add_on: AddOn) -> str:
    listed = ", ".join(sorted(add_on.primaries))
    beside = {"1": f"only beside {listed}", "2": "beside what the contractor accepts"}.get(
        add_on.kind, f"beside {listed or 'no listed code'}, or what the contractor accepts"
    )
    return f"yes, {beside} (edition {add_on.edition})"


def _timed_words(timed: TimedCode) -> str:
    if timed.kind == "first":
        return f"one unit for the first {timed.minutes} minutes"
    if timed.kind == "addon":
        beside = f" beside {timed.base}" if timed.base else ""
        return f"one unit per further {timed.minutes} minutes{beside}"
    return _TIMED[timed.kind]


def edition_words(edition: Edition) -> Iterator[str]:
    """One edition, its dates, and the files it was loaded from."""
    built_in = ", built in" if edition.starter else ""
    days = span_words(edition.effective_from, edition.effective_to)
    yield (
        f"{edition.program} {TABLE_NAMES[edition.table]} {edition.edition}{built_in}:"
        f" {edition.rows:,} rows, {days}"
    )
    if not edition.complete:
        yield f"  {_missing_words(edition)}"
    for file in edition.files:
        part = f"{file.part}  " if file.part else ""
        yield f"  {part}{file.name}  {file.rows:,} rows  sha256 {file.sha256[:16]}"


def _missing_words(edition: Edition) -> str:
    missing = ", ".join(sorted(ALL_PARTS - set(edition.parts)))
    there = ", ".join(edition.parts)
    return f"{edition.edition} is loaded in part: {there}; codes in {missing} were not looked up"
