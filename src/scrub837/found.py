"""Findings as a scan keeps them: encoded in a temporary file, with a few numbers of each in memory."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from sys import intern
from typing import NamedTuple

import msgspec

from scrub837.findings import Finding, Safety, Severity
from scrub837.spool import Placed, Shelf

SAFETIES = tuple(Safety)
BY_RANK = {severity.rank: severity.value for severity in Severity}
_encode = msgspec.json.Encoder(decimal_format="string").encode


class FindingRecord(msgspec.Struct, frozen=True, gc=False):
    """An encoded finding with what the index keeps of it."""

    data: bytes
    start: int
    rank: int
    claim: int
    day: int
    fixes: int
    safety: int
    name: str


def record(finding: Finding, day: int = 0) -> FindingRecord:
    """Encode a finding."""
    place = finding.location
    return FindingRecord(
        _encode(finding),
        -1 if place.start is None else place.start,
        finding.severity.rank,
        place.claim_index or 0,
        day,
        int(bool(finding.fix and finding.fix.edits)),
        SAFETIES.index(finding.fix.safety) if finding.fix else -1,
        finding.name,
    )


class PlacedFindings(NamedTuple):
    """Findings that any process has written to the index's file; columns as in the index."""

    placed: Placed
    start: array[int]
    rank: array[int]
    claim: array[int]
    day: array[int]
    fixes: array[int]
    safety: array[int]
    name: list[str]


@dataclass(slots=True)
class FoundIndex:
    """What must be known of each finding without reading it back; all lists run in parallel."""

    spool: Shelf = field(default_factory=Shelf)
    start: array[int] = field(default_factory=lambda: array("q"))  # byte offset, -1 without
    rank: array[int] = field(default_factory=lambda: array("b"))
    claim: array[int] = field(default_factory=lambda: array("q"))  # claim index, 0 without
    day: array[int] = field(default_factory=lambda: array("q"))  # patient-day it was found on, 0 without
    fixes: array[int] = field(default_factory=lambda: array("b"))  # 1: has edits
    safety: array[int] = field(default_factory=lambda: array("b"))  # its fix's number in SAFETIES, -1 without
    name: list[str] = field(default_factory=list)  # interned rule names

    def put(self, records: Sequence[FindingRecord]) -> PlacedFindings:
        """Write findings, in any process; ``add`` takes them up in the process that reads."""
        return PlacedFindings(
            self.spool.put([record.data for record in records]),
            array("q", [record.start for record in records]),
            array("b", [record.rank for record in records]),
            array("q", [record.claim for record in records]),
            array("q", [record.day for record in records]),
            array("b", [record.fixes for record in records]),
            array("b", [record.safety for record in records]),
            [record.name for record in records],
        )

    def add(self, findings: PlacedFindings) -> None:
        """The next findings."""
        self.spool.add(findings.placed)
        self.start.extend(findings.start)
        self.rank.extend(findings.rank)
        self.claim.extend(findings.claim)
        self.day.extend(findings.day)
        self.fixes.extend(findings.fixes)
        self.safety.extend(findings.safety)
        self.name.extend(map(intern, findings.name))

    def append(self, record: FindingRecord) -> None:
        """Add a finding."""
        self.extend((record,))

    def extend(self, records: Sequence[FindingRecord]) -> None:
        """Add findings of this process."""
        if records:
            self.add(self.put(records))
