"""Services counted by first and further units of their own, beside their documented minutes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from scrub837.claims.encounters import Encounter
from scrub837.claims.model import Line
from scrub837.claims.time_codes import Steps, steps_of
from scrub837.claims.timing import Verdict, count
from scrub837.rules._minutes import (
    NO_LOG,
    NOT_OF_THIS_CLAIM,
    NOT_WHOLE,
    SEVERAL_DAYS,
    SOME_MISSING,
    minutes_of,
    timed_days,
)
from scrub837.rules._rule import Context, Rule

NO_FIRST = "the code it is added to is not billed by the provider that day"


@dataclass(frozen=True, slots=True)
class Series:
    """A first code and its further units in one encounter. ``unclear``: why it cannot be judged, or empty."""

    steps: Steps
    lines: tuple[Line, ...]
    minutes: int
    unclear: str

    def billed(self, codes: tuple[str, ...]) -> int:
        """Units billed on these codes."""
        return int(
            sum((line.units or Decimal(0) for line in self.lines if line.procedure.code in codes), Decimal(0))
        )

    @property
    def first_short(self) -> bool:
        """Whether the first code is billed for fewer minutes than it needs."""
        least = self.steps.first
        return least is not None and self.minutes < least and self.billed(self.steps.firsts) > 0

    @property
    def surplus(self) -> int:
        """Further units billed beyond those supported; negative when more are supported."""
        return self.billed(self.steps.further) - self.steps.units(self.minutes)[1]

    @property
    def verdict(self) -> Verdict:
        """How the units billed compare with the minutes."""
        if self.first_short or self.surplus > 0:
            return Verdict.OVER
        return Verdict.UNDER if self.surplus < 0 and self.billed(self.steps.further) else Verdict.OK

    def line_of(self, codes: tuple[str, ...]) -> Line:
        """The last line of one of these codes."""
        return [line for line in self.lines if line.procedure.code in codes][-1]

    def bound_words(self) -> str:
        """When further units are earned."""
        steps = self.steps
        return f"one from {count(steps.start, 'minute')}, then one every {steps.each}"

    def facts(self) -> dict[str, object]:
        """The numbers for the report."""
        steps = self.steps
        first, further = steps.units(self.minutes)
        return {
            "codes": steps.codes,
            "total_minutes": self.minutes,
            "units_supported": first + further,
            "units_billed": self.billed(steps.codes),
            "further_from": steps.start,
            "further_each": steps.each,
            "source": steps.source,
        }


_last: tuple[Encounter, Context, tuple[Series, ...]] | None = None


def series_of(encounter: Encounter, context: Context) -> tuple[Series, ...]:
    """The services of an encounter that are counted by steps of their own, outside the pool of minutes."""
    global _last  # noqa: PLW0603 - several rules ask about one encounter in turn; it is worked out once
    known = _last
    if known is not None and known[0] is encounter and known[1] is context:
        return known[2]
    medicare = encounter.profile.medicare
    lines = [line for line in encounter.lines if line.claim.frequency != "8"]
    ways = {
        line.procedure.code: steps_of(line.procedure.code, encounter.day, medicare=medicare) for line in lines
    }
    found = tuple(_all_series(ways, lines, context)) if any(ways.values()) else ()
    _last = encounter, context, found
    return found


def _all_series(ways: dict[str, tuple[Steps, ...]], lines: list[Line], context: Context) -> Iterator[Series]:
    alone: dict[str, Steps] = {}
    for steps in dict.fromkeys(steps for code in sorted(ways) for steps in ways[code]):
        if steps.firsts and ways.keys().isdisjoint(steps.firsts):
            alone |= dict.fromkeys(ways.keys() & set(steps.further), steps)
        elif steps.first is not None or not ways.keys().isdisjoint(steps.further):
            yield _series(steps, [line for line in lines if line.procedure.code in steps.codes], context)
            for code in steps.further:
                alone.pop(code, None)
    for code, steps in alone.items():
        yield Series(steps, tuple(line for line in lines if line.procedure.code == code), 0, NO_FIRST)


def _series(steps: Steps, lines: list[Line], context: Context) -> Series:
    unclear, total = "", 0
    if not context.documentation.given:
        unclear = NO_LOG
    elif any(line.dates.days > 1 for line in lines):
        unclear = SEVERAL_DAYS
    elif any(line.units is None or line.units != line.units.to_integral_value() for line in lines):
        unclear = NOT_WHOLE
    else:
        needed = steps.firsts or steps.further
        for line in lines:
            own = documented_minutes(line, context)
            if own is None and line.procedure.code in needed:
                unclear = SOME_MISSING if context.documentation.has_any(lines) else NOT_OF_THIS_CLAIM
            total += own or 0
    return Series(steps, tuple(lines), total, unclear)


def documented_minutes(line: Line, context: Context) -> int | None:
    """Minutes of a line outside the therapy pool; those of aides and students do not count."""
    record = context.documentation.record(line)
    if record is None:
        return None
    total = 0
    for interval in record.intervals:
        own = minutes_of(interval)
        if own is None:
            return None
        if interval.role.upper() not in ("AIDE", "STUDENT"):
            total += own
    return total


def note_unclear(rule: Rule, encounter: Encounter, context: Context) -> None:
    """Say which timed lines of an encounter ``rule`` could not judge, and why."""
    for day in timed_days(encounter, context):
        if day.unclear:
            context.not_checked(rule, day.unclear, len(day.lines))
    for series in series_of(encounter, context):
        if series.unclear:
            context.not_checked(rule, series.unclear, len(series.lines))
