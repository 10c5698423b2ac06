"""Whether the treatment-time log bears out that two paired services were separate.

What makes 59 true of timed therapy is another body area, or blocks of time that do not overlap; beside a
spinal manipulation only another region counts, whatever the clock says, and beside group treatment only other
time (CMS MLN1783722; NCCI Policy Manual chapter XI).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from enum import StrEnum
from functools import lru_cache
from itertools import product
from typing import Any, NamedTuple

import msgspec

from scrub837.claims.areas import Area, overlaps
from scrub837.claims.documentation import Documentation, Interval
from scrub837.claims.model import Line
from scrub837.reference.tables import timed_class
from scrub837.rules._modifiers import GROUP, MANIPULATION
from scrub837.rules._pairs import Pairing

ONE_UNIT = 8  # minutes that earn the first unit of a 15-minute code
FULL_BLOCK = 15
NO_LOG = "no treatment-time log was supplied"


class Verdict(StrEnum):
    """What the log says of two services billed as separate."""

    CONFIRMED = "confirmed"
    UNSUPPORTED = "unsupported"
    CONTRADICTED = "contradicted"


class Basis(StrEnum):
    """What tells two intervals of treatment apart, or why nothing does."""

    TIME = "time"  # blocks that do not overlap
    AREA = "area"  # different areas
    AREA_SAME_TIME = "area-same-time"  # different areas in the same minutes, one service not one-on-one
    SESSION = "session"  # separate encounters of the day
    REGION_MANIPULATED = "region-manipulated"
    IN_GROUP_TIME = "in-group-time"
    SAME_AREA_SAME_TIME = "same-area-same-time"
    UNRECORDED = "unrecorded"
    TOO_SHORT = "too-short"
    SAME_TIME = "same-time"  # two one-on-one services in the same minutes
    PARTLY = "partly"  # some of the areas are the same
    NO_CLOCK = "no-clock"  # the same area without clock times
    VAGUE_AREA = "vague-area"  # "back", or no area at all


_CONFIRMS = frozenset((Basis.TIME, Basis.AREA, Basis.AREA_SAME_TIME, Basis.SESSION))
_CONTRADICTS = frozenset((Basis.REGION_MANIPULATED, Basis.IN_GROUP_TIME, Basis.SAME_AREA_SAME_TIME))


class Shown(msgspec.Struct, frozen=True):
    """What is documented of two codes."""

    codes: tuple[str, str]  # column 1 and column 2
    verdict: Verdict
    bases: frozenset[Basis]
    first: tuple[Interval, ...]
    second: tuple[Interval, ...]

    @property
    def words(self) -> str:
        """What the log shows; a clause without its full stop."""
        worst = self.bases & _CONTRADICTS or self.bases - _CONFIRMS or self.bases
        if self.verdict is Verdict.UNSUPPORTED:
            worst = self.bases - _CONFIRMS - _CONTRADICTS or worst
        return " and ".join([say(self) for basis, say in _SAID.items() if basis in worst])

    @property
    def facts(self) -> dict[str, Any]:
        """Clock times, areas and minutes of both lines."""
        facts: dict[str, Any] = {"evidence": self.verdict.value, "basis": sorted(self.bases)}
        for column, intervals in (("column1", self.first), ("column2", self.second)):
            facts[f"{column}_time"] = list(filter(None, map(clock_of, intervals)))
            facts[f"{column}_area"] = areas_of(intervals)
            facts[f"{column}_minutes"] = minutes_of(intervals)
        return facts


class Evidence(Shown, frozen=True):
    """What is documented of the two lines of a pair on one day."""

    pairing: Pairing


class _Between(NamedTuple):
    """How two intervals lie to each other; ``None`` is not known."""

    overlap: bool | None
    area: str  # same, partly, different, unknown


def evidence(pairing: Pairing, documentation: Documentation) -> Evidence:
    """What the log says of a pair."""
    first = rows_on(pairing.day, pairing.first, documentation)
    second = rows_on(pairing.day, pairing.second, documentation)
    verdict, bases = _judged(pairing, first, second)
    return Evidence(pairing.codes, verdict, bases, first, second, pairing)


def _judged(
    pairing: Pairing, first: Sequence[Interval], second: Sequence[Interval]
) -> tuple[Verdict, frozenset[Basis]]:
    if not first or not second:
        return Verdict.UNSUPPORTED, frozenset((Basis.UNRECORDED,))
    bases = frozenset(_basis(a, b, pairing) for a, b in product(first, second))
    verdict = _verdict(bases, pairing)
    if verdict is Verdict.CONFIRMED and _too_short(pairing.second, second):
        return Verdict.UNSUPPORTED, frozenset((Basis.TOO_SHORT,))
    return verdict, bases


def rows_on(day: date, line: Line, documentation: Documentation) -> tuple[Interval, ...]:
    """The rows of a line on a day."""
    record = documentation.record(line)
    if record is None:
        return ()
    rows = record.intervals
    return rows if len(rows) == 1 and rows[0].day == day else tuple([i for i in rows if i.day == day])


def _verdict(bases: frozenset[Basis], pairing: Pairing) -> Verdict:
    """Time in a region not manipulated may stand on its own, so there some other time does not contradict."""
    if bases <= _CONFIRMS:
        return Verdict.CONFIRMED
    against = bases <= _CONTRADICTS if pairing.manipulation else bases & _CONTRADICTS
    return Verdict.CONTRADICTED if against else Verdict.UNSUPPORTED


def _too_short(line: Line, intervals: Sequence[Interval]) -> bool:
    minutes = minutes_of(intervals)
    return _one_on_one(line) and minutes is not None and minutes < ONE_UNIT


def _basis(one: Interval, other: Interval, pairing: Pairing) -> Basis:
    between = _Between(_overlap(one, other), _relation(one.areas, other.areas))
    if pairing.manipulation:
        if pairing.codes[1] in MANIPULATION:  # the region in question is that of the other service
            between = between._replace(area=_relation(other.areas, one.areas))
        return {
            "same": Basis.REGION_MANIPULATED,
            "different": Basis.AREA,
            "partly": Basis.PARTLY,
        }.get(between.area, Basis.VAGUE_AREA)
    if between.overlap:
        return _in_same_minutes(one, other, pairing, between.area)
    if between.overlap is False:
        return Basis.TIME if _clocked(one) and _clocked(other) else Basis.SESSION
    if between.area == "different" and not _group_and_single(one, other, pairing):
        return Basis.AREA
    return {"same": Basis.NO_CLOCK, "partly": Basis.PARTLY}.get(between.area, Basis.VAGUE_AREA)


def _in_same_minutes(one: Interval, other: Interval, pairing: Pairing, area: str) -> Basis:
    if _group_and_single(one, other, pairing):
        return Basis.IN_GROUP_TIME
    if area == "same":
        return Basis.SAME_AREA_SAME_TIME
    if area == "different" and not (_one_on_one(pairing.first) and _one_on_one(pairing.second)):
        return Basis.AREA_SAME_TIME
    return Basis.SAME_TIME


def _group_and_single(one: Interval, other: Interval, pairing: Pairing) -> bool:
    first, second = pairing.codes
    return (one.mode == "group" or first == GROUP) != (other.mode == "group" or second == GROUP)


def _one_on_one(line: Line) -> bool:
    """A code of 15-minute units, which the therapist spends with this patient alone."""
    return timed_class(line.procedure.code) == "timed15"


def _clocked(interval: Interval) -> bool:
    return interval.start is not None and interval.stop is not None


def _overlap(one: Interval, other: Interval) -> bool | None:
    if one.start is not None and one.stop is not None and other.start is not None and other.stop is not None:
        return one.start < other.stop and other.start < one.stop
    if one.session and other.session and one.session != other.session:
        return False
    return None


def _relation(first: Sequence[Area], second: Sequence[Area]) -> str:
    """How the areas of the second service lie to those of the first."""
    shared = [b for b in second if any(overlaps(a, b) for a in first)]
    if second and len(shared) == len(second):
        return "same"
    if shared:
        return "partly"
    if not first or not second or any(area.ambiguous for area in (*first, *second)):
        return "unknown"
    return "different"


# --- words -------------------------------------------------------------------------------------------


def minutes_of(intervals: Iterable[Interval]) -> int | None:
    """Minutes of these intervals together, ``None`` when none of them tells."""
    known = [i.span.minutes for i in intervals if i.span.minutes is not None]
    return sum(known) if known else None


def clock_of(interval: Interval) -> str:
    """``09:00-09:15``, empty without clock times."""
    span = interval.span
    if span.start is None or span.stop is None:
        return ""
    return f"{_time(span.start)}-{_time(span.stop)}"


@lru_cache(1 << 11)
def _time(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def areas_of(intervals: Sequence[Interval]) -> str | None:
    """The areas as written: ``cervical; shoulder R``."""
    if len(intervals) == 1:
        return intervals[0].site.words
    words = dict.fromkeys(f"{area.text} {area.side}".strip() for i in intervals for area in i.areas)
    return "; ".join(words) or None


def _clocks(intervals: Iterable[Interval]) -> str:
    return ", ".join(filter(None, map(clock_of, intervals))) or "no clock time"


def _times(found: Shown) -> str:
    one, two = found.codes
    return f"{one} {_clocks(found.first)}, {two} {_clocks(found.second)}"


def _areas(found: Shown) -> str:
    one, two = found.codes
    return f"{one} {areas_of(found.first) or 'no area'}, {two} {areas_of(found.second) or 'no area'}"


def _unrecorded(found: Shown) -> str:
    known = zip(found.codes, (found.first, found.second), strict=True)
    return f"the log holds nothing for {' and '.join(code for code, rows in known if not rows)}"


_SAID: dict[Basis, Callable[[Shown], str]] = {
    Basis.REGION_MANIPULATED: lambda e: f"the log places both services in the same region ({_areas(e)})",
    Basis.IN_GROUP_TIME: lambda e: f"the one-on-one time lies inside the group's time ({_times(e)})",
    Basis.SAME_AREA_SAME_TIME: lambda e: (
        f"the log shows the same area and overlapping time ({_areas(e)}; {_times(e)})"
    ),
    Basis.UNRECORDED: _unrecorded,
    Basis.TOO_SHORT: lambda e: (
        f"the log shows {minutes_of(e.second)} minutes of {e.codes[1]}, and {ONE_UNIT} earn a unit"
    ),
    Basis.SAME_TIME: lambda e: (
        f"the log shows overlapping time ({_times(e)}) and no other area that would allow it"
    ),
    Basis.PARTLY: lambda e: f"some of the areas in the log are the same ({_areas(e)})",
    Basis.NO_CLOCK: lambda e: (
        f"the log shows the same area ({_areas(e)}) without start and stop times for both"
    ),
    Basis.VAGUE_AREA: lambda e: (
        f"neither areas nor times in the log tell the two apart ({_areas(e)}; {_times(e)})"
    ),
    Basis.AREA_SAME_TIME: lambda e: (
        f"the log shows different areas ({_areas(e)}) in the same minutes ({_times(e)})"
    ),
    Basis.TIME: lambda e: f"the log shows time blocks that do not overlap ({_times(e)})",
    Basis.AREA: lambda e: f"the log shows different areas ({_areas(e)})",
    Basis.SESSION: lambda _: "the log shows separate encounters of the day",
}
