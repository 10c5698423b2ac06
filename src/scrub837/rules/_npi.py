"""The National Provider Identifier: ten digits, the last of which checks the others."""

from __future__ import annotations

import re
from functools import lru_cache

from scrub837.x12.segments import value

_SHAPE = re.compile(r"\d{10}", re.ASCII)
_PREFIX = 24  # what the digits 80840, which stand before every NPI, add to the sum
_ID_QUALIFIERS = frozenset(("XX", "MI", "PI", "XV", "46", "II", "24", "34", "FI"))  # NM108
NAMED_BY_NPI = frozenset(("82", "DN", "DK", "DQ"))  # NM101 of those whom payers want to know by their NPI
_WORDS = {
    "85": "billing provider",
    "82": "rendering provider",
    "DN": "referring provider",
    "P3": "primary care provider",
    "DQ": "supervising provider",
    "DK": "ordering provider",
    "77": "service facility",
    "QB": "purchased service provider",
    "PW": "ambulance pick-up location",
    "45": "ambulance drop-off location",
}


def role_words(role: str) -> str:
    """NM101 in words."""
    return _WORDS.get(role, f"party {role}")


@lru_cache(1 << 14)
def npi_fault(npi: str) -> str:
    """What is wrong with an NPI, as the end of a sentence; empty when it is well.

    The check digit is worked out by the Luhn formula with 80840 before the number (CMS, NPI check digit).
    """
    if not _SHAPE.fullmatch(npi):
        if npi.isdecimal():
            return f"has {len(npi)} digits; an NPI has ten"
        return "is not ten digits"
    doubled = sum(sum(divmod(2 * int(digit), 10)) for digit in npi[8::-2])
    if (_PREFIX + doubled + sum(map(int, npi[9::-2]))) % 10:
        return "does not fit its check digit, so a digit is wrong"
    return ""


@lru_cache(1 << 14)
def provider_fault(nm1: str, element: str) -> str:
    """``shifted``, ``missing``, ``wrong`` or empty, for the NM1 of a provider."""
    segment = nm1.split(element)
    npi = value(segment, 9)
    if not npi:
        if is_shifted(segment):
            return "shifted"
        return "missing" if value(segment, 1) in NAMED_BY_NPI else ""
    return "wrong" if value(segment, 8) == "XX" and npi_fault(npi) else ""


def is_shifted(nm1: list[str]) -> bool:
    """True when the qualifier of the id stands one element too early, and the id in its place."""
    return (
        not value(nm1, 9)
        and value(nm1, 7) in _ID_QUALIFIERS
        and value(nm1, 8) != ""
        and value(nm1, 8) not in _ID_QUALIFIERS
    )
