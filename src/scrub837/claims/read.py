"""Reads the body of one 837P transaction: claims one at a time, levels by position, oddities on the way.

Loops are told apart as the implementation guide orders them (HL, CLM, SBR, LX, NM1, SVD), never by HL ids:
those repeat between transactions and are often wrong. A claim is valid until the next one is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import pairwise

from scrub837.claims.layout import MARK, layout_of
from scrub837.claims.levels import Levels
from scrub837.claims.model import (
    NO_DATES,
    Claim,
    Envelope,
    Level,
    Line,
    PlainLine,
    Service,
    read_level,
)
from scrub837.claims.oddities import KNOWN_SEGMENTS, Oddities
from scrub837.claims.parties import Parties, party_id
from scrub837.claims.plain import plain_line, plain_subscriber
from scrub837.claims.values import (
    read_all_dates,
    read_line_number,
    read_service,
    read_service_dates,
)
from scrub837.config import Profile
from scrub837.x12.segments import Block, Splitter, read_text
from scrub837.x12.separators import WHITESPACE, Separators
from scrub837.x12.source import Source

USUAL_SEPARATORS = "*~:^"
_HEADS = frozenset(("HL", "CLM", "SE"))
_REMEMBERED = 1 << 13


class Body:
    """The body of one transaction. ``claims()`` is to be read to its end; the rest is known after it."""

    def __init__(
        self,
        source: Source,
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
        self.oddities = Oddities()
        self.levels = Levels()
        self.foreign: dict[str, int] = {}  # usual separators that are plain data -> offset of the first
        self.header: Block | None = None  # ST up to the first HL, unless the file ends in it
        self._source = source
        self._span = span
        self._splitter = Splitter(separators, line_end)
        self._profile_for = profile_for
        self._index = claims_before
        self._cut = cut
        self._billing: Level | None = None
        self._leads = True  # no claim was read below the billing provider
        self._subscriber: Level | None = None
        self._patient: Level | None = None
        self._parties = Parties()
        self._profile = profile_for("", "")
        self._services: dict[str, Service] = {}  # by SV1 as sent
        after = rf"(?:{re.escape(separators.element)}|{re.escape(separators.segment)}|\Z)"
        self._head = re.compile(rf"{re.escape(self._splitter.cut)}(?=(?:HL|CLM|SE){after})")
        self._known: set[str] = set()  # first four characters of segments that are known
        self._first_lx = f"{self._splitter.cut}LX{separators.element}"
        self._plain_line = plain_line(separators, self._splitter.cut)
        self._plain_lines: list[PlainLine] = []  # of the claim in hand
        self._plain_header: list[str] = []  # pieces of it before them
        marks = (separators.element, separators.component, separators.segment, separators.repetition)
        self._foreign = [mark for mark in USUAL_SEPARATORS if mark not in marks]
        self._subscriber_of = plain_subscriber(separators, self._splitter.cut).fullmatch
        self._plain_level: re.Match[str] | None = None  # of the level in hand

    def claims(self, *, keep: bool = False) -> Iterator[Claim]:
        """The claims in file order. The lines of one are gone when the next is asked for, unless ``keep``."""
        element = self.separators.element
        for block, last in self._blocks():
            tag = block.text[:3] if block.text[:3] == "CLM" else block.pieces[0].partition(element)[0]
            if tag == "CLM":
                claim = self._claim(block, cut=self._cut and last)
                self.claim_count += 1
                self.lines += len(claim.services)
                yield claim
                if not keep:
                    claim.let_go()
                continue
            if tag == "HL":
                self._level(block, cut=self._cut and last)
            elif self.header is None and not (self._cut and last):
                self.header = block
            if "SV1" in block.text:
                self._look_for_lines(block)
        if not self._cut:
            self.levels.end()

    def blocks(self) -> Iterator[Block]:
        """The whole transaction as blocks: the header, each level, each claim, the trailer."""
        return (block for block, _ in self._blocks())

    def block(self, text: str, start: int, ordinal: int) -> Block:
        """A text of the transaction as one block."""
        return self._splitter.block(text, start, ordinal)

    def resume(self, span: tuple[int, int], billing: Level | None, ordinal: int) -> None:
        """Read only ``span`` of the transaction, below ``billing``; its first segment has this ordinal."""
        self._span = span
        self._billing = billing
        if billing is not None:
            self._parties.read_billing(billing.block)
        self.segments = ordinal - 1

    def _blocks(self) -> Iterator[tuple[Block, bool]]:
        start, end = self._span
        cut = self._splitter.cut
        text, wanted = "", 0
        for chunk in read_text(self._source, start, end):
            for mark in self._foreign:
                self._look_for_foreign(mark, chunk, start + len(text))
            text += chunk
            if len(text) < wanted and start + len(text) < end:
                continue
            whole = text.rfind(cut) + len(cut) if cut in text else text.rfind(self.separators.segment) + 1
            at_end = start + len(text) >= end
            if at_end:
                whole = len(text)
            used = 0
            for block in self._split(text[:whole], start, at_end=at_end):
                used += block.length
                yield block, at_end and used >= whole
            wanted = 0 if used else 2 * len(text)  # without any loop head, look again when it has doubled
            text = text[used:]
            start += used

    def _split(self, text: str, start: int, *, at_end: bool) -> Iterator[Block]:
        """Blocks of a text; the last one is left for the next call unless the text is ``at_end``."""
        if not text.isascii() or not self._splitter.even(text):
            yield from self._split_uneven(text, start, at_end=at_end)
            return
        cut = self._splitter.cut
        bounds = [0, *(match.end() for match in self._head.finditer(text))]
        if at_end:
            bounds.append(len(text))
        for first, last in pairwise(bounds):
            part = text[first:last]
            self._plain_level = self._subscriber_of(part) if part[:2] == "HL" else None
            if self._plain_level:
                self._plain_lines = []
                block = Block(part, cut, start + first, self.segments + 1, self.separators)
                self.segments += part.count(cut)
                yield block
                continue
            pieces = self._take_plain(part)
            if pieces is None:
                yield from self._split_uneven(text[first:], start + first, at_end=at_end)
                return
            lines = 4 * len(self._plain_lines)
            whole = None if lines else pieces
            block = Block(part, cut, start + first, self.segments + 1, self.separators, pieces=whole)
            self.segments += len(pieces) + lines
            yield block

    def _take_plain(self, text: str) -> list[str] | None:
        """Pieces of an even block, up to its first line where all lines are plain; ``None`` for unknown ids.

        An even block with known ids has no blanks around ids and no blank segments. Service lines are most
        of a file and nearly always of four segments; those need no splitting.
        """
        known, cut = self._known, self._splitter.cut
        self._plain_lines = []
        if text[:3] == "CLM" and (at := text.find(self._first_lx)) >= 0:
            lines = self._plain_line.findall(text, at)
            if text.count(cut, at + 1) == 4 * len(lines):
                self._plain_lines = lines
                text = text[:at]
        pieces = text.split(cut)
        if not pieces[-1] and not self._plain_lines:
            pieces.pop()
        prefixes = [piece[:4] for piece in pieces]
        if not known.issuperset(prefixes):
            known.update(prefix for prefix in prefixes if self._is_known(prefix))
            if not known.issuperset(prefixes):
                return None
        self._plain_header = pieces
        return pieces

    def _split_uneven(self, text: str, start: int, *, at_end: bool) -> Iterator[Block]:
        """The same for text with stray line ends, blanks, blank or unknown segments or non-ASCII bytes."""
        pieces, raw = self._splitter.split(text)
        element = self.separators.element
        bounds = [n for n, piece in enumerate(pieces) if piece.partition(element)[0] in _HEADS]
        if not bounds or bounds[0] != 0:
            bounds.insert(0, 0)
        if at_end:
            bounds.append(len(pieces))
        base, text_end = start, start + len(text)
        self._plain_lines, self._plain_level = [], None
        tail = text[text.rfind(self.separators.segment) + 1 :]
        half = self._cut and at_end and bool(tail.strip(WHITESPACE))
        whole = len(pieces) - half  # segments; the file may end inside the last one
        for first, last in pairwise(bounds):
            part, clean = raw[first:last], pieces[first:last]
            length = text_end - start if last == len(pieces) else sum(map(len, part)) + last - first
            terminator = self.separators.segment
            span = text[start - base : start - base + length]
            block = Block(span, terminator, start, self.segments + 1, self.separators, pieces=clean, raw=part)
            claim_index = self._index + 1 if _is_claim(clean, element) else None
            self.oddities.look_at(block, claim_index, whole - first)
            self.segments += sum(1 for piece in clean if piece)
            start += length
            if clean:
                yield block

    def _is_known(self, prefix: str) -> bool:
        return prefix.partition(self.separators.element)[0] in KNOWN_SEGMENTS

    def _level(self, block: Block, *, cut: bool) -> None:
        plain = self._plain_level
        if plain is not None:
            number, parent, child, *parts = plain.groups()
            level = Level(block, "22", number, parent, child)
            self.levels.add(level)
            self._subscriber, self._patient = level, None
            self._parties.take_subscriber(parts, self.separators.element)
            self._profile = self._profile_for(self._parties.payer_id, self._parties.filing)
            return
        level = read_level(block)
        if not cut:  # else its HL may be half an HL
            self.levels.add(level)
        if level.code == "20":
            self._billing, self._subscriber, self._patient = level, None, None
            self._leads = True
            self._parties.read_billing(block)
        elif level.code == "22":
            self._subscriber, self._patient = level, None
            self._parties.read_subscriber(block)
            self._profile = self._profile_for(self._parties.payer_id, self._parties.filing)
        else:
            self._patient = level
            self._parties.read_patient(block)

    def _look_for_lines(self, block: Block) -> None:
        """Service lines outside any claim, where the CLM is missing or broken: they are not read."""
        for n, segment in enumerate(block.segments):
            if segment[0] == "SV1":
                self.oddities.add("lost-line", block, n, None)

    def _look_for_foreign(self, mark: str, chunk: str, start: int) -> None:
        at = chunk.find(mark)
        if at >= 0:
            self.foreign[mark] = start + at
            self._foreign = [other for other in self._foreign if other != mark]

    def _claim(self, block: Block, *, cut: bool) -> Claim:
        parties, separators, plain = self._parties, self.separators, self._plain_lines
        element = separators.element
        if plain:
            header = self._plain_header
        else:
            header = block.pieces
            bounds, services_at = _line_bounds([piece[:3] for piece in header], "LX" + element)
            if bounds:
                header = header[: bounds[0]]
        clm = header[0].split(element)
        layout = layout_of(tuple([piece[:MARK] for piece in header]), element)
        rendering = party_id(header[layout.rendering], element) if layout.rendering else ""
        leads, self._leads = self._leads, False
        self._index += 1
        if self._subscriber is None:
            self.oddities.add("no-subscriber", block, 0, self._index)
        facility = clm[5] if len(clm) > 5 else ""
        place, frequency = _facility(facility, separators.component)
        claim = Claim(
            self._index,
            self.envelope,
            self._billing,
            self._subscriber,
            self._patient,
            block,
            layout.end,
            header[: layout.end] if layout.other_payers else header,
            layout,
            plain,
            leads,
            [self._service(line[1]) for line in plain],
            read_all_dates(tuple([line[2] for line in plain]), element),
            clm[1].strip() if len(clm) > 1 else "",
            clm[2] if len(clm) > 2 else "",
            facility,
            place,
            frequency,
            rendering or parties.billing_npi,
            parties.billing_npi,
            parties.payer_id,
            parties.payer_name,
            parties.insurance,
            parties.filing,
            parties.patient_name,
            parties.member_id,
            parties.birth_date,
            layout.other_payers,
            self._profile,
            cut,
        )
        if not plain:
            bounds.append(len(block.pieces))
            found = [*zip(bounds, bounds[1:], services_at, strict=False)]
            lines = [self._line(claim, first, last, at) for first, last, at in found if at >= 0]
            if len(lines) < len(found) and not cut:
                for first, _, at in found:
                    if at < 0:
                        self.oddities.add("lx-alone", block, first, self._index)
            claim.made, claim.services = lines, [line.service for line in lines]
            claim.dates = tuple({(line.dates.raw, line.dates.first): line.dates for line in lines}.values())
        return claim

    def _line(self, claim: Claim, first: int, last: int, sv1_at: int) -> Line:
        pieces, element = claim.block.pieces, self.separators.element
        number = read_line_number(pieces[first][3:].partition(element)[0]) if first != sv1_at else None
        control = None
        dates = NO_DATES
        rendering = claim.rendering
        adjudicated = repriced = False
        for piece in pieces[first + 1 : last]:
            tag = piece[:3]
            if tag == "DTP":
                if piece[4:7] == "472":
                    dates = read_service_dates(piece[8:], element)
            elif tag == "REF":
                if piece[4:6] == "6R":
                    control = piece[7:].partition(element)[0].strip() or None
            elif tag == "NM1":
                if piece[4:6] == "82":
                    rendering = party_id(piece, element) or rendering
            elif tag == "SVD":
                adjudicated = True
            elif tag == "HCP":
                repriced = True
        service = self._service(pieces[sv1_at][4:])
        return Line(
            claim, number, first, last, sv1_at, service, service.procedure, dates, control, rendering,
            adjudicated, repriced,
        )  # fmt: skip

    def _service(self, sv1: str) -> Service:
        """What an SV1 bills, by its text after the id."""
        service = self._services.get(sv1)
        if service is None:
            service = read_service(sv1, self.separators.element, self.separators.component)
            if len(self._services) > _REMEMBERED:
                self._services.clear()
            self._services[sv1] = service
        return service


def _is_claim(pieces: list[str], element: str) -> bool:
    return bool(pieces) and pieces[0].partition(element)[0] == "CLM"


def _line_bounds(tags: list[str], lx: str) -> tuple[list[int], list[int]]:
    """Where lines start, and where the SV1 of each is (-1 without). An SV1 of its own starts a line, too."""
    bounds: list[int] = []
    services_at: list[int] = []
    for n, tag in enumerate(tags):
        if tag == lx:
            bounds.append(n)
            services_at.append(-1)
        elif tag == "SV1":
            if not bounds or services_at[-1] >= 0:
                bounds.append(n)
                services_at.append(-1)
            services_at[-1] = n
    return bounds, services_at


@lru_cache(1024)
def _facility(text: str, component: str) -> tuple[str, str]:
    """CLM05-1 and CLM05-3."""
    parts = [part.strip() for part in text.split(component)] + ["", "", ""]
    return parts[0], parts[2]
