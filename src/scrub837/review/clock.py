"""A day of treatment as a drawing: who gave what, from when to when, and where two intervals overlap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from scrub837.claims.intervals import Interval

WIDTH, LABEL, LANE, TOP = 860, 150, 44, 26  # units of the drawing
_LEAST = 60  # minutes that are shown at least
_NO_ONE = "no provider named"


@dataclass(frozen=True, slots=True)
class Bar:
    """One interval."""

    x: float
    y: int
    width: float
    code: str
    words: str
    own: bool  # of the claim that is shown
    wide: bool  # there is room for the code


@dataclass(frozen=True, slots=True)
class Overlap:
    """Minutes two intervals share; drawn across both."""

    x: float
    y: int
    width: float
    height: int
    words: str


@dataclass(frozen=True, slots=True)
class Day:
    """The drawing of a day."""

    day: str
    height: int
    lanes: tuple[tuple[int, str], ...]  # where, who
    ticks: tuple[tuple[float, str], ...]
    bars: tuple[Bar, ...]
    overlaps: tuple[Overlap, ...]
    rows: tuple[str, ...]  # every interval in words, those without a clock too


def days_drawn(intervals: Sequence[Interval], claim: str) -> list[Day]:
    """The days of a claim, from its intervals and those of other claims beside them."""
    days = sorted({one.day for one in intervals if one.claim_id == claim})
    return [_day(day.isoformat(), [one for one in intervals if one.day == day], claim) for day in days]


def clock_words(minutes: int) -> str:
    """``9:05``."""
    return f"{minutes // 60}:{minutes % 60:02}"


def _day(day: str, intervals: Sequence[Interval], claim: str) -> Day:
    timed = [
        (one.start, one.stop, one) for one in intervals if one.start is not None and one.stop is not None
    ]
    timed = sorted((one for one in timed if one[1] > one[0]), key=lambda one: one[:2])
    rows = tuple(words_of(one, claim) for one in intervals)
    if not timed:
        return Day(day, 0, (), (), (), (), rows)
    first = min(start for start, _, _ in timed) // 30 * 30
    last = -(-max(stop for _, stop, _ in timed) // 30) * 30
    last = max(last, first + _LEAST)
    scale = (WIDTH - LABEL) / (last - first)
    who = list(dict.fromkeys(_provider(one) for _, _, one in timed))
    bars, spans = [], list[tuple[int, int, int, Interval]]()
    for start, stop, one in timed:
        y = TOP + who.index(_provider(one)) * LANE + 6
        x, width = LABEL + (start - first) * scale, max(2.0, (stop - start) * scale)
        bars.append(
            Bar(
                round(x, 1),
                y,
                round(width, 1),
                one.code[:7],
                words_of(one, claim),
                one.claim_id == claim,
                width > 46,
            )
        )
        spans.append((start, stop, y, one))
    overlaps = []
    for (start, stop, y, one), (start2, stop2, y2, two) in combinations(spans, 2):
        begin, end = max(start, start2), min(stop, stop2)
        if begin < end and claim in (one.claim_id, two.claim_id):
            words = f"{one.code} and {two.code} overlap from {clock_words(begin)} to {clock_words(end)}"
            top, height = min(y, y2) - 4, abs(y - y2) + LANE - 6
            overlaps.append(
                Overlap(
                    round(LABEL + (begin - first) * scale, 1),
                    top,
                    round((end - begin) * scale, 1),
                    height,
                    words,
                )
            )
    step = 30 if last - first <= 240 else 60
    ticks = tuple(
        (round(LABEL + (minute - first) * scale, 1), clock_words(minute))
        for minute in range(first, last + 1, step)
    )
    lanes = tuple((TOP + n * LANE, name) for n, name in enumerate(who))
    return Day(day, TOP + len(who) * LANE + 6, lanes, ticks, tuple(bars), tuple(overlaps), rows)


def _provider(one: Interval) -> str:
    return f"{one.npi[:20]} {one.role}".strip() or _NO_ONE


def words_of(one: Interval, claim: str) -> str:
    """``97140 9:00 to 9:15, 15 min, cervical, by 1999001013 PT; attested by Dana Quill``."""
    parts = [one.code]
    if one.start is not None and one.stop is not None:
        parts[0] += f" {clock_words(one.start)} to {clock_words(one.stop)}"
    if one.minutes is not None:
        parts.append(f"{one.minutes} min")
    area = "; ".join(dict.fromkeys(f"{area.text} {area.side}".strip() for area in one.areas))
    parts += [area] if area else []
    parts += [f"by {_provider(one)}"] if one.npi or one.role else []
    parts += [f"reason: {one.reason}"] if one.reason else []
    words = ", ".join(parts)
    words += f"; attested by {one.attested_by}" if one.attested_by else "; not attested"
    return words if one.claim_id == claim else f"claim {one.claim_id}: {words}"
