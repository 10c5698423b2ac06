"""What the clock of the treatment-time log shows of a patient's day. Shared by the clock rules.

Each encounter and day is gone through once, for the rules ask about it one after another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import msgspec

from scrub837.claims.documentation import Interval, Record
from scrub837.claims.encounters import Encounter, PatientDay
from scrub837.claims.model import Claim, Line
from scrub837.claims.provider_work import UNSKILLED, is_timed, one_on_one
from scrub837.findings import Location
from scrub837.rules._modifiers import GROUP
from scrub837.rules._rule import Context, Rule

NO_LOG = "no treatment-time log was supplied"
LONG_DAY = 240  # minutes: what is more for one patient is looked at by itself
_DISCIPLINES = {"GP": "PT", "GO": "OT", "GN": "SLP", "PT": "PT", "PTA": "PT", "OT": "OT", "OTA": "OT"}


class Row(msgspec.Struct, frozen=True):
    """A documented interval with its line; ``None`` for one that was not billed."""

    line: Line | None
    claim: Claim
    interval: Interval

    @property
    def person(self) -> str:
        """NPI of who gave it."""
        return self.interval.npi or (self.line.rendering if self.line else self.claim.rendering)

    @property
    def discipline(self) -> str:
        """PT, OT, SLP ... by the role of who gave it, else by GP, GO or GN; empty when neither tells."""
        role = self.interval.role
        if role:
            return _DISCIPLINES.get(role, role)
        modifiers = self.line.procedure.modifiers if self.line else ()
        return next((_DISCIPLINES[m] for m in modifiers if m in ("GP", "GO", "GN")), "")

    @property
    def counts(self) -> bool:
        """Whether its minutes count for timed units."""
        interval = self.interval
        return interval.role not in UNSKILLED and is_timed(interval.code) and one_on_one(interval)

    @property
    def group(self) -> bool:
        """Whether it was given to several patients at once."""
        return self.interval.code == GROUP or self.interval.mode == "group"

    def same_hands(self, other: Row) -> bool:
        """One provider, or two of one discipline; also when nothing tells the two apart."""
        if self.person == other.person:
            return True
        one, two = self.discipline, other.discipline
        return one == two or not (one and two)


class Meeting(msgspec.Struct, frozen=True):
    """Two intervals of one patient that overlap; ``later`` is of the later line, so it has one."""

    later: Row
    earlier: Row
    start: int
    stop: int


@dataclass(slots=True)
class Told:
    """What the log tells of an encounter, with what is odd about it set apart."""

    reversed: list[Row] = field(default_factory=list)  # stop is not after start
    summed: list[tuple[Line, Record]] = field(default_factory=list)  # lines whose clock and minutes differ
    unskilled: list[tuple[Line, Record]] = field(
        default_factory=list
    )  # lines with rows of aides and the like
    timed: int = 0  # minutes that count
    timed_lines: list[Line] = field(default_factory=list)  # timed lines with rows
    total_timed: int | None = None  # as charted
    total_treatment: int | None = None


@dataclass(slots=True)
class _Day:
    """What is documented of a patient and day."""

    rows: list[Row] = field(default_factory=list)
    meetings: list[Meeting] = field(default_factory=list)
    minutes: int = 0  # of the rows of billed lines


_last_told: tuple[Encounter, Context, Told] | None = None
_last_day: tuple[PatientDay, Context, _Day] | None = None


def told_of(encounter: Encounter, context: Context) -> Told:
    """What the log tells of an encounter."""
    global _last_told  # noqa: PLW0603 - worked out once for the rules that ask in turn
    known = _last_told
    if known is not None and known[0] is encounter and known[1] is context:
        return known[2]
    told = Told()
    record_of = context.documentation.record
    for line in encounter.lines:
        record = record_of(line)
        if record is not None:
            _add_line(told, line, record, encounter)
    for row in _unbilled(encounter.claims, encounter, context):
        if row.counts and any(line.rendering == row.person for line in encounter.lines):
            told.timed += row.interval.minutes or 0
    _last_told = encounter, context, told
    return told


def _add_line(told: Told, line: Line, record: Record, encounter: Encounter) -> None:
    clock = stated = rows = 0
    unskilled = counted = False
    for interval in record.intervals:
        if interval.day != encounter.day:
            continue
        start, stop, minutes = interval.start, interval.stop, interval.minutes
        if start is not None and stop is not None:
            if stop <= start:
                told.reversed.append(Row(line, line.claim, interval))
            elif interval.stated and minutes is not None:
                clock, stated, rows = clock + stop - start, stated + minutes, rows + 1
        if interval.role in UNSKILLED:
            unskilled = True
        elif minutes and is_timed(interval.code) and one_on_one(interval):
            told.timed += minutes
            counted = True
        if interval.total_timed is not None:
            told.total_timed = max(interval.total_timed, told.total_timed or 0)
        if interval.total_treatment is not None:
            told.total_treatment = max(interval.total_treatment, told.total_treatment or 0)
    if abs(clock - stated) > rows:
        told.summed.append((line, record))
    if unskilled:
        told.unskilled.append((line, record))
    if counted:
        told.timed_lines.append(line)


def rows_of(day: PatientDay, context: Context) -> tuple[Row, ...]:
    """All intervals of a day, of all providers."""
    return tuple(_day(day, context).rows)


def minutes_of(day: PatientDay, context: Context) -> int:
    """Minutes of all billed intervals of a day together."""
    return _day(day, context).minutes


def meetings(day: PatientDay, context: Context, wanted: Callable[[Row, Row], bool]) -> list[list[Meeting]]:
    """Overlaps of which ``wanted`` is true, gathered by the two lines that overlap."""
    met = _day(day, context).meetings
    if not met:
        return []
    pairs: dict[tuple[int, int], list[Meeting]] = {}
    for meeting in met:
        if wanted(meeting.later, meeting.earlier):
            pairs.setdefault((id(meeting.later.line), id(meeting.earlier.line)), []).append(meeting)
    return list(pairs.values())


def _day(day: PatientDay, context: Context) -> _Day:
    global _last_day  # noqa: PLW0603 - worked out once for the rules that ask in turn
    known = _last_day
    if known is not None and known[0] is day and known[1] is context:
        return known[2]
    own, wanted = _Day(), day.day
    record_of = context.documentation.record
    claims: dict[int, Claim] = {}
    for encounter in day.encounters:
        for line in encounter.lines:
            claims[line.claim.index] = line.claim
            record = record_of(line)
            if record is not None:
                for interval in record.intervals:
                    if interval.day == wanted:
                        own.rows.append(Row(line, line.claim, interval))
                        own.minutes += interval.minutes or 0
    own.rows += _unbilled(claims.values(), day, context)
    own.meetings += _meetings(own.rows)
    _last_day = day, context, own
    return own


def _unbilled(claims: Iterable[Claim], day: Encounter | PatientDay, context: Context) -> Iterator[Row]:
    for claim in claims:
        for interval in context.documentation.unbilled(claim):
            if interval.day == day.day:
                yield Row(None, claim, interval)


def _meetings(rows: list[Row]) -> Iterator[Meeting]:
    clocked = [
        (i.start, i.stop, n)
        for n, row in enumerate(rows)
        if (i := row.interval).start is not None and i.stop is not None and i.stop > i.start
    ]
    clocked.sort()
    if all(one[1] <= two[0] for one, two in pairwise(clocked)):
        return
    going: list[tuple[int, int]] = []  # stop and number of those that may still be going on
    for start, stop, number in clocked:
        going = [one for one in going if one[0] > start]
        for end, other in going:
            first, second = rows[min(number, other)], rows[max(number, other)]
            later, earlier = (first, second) if second.line is None else (second, first)
            if later.line is not None:
                yield Meeting(later, earlier, start, min(stop, end))
        going.append((stop, number))


# --- words and places --------------------------------------------------------------------------------


def clock_words(start: int, stop: int) -> str:
    """``09:00-09:15``."""
    return f"{start // 60:02d}:{start % 60:02d}-{stop // 60:02d}:{stop % 60:02d}"


def rows_words(intervals: Iterable[Interval]) -> str:
    """``row 12 of minutes.csv``, ``rows 12 and 14 of minutes.csv``, ``the line note``."""
    by_source: dict[str, list[int]] = {}
    for interval in intervals:
        by_source.setdefault(interval.source, []).append(interval.row)
    parts = []
    for source, numbers in by_source.items():
        if source == "NTE":
            parts.append("the line note")
        else:
            words = " and ".join(map(str, sorted(numbers)[:4])) + (" and others" if len(numbers) > 4 else "")
            parts.append(f"row{'s' if len(numbers) > 1 else ''} {words} of {source}")
    return " and ".join(parts)


def at_start(words: str) -> str:
    """Words as a sentence begins."""
    return words[:1].upper() + words[1:]


def row_facts(intervals: Iterable[Interval]) -> list[dict[str, object]]:
    """File and row number of each."""
    return [{"log": interval.source, "row": interval.row} for interval in intervals]


def place_of(row: Row) -> Location:
    """The line of a row, the claim when it was not billed."""
    return row.line.locate("SV1") if row.line else row.claim.locate("CLM01")


def without_log(rule: Rule, encounter: Encounter, context: Context) -> bool:
    """True without any log: the timed lines of the encounter are noted as not checked."""
    if context.documentation.given:
        return False
    timed = sum(is_timed(line.procedure.code) for line in encounter.lines)
    if timed:
        context.not_checked(rule, NO_LOG, timed)
    return True
