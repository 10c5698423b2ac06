"""Units of timed and untimed codes that therapy assistants gave, and how many of them must say so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from scrub837.claims.documentation import Interval
from scrub837.claims.encounters import Encounter
from scrub837.claims.model import Line
from scrub837.claims.provider_work import ASSISTANTS
from scrub837.claims.timing import QUARTER, assistant_units, more_than_a_tenth
from scrub837.reference.tables import TimedCode, timed_code
from scrub837.rules._minutes import (
    NO_LOG,
    NOT_OF_THIS_CLAIM,
    SEVERAL_DAYS,
    SOME_MISSING,
    discipline_of,
    minutes_of,
)
from scrub837.rules._rule import Context

_MODIFIER = {"GP": "CQ", "GO": "CO"}
_FROM, _MIDPOINT_FROM = date(2020, 1, 1), date(2022, 1, 1)


@dataclass(frozen=True, slots=True)
class Assisted:
    """A code of an encounter. ``unclear`` says why it is not known who gave it, or is empty."""

    lines: list[Line]
    modifier: str  # CQ or CO
    therapist: int  # minutes
    assistant: int  # minutes the assistant gave alone
    need: int  # units that must carry the modifier
    have: int  # units that carry it
    unclear: str = ""


def assisted(encounter: Encounter, context: Context) -> Iterator[Assisted]:
    """The codes of an encounter of which an assistant's units have a modifier, for payers that ask for it."""
    if not encounter.profile.assistant_modifiers or encounter.day < _FROM:
        return
    codes: dict[tuple[TimedCode, str], list[Line]] = {}
    for line in encounter.lines:
        timed = timed_code(line.procedure.code)
        if timed is None or timed.kind in ("evaluation", "month") or line.claim.frequency == "8":
            continue
        if modifier := _MODIFIER.get(discipline_of(line)):
            codes.setdefault((timed, modifier), []).append(line)
    for (timed, modifier), lines in codes.items():
        rows = _rows(lines, context)
        minutes = rows if isinstance(rows, str) else _by_whom(rows)
        if isinstance(minutes, str):
            yield Assisted(lines, modifier, 0, 0, 0, 0, minutes)
            continue
        therapist, assistant = minutes
        units = int(sum(line.units or 0 for line in lines))
        if timed.minutes == QUARTER and timed.kind != "first":
            need = assistant_units(therapist, assistant, units, midpoint=encounter.day >= _MIDPOINT_FROM)
        else:
            need = units if assistant and more_than_a_tenth(assistant, therapist + assistant) else 0
        have = int(sum(line.units or 0 for line in lines if modifier in line.procedure.modifiers))
        yield Assisted(lines, modifier, therapist, assistant, need, have)


def _rows(lines: list[Line], context: Context) -> list[Interval] | str:
    """The rows of these lines, or why they do not tell who gave what."""
    if not context.documentation.given:
        return NO_LOG
    rows: list[Interval] = []
    for line in lines:
        if line.dates.days > 1:
            return SEVERAL_DAYS
        record = context.documentation.record(line)
        if record is None:
            return SOME_MISSING if context.documentation.has_any([line]) else NOT_OF_THIS_CLAIM
        rows += record.intervals
    return rows


def _by_whom(rows: list[Interval]) -> tuple[int, int] | str:
    """Minutes of the therapist and of the assistant alone, or why they are not known."""
    therapist = assistant = 0
    for row in rows:
        own = minutes_of(row)
        if own is None:
            return SOME_MISSING
        if row.role in ASSISTANTS:
            together = sum(_overlap(row, other) for other in rows if other.role not in ASSISTANTS)
            assistant += max(0, own - together)
        else:
            therapist += own
    return therapist, assistant


def _overlap(one: Interval, other: Interval) -> int:
    """Minutes in which both were there."""
    if one.start is None or one.stop is None or other.start is None or other.stop is None:
        return 0
    return max(0, min(one.stop, other.stop) - max(one.start, other.start))
