"""Where the segments of a claim's header stand, worked out once for all claims that are built alike."""

from __future__ import annotations

from functools import lru_cache
from itertools import count

import msgspec

_keys = count()
MARK = 6  # characters of a segment that tell it apart: "NM1*82", "REF*F8", "HI*ABK", "DTP*45"


class Layout(msgspec.Struct, frozen=True):
    """Indexes of segments of loops 2300 and 2310; 0, the CLM's, stands for a segment that is not there."""

    end: int  # after the last segment of 2310
    other_payers: bool  # loop 2320 follows
    rendering: int  # NM1*82
    facility: int  # NM1*77
    payer_control: int  # REF*F8
    providers: tuple[int, ...]  # NM1
    diagnoses: tuple[int, ...]  # HI, of whatever qualifier
    dates: tuple[int, ...]  # DTP
    key: int  # the same for the same layout


@lru_cache(1 << 12)
def layout_of(marks: tuple[str, ...], element: str) -> Layout:
    """The layout of segments by the first ``MARK`` characters of each, CLM first."""
    tags = [mark.split(element) for mark in marks]
    end = next((n for n, tag in enumerate(tags) if tag[0] == "SBR"), len(tags))

    def every(tag: str) -> tuple[int, ...]:
        return tuple(n for n in range(1, end) if tags[n][0] == tag)

    def last(tag: str, qualifier: str) -> int:
        return max((n for n in every(tag) if tags[n][1:2] == [qualifier]), default=0)

    return Layout(
        end,
        end < len(tags),
        last("NM1", "82"),
        last("NM1", "77"),
        last("REF", "F8"),
        every("NM1"),
        every("HI"),
        every("DTP"),
        next(_keys),
    )
