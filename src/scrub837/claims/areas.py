"""Body areas: the words of treatment notes, read into regions that can be compared.

A word outside the vocabulary, and a word such as "back" that may mean several regions, names no region: it is
kept as written and is no evidence that two services were given to separate areas.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import msgspec

REGIONS = {  # region -> further spellings, in lower case with blanks
    "cervical": ("neck", "cervical spine", "c spine"),
    "thoracic": ("mid back", "midback", "middle back", "thoracic spine", "t spine"),
    "lumbar": ("low back", "lower back", "lowback", "lumbar spine", "l spine"),
    "sacral": ("sacrum",),
    "pelvic": ("pelvis", "si", "si joint", "sacroiliac", "sacroiliac joint"),
    "rib": ("ribs", "rib cage", "costal"),
    "shoulder": ("shoulders", "shoulder joint"),
    "elbow": ("elbows",),
    "wrist": ("wrists",),
    "hand": ("hands", "finger", "fingers", "thumb"),
    "hip": ("hips", "hip joint"),
    "knee": ("knees", "knee joint"),
    "ankle": ("ankles",),
    "foot": ("feet", "toe", "toes", "heel"),
    "tmj": ("jaw", "temporomandibular", "temporomandibular joint"),
    "head": ("cranial",),
}
_REGION_OF = {word: region for region, words in REGIONS.items() for word in (region, *words)}
_SIDE_OF = {
    **dict.fromkeys(("l", "lt", "left"), "L"),
    **dict.fromkeys(("r", "rt", "right"), "R"),
    **dict.fromkeys(("b", "bl", "bil", "bilat", "bilateral", "bilaterally", "both"), "B"),
}
_BOTH = re.compile(
    r"\b(?:[lr]/[lr]|b/l|left\s*(?:and|&|/)\s*right|right\s*(?:and|&|/)\s*left)\b", re.IGNORECASE
)
_BETWEEN = re.compile(r"\s*(?:[;,/&+]|\band\b)\s*", re.IGNORECASE)
_REMEMBERED = 1 << 12


class Area(msgspec.Struct, frozen=True):
    """A body area. ``region`` is a word of the vocabulary, empty when the text names none for certain."""

    region: str
    side: str  # L, R, B or empty
    text: str  # as written, without the side

    @property
    def ambiguous(self) -> bool:
        """True for words such as "back" that may mean several regions: no evidence of a separate area."""
        return not self.region


@lru_cache(_REMEMBERED)
def read_areas(text: str, side: str = "") -> tuple[Area, ...]:
    """The areas of a text such as ``neck; left shoulder``. ``side`` is that of areas that name none.

    Where an area names one side and ``side`` the other, the side is left open.
    """
    given = read_side(side)
    found = []
    for part in _BETWEEN.split(_BOTH.sub(" bilateral ", text)):
        words = part.replace("-", " ").lower().replace(".", "").split()
        region, named, rest = _region_and_side(words)
        if not rest:
            continue
        found.append(Area(region, _agreed(named, given), rest))
    return tuple(dict.fromkeys(found))


def read_side(text: str) -> str:
    """``L``, ``R`` or ``B`` of a word for a side; empty for any other."""
    return _SIDE_OF.get(text.strip().lower().replace(".", "").replace("/", ""), "")


def overlaps(one: Area, other: Area) -> bool:
    """True when both are certainly of one region and their sides meet. A side that is not told meets any."""
    if one.ambiguous or one.region != other.region:
        return False
    return one.side == other.side or not (one.side and other.side) or "B" in (one.side, other.side)


def same_area(areas: Sequence[Area], others: Sequence[Area]) -> bool | None:
    """Whether two services share a body area.

    ``True``: an area of one is an area of the other. ``False``: both name areas of the vocabulary and none
    is shared, so separate areas are documented. ``None``: it cannot be told, because one of them names no
    area or a word such as "back"; that is never evidence of separate areas.

    ``areas`` and ``others`` are ``Record.areas`` or ``Interval.areas``.
    """
    if any(overlaps(one, other) for one in areas for other in others):
        return True
    if not areas or not others or any(area.ambiguous for area in (*areas, *others)):
        return None
    return False


def _region_and_side(words: list[str]) -> tuple[str, str, str]:
    """Region, side and the words without the side: the side may stand before or behind."""
    whole = " ".join(words)
    if whole in _REGION_OF:
        return _REGION_OF[whole], "", whole
    sides = {_SIDE_OF[word] for word in words if word in _SIDE_OF}
    rest = " ".join(word for word in words if word not in _SIDE_OF)
    side = sides.pop() if len(sides) == 1 else "B" if sides else ""
    return _REGION_OF.get(rest, ""), side, rest


def _agreed(named: str, given: str) -> str:
    return named or given if not (named and given) or named == given else ""
