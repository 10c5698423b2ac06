"""What in the segments of an 837P belongs to a patient: names, ids, addresses, birth dates, free text.

Patients are subscribers, dependents and other insured persons. Billers, providers and payers are not, so
their names, addresses and NPIs are none of it. Loops are told by the order of segments, as in ``read``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from enum import Enum, auto

from scrub837.claims.layout import KNOWN_SEGMENTS


class Kind(Enum):
    """What a value tells of a patient."""

    NAME = auto()
    ID = auto()  # member ids, medical record numbers, telephone numbers
    ADDRESS = auto()
    DATE = auto()  # of birth or death
    TEXT = auto()  # what somebody typed, which may be anything
    CONTROL = auto()  # numbers of claims and lines: by themselves they name nobody


Spot = tuple[int, int | None, Kind]  # element, component, what it tells

INSURED = ("IL", "QC")
_OTHERS = (
    "PR",
    "85",
    "87",
    "PE",
    "82",
    "DN",
    "P3",
    "77",
    "DQ",
    "DK",
    "QB",
    "40",
    "41",
)  # NM101 of no patient
_ADDRESSES = ("PW", "45")  # where an ambulance took a patient up and set the patient down
_LEVELS = {"20": "billing", "22": "subscriber", "23": "patient"}
_INSURANCE = ("subscriber", "patient", "other")  # loops 2000B, 2000C and 2320, with what is below them
_NO_CONTROL = ("4N", "EW", "X4", "F4", "P4", "VY")  # REF01 in a claim: certificates, projects and the like
ANYWHERE: dict[str, list[Spot]] = {  # the same wherever they stand
    "DMG": [(2, None, Kind.DATE)],
    "PAT": [(6, None, Kind.DATE)],
    "NTE": [(2, None, Kind.TEXT)],
    "K3": [(1, None, Kind.TEXT)],
    "PWK": [(6, None, Kind.CONTROL), (7, None, Kind.TEXT)],
    "FRM": [(3, None, Kind.TEXT)],
    "CR1": [(9, None, Kind.TEXT), (10, None, Kind.TEXT)],
    "SV1": [(1, 7, Kind.TEXT)],
}
_PERSONAL: dict[str, list[Spot]] = {  # below a person
    "N2": [(1, None, Kind.NAME), (2, None, Kind.NAME)],
    "N3": [(1, None, Kind.ADDRESS), (2, None, Kind.ADDRESS)],
    "N4": [(1, None, Kind.ADDRESS), (3, None, Kind.ADDRESS)],
    "PER": [(2, None, Kind.NAME), *((n, None, Kind.ID) for n in (4, 6, 8))],
}


class Persons:
    """Follows the segments of one transaction and says of each what in it belongs to a patient."""

    def __init__(self) -> None:
        self._loop = "head"
        self._entity = ""  # NM101 of the last NM1 of the loop

    def look(self, elements: Sequence[str]) -> Iterable[Spot]:
        """The spots of the next segment. ``elements`` are clean; the id is number 0."""
        tag = elements[0]
        if tag not in KNOWN_SEGMENTS:
            return [(n, None, Kind.TEXT) for n in range(1, len(elements))]
        first = elements[1] if len(elements) > 1 else ""
        if tag == "NM1":
            self._entity = first
            return list(_names(elements)) if self._person else ()
        if tag == "REF":
            return self._reference(first)
        if tag in _PERSONAL:
            own = self._person or (not self._entity and self._loop not in ("head", "billing"))
            return _PERSONAL[tag] if own or (self._entity in _ADDRESSES and tag != "PER") else ()
        if tag in ("HL", "CLM", "LX", "SBR", "SVD"):
            return self._enter(tag, elements)
        return ANYWHERE.get(tag, ())

    def _enter(self, tag: str, elements: Sequence[str]) -> Iterable[Spot]:
        self._entity = ""
        if tag == "CLM":
            self._loop = "claim"
            return [(1, None, Kind.CONTROL)]
        if tag == "SBR":
            if self._loop not in ("subscriber", "patient"):
                self._loop = "other"
            return [(3, None, Kind.ID), (4, None, Kind.NAME)]
        code = elements[3] if len(elements) > 3 else ""
        self._loop = _LEVELS.get(code, "patient") if tag == "HL" else "line"
        return ()

    @property
    def _person(self) -> bool:
        insured = self._loop in _INSURANCE and self._entity not in ("", *_OTHERS)
        return self._entity in INSURED or insured

    def _reference(self, qualifier: str) -> Iterable[Spot]:
        if self._loop in ("head", "billing"):
            return ()
        if self._person or (self._loop in _INSURANCE and not self._entity):
            return [(2, None, Kind.ID)]
        if self._loop in ("subscriber", "patient") or (self._entity and self._entity != "PR"):
            return ()  # of a payer or provider
        if qualifier in ("EA", "SY"):
            return [(2, None, Kind.ID)]
        return () if qualifier in _NO_CONTROL else [(2, None, Kind.CONTROL)]


def _names(nm1: Sequence[str]) -> Iterator[Spot]:
    """All of a person's NM1 but its qualifiers, also where values slipped to the next element."""
    for number, value in enumerate(nm1[3:], start=3):
        if number in (9, 10, 11) or (number == 8 and len(value) > 2):
            yield number, None, Kind.ID
        elif number != 8:
            yield number, None, Kind.NAME
