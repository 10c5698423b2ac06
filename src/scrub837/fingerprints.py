"""What a finding is known by in every run: 16 hex digits, the same wherever it stands in whatever file.

They are made of the rule, CLM01, the line (REF*6R, its code and day; the codes of the lines it is about
besides), loop and element. Offsets, LX, control numbers and the order of claims do not count, and neither do
separators and line ends. Nothing can be read back from them. Findings that are alike in all this are counted.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable
from hashlib import blake2b
from typing import TYPE_CHECKING

import msgspec

from scrub837.findings import Location

if TYPE_CHECKING:
    from scrub837.found import FoundIndex
    from scrub837.spool import Spool


_REMEMBERED = 4096  # claims


class BilledLine(msgspec.Struct, frozen=True, gc=False, rename={"from_": "from"}):
    """What tells one line of a claim from another."""

    line: int | None
    line_control: str | None
    code: str
    from_: str | None


class BilledClaim(msgspec.Struct, frozen=True):
    """What tells one claim from another, of its row in the report."""

    claim: str
    profile: str
    lines: list[BilledLine]

    def at(self, place: Location) -> BilledLine | None:
        """The line of a place; ``None`` for the claim as a whole."""
        if place.line is None and place.line_control is None:
            return None
        alike = [one for one in self.lines if place.line is None or one.line == place.line]
        exact = (one for one in alike if place.line_control in (None, one.line_control))
        return next(exact, alike[0] if alike else None)


class Claims:
    """The claims of findings, read once: the same ones are asked for again and again."""

    def __init__(self, rows: Spool) -> None:
        self._rows = rows
        self._decode = msgspec.json.Decoder(BilledClaim).decode
        self._read: dict[int, BilledClaim] = {}

    def of(self, place: Location) -> BilledClaim | None:
        """The claim of a place, if it belongs to one."""
        index = place.claim_index
        if index is None or index > len(self._rows):
            return None
        claim = self._read.get(index)
        if claim is None:
            if len(self._read) >= _REMEMBERED:
                self._read.clear()
            claim = self._read[index] = self._decode(self._rows[index - 1])
        return claim


class _Found(msgspec.Struct, frozen=True, gc=False):
    name: str
    location: Location
    related: list[Location]


def fingerprints(found: FoundIndex, order: Iterable[int], rows: Spool) -> array[int]:
    """The fingerprint of each finding of ``order``, by its number in ``found``, as a number of 64 bits."""
    decode, claims = msgspec.json.Decoder(_Found).decode, Claims(rows)
    values = array("Q", bytes(8 * len(found.spool)))
    times: Counter[int] = Counter()
    for number in order:
        one = decode(found.spool[number])
        parts = _parts(one, claims)
        value = _digest(parts)
        times[value] += 1
        values[number] = value if times[value] == 1 else _digest([*parts, str(times[value])])
    return values


def _parts(one: _Found, claims: Claims) -> list[str]:
    place = one.location
    claim = claims.of(place)
    line = claim.at(place) if claim else None
    if line is not None:
        control, code, day = line.line_control, line.code, line.from_
    else:
        control, code = place.line_control, ""
        day = min((each.from_ for each in claim.lines if each.from_), default="") if claim else ""
    codes = set()
    for other in one.related:
        billed = claims.of(other)
        if billed and _line_of(other) != _line_of(place) and (partner := billed.at(other)):
            codes.add(partner.code)
    return [
        one.name,
        place.claim or "",
        control or "",
        code,
        day or "",
        " ".join(sorted(codes)),
        place.loop or "",
        (place.element or "").partition("-")[0],
    ]


def _line_of(place: Location) -> tuple[int | None, int | None, str | None]:
    return place.claim_index, place.line, place.line_control


def _digest(parts: Iterable[str]) -> int:
    text = "\x1f".join(parts).encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(text, digest_size=8, person=b"scrub837-1").digest())
