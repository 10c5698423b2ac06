"""What a ledger keeps of a claim: keyed hashes in place of the patient, and what its lines bill.

Two files are compared by these values alone. Without the key nobody can tell from them who was treated, nor
try out names and birth dates.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache
from hashlib import blake2b
from itertools import repeat

import msgspec

from scrub837.claims.encounters import days_in, provider_of
from scrub837.claims.model import Claim
from scrub837.claims.services import Service, ServiceDates
from scrub837.claims.values import read_line_number, read_number
from scrub837.spool import Spool

_NOT_HCPCS = frozenset(("ER", "IV", "WK"))  # SV101-1
KEY_BYTES = 32
_REMEMBERED = 1 << 14


class Seal:
    """Turns values that identify a person into 64-bit numbers, by a secret key."""

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        self._key = key

    def __call__(self, kind: bytes, text: str) -> int:
        """The number of ``text``; the same text of another ``kind`` (at most 16 bytes) gives another."""
        sealed = blake2b(text.encode("utf-8", "replace"), digest_size=8, key=self._key, person=kind)
        return int.from_bytes(sealed.digest(), "big", signed=True)


class SentLine(msgspec.Struct, array_like=True, gc=False):
    """A service line as the ledger keeps it."""

    number: int | None  # LX01
    control: str | None  # REF*6R
    code: str
    modifiers: str  # as billed, joined by colons
    units: str
    unit: str
    charge: str
    place: str
    rendering: str  # NPI
    first: str | None  # ISO 8601
    days: int  # calendar days, 0 without a readable date
    encounters: list[int]  # one for each day of service; none where nothing is billed


class SentClaim(msgspec.Struct, array_like=True, gc=False):
    """A claim as the ledger keeps it."""

    index: int  # n-th claim of its file, from 1
    reference: str  # CLM01
    patient: int
    content: int  # the same for claims that bill the same of the same patient, whatever their CLM01
    frequency: str
    charge: str
    payer: str
    profile: str
    lines: list[SentLine]


class ControlNumbers(msgspec.Struct, frozen=True):
    """A group of an interchange, by its control numbers and the two parties."""

    interchange: str  # ISA13
    group: str | None  # GS06
    sender: str  # ISA06
    receiver: str  # ISA08
    test: bool = False  # ISA15 is T


@dataclass(slots=True)
class Sendings:
    """The claims of a file as the ledger keeps them, and its control numbers."""

    claims: Spool = field(default_factory=Spool)  # SentClaim as JSON
    numbers: list[ControlNumbers] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.claims)

    @property
    def test(self) -> bool:
        """Whether nobody will pay on the file: all its interchanges are marked as tests."""
        return bool(self.numbers) and all(one.test for one in self.numbers)

    def rows(self) -> Iterator[SentClaim]:
        """The claims in file order."""
        for number in range(len(self.claims)):
            yield _decode(self.claims[number])


def encode_sent(claim: Claim, seal: Seal) -> bytes:
    """What the ledger keeps of a claim, as ``Sendings`` holds it."""
    return _encode(sent_claim(claim, seal))


def patient_text(claim: Claim) -> str:
    """What a patient is known by from file to file."""
    return _patient(claim.patient_key)


@lru_cache(1 << 12)
def _patient(key: tuple[str, ...]) -> str:
    return "\x1f".join(_folded(part) for part in key)


def encounter_key(seal: Seal, patient: str, day: date, provider: str) -> int:
    """What an encounter is known by; ``patient`` as ``patient_text`` gives it."""
    return seal(b"encounter", f"{patient}\x1e{day}\x1e{provider}")


def sent_claim(claim: Claim, seal: Seal) -> SentClaim:
    """What the ledger keeps of a claim."""
    who = patient_text(claim)
    keys: dict[tuple[date, str], int] = {}
    lines, billed = [], []
    for number, control, service, dates, place, rendering, provider in _billed_lines(claim):
        known = _service(service)
        encounters = []
        if known.counts:
            for day in days_in(dates):
                key = keys.get((day, provider))
                if key is None:
                    key = keys[day, provider] = encounter_key(seal, who, day, provider)
                encounters.append(key)
        first, days = dates.first_text, dates.days
        billed.append(f"{known.billed} {place} {first} {days} {rendering} {known.charge}")
        lines.append(
            SentLine(
                number, control, known.code, known.modifiers, service.units_text, service.unit,
                service.charge_text, place, rendering, first, days, encounters,
            )
        )  # fmt: skip
    billed.sort()
    content = "\x1e".join((who, claim.billing_npi, claim.frequency, *billed))
    return SentClaim(
        claim.index,
        claim.id,
        seal(b"patient", who),
        seal(b"content", content),
        claim.frequency,
        claim.charge_text,
        claim.payer_id,
        claim.profile.name,
        lines,
    )


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(SentClaim).decode
_BilledLine = tuple[int | None, str | None, Service, ServiceDates, str, str, str]


def _billed_lines(claim: Claim) -> list[_BilledLine]:
    """Number, control number, service, dates, place, rendering provider and who counts as the provider.

    Of a plain claim no lines are made: it is asked of every claim of a batch.
    """
    plain = claim.plain
    if plain is None or claim.profile.same_provider != "rendering":
        return [
            (
                line.number, line.control, line.service, line.dates, line.place, line.rendering,
                provider_of(line),
            )
            for line in claim.lines
        ]  # fmt: skip
    rendering, usual = claim.rendering, claim.place
    return [
        (
            read_line_number(number[3:]), control[7:].strip() or None, service, dates,
            service.place or usual, rendering, rendering,
        )
        for number, control, service, dates in zip(
            plain.numbers, plain.controls or repeat(""), claim.services, claim.days.each, strict=False
        )
    ]  # fmt: skip


class _KnownService(msgspec.Struct, frozen=True):
    """What an SV1 comes to; lines with the same text share one."""

    code: str
    modifiers: str
    billed: str  # code, modifiers in order, units
    charge: str
    counts: bool  # it bills a HCPCS code and at least a part of a unit


_known: dict[tuple[int, str], _KnownService] = {}


def _service(service: Service) -> _KnownService:
    key = service.key, service.charge_text
    known = _known.get(key)
    if known is None:
        if len(_known) > _REMEMBERED:
            _known.clear()
        procedure = service.procedure
        ordered = ":".join(sorted(procedure.modifiers))
        known = _known[key] = _KnownService(
            procedure.code,
            ":".join(procedure.modifiers),
            f"{procedure.code} {ordered} {plain_number(service.units_text)} {service.unit}",
            plain_number(service.charge_text),
            bool(procedure.code) and procedure.qualifier not in _NOT_HCPCS and service.units != 0,
        )
    return known


def _folded(text: str) -> str:
    """A name or number as it is compared: case and runs of blanks make no difference."""
    return " ".join(text.upper().split())


@lru_cache(1 << 12)
def plain_number(text: str) -> str:
    """``2.0`` is ``2`` and ``90.00`` is ``90``; what is not a number stays as it is."""
    number = read_number(text)
    if number is None:
        return text
    return format(number.normalize(), "f") if number else "0"


def read_units(text: str) -> Decimal | None:
    """The units of a kept line."""
    return read_number(text)


def batch_content(contents: Iterable[int]) -> int | None:
    """One number for the claims of a file in their order; ``None`` when there are none."""
    digest, some = blake2b(digest_size=8), False
    for content in contents:
        digest.update(content.to_bytes(8, "big", signed=True))
        some = True
    return int.from_bytes(digest.digest(), "big", signed=True) if some else None
