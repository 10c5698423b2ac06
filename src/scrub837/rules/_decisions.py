"""What another payer decided on a line: loop 2430."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import msgspec

from scrub837.claims.model import Line
from scrub837.claims.values import read_number
from scrub837.x12.segments import Segment, value

_AMOUNTS = range(3, 19, 3)  # CAS03, CAS06 ... CAS18


class Decision(msgspec.Struct, frozen=True):
    """An SVD and the adjustments (CAS) that belong to it."""

    payer: str  # SVD01
    paid: Decimal | None  # SVD02
    bundled: bool  # SVD06: paid with another line
    at: int  # index of the SVD
    adjustments: list[tuple[int, Segment]]  # index and CAS

    @property
    def adjusted(self) -> Decimal | None:
        """The sum of the adjustments, ``None`` when one of them cannot be read."""
        sent = [value(cas, number) for _, cas in self.adjustments for number in _AMOUNTS]
        amounts = [read_number(text) for text in sent if text]
        read = [amount for amount in amounts if amount is not None]
        return sum(read, Decimal(0)) if len(read) == len(amounts) else None


def decisions(line: Line) -> Iterator[Decision]:
    """The decisions on a line, in file order."""
    segments = line.claim.block.segments
    starts = [n for n in range(line.at, line.end) if segments[n][0] == "SVD"]
    for at, end in zip(starts, [*starts[1:], line.end], strict=True):
        svd = segments[at]
        cas = [(n, segments[n]) for n in range(at, end) if segments[n][0] == "CAS"]
        yield Decision(value(svd, 1), read_number(value(svd, 2)), bool(value(svd, 6)), at, cas)
