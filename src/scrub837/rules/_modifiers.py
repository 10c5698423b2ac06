"""Which modifiers separate two services that NCCI pairs, and on which codes they belong."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

SEPARATE = frozenset(("59", "XE", "XP", "XS", "XU"))  # a distinct procedural service
SUBSETS = SEPARATE - {"59"}  # CMS's more exact ones
OF_VISIT = frozenset(("24", "25", "57"))  # belong on an evaluation and management code
OTHER = frozenset(("27", "58", "78", "79", "91"))  # further NCCI-associated modifiers, on either line

_LEFT_FOOT = ("TA", "T1", "T2", "T3", "T4")
_RIGHT_FOOT = ("T5", "T6", "T7", "T8", "T9")
_LEFT_HAND = ("FA", "F1", "F2", "F3", "F4")
_RIGHT_HAND = ("F5", "F6", "F7", "F8", "F9")
_CORONARY = ("LC", "LD", "LM", "RC", "RI")
_SIDES = {"LT": "L", "RT": "R"} | {
    modifier: side
    for side, group in (
        ("L", (*_LEFT_FOOT, *_LEFT_HAND, "E1", "E2")),
        ("R", (*_RIGHT_FOOT, *_RIGHT_HAND, "E3", "E4")),
        ("", _CORONARY),
    )
    for modifier in group
}
ANATOMIC = frozenset(_SIDES)

# HCPCS visits that are evaluation and management: welcome and yearly wellness visits, hospital clinic visit
_VISIT_CODES = frozenset(("92002", "92004", "92012", "92014", "G0402", "G0438", "G0439", "G0463"))
MANIPULATION = frozenset(("98940", "98941", "98942", "98943"))
BESIDE_MANIPULATION = frozenset(("97112", "97124", "97140"))  # paid beside it only for another region
GROUP = "97150"


@lru_cache(1 << 14)
def is_em(code: str) -> bool:
    """Whether a code is an evaluation and management service, to which 25 belongs and 59 does not."""
    return (len(code) == 5 and code.isdecimal() and "99201" <= code <= "99499") or code in _VISIT_CODES


def distinct_sites(one: Iterable[str], other: Iterable[str]) -> bool:
    """Whether the anatomic modifiers of two lines name different places.

    Both lines must carry one: a single LT says nothing of the other service. LT beside T1 is no difference,
    for the toe is on that side; a finger and a toe, or T1 and T2, are.
    """
    mine, others = _most_exact(one), _most_exact(other)
    return bool(mine and others) and all(_apart(a, b) for a in mine for b in others)


def _most_exact(modifiers: Iterable[str]) -> frozenset[str]:
    sites = ANATOMIC.intersection(modifiers)
    exact = sites - {"LT", "RT"}
    return exact or sites


def _apart(a: str, b: str) -> bool:
    if a == b:
        return False
    if a in ("LT", "RT") or b in ("LT", "RT"):
        return bool(_SIDES[a] and _SIDES[b]) and _SIDES[a] != _SIDES[b]
    return True
