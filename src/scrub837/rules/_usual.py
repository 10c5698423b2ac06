"""What can matter of the treatment-time log to any rule, of encounters documented in the usual way.

Usual are lines of plain claims, each of one day, at most one row for each of them and no others, minutes that
agree with the clock, no two rows at once, no more than ``LONG_DAY`` minutes in all. Of such rows rules look
at few things: who gave them in what mode, what their minutes support, whether an area, a reason and somebody
who vouches are there. When two usual encounters bill the same and these things are the same, a rule that had
nothing to say of one has nothing to say of the other. A rule that looks at more has to be provided for here.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from itertools import pairwise

import msgspec

from scrub837.claims.documentation import Interval
from scrub837.claims.encounters import Encounter
from scrub837.claims.provider_work import ASSISTANTS, UNSKILLED, is_timed, one_on_one
from scrub837.claims.time_codes import psychotherapy_range, steps_of, visit_range
from scrub837.claims.timing import allocate
from scrub837.reference.tables import kx_amount, timed_class
from scrub837.rules._assistants import assisted
from scrub837.rules._clock import LONG_DAY
from scrub837.rules._evidence import ONE_UNIT
from scrub837.rules._minutes import RULES, TimedDay, timed_days, why_not_counted
from scrub837.rules._pairs import pairings
from scrub837.rules._rule import Context
from scrub837.rules._series import documented_minutes, series_of

Rows = Sequence[Interval | None]  # of each line of an encounter
_REMEMBERED = 1 << 13
_FEW = 1 << 8
_BILLED = ',"billed":'


class TimedText(msgspec.Struct, frozen=True, gc=False):
    """A timed day as JSON, but for day, provider, claim and line numbers."""

    head: str
    lines: tuple[int, ...]  # numbers of the claim's lines
    tail: str


TimedTexts = Callable[[Encounter], tuple[TimedText, ...]]


class Usual(msgspec.Struct, frozen=True, gc=False):
    """A usual encounter: the key under which rules are known to be silent, and its timed days."""

    key: Hashable
    timed: tuple[TimedText, ...]


@dataclass(frozen=True, slots=True)
class _Pool:
    """The lines of a timed day: by code those whose minutes count, by reason those whose do not."""

    counted: tuple[tuple[str, tuple[int, ...]], ...]
    set_aside: tuple[tuple[str, tuple[int, ...]], ...]
    unclear: bool


@dataclass(frozen=True, slots=True)
class _Minutes:
    """What minutes come to: as far as rules look at it, and for the report."""

    key: Hashable
    timed: tuple[TimedText, ...]


@dataclass(slots=True)
class _Shape:
    """Encounters that bill the same, whose rows are of the same modes and roles."""

    key: Hashable
    pools: tuple[_Pool, ...]
    rules: tuple[str, ...]  # by which the units of the pools are judged
    by_minute: tuple[int, ...] | None  # lines with minutes, where these matter beyond the pools
    counted: tuple[int, ...]  # lines whose rows count as timed minutes
    timed15: tuple[int, ...]
    paired: bool  # some of its lines are a pair
    areas: bool  # which areas they are matters whatever the clock says
    kx: bool  # dollars matter to the cent
    medicare: bool
    known: dict[Hashable, _Minutes] = field(default_factory=dict)


class UsualEncounters:
    """Knows the shapes of usual encounters. ``texts`` gives the timed days of one for the report."""

    def __init__(self, context: Context, texts: TimedTexts) -> None:
        self._context = context
        self._texts = texts
        self._shapes: dict[Hashable, _Shape] = {}

    def of(self, billed: Hashable, rows: Rows, day: date, encounter: Callable[[], Encounter]) -> Usual | None:
        """These rows of an encounter that bills ``billed``; ``None`` if they are not usual."""
        end = total = 0
        clocked = ordered = True
        for row in rows:
            if row is None:
                continue
            span = row.span
            start, stop, minutes = span.start, span.stop, span.minutes
            if span.usual is None or minutes is None or row.day != day:
                return None
            total += minutes
            if start is None or stop is None:
                clocked = False
            else:
                ordered = ordered and start >= end
                end = stop
        if total > LONG_DAY or not (ordered or _in_turn(rows)):
            return None
        cares = tuple([row.care.key if row is not None else -1 for row in rows])
        shape = self._shapes.get((billed, cares))
        if shape is None:
            shape = self._shape((billed, cares), rows, encounter())
        minutes_key, timed = self._minutes(shape, rows, encounter)
        besides: Hashable = None
        if shape.paired:
            besides = _of_pairs(shape, rows, areas=shape.areas or not clocked)
        amounts: Hashable = None
        if _have_amounts(rows):
            if shape.kx and any(row is not None and row.ytd_allowed_before is not None for row in rows):
                return None
            amounts = _amounts(shape, rows, day)
        return Usual((shape.key, minutes_key, besides, amounts), timed)

    def _minutes(
        self, shape: _Shape, rows: Rows, encounter: Callable[[], Encounter]
    ) -> tuple[Hashable, tuple[TimedText, ...]]:
        if shape.by_minute is not None:
            told = tuple([rows[n].span.usual for n in shape.by_minute])  # type: ignore[union-attr]
            known = shape.known.get(told) or self._learn(shape, told, encounter())
            return known.key, known.timed
        sums = [
            [sum([rows[n].span.counted for n in lines]) for _, lines in pool.counted]  # type: ignore[union-attr, misc]
            for pool in shape.pools
        ]
        units = tuple(
            [
                () if pool.unclear else tuple([allocate(own, rule) for rule in shape.rules])
                for pool, own in zip(shape.pools, sums, strict=True)
            ]
        )
        known = shape.known.get(units) or self._learn(shape, units, encounter())
        timed = tuple(
            [
                TimedText(text.head, text.lines, f"{_minutes_text(pool, own, rows)}{text.tail}")
                for pool, own, text in zip(shape.pools, sums, known.timed, strict=True)
            ]
        )
        return known.key, timed

    def _learn(self, shape: _Shape, told: Hashable, encounter: Encounter) -> _Minutes:
        timed = self._texts(encounter)
        if shape.by_minute is None:
            timed = tuple([TimedText(t.head, t.lines, _BILLED + t.tail.partition(_BILLED)[2]) for t in timed])
        if len(shape.known) >= _FEW:
            shape.known.clear()
        known = shape.known[told] = _Minutes(tuple(_come_to(encounter, self._context)), timed)
        return known

    def _shape(self, key: Hashable, rows: Rows, encounter: Encounter) -> _Shape:
        pairs = pairings(encounter, self._context)
        lines, profile = encounter.lines, encounter.profile
        place = {id(line): n for n, line in enumerate(lines)}
        days = timed_days(encounter, self._context)
        beyond = any(row is not None and row.care.role in ASSISTANTS for row in rows) or any(
            psychotherapy_range(line.procedure.code)
            or visit_range(line.procedure.code, encounter.day)
            or steps_of(line.procedure.code, encounter.day, medicare=profile.medicare)
            for line in lines
        )
        timed15, counted = [], []
        for n, (line, row) in enumerate(zip(lines, rows, strict=True)):
            code = line.procedure.code
            if row is None:
                continue
            if timed_class(code) == "timed15":
                timed15.append(n)
            if row.care.role not in UNSKILLED and is_timed(code) and one_on_one(row):
                counted.append(n)
        shape = _Shape(
            key,
            tuple([_pool(day, [place[id(line)] for line in day.lines], rows) for day in days]),
            RULES[profile.timed_units],
            tuple([n for n, row in enumerate(rows) if row is not None]) if beyond else None,
            tuple(counted),
            tuple(timed15),
            paired=bool(pairs),
            areas=any(pair.manipulation for pair in pairs)
            or any("XS" in line.procedure.modifiers for line in lines),
            kx=profile.medicare and any("KX" in line.procedure.modifiers for line in lines),
            medicare=profile.medicare,
        )
        if len(self._shapes) >= _REMEMBERED:
            self._shapes.clear()
        self._shapes[key] = shape
        return shape


def _pool(day: TimedDay, lines: Sequence[int], rows: Rows) -> _Pool:
    counted: dict[str, list[int]] = {}
    set_aside: dict[str, list[int]] = {}
    added = {id(row) for row in day.rows}
    for n in lines:
        row = rows[n]
        if row is None or id(row) not in added:
            continue
        counts = counted.setdefault(row.code, [])
        reason = why_not_counted(row)
        if reason:
            set_aside.setdefault(reason, []).append(n)
        else:
            counts.append(n)
    return _Pool(
        tuple([(code, tuple(own)) for code, own in counted.items()]),
        tuple([(reason, tuple(own)) for reason, own in set_aside.items()]),
        bool(day.unclear),
    )


def _minutes_text(pool: _Pool, sums: Sequence[int], rows: Rows) -> str:
    """The minutes of a timed day as its JSON has them."""
    counted = ",".join([f"{_json(code)}:{own}" for (code, _), own in zip(pool.counted, sums, strict=True)])
    aside = ",".join(
        [
            f"{_json(reason)}:{sum([rows[n].span.counted for n in lines])}"  # type: ignore[union-attr, misc]
            for reason, lines in pool.set_aside
        ]
    )
    return f'],"minutes":{{{counted}}},"not_counted":{{{aside}}},"total_minutes":{sum(sums)}'


@lru_cache(1 << 10)
def _json(text: str) -> str:
    return msgspec.json.encode(text).decode()


def _come_to(encounter: Encounter, context: Context) -> Iterator[Hashable]:
    """What rules ask of the minutes."""
    for day in timed_days(encounter, context):
        yield day.verdicts, day.misplaced
    for series in series_of(encounter, context):
        further = series.billed(series.steps.further) > 0
        yield series.unclear, series.first_short, series.surplus > 0, series.surplus < 0, further
    for line in encounter.lines:
        code = line.procedure.code
        if psychotherapy_range(code) or visit_range(code, encounter.day):
            yield documented_minutes(line, context)
    for given in assisted(encounter, context):
        yield given.unclear, given.need > given.have


def _in_turn(rows: Rows) -> bool:
    """Whether no two rows are at the same time, whatever their order."""
    spans = sorted(
        (row.span.start, row.span.stop)
        for row in rows
        if row is not None and row.span.start is not None and row.span.stop is not None
    )
    return all(one[1] <= two[0] for one, two in pairwise(spans))


def _have_amounts(rows: Rows) -> bool:
    for row in rows:
        if row is not None and not (
            row.total_timed is None and row.total_treatment is None and row.ytd_allowed_before is None
        ):
            return True
    return False


def _of_pairs(shape: _Shape, rows: Rows, *, areas: bool) -> Hashable:
    """What rules ask of lines that are a pair, besides clock and units."""
    sessions: dict[str, int] = {"": 0}
    short = [n for n in shape.timed15 if (row := rows[n]) is not None and (row.span.minutes or 0) < ONE_UNIT]
    return tuple(short), tuple(
        [
            None
            if row is None
            else (
                row.site.key if areas else row.site.clear,
                row.span.start is None,
                sessions.setdefault(row.care.session, len(sessions)),
                row.reason != "",
                row.attested_by != "",
                row.vouched,
            )
            for row in rows
        ]
    )


def _amounts(shape: _Shape, rows: Rows, day: date) -> Hashable:
    """What rules ask of the totals of the day and the dollars of the year."""
    timed = max((row.total_timed for row in rows if row and row.total_timed is not None), default=None)
    whole = max(
        (row.total_treatment for row in rows if row and row.total_treatment is not None), default=None
    )
    beyond = False
    if whole is not None:
        minutes = sum(row.span.minutes or 0 for n in shape.counted if (row := rows[n]) is not None)
        beyond = (timed or 0) > whole or minutes > whole + len(shape.counted)
    amount = kx_amount(day.year) if shape.medicare else None
    dollars = tuple(
        [None if row is None or (own := row.ytd_allowed_before) is None else own >= amount for row in rows]
        if amount is not None
        else ()
    )
    return timed is None, whole is None, beyond, dollars
