"""What is odd about the segments of a body: bytes, ids, and service lines that hang in the air."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from scrub837.claims.layout import KNOWN_SEGMENTS
from scrub837.claims.levels import KEPT
from scrub837.x12.segments import Block
from scrub837.x12.separators import WHITESPACE


@dataclass(frozen=True, slots=True)
class Oddity:
    """Something odd about a segment.

    ``kind`` is ``blank``, ``unknown`` (id), ``non-ascii``, ``wrapped`` (a line end inside), ``lx-alone`` (an
    LX without SV1), ``lost-line`` (a service line outside any claim) or ``no-subscriber`` (a claim below no
    2000B).
    """

    kind: str
    block: Block
    at: int  # index of the segment in the block
    claim_index: int | None  # of the claim the segment is part of


class Oddities:
    """The first oddities of each kind, and how many there were."""

    def __init__(self) -> None:
        self.kept: list[Oddity] = []
        self.counts: Counter[str] = Counter()

    def add(self, kind: str, block: Block, at: int, claim_index: int | None) -> None:
        self.counts[kind] += 1
        if self.counts[kind] <= KEPT:
            self.kept.append(Oddity(kind, block, at, claim_index))

    def look_at(self, block: Block, claim_index: int | None, whole: int) -> None:
        """Note what is odd about the bytes of the first ``whole`` segments of a block."""
        element = block.separators.element
        for n, (clean, piece) in enumerate(zip(block.pieces[:whole], block.raw[:whole], strict=True)):
            bare = piece.strip(WHITESPACE)
            if clean.partition(element)[0] not in KNOWN_SEGMENTS:
                kind = "unknown" if bare else "blank"
            elif "\n" in bare or "\r" in bare:
                kind = "wrapped"
            elif not piece.isascii():
                kind = "non-ascii"
            else:
                continue
            self.add(kind, block, n, claim_index)
