"""Reads the body of one 837P transaction: claims one at a time, levels by position, oddities on the way.

Loops are told apart as the implementation guide orders them (HL, CLM, SBR, LX, NM1, SVD), never by HL ids:
those repeat between transactions and are often wrong. A claim is valid until the next one is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import pairwise

from scrub837.claims.insured import (
    NOBODY,
    party_id,
    plain_insured_reader,
    read_billing_npi,
    read_dependent,
    read_insured,
)
from scrub837.claims.layout import KNOWN_SEGMENTS, MARK, Layout, layout_of
from scrub837.claims.levels import Levels
from scrub837.claims.model import NO_DATES, Claim, Envelope, Level, Line, PlainLines, read_level
from scrub837.claims.oddities import Oddities
from scrub837.claims.plain import LONG, SHORT, plain_claim
from scrub837.claims.services import billed, days_of_lines
from scrub837.claims.values import read_billed, read_days, read_line_number, read_service, read_service_dates
from scrub837.config import Profile
from scrub837.x12.segments import Block, Splitter, Windows
from scrub837.x12.separators import WHITESPACE, Separators
from scrub837.x12.source import Source

USUAL_SEPARATORS = "*~:^"
_HEADS = frozenset(("HL", "CLM", "SE"))
_NOTHING = billed(())
_NO_DAYS = days_of_lines(())


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
        self._billing_npi = ""
        self._insured = NOBODY
        self._read_insured = plain_insured_reader(self._splitter.cut, separators)
        self._profile = profile_for("", "")
        self._profiles: dict[tuple[str, str], Profile] = {}  # by payer id and claim filing code
        self._layouts: dict[tuple[str, ...], Layout] = {}  # by the marks of a header
        after = rf"(?:{re.escape(separators.element)}|{re.escape(separators.segment)}|\Z)"
        self._head = re.compile(rf"{re.escape(self._splitter.cut)}(?=(?:HL|CLM|SE){after})")
        self._known: set[str] = set()  # first four characters of segments that are known
        self._plain = plain_claim(separators, self._splitter.cut)
        self._ends = False  # the block in hand is the last of the transaction
        marks = (separators.element, separators.component, separators.segment, separators.repetition)
        self._foreign = [mark for mark in USUAL_SEPARATORS if mark not in marks]

    def claims(self, *, keep: bool = False) -> Iterator[Claim]:
        """The claims in file order. The lines of one are gone when the next is asked for, unless ``keep``."""
        for item in self._items(self._read_plain):
            claim = item if isinstance(item, Claim) else self._take(item)
            if claim is None:
                continue
            self.claim_count += 1
            self.lines += len(claim.billed.services)
            yield claim
            if not keep:
                claim.made = []
        if not self._cut:
            self.levels.end()

    def blocks(self) -> Iterator[Block]:
        """The whole transaction as blocks: the header, each level, each claim, the trailer."""
        for item in self._items(None):
            assert isinstance(item, Block)  # noqa: S101 - nothing else without a reader of plain claims
            yield item

    def block(self, text: str, start: int, ordinal: int) -> Block:
        """A text of the transaction as one block."""
        return self._splitter.block(text, start, ordinal)

    def resume(self, span: tuple[int, int], billing: Level | None, ordinal: int) -> None:
        """Read only ``span`` of the transaction, below ``billing``; its first segment has this ordinal."""
        self._span = span
        self._billing = billing
        if billing is not None:
            self._billing_npi = read_billing_npi(billing.block)
        self.segments = ordinal - 1

    def _items(
        self, read_plain: Callable[[re.Match[str], int], Claim | None] | None
    ) -> Iterator[Claim | Block]:
        """Plain claims, with the subscriber level before them, and blocks of all else, in file order."""
        match = self._plain.match if read_plain else _never
        windows = Windows(self._source, self._span, self._splitter)
        for text, start, at_end in windows:
            self._look_for_foreign(text, start)
            at, whole = 0, len(text)
            even = text.isascii() and self._splitter.even(text)
            while even and at < whole:
                found = match(text, at)
                if read_plain and found and (found.end() < whole or (at_end and not self._cut)):
                    claim = read_plain(found, start)
                    if claim is not None:
                        at = found.end()
                        yield claim
                        continue
                head = self._head.search(text, at)
                end = head.end() if head else whole if at_end else 0
                if not end:
                    break
                block = self._even_block(text[at:end], start + at)
                even = block is not None
                if block is not None:
                    at = end
                    self._ends = at_end and at == whole
                    yield block
            if not even:
                for block in self._split_uneven(text[at:], start + at, at_end=at_end):
                    at += block.length
                    self._ends = at_end and at == whole
                    yield block
            windows.used = at

    def _even_block(self, text: str, start: int) -> Block | None:
        """A block of even text; ``None`` when it has unknown ids.

        An even block with known ids has no blanks around ids and no blank segments.
        """
        known, pieces = self._known, text.split(self._splitter.cut)
        if not pieces[-1]:
            pieces.pop()
        prefixes = [piece[:4] for piece in pieces]
        if not known.issuperset(prefixes):
            known.update(prefix for prefix in prefixes if self._is_known(prefix))
            if not known.issuperset(prefixes):
                return None
        block = Block(text, self._splitter.cut, start, self.segments + 1, self.separators, pieces)
        self.segments += len(pieces)
        return block

    def _read_plain(self, found: re.Match[str], start: int) -> Claim | None:
        """The claim of a match of ``plain_claim``, its level before it; ``None`` when it is not so plain."""
        number, parent, child, about, header, id_, charge, facility, lines = found.groups()
        separators, cut = self.separators, self._splitter.cut
        element, component = separators.element, separators.component
        head = header.split(cut)
        head.pop()
        marks = tuple([piece[:MARK] for piece in head[1:]])
        layout = self._layouts.get(marks) or self._read_layout(marks)
        if not layout.known or (number is None and self._subscriber is None):
            return None
        text, at, ordinal = found.string, found.start(5), self.segments + 1
        if number is not None:
            level_at = found.start()
            block = Block(text[level_at:at], cut, start + level_at, ordinal, separators)
            self._subscriber, self._patient = Level(block, "22", number, parent, child), None
            self.levels.add(self._subscriber)
            insured = self._insured = self._read_insured(about)
            ordinal += 1 + insured.segments
            payer = insured.payer_id, insured.filing
            self._profile = self._profiles.get(payer) or self._read_profile(payer)
        pieces = lines.split(cut)
        pieces.pop()
        each = LONG if pieces[-1][:3] == "REF" else SHORT
        self.segments = ordinal - 1 + len(head) + len(pieces)
        self._index += 1
        leads, self._leads = self._leads, False
        place, frequency = _facility(facility, component)
        rendering = party_id(head[layout.rendering], element) if layout.rendering else ""
        return Claim(
            self._index,
            self.envelope,
            self._billing,
            self._subscriber,
            self._patient,
            Block(text[at : found.end()], cut, start + at, ordinal, separators),
            head[: layout.end] if layout.other_payers else head,
            layout,
            PlainLines(tuple(pieces[::each]), pieces[3::each] if each == LONG else [], len(head)),
            leads,
            read_billed(tuple(pieces[1::each]), element, component),
            read_days(tuple(pieces[2::each]), element),
            id_.strip(),
            charge,
            facility,
            place,
            frequency,
            rendering or self._billing_npi,
            self._billing_npi,
            self._insured,
            self._profile,
        )

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
        tail = text[text.rfind(self.separators.segment) + 1 :]
        half = self._cut and at_end and bool(tail.strip(WHITESPACE))
        whole = len(pieces) - half  # segments; the file may end inside the last one
        for first, last in pairwise(bounds):
            part, clean = raw[first:last], pieces[first:last]
            length = text_end - start if last == len(pieces) else sum(map(len, part)) + last - first
            terminator = self.separators.segment
            span = text[start - base : start - base + length]
            block = Block(span, terminator, start, self.segments + 1, self.separators, clean, part)
            claim_index = self._index + 1 if _is_claim(clean, element) else None
            self.oddities.look_at(block, claim_index, whole - first)
            self.segments += sum(1 for piece in clean if piece)
            start += length
            if clean:
                yield block

    def _is_known(self, prefix: str) -> bool:
        return prefix.partition(self.separators.element)[0] in KNOWN_SEGMENTS

    def _take(self, block: Block) -> Claim | None:
        """The claim of a block, or ``None`` when it is something else, which is noted."""
        cut = self._cut and self._ends
        tag = block.pieces[0].partition(self.separators.element)[0]
        if tag == "CLM":
            return self._read_claim(block, cut=cut)
        if tag == "HL":
            self._level(block, cut=cut)
        elif self.header is None and not cut:
            self.header = block
        if "SV1" in block.text:
            self._look_for_lines(block)
        return None

    def _level(self, block: Block, *, cut: bool) -> None:
        level = read_level(block)
        if not cut:  # else its HL may be half an HL
            self.levels.add(level)
        if level.code == "20":
            self._billing, self._subscriber, self._patient = level, None, None
            self._leads = True
            self._billing_npi = read_billing_npi(block)
        elif level.code == "22":
            self._subscriber, self._patient = level, None
            self._insured = read_insured(block)
            self._profile = self._profile_for(self._insured.payer_id, self._insured.filing)
        else:
            self._patient = level
            self._insured = read_dependent(block, self._insured)

    def _read_profile(self, payer: tuple[str, str]) -> Profile:
        profile = self._profiles[payer] = self._profile_for(*payer)
        return profile

    def _read_layout(self, marks: tuple[str, ...]) -> Layout:
        layout = self._layouts[marks] = layout_of(marks, self.separators.element)
        return layout

    def _look_for_lines(self, block: Block) -> None:
        """Service lines outside any claim, where the CLM is missing or broken: they are not read."""
        for n, segment in enumerate(block.segments):
            if segment[0] == "SV1":
                self.oddities.add("lost-line", block, n, None)

    def _look_for_foreign(self, text: str, start: int) -> None:
        for mark in list(self._foreign):
            at = text.find(mark)
            if at >= 0:
                self.foreign[mark] = start + at
                self._foreign.remove(mark)

    def _read_claim(self, block: Block, *, cut: bool) -> Claim:
        element, header = self.separators.element, block.pieces
        bounds, services_at = _line_bounds([piece[:4] for piece in header], element)
        if bounds:
            header = header[: bounds[0]]
        layout = layout_of(tuple([piece[:MARK] for piece in header[1:]]), element)
        clm = header[0].split(element) + [""] * 5
        if self._subscriber is None:
            self.oddities.add("no-subscriber", block, 0, self._index + 1)
        self._index += 1
        leads, self._leads = self._leads, False
        place, frequency = _facility(clm[5], self.separators.component)
        rendering = party_id(header[layout.rendering], element) if layout.rendering else ""
        claim = Claim(
            self._index,
            self.envelope,
            self._billing,
            self._subscriber,
            self._patient,
            block,
            header[: layout.end] if layout.other_payers else header,
            layout,
            None,
            leads,
            _NOTHING,
            _NO_DAYS,
            clm[1].strip(),
            clm[2],
            clm[5],
            place,
            frequency,
            rendering or self._billing_npi,
            self._billing_npi,
            self._insured,
            self._profile,
            cut,
        )
        bounds.append(len(block.pieces))
        found = [*zip(bounds, bounds[1:], services_at, strict=False)]
        lines = [self._line(claim, first, last, at) for first, last, at in found if at >= 0]
        if len(lines) < len(found) and not cut:
            for first, _, at in found:
                if at < 0:
                    self.oddities.add("lx-alone", block, first, self._index)
        claim.made = lines
        claim.billed = billed(tuple([line.service for line in lines]))
        claim.days = days_of_lines(tuple([line.dates for line in lines]))
        return claim

    def _line(self, claim: Claim, first: int, last: int, sv1_at: int) -> Line:
        pieces, element = claim.block.pieces, self.separators.element
        number = read_line_number(pieces[first][3:].partition(element)[0]) if first != sv1_at else None
        control = None
        dates = NO_DATES
        rendering = claim.rendering
        adjudicated = repriced = False
        for piece in pieces[first + 1 : last]:
            tag, _, rest = piece.partition(element)
            if tag == "DTP":
                qualifier, _, rest = rest.partition(element)
                if qualifier.strip() == "472":
                    dates = read_service_dates(rest, element)
            elif tag == "REF":
                qualifier, _, rest = rest.partition(element)
                if qualifier.strip() == "6R":
                    control = rest.partition(element)[0].strip() or None
            elif tag == "NM1":
                if rest.partition(element)[0].strip() == "82":
                    rendering = party_id(piece, element) or rendering
            elif tag == "SVD":
                adjudicated = True
            elif tag == "HCP":
                repriced = True
        service = read_service(pieces[sv1_at][4:], element, self.separators.component)
        return Line(
            claim, number, first, last, sv1_at, service, service.procedure, dates, control, rendering,
            adjudicated, repriced,
        )  # fmt: skip


def _is_claim(pieces: list[str], element: str) -> bool:
    return bool(pieces) and pieces[0].partition(element)[0] == "CLM"


def _line_bounds(heads: list[str], element: str) -> tuple[list[int], list[int]]:
    """Where lines start, and where the SV1 of each is (-1 without). An SV1 of its own starts a line, too.

    ``heads`` are the first four characters of the segments.
    """
    lx, sv1 = "LX" + element, "SV1" + element
    bounds: list[int] = []
    services_at: list[int] = []
    for n, head in enumerate(heads):
        if head[:3] == lx or head == "LX":
            bounds.append(n)
            services_at.append(-1)
        elif head in (sv1, "SV1"):
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


def _never(text: str, at: int) -> None:
    """Nothing is plain."""
