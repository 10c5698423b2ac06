"""Timed days as the report shows them: minutes by code, units supported and billed, and by which rule.

They are kept as findings are: encoded at once, with a few numbers in arrays. Where several claims share a
day, those of each claim alone are dropped.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

from scrub837.spool import Placed, Shelf


class TimedLine(msgspec.Struct, frozen=True, gc=False):
    """A line of a timed day."""

    claim: str
    claim_index: int
    line: int | None
    line_control: str | None


class Supported(msgspec.Struct, frozen=True, gc=False):
    """What the minutes support by one rule, and how the units billed compare with it."""

    rule: str  # cms, ama, full15; steps for codes with first and further units of their own
    units_supported: int
    legal: list[str]  # how the units may be billed; not all, where there are many ways
    verdict: str  # ok, over, under, misallocated


class TimedRow(msgspec.Struct, frozen=True, gc=False):
    """What one provider gave one patient on one day by time, in one discipline.

    ``rules`` holds one answer for each rule that may be the payer's; none where it has none or the day is
    ``unclear``, which says why.
    """

    day: str
    provider: str
    discipline: str  # GP, GO, GN or empty
    profile: str
    lines: list[TimedLine]
    minutes: dict[str, int]  # those that count, by code
    not_counted: dict[str, int]  # those that do not, by reason
    total_minutes: int
    billed: dict[str, int]  # units by code
    units_billed: int
    rules: list[Supported]
    unclear: str | None

    @property
    def documented(self) -> bool:
        """Whether any minutes are documented."""
        return bool(self.minutes or self.not_counted)

    @property
    def claims(self) -> dict[int, str]:
        """CLM01 of the claims it spans, by their index, in file order."""
        return {line.claim_index: line.claim for line in self.lines}


class TimedRecord(msgspec.Struct, frozen=True, gc=False):
    """An encoded row with what the index keeps of it."""

    data: bytes
    claims: tuple[int, ...]
    key: int


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(TimedRow).decode


def timed_record(row: TimedRow, key: int) -> TimedRecord:
    """Encode a row; ``key`` is its patient-day while it may have to be judged again, else 0."""
    return TimedRecord(_encode(row), tuple(row.claims), key)


class PlacedDays(NamedTuple):
    """Rows that any process has written to the index's file, see ``TimedIndex``."""

    placed: Placed
    key: array[int]
    claim: array[int]
    further: dict[int, tuple[int, ...]]


@dataclass(slots=True)
class TimedIndex:
    """The timed days of a file. ``order`` has those that stand, by first claim, as numbers in ``spool``."""

    spool: Shelf = field(default_factory=Shelf)
    order: array[int] = field(default_factory=lambda: array("q"))
    _key: array[int] = field(default_factory=lambda: array("q"))
    _claim: array[int] = field(default_factory=lambda: array("q"))  # the first one
    _further: dict[int, tuple[int, ...]] = field(default_factory=dict)  # claims besides the first

    def put(self, records: Sequence[TimedRecord]) -> PlacedDays:
        """Write rows, in any process; ``add`` takes them up in the process that reads."""
        return PlacedDays(
            self.spool.put([one.data for one in records]),
            array("q", [one.key for one in records]),
            array("q", [one.claims[0] for one in records]),
            {n: one.claims[1:] for n, one in enumerate(records) if len(one.claims) > 1},
        )

    def add(self, days: PlacedDays) -> None:
        """The next rows."""
        before = len(self._claim)
        self._further.update({before + n: claims for n, claims in days.further.items()})
        self._key.extend(days.key)
        self._claim.extend(days.claim)
        self.spool.add(days.placed)

    def extend(self, records: Sequence[TimedRecord]) -> None:
        """Add rows of this process."""
        if records:
            self.add(self.put(records))

    def settle(self, shared: Collection[int]) -> None:
        """Leave out the days ``shared`` by several claims as each alone showed them, and sort."""
        kept = (n for n in range(len(self._key)) if self._key[n] not in shared)
        self.order = array("q", sorted(kept, key=lambda n: (self._claim[n], n)))

    def json(self) -> Iterator[bytes]:
        """The rows in order, each as JSON."""
        return (self.spool[number] for number in self.order)

    def rows(self) -> Iterator[TimedRow]:
        """The rows in order."""
        return map(_decode, self.json())

    def of_claims(self, claims: Collection[int]) -> dict[int, list[TimedRow]]:
        """The rows of some claims, each in order."""
        found: dict[int, list[TimedRow]] = {claim: [] for claim in claims}
        for number in self.order:
            for claim in (self._claim[number], *self._further.get(number, ())):
                if claim in found:
                    found[claim].append(_decode(self.spool[number]))
        return found
