"""What our own records say of a line that was denied as bundled, or for its units or time.

The pair comes from the reference edition of the day of service, minutes and areas from the treatment-time
log. Nothing here proposes 59 where the log does not show that both services were separate.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec

from scrub837.claims.encounters import Encounter, patient_days
from scrub837.claims.model import Claim, Line
from scrub837.responses.codes import Action
from scrub837.responses.reasons import Reason
from scrub837.rules._evidence import Basis, Evidence, Verdict, evidence
from scrub837.rules._pairs import Pairing, marked, pairings
from scrub837.rules._rule import Context

_UNIT_RULES = ("MUE", "TIM")
_AGAINST = frozenset((Basis.SAME_TIME, Basis.TOO_SHORT))  # no lack of words in the log, but what it says
_NOTE_DECIDES = "The note decides: it must show another area or separate time for both services."


class LineShown(msgspec.Struct, frozen=True):
    """A line as an exhibit shows it."""

    claim: str
    line: int | None
    code: str
    modifiers: tuple[str, ...]
    units: str
    minutes: int | None
    area: str | None
    clock: tuple[str, ...] = ()


class PairShown(msgspec.Struct, frozen=True):
    """Two lines that the reference pairs, and whether the record tells them apart.

    ``supports_59`` is true or false by the log, ``None`` where it holds too little to say.
    """

    about: int  # index of the denied line in its claim
    day: date
    column1: LineShown
    column2: LineShown
    indicator: str
    effective: date
    deletion: date | None
    edition: str
    program: str
    billed_59: bool
    supports_59: bool | None
    words: str
    action: Action
    advice: str


class UnitsShown(msgspec.Struct, frozen=True):
    """The units and minutes of a day, and the most units the reference allows of the denied codes."""

    about: tuple[int, ...]  # indexes of the denied lines in their claim
    day: date | None
    lines: tuple[LineShown, ...]
    limits: tuple[tuple[str, int, str], ...]  # code, most units, edition
    minutes: int | None  # of all lines together, where the log tells of any


Exhibit = PairShown | UnitsShown


@dataclass(frozen=True, slots=True)
class Wanted:
    """Lines of a claim of which exhibits are wanted."""

    pairs: frozenset[int]
    units: frozenset[int]


def wanted(reasons: Iterable[Reason]) -> Wanted:
    """The lines that reasons of bundling, modifiers, units or time are about; of the whole claim, none."""
    pairs, units = set[int](), set[int]()
    for reason in reasons:
        if reason.line is None or reason.list not in ("CARC", "RARC", "STC"):
            continue
        if any(rule.startswith("PTP") or rule == "MOD" for rule in reason.rules):
            pairs.add(reason.line)
        if any(rule.startswith(_UNIT_RULES) for rule in reason.rules):
            units.add(reason.line)
    return Wanted(frozenset(pairs), frozenset(units))


def exhibits(
    claim: Claim, others: Sequence[Claim], lines: Wanted, context: Context
) -> tuple[list[PairShown], list[UnitsShown]]:
    """The exhibits of a claim; ``others`` are claims of the same patient on the same days."""
    pairs: list[PairShown] = []
    for day in patient_days([claim, *others]):
        for encounter in day.encounters:
            pairs += _pairs(encounter, claim, lines.pairs, context)
    return pairs, list(_units(claim, lines.units, context))


def _pairs(
    encounter: Encounter, claim: Claim, about: frozenset[int], context: Context
) -> Iterator[PairShown]:
    for pairing in pairings(encounter, context):
        for line in (pairing.second, pairing.first):
            if line.claim is claim and (index := claim.lines.index(line)) in about:
                yield _pair(pairing, index, context)
                break


def _pair(pairing: Pairing, index: int, context: Context) -> PairShown:
    documentation = context.documentation
    told = evidence(pairing, documentation) if documentation.given else None
    action, advice, supported = _advice(pairing, told)
    row = pairing.row
    return PairShown(
        index,
        pairing.day,
        _shown(pairing.first, context, told.facts["column1_time"] if told else ()),
        _shown(pairing.second, context, told.facts["column2_time"] if told else ()),
        row.indicator,
        row.effective,
        row.deletion,
        row.edition,
        row.program,
        marked(pairing.first) or marked(pairing.second),
        supported,
        told.words if told else "no treatment-time log was supplied",
        action,
        advice,
    )


def _advice(pairing: Pairing, told: Evidence | None) -> tuple[Action, str, bool | None]:
    """What to do about a denied pair, a sentence about it, and whether the record supports 59."""
    if pairing.row.indicator == "0":
        return Action.WRITE_OFF, "No modifier is taken for this pair (indicator 0).", None
    has = marked(pairing.first) or marked(pairing.second)
    if told is None:
        return (Action.APPEAL if has else Action.REPLACE), _NOTE_DECIDES, None
    if told.verdict is Verdict.CONFIRMED:
        if has:
            return Action.APPEAL, "The record supports 59, which was billed: appeal with the record.", True
        return Action.REPLACE, "The record supports 59: replace the claim with it on the column 2 line.", True
    if told.verdict is Verdict.CONTRADICTED:
        return Action.WRITE_OFF, "The record speaks against 59: the denial stands.", False
    if told.bases & _AGAINST:
        return (
            Action.WRITE_OFF,
            "The record does not support 59; unless the note corrects it, write it off.",
            None,
        )
    return (Action.APPEAL if has else Action.REPLACE), _NOTE_DECIDES, None


def _units(claim: Claim, about: frozenset[int], context: Context) -> Iterator[UnitsShown]:
    """One exhibit for each day on which a line was denied."""
    by_day: dict[date | None, list[int]] = {}
    for index in sorted(about):
        by_day.setdefault(claim.lines[index].dates.first, []).append(index)
    for day, indexes in by_day.items():
        shown = tuple(_shown(one, context) for one in claim.lines if one.dates.first == day)
        minutes = [one.minutes for one in shown if one.minutes is not None]
        limits = dict.fromkeys(_limits(claim, indexes, day, context))
        yield UnitsShown(tuple(indexes), day, shown, tuple(limits), sum(minutes) if minutes else None)


def _limits(
    claim: Claim, indexes: Sequence[int], day: date | None, context: Context
) -> Iterator[tuple[str, int, str]]:
    for index in indexes:
        code = claim.lines[index].procedure.code
        limit = context.reference.unit_limit(code, day, claim.profile.program) if day else None
        if limit is not None:
            yield code, limit.units, limit.edition


def _shown(line: Line, context: Context, clock: Any = ()) -> LineShown:
    record = context.documentation.record(line) if context.documentation.given else None
    procedure = line.procedure
    return LineShown(
        line.claim.id,
        line.number,
        procedure.code,
        procedure.modifiers,
        line.service.units_text,
        record.minutes if record else None,
        record.area if record else None,
        tuple(clock),
    )
