"""The tables that people fill in: a row a finding, a row a claim. CSV and XLSX share them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from scrub837.findings import Finding
from scrub837.report.survey import DENY, RISK
from scrub837.report.words import BY_RANK, box_of
from scrub837.results import ClaimRow, FileReport, LineRow


class Kind(Enum):
    """What the cells of a column hold. A cell that holds something else is text."""

    TEXT = auto()
    NUMBER = auto()
    MONEY = auto()  # two decimals as text, as in the report
    DAY = auto()  # YYYY-MM-DD


@dataclass(frozen=True, slots=True)
class Column:
    """A column with its width in characters."""

    title: str
    width: int = 12
    kind: Kind = Kind.TEXT


WORKED = (Column("Worked by", 14), Column("Outcome", 24))  # left empty, for the biller
FINDINGS = (
    Column("File", 18),
    Column("Severity", 9),
    Column("Code", 8),
    Column("Rule", 22),
    Column("Claim", 16),
    Column("Claim number", 7, Kind.NUMBER),
    Column("Transaction"),
    Column("Patient", 22),
    Column("Member id", 14),
    Column("Payer", 22),
    Column("Payer id"),
    Column("Profile"),
    Column("Date of service", 11, Kind.DAY),
    Column("Claim charge", 11, Kind.MONEY),
    Column("Line", 6, Kind.NUMBER),
    Column("Line control"),
    Column("Procedure", 10),
    Column("Modifiers"),
    Column("Units", 7, Kind.NUMBER),
    Column("Minutes", 8, Kind.NUMBER),
    Column("Line charge", 11, Kind.MONEY),
    Column("Box", 8),
    Column("Element", 10),
    Column("Loop", 8),
    Column("Segment", 8, Kind.NUMBER),
    Column("Message", 60),
    Column("Why", 40),
    Column("What to do", 50),
    Column("Fix", 12),
    Column("Before", 18),
    Column("After", 18),
    Column("Fix written", 10),
    Column("Why not written", 30),
    Column("Fingerprint", 18),
    Column("Since", 8),
    Column("Waived by", 14),
    Column("Waived until", 11, Kind.DAY),
    Column("Waived because", 30),
    *WORKED,
)
CLAIMS = (
    Column("File", 18),
    Column("Claim", 16),
    Column("Claim number", 7, Kind.NUMBER),
    Column("Transaction"),
    Column("Patient", 22),
    Column("Member id", 14),
    Column("Birth date", 11),
    Column("Payer", 22),
    Column("Payer id"),
    Column("Profile"),
    Column("Frequency", 10),
    Column("First day", 11, Kind.DAY),
    Column("Last day", 11, Kind.DAY),
    Column("Lines", 7, Kind.NUMBER),
    Column("Claim charge", 12, Kind.MONEY),
    Column("State", 10),
    Column("Worst finding", 10),
    Column("Findings", 9, Kind.NUMBER),
    *WORKED,
)
Value = str | int | None


def finding_rows(file: FileReport) -> Iterator[list[Value]]:
    """The findings of a file in file order, cells as in ``FINDINGS``."""
    claim: ClaimRow | None = None
    for finding in file.findings():
        index = finding.location.claim_index
        if index is None:
            claim = None
        elif claim is None or claim.index != index:
            claim = file.claim(index)
        yield [file.path, *_finding(finding, claim), "", ""]


def claim_rows(file: FileReport) -> Iterator[list[Value]]:
    """All claims of a file in file order, cells as in ``CLAIMS``."""
    worst = bytearray(len(file.claims) + 1)  # of each claim: rank + 1, 0 without a finding that counts
    counts = [0] * (len(file.claims) + 1)
    for number in file.standing:
        index = file.found.claim[number]
        worst[index] = max(worst[index], file.found.rank[number] + 1)
        counts[index] += 1
    for index in range(1, len(file.claims) + 1):
        claim, rank = file.claim(index), worst[index] - 1
        yield [
            file.path,
            claim.claim,
            index,
            claim.transaction,
            claim.patient.name,
            claim.patient.member_id,
            claim.patient.birth_date,
            claim.payer.name,
            claim.payer.id,
            claim.profile,
            claim.frequency,
            min((line.from_ for line in claim.lines if line.from_), default=None),
            max((line.to for line in claim.lines if line.to), default=None),
            len(claim.lines),
            claim.charge,
            "held" if rank >= DENY else "to work" if rank >= RISK else "clean",
            BY_RANK[rank].value if rank >= 0 else None,
            counts[index],
            "",
            "",
        ]


def _finding(finding: Finding, claim: ClaimRow | None) -> Iterator[Value]:
    place, fix = finding.location, finding.fix
    line = _line_of(finding, claim)
    yield from (finding.severity.value, finding.code, finding.name)
    yield from (place.claim, place.claim_index, place.transaction)
    if claim is None:
        yield from [None] * 7
    else:
        day = line.from_ if line else min((one.from_ for one in claim.lines if one.from_), default=None)
        yield from (claim.patient.name, claim.patient.member_id, claim.payer.name, claim.payer.id)
        yield from (claim.profile, day, claim.charge)
    yield from (place.line, place.line_control)
    if line is None:
        yield from [None] * 5
    else:
        yield from (line.code, " ".join(line.modifiers), line.units, line.minutes, line.charge)
    yield from (box_of(place), place.element, place.loop, place.segment)
    yield from (finding.message, finding.why, finding.action)
    if fix is None:
        yield from [None] * 5
    else:
        yield from (fix.safety.value, fix.before, fix.after, "yes" if fix.applied else "no", fix.reason)
    yield from (finding.fingerprint, finding.since)
    waived = finding.waived
    if waived is None:
        yield from [None] * 3
    else:
        yield from (waived.person, waived.expires.isoformat(), waived.reason)


def _line_of(finding: Finding, claim: ClaimRow | None) -> LineRow | None:
    number = finding.location.line
    if claim is None or number is None:
        return None
    return next((line for line in claim.lines if line.line == number), None)
