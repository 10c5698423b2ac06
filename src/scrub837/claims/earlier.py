"""What was sent before, as rules see it: lines, claims, files and control numbers of earlier files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Protocol

import msgspec

from scrub837.claims.encounters import Encounter
from scrub837.claims.sent import ControlNumbers, Seal
from scrub837.claims.services import Procedure
from scrub837.x12.outline import Group, Interchange


class EarlierFile(msgspec.Struct, frozen=True):
    """A file that was sent."""

    name: str
    sent: str  # ISO 8601, with the time
    sha256: str
    claims: int
    interchange: str | None = None  # ISA13 that was asked for

    @property
    def day(self) -> str:
        """The day it was sent on."""
        return self.sent[:10]


class EarlierClaim(msgspec.Struct, frozen=True):
    """A claim that was sent and still stands: neither replaced nor voided."""

    number: int  # in the ledger; later claims have higher ones
    reference: str  # CLM01
    frequency: str
    content: int
    file: EarlierFile


class EarlierLine(msgspec.Struct, frozen=True):
    """A service line that was sent."""

    claim: EarlierClaim
    number: int | None  # LX01
    control: str | None  # REF*6R
    procedure: Procedure
    units: Decimal | None
    unit: str
    place: str
    first: date
    days: int


class SentDay(msgspec.Struct, frozen=True):
    """An encounter of the file, with what earlier files billed for the same patient, day and provider."""

    encounter: Encounter
    sent: list[EarlierLine]  # all of them, in the order they were sent
    joining: list[EarlierLine]  # without those that claims of this file correct, replace, void or repeat
    copied: frozenset[int]  # indexes of the claims of which an earlier one billed the very same
    copies: Mapping[int, EarlierClaim]  # those of them whose first encounter this is, and the earlier claim


class SentFile(msgspec.Struct, frozen=True):
    """A file and what is known of it: whether it, or its control numbers, were sent before."""

    claims: int
    groups: Sequence[tuple[ControlNumbers, Interchange, Group]]  # those that hold claims
    same_bytes: EarlierFile | None
    same_claims: EarlierFile | None
    used_interchanges: Mapping[ControlNumbers, EarlierFile]
    used_groups: Mapping[ControlNumbers, EarlierFile]


class Earlier(Protocol):
    """What can be asked of a ledger. Only what was sent is told of, never what was merely looked at."""

    seal: Seal

    def file_of(self, sha256: str) -> EarlierFile | None:
        """The first file with these bytes."""

    def batch_of(self, content: int) -> EarlierFile | None:
        """The first file that held these claims."""

    def numbers_used(
        self, numbers: Iterable[ControlNumbers]
    ) -> tuple[dict[ControlNumbers, EarlierFile], dict[ControlNumbers, EarlierFile]]:
        """Those whose ISA13, and those whose GS06, the two parties have used before, and where first."""

    def lines_of(self, encounters: Iterable[int]) -> Iterator[tuple[int, list[EarlierLine]]]:
        """The lines of each of these encounters that has any, in the order of ``encounters``."""
