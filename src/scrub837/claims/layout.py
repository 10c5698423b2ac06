"""Where the segments of a claim's header stand, worked out once for all claims that are built alike."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from itertools import count
from operator import itemgetter

import msgspec

_KNOWN = """
    AMT BHT CAS CLM CN1 CR1 CR2 CR3 CRC CTP CUR DMG DTP FRM HCP HI HL HSD K3 LIN LQ LX MEA MIA MOA N2 N3 N4
    NM1 NTE OI PAT PER PRV PS1 PWK QTY REF SBR SE ST SV1 SV5 SVD TOO
"""
KNOWN_SEGMENTS = frozenset(_KNOWN.split())
_OF_HEADERS = KNOWN_SEGMENTS - {"LX", "SV1"}
_keys = count()
MARK = 7  # characters of a segment that tell it apart: "NM1*82*", "REF*F8*", "HI*ABK:", "DTP*454"
Pick = Callable[[list[str]], object]


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
    known: bool  # no id is unknown or has blanks around it, and no service line is among them
    key: int  # the same for the same layout
    pick_providers: Pick  # the segments of ``providers``, of a head of this layout
    pick_diagnoses: Pick
    pick_dates: Pick


@lru_cache(1 << 12)
def layout_of(marks: tuple[str, ...], element: str) -> Layout:
    """The layout of a CLM and the segments after it, by the first ``MARK`` characters of each of those."""
    tags = [["CLM"], *[mark.split(element) for mark in marks]]
    end = next((n for n, tag in enumerate(tags) if tag[0] == "SBR"), len(tags))

    def every(tag: str) -> tuple[int, ...]:
        return tuple(n for n in range(1, end) if tags[n][0] == tag)

    def last(tag: str, qualifier: str) -> int:
        return max((n for n in every(tag) if tags[n][1:2] == [qualifier]), default=0)

    providers, diagnoses, dates = every("NM1"), every("HI"), every("DTP")
    return Layout(
        end,
        end < len(tags),
        last("NM1", "82"),
        last("NM1", "77"),
        last("REF", "F8"),
        providers,
        diagnoses,
        dates,
        all(tag[0] in _OF_HEADERS for tag in tags),
        next(_keys),
        _pick(providers),
        _pick(diagnoses),
        _pick(dates),
    )


def _pick(at: tuple[int, ...]) -> Pick:
    return itemgetter(*at) if at else _nothing


def _nothing(head: list[str]) -> None:  # noqa: ARG001 - a Pick
    return None
