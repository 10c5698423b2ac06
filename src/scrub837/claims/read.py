"""Reads the body of one 837P transaction: claims one at a time, levels by position, oddities on the way.

Loops are told apart as the implementation guide orders them (HL, CLM, SBR, LX, NM1, SVD), never by HL ids:
those repeat between transactions and are often wrong. A claim is valid until the next one is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO

import msgspec

from scrub837.claims.model import NO_DATES, Claim, Envelope, Level, Line
from scrub837.claims.values import read_dates, read_number, read_procedure
from scrub837.config import Profile
from scrub837.x12.segments import Block, Segment, Splitter, read_text, value
from scrub837.x12.separators import Separators

KNOWN_SEGMENTS = frozenset(
    "AMT BHT CAS CLM CN1 CR1 CR2 CR3 CRC CTP CUR DMG DTP FRM HCP HI HL HSD K3 LIN LQ LX MEA MIA MOA N2 N3 N4 "
    "NM1 NTE OI PAT PER PRV PS1 PWK QTY REF SBR SE ST SV1 SV5 SVD TOO".split()
)
_HEADS = frozenset(("HL", "CLM", "SE"))


class Oddity(msgspec.Struct, frozen=True):
    """Something about the bytes of a segment: ``blank``, ``unknown``, ``non-ascii`` or ``wrapped``."""

    kind: str
    block: Block
    at: int  # index of the segment in the block


class LevelFault(msgspec.Struct, frozen=True):
    """An HL that does not fit: ``number``, ``parent``, ``child-flag`` or ``level``."""

    kind: str
    level: Level
    found: str
    expected: str


class Body:
    """The body of one transaction. ``claims()`` is to be read to its end; the rest is known after it."""

    def __init__(
        self,
        stream: BinaryIO,
        span: tuple[int, int],
        separators: Separators,
        line_end: str,
        envelope: Envelope,
        profile_for: Callable[[str, str], Profile],
        *,
        claims_before: int = 0,
        cut: bool = False,
    ) -> None:
        self.envelope = envelope
        self.separators = separators
        self.segments = 0  # that are not blank, ST and SE included
        self.lines = 0
        self.claim_count = 0
        self.oddities: list[Oddity] = []
        self.level_faults: list[LevelFault] = []
        self.header: Block | None = None  # ST up to the first HL
        self._stream = stream
        self._span = span
        self._splitter = Splitter(separators, line_end)
        self._profile_for = profile_for
        self._index = claims_before
        self._cut = cut
        self._billing: Level | None = None
        self._subscriber: Level | None = None
        self._patient: Level | None = None
        self._parties = _Parties()
        self._last_level: Level | None = None
        self._levels: dict[str, str] = {}  # HL01 -> HL03

    def claims(self) -> Iterator[Claim]:
        """The claims in file order."""
        for block, last in self._blocks():
            tag = block.segments[0][0]
            if tag == "CLM":
                claim = self._claim(block, cut=self._cut and last)
                self.claim_count += 1
                self.lines += len(claim.lines)
                yield claim
                claim.lines.clear()  # lines know their claim: without this only the cycle collector frees them
            elif tag == "HL":
                self._level(block)
            elif self.header is None:
                self.header = block
        self._end_levels()

    def _blocks(self) -> Iterator[tuple[Block, bool]]:
        start, end = self._span
        cut = self._splitter.separators.segment + self._splitter.line_end
        text = ""
        for chunk in read_text(self._stream, start, end):
            text += chunk
            whole = text.rfind(cut) + len(cut) if cut in text else 0
            at_end = start + len(text) >= end
            if at_end:
                whole = len(text)
            used = 0
            for block in self._split(text[:whole], start, at_end=at_end):
                used += block.length
                yield block, at_end and used >= whole
            text = text[used:]
            start += used

    def _split(self, text: str, start: int, *, at_end: bool) -> Iterator[Block]:
        pieces, segments, gap = self._splitter.split(text)
        if pieces and not segments[-1][0]:  # what follows the last terminator
            pieces.pop()
            segments.pop()
        if gap == 1 or not text.isascii() or not {segment[0] for segment in segments} <= KNOWN_SEGMENTS:
            self._look_closer(pieces, segments, start, gap)
        heads = _HEADS
        bounds = [n for n, segment in enumerate(segments) if segment[0] in heads]
        if not bounds or bounds[0] != 0:
            bounds.insert(0, 0)
        if at_end:
            bounds.append(len(segments))
        text_end = start + len(text)
        for first, last in zip(bounds, bounds[1:], strict=False):
            part = pieces[first:last]
            length = sum(map(len, part)) + (last - first) * gap
            if last == len(segments):
                length = text_end - start
            block = Block(segments[first:last], part, gap, start, self.segments + 1, self.separators, length)
            if gap == 1:
                self.segments += sum(1 for segment in block.segments if segment[0])
            else:
                self.segments += last - first
            start += length
            yield block

    def _look_closer(self, pieces: list[str], segments: list[Segment], start: int, gap: int) -> None:
        """Record what is odd about the bytes; only for text that is not plainly even."""
        whole = Block(segments, pieces, gap, start, self.segments + 1, self.separators, 0)
        for n, (piece, segment) in enumerate(zip(pieces, segments, strict=True)):
            bare = piece.strip()
            if segment[0] not in KNOWN_SEGMENTS:
                kind = "unknown" if bare else "blank"
            elif "\n" in bare or "\r" in bare:
                kind = "wrapped"
            elif not piece.isascii():
                kind = "non-ascii"
            else:
                continue
            self.oddities.append(Oddity(kind, whole, n))

    def _level(self, block: Block) -> None:
        head = block.segments[0]
        level = Level(block, value(head, 3), value(head, 1), value(head, 2))
        self._check_level(level)
        if level.code == "20":
            self._billing, self._subscriber, self._patient = level, None, None
            self._parties.read_billing(block.segments)
        elif level.code == "22":
            self._subscriber, self._patient = level, None
            self._parties.read_subscriber(block.segments)
        else:
            self._patient = level
            self._parties.read_patient(block.segments)

    def _check_level(self, level: Level) -> None:
        expected = str(len(self._levels) + 1)
        if level.id != expected and level.id.lstrip("0") != expected:
            self.level_faults.append(LevelFault("number", level, level.id, expected))
        above = {"22": "20", "23": "22"}.get(level.code)
        if level.code not in ("20", "22", "23"):
            self.level_faults.append(LevelFault("level", level, level.code, "20, 22 or 23"))
        elif above is None:
            if level.parent:
                self.level_faults.append(LevelFault("parent", level, level.parent, ""))
        elif self._levels.get(level.parent) != above:
            near = self._billing if above == "20" else self._subscriber
            self.level_faults.append(LevelFault("parent", level, level.parent, near.id if near else ""))
        last = self._last_level
        if last is not None and last.code < level.code:
            self._check_child(last, has_child=True)
        elif last is not None:
            self._check_child(last, has_child=False)
        self._last_level = level
        self._levels[level.id] = level.code

    def _check_child(self, level: Level, *, has_child: bool) -> None:
        flag = value(level.block.segments[0], 4)
        if flag in ("0", "1") and (flag == "1") != has_child:
            self.level_faults.append(LevelFault("child-flag", level, flag, str(int(has_child))))

    def _end_levels(self) -> None:
        if self._last_level is not None:
            self._check_child(self._last_level, has_child=False)

    def _claim(self, block: Block, *, cut: bool) -> Claim:
        segments, parties = block.segments, self._parties
        clm = segments[0]
        bounds: list[int] = []  # where the lines start
        header_end = lines_from = len(segments)
        rendering = ""
        other_payers = open_line = False
        for n, segment in enumerate(segments):
            tag = segment[0]
            if tag == "LX":
                bounds.append(n)
                open_line = True
            elif tag == "SV1":
                if not open_line:  # an SV1 without LX, or a second one
                    bounds.append(n)
                open_line = False
            elif not bounds:
                if tag == "SBR":
                    other_payers = True
                    header_end = min(header_end, n)
                elif tag == "NM1" and not other_payers and segment[1:2] == ["82"]:
                    rendering = value(segment, 9)
        if bounds:
            lines_from = bounds[0]
        self._index += 1
        place, _, frequency = (value(clm, 5).split(self.separators.component) + ["", "", ""])[:3]
        claim = Claim(
            self._index,
            self.envelope,
            self._billing,
            self._subscriber,
            self._patient,
            block,
            min(header_end, lines_from),
            [],
            value(clm, 1),
            read_number(clm[2]) if len(clm) > 2 else None,
            place.strip(),
            frequency.strip(),
            rendering or parties.billing_npi,
            parties.billing_npi,
            parties.payer_id,
            parties.payer_name,
            parties.filing,
            parties.patient_name,
            parties.member_id,
            parties.birth_date,
            other_payers,
            self._profile_for(parties.payer_id, parties.filing),
            cut,
        )
        bounds.append(len(segments))
        for first, last in zip(bounds, bounds[1:], strict=False):
            line = self._line(claim, first, last)
            if line is not None:
                claim.lines.append(line)
        return claim

    def _line(self, claim: Claim, first: int, last: int) -> Line | None:
        segments = claim.block.segments
        number: int | None = None
        control = None
        sv1_at = -1
        dates = NO_DATES
        rendering = claim.rendering
        adjudicated = repriced = False
        for n in range(first, last):
            segment = segments[n]
            tag = segment[0]
            if tag == "SV1":
                sv1_at = n
            elif tag == "DTP":
                if len(segment) > 3 and segment[1] == "472":
                    dates = read_dates(segment[2], segment[3])
            elif tag == "REF":
                if len(segment) > 2 and segment[1] == "6R":
                    control = segment[2].strip()
            elif tag == "LX":
                text = value(segment, 1)
                number = int(text) if text.isdecimal() and len(text) < 7 else None
            elif tag == "NM1":
                if segment[1:2] == ["82"]:
                    rendering = value(segment, 9) or rendering
            elif tag == "SVD":
                adjudicated = True
            elif tag == "HCP":
                repriced = True
        if sv1_at < 0:
            return None
        sv1 = segments[sv1_at]
        if len(sv1) < 8:
            sv1 = sv1 + [""] * (8 - len(sv1))
        procedure = read_procedure(sv1[1], self.separators.component)
        unit, units, place = sv1[3].strip(), sv1[4].strip(), sv1[5].strip() or claim.place
        return Line(
            claim,
            number,
            first,
            last,
            sv1_at,
            procedure,
            read_number(sv1[2]),
            unit,
            read_number(units),
            place,
            sv1[7],
            dates,
            control,
            rendering,
            adjudicated,
            repriced,
            (procedure.key, unit, units, place),
        )


class _Parties:
    """What a claim needs of the levels above it, kept up to date as they go by."""

    __slots__ = ("billing_npi", "birth_date", "filing", "member_id", "patient_name", "payer_id", "payer_name")

    def __init__(self) -> None:
        self.billing_npi = self.birth_date = self.filing = self.member_id = ""
        self.patient_name = self.payer_id = self.payer_name = ""

    def read_billing(self, segments: Iterable[Segment]) -> None:
        self.billing_npi = next((value(s, 9) for s in segments if s[0] == "NM1" and s[1:2] == ["85"]), "")

    def read_subscriber(self, segments: Iterable[Segment]) -> None:
        self.filing = self.member_id = self.birth_date = self.patient_name = self.payer_id = self.payer_name = ""
        for segment in segments:
            tag = segment[0]
            if tag == "NM1":
                role = value(segment, 1)
                if role == "IL":
                    self.member_id = value(segment, 9)
                    self.patient_name = _name(segment)
                elif role == "PR":
                    self.payer_id = value(segment, 9)
                    self.payer_name = value(segment, 3)
            elif tag == "DMG":
                self.birth_date = value(segment, 2)
            elif tag == "SBR":
                self.filing = value(segment, 9)

    def read_patient(self, segments: Iterable[Segment]) -> None:
        self.birth_date = self.patient_name = ""
        for segment in segments:
            if segment[0] == "NM1" and value(segment, 1) == "QC":
                self.patient_name = _name(segment)
            elif segment[0] == "DMG":
                self.birth_date = value(segment, 2)


def _name(segment: Segment) -> str:
    return ", ".join(part for part in (value(segment, 3), value(segment, 4)) if part)
