"""Reads the body of one 837P transaction: claims one at a time, levels by position, oddities on the way.

Loops are told apart as the implementation guide orders them (HL, CLM, SBR, LX, NM1, SVD), never by HL ids:
those repeat between transactions and are often wrong. A claim is valid until the next one is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import pairwise

from scrub837.claims.insured import Insured, party_id, read_billing_npi, read_dependent, read_insured
from scrub837.claims.layout import KNOWN_SEGMENTS, MARK, layout_of
from scrub837.claims.levels import Levels
from scrub837.claims.model import NO_DATES, Claim, Envelope, Level, Line, read_level
from scrub837.claims.oddities import Oddities
from scrub837.claims.plain_run import Above, PlainReader
from scrub837.claims.services import billed, days_of_lines
from scrub837.claims.values import read_facility, read_line_number, read_service, read_service_dates
from scrub837.config import Profile
from scrub837.x12.segments import Block, Splitter, Windows
from scrub837.x12.separators import WHITESPACE, Separators
from scrub837.x12.source import Source

USUAL_SEPARATORS = "*~:^"
_SHORT = 1 << 14  # bytes of a span that is read at once
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
        self.lines = 0
        self.claim_count = 0
        self.oddities = Oddities()
        self.levels = Levels()
        self.foreign: dict[str, int] = {}  # usual separators that are plain data -> offset of the first
        self.header: Block | None = None  # ST up to the first HL, unless the file ends in it
        self._source = source
        self._span = span
        self._splitter = Splitter(separators, line_end)
        self._cut = cut
        self._above = Above(claims_before)
        self._profile_for = profile_for
        self._profiles: dict[tuple[str, str], Profile] = {}  # by payer id and claim filing code
        after = rf"(?:{re.escape(separators.element)}|{re.escape(separators.segment)}|\Z)"
        self._head = re.compile(rf"{re.escape(self._splitter.cut)}(?=(?:HL|CLM|SE){after})")
        self._known: set[str] = set()  # first four characters of segments that are known
        self._plain = PlainReader(self._splitter, envelope, self._profile, self.levels)
        self._ends = False  # the block in hand is the last of the transaction
        marks = (separators.element, separators.component, separators.segment, separators.repetition)
        self._foreign = [mark for mark in USUAL_SEPARATORS if mark not in marks]

    @property
    def segments(self) -> int:
        """Segments that are not blank, ST and SE included."""
        return self._above.segments

    def claims(self, *, keep: bool = False) -> Iterator[Claim]:
        """The claims in file order. The lines of one are gone when the next is asked for, unless ``keep``."""
        for claims in self.runs():
            for claim in claims:
                yield claim
                if not keep:
                    claim.let_go()

    def runs(self) -> Iterator[list[Claim]]:
        """The claims in file order: plain ones that follow one another together, another one alone."""
        for item in self._items(plain=True):
            if isinstance(item, Block):
                claim = self._take(item)
                claims = [claim] if claim else []
            else:
                claims = item
            if claims:
                self.claim_count += len(claims)
                self.lines += sum([len(claim.billed.services) for claim in claims])
                yield claims
        if not self._cut:
            self.levels.end()

    def blocks(self) -> Iterator[Block]:
        """The whole transaction as blocks: the header, each level, each claim, the trailer."""
        for item in self._items(plain=False):
            assert isinstance(item, Block)  # noqa: S101 - nothing else where no claim is read as plain
            yield item

    def block(self, text: str, start: int, ordinal: int) -> Block:
        """A text of the transaction as one block."""
        return self._splitter.block(text, start, ordinal)

    def last_in(self, span: tuple[int, int], billing: Level | None, ordinal: int) -> Claim:
        """The claim a span of the transaction ends with, below ``billing``, from its subscriber level on.

        ``ordinal`` is that of the first segment in the span.
        """
        self._span = span
        above = self._above
        above.billing, above.segments = billing, ordinal - 1
        if billing is not None:
            above.billing_npi = read_billing_npi(billing.block)
        start, end = span
        text = self._source.read_at(start, end - start).decode("latin-1") if end - start < _SHORT else ""
        claims = text.isascii() and not self._cut and self._plain.read(text, 0, start, above, to_end=True)
        if claims and claims[-1].block.end == end:
            return claims[-1]
        above.segments = ordinal - 1
        *_, claim = self.claims(keep=True)
        return claim

    def _items(self, *, plain: bool) -> Iterator[list[Claim] | Block]:
        """Plain claims, with the subscriber level before each, and blocks of all else, in file order."""
        windows = Windows(self._source, self._span, self._splitter)
        for text, start, at_end in windows:
            self._look_for_foreign(text, start)
            at, whole = 0, len(text)
            even = text.isascii()
            while even and at < whole:
                claims = plain and self._plain.read(
                    text, at, start, self._above, to_end=at_end and not self._cut
                )
                if claims:
                    at = claims[-1].block.end - start
                    yield claims
                    continue
                head = self._head.search(text, at)
                end = head.end() if head else whole if at_end else 0
                if not end:
                    break
                block = self._even_block(text[at:end], start + at) if claims is not None else None
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
        """A block of even text; ``None`` when it is not even or has unknown ids.

        An even block with known ids has no blanks around ids and no blank segments.
        """
        if not self._splitter.even(text):
            return None
        known, pieces = self._known, text.split(self._splitter.cut)
        if not pieces[-1]:
            pieces.pop()
        prefixes = [piece[:4] for piece in pieces]
        if not known.issuperset(prefixes):
            known.update(prefix for prefix in prefixes if self._is_known(prefix))
            if not known.issuperset(prefixes):
                return None
        block = Block(text, self._splitter.cut, start, self.segments + 1, self.separators, pieces)
        self._above.segments += len(pieces)
        return block

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
            claim_index = self._above.claims + 1 if _is_claim(clean, element) else None
            self.oddities.look_at(block, claim_index, whole - first)
            self._above.segments += sum(1 for piece in clean if piece)
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
        above = self._above
        if level.code == "20":
            above.billing, above.subscriber, above.patient = level, None, None
            above.leads = True
            above.billing_npi = read_billing_npi(block)
        elif level.code == "22":
            above.subscriber, above.patient = level, None
            above.insured = read_insured(block)
        else:
            above.patient = level
            above.insured = read_dependent(block, above.insured)

    def _profile(self, insured: Insured) -> Profile:
        payer = insured.payer_id, insured.filing
        profile = self._profiles.get(payer)
        if profile is None:
            profile = self._profiles[payer] = self._profile_for(*payer)
        return profile

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
        above = self._above
        above.claims += 1
        if above.subscriber is None:
            self.oddities.add("no-subscriber", block, 0, above.claims)
        leads, above.leads = above.leads, False
        place, frequency = read_facility(clm[5], self.separators.component)
        rendering = party_id(header[layout.rendering], element) if layout.rendering else ""
        claim = Claim(
            above.claims,
            self.envelope,
            above.billing,
            above.subscriber,
            above.patient,
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
            rendering or above.billing_npi,
            above.billing_npi,
            above.insured,
            self._profile(above.insured),
            cut,
        )
        bounds.append(len(block.pieces))
        found = [*zip(bounds, bounds[1:], services_at, strict=False)]
        lines = [self._line(claim, first, last, at) for first, last, at in found if at >= 0]
        if len(lines) < len(found) and not cut:
            for first, _, at in found:
                if at < 0:
                    self.oddities.add("lx-alone", block, first, above.claims)
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
