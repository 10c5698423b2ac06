"""What some rules ask of a claim, read on demand: parties, diagnoses, dates, notes, other payers."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from scrub837.claims.model import Claim, Line, ServiceDates
from scrub837.claims.values import read_dates
from scrub837.x12.segments import Block, Segment, value

CLAIM_ROLES = {
    "DN": "2310A",
    "P3": "2310A",
    "82": "2310B",
    "77": "2310C",
    "DQ": "2310D",
    "PW": "2310E",
    "45": "2310F",
}
LINE_ROLES = {
    "82": "2420A", "QB": "2420B", "77": "2420C", "DQ": "2420D", "DK": "2420E", "DN": "2420F", "P3": "2420F",
    "PW": "2420G", "45": "2420H",
}  # fmt: skip
LEVEL_ROLES = {"85": "2010AA", "87": "2010AB", "PE": "2010AC", "IL": "2010BA", "PR": "2010BB", "QC": "2010CA"}
OTHER_ROLES = {
    "IL": "2330A", "PR": "2330B", "DN": "2330C", "P3": "2330C", "82": "2330D", "77": "2330E", "DQ": "2330F",
    "85": "2330G",
}  # fmt: skip


class Party(msgspec.Struct, frozen=True):
    """A person or organisation: an NM1 and the segments that follow it."""

    role: str  # NM101
    loop: str  # "2310B"
    block: Block
    at: int  # index of the NM1
    end: int  # index after its last segment

    @property
    def nm1(self) -> Segment:
        return self.block.segments[self.at]

    @property
    def id(self) -> str:
        """NM109."""
        return value(self.nm1, 9)

    @property
    def id_qualifier(self) -> str:
        """NM108: XX is an NPI."""
        return value(self.nm1, 8)

    @property
    def name(self) -> str:
        """NM103, with NM104 for a person."""
        return ", ".join(part for part in (value(self.nm1, 3), value(self.nm1, 4)) if part)

    def find(self, tag: str) -> int | None:
        """Index of the first segment of this party with this id."""
        segments = self.block.segments
        return next((n for n in range(self.at + 1, self.end) if segments[n][0] == tag), None)

    def element(self, tag: str, number: int) -> str:
        """An element of the first segment with this id, empty when there is none."""
        at = self.find(tag)
        return value(self.block.segments[at], number) if at is not None else ""


_PARTY_SEGMENTS = frozenset(("N2", "N3", "N4", "PER", "REF", "PRV", "DMG", "DTP"))


def _parties(block: Block, first: int, last: int, roles: dict[str, str]) -> Iterator[Party]:
    segments = block.segments
    n = first
    while n < last:
        if segments[n][0] != "NM1":
            n += 1
            continue
        end = n + 1
        while end < last and segments[end][0] in _PARTY_SEGMENTS:
            end += 1
        role = value(segments[n], 1)
        yield Party(role, roles.get(role, ""), block, n, end)
        n = end


def level_parties(claim: Claim) -> Iterator[Party]:
    """Billing, pay-to, subscriber, payer and patient: loops 2010AA to 2010CA."""
    for level in (claim.billing, claim.subscriber, claim.patient):
        if level is not None:
            yield from _parties(level.block, 0, len(level.block.segments), LEVEL_ROLES)


def claim_parties(claim: Claim) -> Iterator[Party]:
    """Referring, rendering, facility, supervising ...: loops 2310A to 2310F."""
    return _parties(claim.block, 1, claim.header_end, CLAIM_ROLES)


def other_payer_parties(claim: Claim) -> Iterator[Party]:
    """Parties of the other payers: loops 2330A to 2330G."""
    return _parties(claim.block, claim.header_end, lines_from(claim), OTHER_ROLES)


def line_parties(line: Line) -> Iterator[Party]:
    """Providers named for a line: loops 2420A to 2420H."""
    return _parties(line.claim.block, line.at, line.end, LINE_ROLES)


def lines_from(claim: Claim) -> int:
    """Index of the first segment of the first service line."""
    segments = claim.block.segments
    return next((n for n, s in enumerate(segments) if s[0] in ("LX", "SV1")), len(segments))


class Diagnosis(msgspec.Struct, frozen=True):
    """A diagnosis of HI, numbered as the line's pointers count."""

    number: int
    qualifier: str  # ABK, ABF; BK, BF for ICD-9
    code: str
    at: int  # index of the HI
    element: int  # position in it


def diagnoses(claim: Claim) -> list[Diagnosis]:
    """Diagnoses in the order of the pointers; condition codes and procedures in HI are not diagnoses."""
    found: list[Diagnosis] = []
    component = claim.block.separators.component
    for at in range(1, claim.header_end):
        segment = claim.block.segments[at]
        if segment[0] != "HI":
            continue
        for element in range(1, len(segment)):
            parts = segment[element].split(component)
            qualifier, code = parts[0].strip(), parts[1].strip() if len(parts) > 1 else ""
            if qualifier in ("ABK", "ABF", "BK", "BF"):
                found.append(Diagnosis(len(found) + 1, qualifier, code, at, element))
    return found


def pointers(line: Line) -> list[str]:
    """SV107: the diagnosis pointers as sent, empty ones left out."""
    return [p.strip() for p in line.pointers.split(line.claim.block.separators.component) if p.strip()]


def claim_date(claim: Claim, qualifier: str) -> ServiceDates | None:
    """A claim-level date by its DTP01 (431 onset, 454 initial treatment, 439 accident ...)."""
    segment = claim.first("DTP", qualifier)
    return read_dates(value(segment, 2), value(segment, 3)) if segment else None


def notes(segments: list[Segment]) -> list[str]:
    """The texts of NTE segments."""
    return [value(segment, 2) for segment in segments if segment[0] == "NTE"]


def taxonomy(line: Line) -> str:
    """PRV03 of the rendering provider: of the line, else of the claim, else of the billing provider."""
    for parties in (line_parties(line), claim_parties(line.claim)):
        for party in parties:
            if party.role == "82":
                return party.element("PRV", 3)
    billing = line.claim.billing
    found = next((s for s in billing.block.segments if s[0] == "PRV"), None) if billing else None
    return value(found, 3) if found else ""
