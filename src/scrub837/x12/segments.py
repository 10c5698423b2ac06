"""Bytes to segments, without loss: ``terminator.join(pieces)`` is the text again.

Text is Latin-1 throughout, so that a character is a byte and every byte survives. Line ends, indentation
and blank segments stay in the *pieces*; the *segments* beside them are split and clean. Offsets are
running sums of lengths, worked out only for the places somebody asks for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from scrub837.x12.separators import WHITESPACE, Separators

CHUNK = 1 << 20
Segment = list[str]  # element strings, the segment id is number 0


class Block(msgspec.Struct, frozen=True):
    """Consecutive segments of one transaction, from one loop head to the next."""

    segments: list[Segment]
    pieces: list[str]  # the same segments as they stand in the file, without terminator
    gap: int  # characters between two pieces
    start: int  # byte offset of the first piece
    ordinal: int  # of the first segment that is not blank, ST is 1
    separators: Separators
    length: int  # characters from the first piece to the start of what follows the block

    def offset(self, index: int) -> int:
        """Byte offset of the id of segment ``index``."""
        piece = self.pieces[index]
        lead = len(piece) - len(piece.lstrip(WHITESPACE))
        return self.start + sum(map(len, self.pieces[:index])) + index * self.gap + lead

    def ordinal_of(self, index: int) -> int:
        """Ordinal of segment ``index`` in its ST; blank segments do not count."""
        return self.ordinal + sum(1 for segment in self.segments[:index] if segment[0])

    def span(self, index: int, element: int | None = None, component: int | None = None) -> tuple[int, int]:
        """Byte range of a segment, of one of its elements, or of a component of it (both from 1).

        An element that is not there has an empty range at the end of what is there.
        """
        text = self.pieces[index].strip(WHITESPACE)
        start = self.offset(index)
        if element is None:
            return start, start + len(text)
        return _part(text, self.separators, start, element, component)


def _part(text: str, separators: Separators, start: int, element: int, component: int | None) -> tuple[int, int]:
    parts = text.split(separators.element)
    if element >= len(parts):
        return start + len(text), start + len(text)
    start += sum(map(len, parts[:element])) + element
    text = parts[element]
    if component is None:
        return start, start + len(text)
    parts = text.split(separators.component)
    if component > len(parts):
        return start + len(text), start + len(text)
    start += sum(map(len, parts[: component - 1])) + component - 1
    return start, start + len(parts[component - 1])


def read_designator(element: str) -> tuple[str, int | None, int | None]:
    """``"SV101-3"`` is ``("SV1", 1, 3)``; ``"CLM"`` is ``("CLM", None, None)``."""
    for head in (3, 2):
        match = re.fullmatch(r"(\d\d)?(?:-(\d+))?", element[head:])
        if match and len(element) >= head:
            number, component = match.groups()
            return element[:head], int(number) if number else None, int(component) if component else None
    raise ValueError(f"not an element designator: {element}")


def value(segment: Segment, element: int) -> str:
    """An element without the blanks around it; empty when the segment is shorter."""
    return segment[element].strip() if element < len(segment) else ""


class Splitter:
    """Cuts text of one interchange into pieces and segments, the fast way where the text allows it."""

    def __init__(self, separators: Separators, line_end: str) -> None:
        self.separators = separators
        self._cut = separators.segment + line_end
        self.line_end = line_end

    def split(self, text: str) -> tuple[list[str], list[Segment], int]:
        """Pieces, their segments, and the characters between pieces, of text that ends in a terminator.

        The last piece, what follows the last terminator, is included and normally empty.
        """
        element = self.separators.element
        if self._even(text):
            pieces = text.split(self._cut)
            return pieces, [piece.split(element) for piece in pieces], len(self._cut)
        pieces = text.split(self.separators.segment)
        return pieces, [_clean(piece, element) for piece in pieces], 1

    def _even(self, text: str) -> bool:
        """True when every terminator has the same line end and no other white space stands around."""
        terminator, cut = self.separators.segment, self._cut
        if self.line_end and (not text.endswith(cut) or text.count(terminator) != text.count(cut)):
            return False
        breaks = sum(text.count(mark) for mark in "\r\n" if mark != terminator)
        if breaks != len(self.line_end) * text.count(terminator):
            return False
        return not any(cut + mark in text for mark in (" ", "\t", terminator, "\x00"))


def _clean(piece: str, element: str) -> Segment:
    text = piece.strip(WHITESPACE)
    if "\n" in text or "\r" in text:  # wrapped inside a segment: read as if it were not, the finding says so
        text = text.replace("\r", "").replace("\n", "")
    segment = text.split(element)
    segment[0] = segment[0].rstrip()
    return segment


def line_end_after(text: str) -> str:
    """The line end at the start of ``text``: what stands between the first terminator and the next id."""
    match = re.match(r"\r\n|\n|\r", text)
    return match[0] if match else ""


def read_text(stream: BinaryIO, start: int, end: int) -> Iterator[str]:
    """Bytes ``start:end`` as Latin-1 text, a chunk at a time."""
    stream.seek(start)
    while start < end:
        data = stream.read(min(CHUNK, end - start))
        if not data:
            return
        start += len(data)
        yield data.decode("latin-1")
