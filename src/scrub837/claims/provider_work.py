"""What one provider is documented to have done one-on-one, over all claims of a file.

Each transaction is judged by itself, perhaps in another process. So a claim leaves four whole numbers for
each interval, and the claims are read again only where a rule finds something.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import lru_cache

import msgspec

from scrub837.claims.documentation import Documentation, Interval
from scrub837.claims.model import Claim, Line
from scrub837.claims.plain import LONG
from scrub837.reference.tables import timed_class

ASSISTANTS = frozenset(("PTA", "OTA"))
UNSKILLED = frozenset(("aide", "STUDENT", "TECH"))
_TIMED = frozenset(("timed15", "timed30", "timed60", "first", "addon"))
_NO_CLOCK = (1 << 11) - 1


@lru_cache(1 << 10)
def is_timed(code: str) -> bool:
    """Whether a code is billed by the minutes of one-on-one treatment."""
    return timed_class(code) in _TIMED


def one_on_one(interval: Interval) -> bool:
    """Whether an interval took a provider's whole attention. A timed code does when the row says no mode."""
    return _one_on_one(interval.mode, interval.code)


@lru_cache(1 << 10)
def _one_on_one(mode: str, code: str) -> bool:
    return mode in ("one_on_one", "eval") or (not mode and is_timed(code))


@lru_cache(1 << 14)
def _provider_number(npi: str) -> int:
    return int(npi) if npi.isdecimal() and len(npi) < 18 else hash(npi)


class Slot(msgspec.Struct, frozen=True, gc=False):
    """One interval of one-on-one treatment."""

    day: int  # proleptic ordinal, see date.toordinal
    start: int | None  # minutes after midnight; None unless start and stop are known and run forward
    stop: int | None
    minutes: int
    claim: int  # claim index
    line: int  # index of the line's first segment in its claim
    number: int  # of the interval in the line's record
    patient: int  # tells one patient from another

    @property
    def date(self) -> date:
        return date.fromordinal(self.day)


class ProviderWork:
    """All one-on-one intervals of one provider in a file, by day and clock; those without a clock last."""

    def __init__(
        self, slots: Sequence[Slot], read_claim: Callable[[int], Claim], documentation: Documentation
    ) -> None:
        self.slots = slots
        self._read_claim = read_claim
        self._documentation = documentation

    def look_up(self, slot: Slot) -> tuple[Line, Interval]:
        """The line and the row of a slot; the claim is read again."""
        claim = self._read_claim(slot.claim)
        line = next(line for line in claim.lines if line.at == slot.line)
        record = self._documentation.record(line)
        assert record is not None  # noqa: S101 - the slot was made of it
        return line, record.intervals[slot.number]

    def days(self) -> Iterator[list[Slot]]:
        """The slots of each day."""
        day: list[Slot] = []
        for slot in self.slots:
            if day and slot.day != day[0].day:
                yield day
                day = []
            day.append(slot)
        if day:
            yield day


def gather_work(claim: Claim, documentation: Documentation, work: array[int]) -> None:
    """Add the one-on-one intervals of a claim to ``work``: provider, time, place and patient of each.

    Whose time the row of an assistant is can be told only by an NPI other than that of the billing therapist.
    """
    if claim.frequency == "8":
        return
    plain, each = claim.plain, documentation.each(claim)
    if plain is not None and each is not None and plain.at + len(each) * LONG <= 0xFFFF:
        _gather_plain(claim, plain.at, each, work)
        return
    patient = 0
    for line in claim.lines:
        record = documentation.record(line)
        if record is None:
            continue
        for number, interval in enumerate(record.intervals):
            minutes, npi = interval.minutes, interval.npi or line.rendering
            if not minutes or not npi or number > 0xFF or line.at > 0xFFFF or not one_on_one(interval):
                continue
            if interval.role in UNSKILLED or (interval.role in ASSISTANTS and npi == line.rendering):
                continue
            start, stop = interval.start, interval.stop
            if start is None or stop is None or stop <= start:
                start = stop = _NO_CLOCK
            patient = patient or hash((claim.patient_name or claim.member_id, claim.birth_date))
            time = interval.day.toordinal() << 33 | start << 22 | stop << 11 | minutes
            work.extend((_provider_number(npi), time, claim.index << 24 | line.at << 8 | number, patient))


def _gather_plain(claim: Claim, at: int, each: Sequence[Interval | None], work: array[int]) -> None:
    """The same of a plain claim with at most one row for each line, of which the first begins at ``at``."""
    rendering, patient = claim.rendering, 0
    for line, row in enumerate(each):
        if row is None:
            continue
        span, care = row.span, row.care
        minutes, npi = span.minutes, care.npi or rendering
        if not minutes or not npi or not _one_on_one(care.mode, row.code):
            continue
        if care.role in UNSKILLED or (care.role in ASSISTANTS and npi == rendering):
            continue
        start, stop = span.start, span.stop
        if start is None or stop is None or stop <= start:
            start = stop = _NO_CLOCK
        patient = patient or hash((claim.patient_name or claim.member_id, claim.birth_date))
        time = row.day.toordinal() << 33 | start << 22 | stop << 11 | minutes
        work.extend((_provider_number(npi), time, claim.index << 24 | at + line * LONG << 8, patient))


def provider_works(
    work: array[int], read_claim: Callable[[int], Claim], documentation: Documentation
) -> Iterator[ProviderWork]:
    """What ``gather_work`` left, by provider in the order of their first claim."""
    providers: dict[int, array[int]] = {}
    for n in range(0, len(work), 4):
        providers.setdefault(work[n], array("q")).extend(work[n + 1 : n + 4])
    for packed in providers.values():
        numbers = iter(packed)
        yield ProviderWork(
            [_slot(*three) for three in sorted(zip(numbers, numbers, numbers, strict=True))],
            read_claim,
            documentation,
        )


def _slot(time: int, place: int, patient: int) -> Slot:
    start: int | None = time >> 22 & 0x7FF
    stop: int | None = time >> 11 & 0x7FF
    if start == _NO_CLOCK:
        start = stop = None
    return Slot(
        time >> 33, start, stop, time & 0x7FF, place >> 24, place >> 8 & 0xFFFF, place & 0xFF, patient
    )
