"""The people, payers and practices of a generated batch: all invented, and visibly so.

Surnames are trees, first names are landscape, payers and clinics say SAMPLE.  NPIs are numbered from the
practice, with a valid check digit, because readers and rules test it.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

SURNAMES = (
    "ALDER", "ASPEN", "BANYAN", "BEECH", "BIRCH", "BUCKEYE", "CEDAR", "CHESTNUT", "CYPRESS", "DOGWOOD",
    "ELDER", "ELM", "FIR", "GINKGO", "HAWTHORN", "HAZEL", "HEMLOCK", "HICKORY", "HOLLY", "HORNBEAM",
    "JUNIPER", "LARCH", "LAUREL", "LINDEN", "MAPLE", "MULBERRY", "OAK", "OLIVE", "PINE", "POPLAR",
    "REDWOOD", "ROWAN", "SEQUOIA", "SPRUCE", "SUMAC", "SYCAMORE", "TAMARACK", "TUPELO", "WALNUT",
    "WILLOW", "YEW", "ZELKOVA",
)  # fmt: skip
FIRST_NAMES = (
    "BAY", "BROOK", "CANYON", "CAPE", "COVE", "DALE", "DELTA", "DUNE", "FEN", "FIELD", "FJORD", "GLEN",
    "GROVE", "HARBOR", "HEATH", "HILL", "ISLE", "LAGOON", "LAKE", "MARSH", "MEADOW", "MESA", "MOOR",
    "OASIS", "PLAIN", "POND", "PRAIRIE", "REEF", "RIDGE", "RIVER", "SHORE", "SPRING", "STEPPE", "SUMMIT",
    "TUNDRA", "VALE", "WOOD",
)  # fmt: skip
TOWNS = (
    ("SAMPLETON", "OH", "43999"),
    ("EXAMPLE FALLS", "IN", "46999"),
    ("TESTBURG", "PA", "15999"),
    ("MOCKVILLE", "TN", "37999"),
    ("SPECIMEN CITY", "MO", "63999"),
)


@dataclass(frozen=True, slots=True)
class Payer:
    """A payer and the claim filing code (SBR09) its claims carry."""

    name: str
    payer_id: str
    filing: str
    member_prefix: str


MEDICARE = Payer("SAMPLE MEDICARE PART B", "99MCB", "MB", "9SA")
MEDICAID = Payer("SAMPLE STATE MEDICAID", "99MCD", "MC", "SMD")
COMMERCIAL = (
    Payer("ALDER MUTUAL SAMPLE PLAN", "99C01", "CI", "AMS"),
    Payer("BIRCH SAMPLE HEALTH", "99C02", "CI", "BSH"),
    Payer("CEDAR SAMPLE INSURANCE", "99C03", "CI", "CSI"),
)


@dataclass(frozen=True, slots=True)
class Person:
    """A patient or a subscriber; the birth date is CCYYMMDD."""

    last: str
    first: str
    birth: str
    sex: str
    street: str
    town: tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Patient:
    """Who was treated and under whose policy; `dependent` is None when the subscriber is the patient."""

    subscriber: Person
    dependent: Person | None
    member_id: str
    group_number: str
    payer: Payer


@dataclass(frozen=True, slots=True)
class Professional:
    """A therapist or a referring physician."""

    npi: str
    last: str
    first: str
    role: str
    taxonomy: str


@dataclass(frozen=True, slots=True)
class Practice:
    """A billing provider: one a transaction."""

    name: str
    npi: str
    tax_id: str
    street: str
    town: tuple[str, str, str]


def npi(serial: int) -> str:
    """The ten-digit NPI numbered `serial`, check digit by the Luhn formula over 80840 + nine digits."""
    digits = f"1{serial % 10**8:08d}"
    total = 24  # what the prefix 80840 adds to the sum
    for position, digit in enumerate(digits):
        value = int(digit)
        if position % 2 == 0:
            value = value * 2 - 9 if value > 4 else value * 2
        total += value
    return f"{digits}{-total % 10}"


def practice(rng: Random, transaction: int) -> Practice:
    """The billing provider of the n-th transaction."""
    return Practice(
        name=f"{rng.choice(SURNAMES)} {rng.choice(FIRST_NAMES)} SAMPLE THERAPY",
        npi=npi(transaction * 1000),
        tax_id=f"99{transaction % 10**7:07d}",
        street=f"{rng.randrange(1, 999)} {rng.choice(SURNAMES)} AVENUE",
        town=rng.choice(TOWNS),
    )


def professional(rng: Random, serial: int, role: str, taxonomy: str) -> Professional:
    """A therapist or a physician with the NPI numbered `serial`."""
    return Professional(npi(serial), rng.choice(SURNAMES), rng.choice(FIRST_NAMES), role, taxonomy)


def person(rng: Random, first_year: int, last_year: int) -> Person:
    """Someone born from `first_year` to `last_year`."""
    return Person(
        last=rng.choice(SURNAMES),
        first=rng.choice(FIRST_NAMES),
        birth=f"{rng.randint(first_year, last_year)}{rng.randint(1, 12):02d}{rng.randint(1, 28):02d}",
        sex=rng.choice("FM"),
        street=f"{rng.randrange(1, 9999)} {rng.choice(SURNAMES)} SAMPLE LANE",
        town=rng.choice(TOWNS),
    )


def patient(rng: Random, serial: int, payer: Payer) -> Patient:
    """The patient numbered `serial` of a payer; a few commercial ones are children on a parent's policy."""
    commercial = payer.filing == "CI"
    years = (1932, 1960) if payer.filing == "MB" else (1962, 1998)
    child = person(rng, 2009, 2016) if commercial and rng.random() < 0.08 else None
    return Patient(
        subscriber=person(rng, *years),
        dependent=child,
        member_id=f"{payer.member_prefix}{serial:08d}",
        group_number=f"GRP{rng.randrange(1000, 9999)}" if commercial else "",
        payer=payer,
    )
