"""Rows of the ledger as values, and how they are read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Any

import msgspec

LONGEST = 200  # characters of a number that is looked up; X12 allows 38


class State(StrEnum):
    """What became of a file or a claim. Only what is published counts as sent."""

    SEEN = "seen"  # checked; not sent, or not known to be
    PUBLISHED = "published"
    SUPERSEDED = "superseded"  # sent, and no longer in force: replaced, voided, or taken back by a person


class RunRow(msgspec.Struct, frozen=True):
    """A nightly run."""

    id: int
    host: str
    program: str  # version of scrub837
    started: str
    finished: str | None
    outcome: str | None
    counts: Mapping[str, int]


class FileRow(msgspec.Struct, frozen=True):
    """A file that was taken. ``outputs`` are names of what was published, by kind."""

    id: int
    run: int | None
    name: str
    sha256: str
    bytes: int
    settings: str
    editions: str
    status: str  # of the report: ready | held | incomplete | refused
    outcome: str  # what the run made of it
    state: str
    claims: int
    lines: int
    charge: Decimal
    findings: Mapping[str, int]  # by severity
    started: str
    finished: str | None
    published: str | None
    outputs: Mapping[str, str]


class ClaimHistory(msgspec.Struct, frozen=True):
    """A claim as it was in one file."""

    id: int
    file: FileRow
    position: int  # n-th claim of its file
    reference: str
    frequency: str
    charge: Decimal
    payer: str
    profile: str
    verdict: str  # worst severity found, or clean
    state: str
    superseded_by: int | None  # a claim's id
    findings: list[tuple[str, str]]  # rule and severity


FILE_COLUMNS = (
    "id", "run_id", "name", "sha256", "bytes", "settings", "editions", "status", "outcome", "state", "claims",
    "lines", "charge", "findings", "started", "finished", "published", "outputs",
)  # fmt: skip


def file_row(row: Sequence[Any]) -> FileRow:
    """A file from its columns, in the order of ``FILE_COLUMNS``."""
    values = dict(zip(FileRow.__struct_fields__, row, strict=True))
    return FileRow(
        **values
        | {
            "charge": dollars(values["charge"]),
            "findings": msgspec.json.decode(values["findings"]),
            "outputs": msgspec.json.decode(values["outputs"]),
        }
    )


def dollars(hundredths: int) -> Decimal:
    """An amount of the ledger: ``900000`` is 90.00."""
    amount = Decimal(hundredths).scaleb(-4)
    cents = amount.quantize(Decimal("0.01"))
    return cents if cents == amount else amount
