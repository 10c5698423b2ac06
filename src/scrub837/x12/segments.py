"""Bytes to segments, without loss: ``terminator.join(pieces)`` is the text again.

Text is Latin-1 throughout, so that a character is a byte and every byte survives. Line ends, indentation
and blank segments stay in the *pieces*; the *segments* beside them are split and clean. Offsets are
running sums of lengths, worked out only for the places somebody asks for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from scrub837.x12.separators import WHITESPACE, Separators
from scrub837.x12.source import Source

CHUNK = 1 << 17  # what is split at a time: small enough to stay in the processor's cache
Segment = list[str]  # element strings, the segment id is number 0


class Block(msgspec.Struct):
    """Consecutive segments of one transaction, from one loop head to the next. Split only when asked."""

    text: str
    cut: str  # what stands between two raw pieces: the terminator and, in even text, a line end
    start: int  # byte offset of the text
    ordinal: int  # of the first segment that is not blank, ST is 1
    separators: Separators
    clean: list[str] | None = None  # see ``pieces``
    sent: list[str] | None = None  # see ``raw``
    split: list[Segment] | None = None  # see ``segments``

    @property
    def length(self) -> int:
        """Of the text, in bytes."""
        return len(self.text)

    @property
    def end(self) -> int:
        """Byte offset after the text."""
        return self.start + len(self.text)

    @property
    def pieces(self) -> list[str]:
        """The segments as text, clean, without terminator. Blank ones are empty."""
        if self.clean is None:
            self.clean = self.text.split(self.cut)
            if not self.clean[-1]:
                self.clean.pop()
        return self.clean

    @property
    def raw(self) -> list[str]:
        """The pieces as they stand in the file."""
        return self.pieces if self.sent is None else self.sent

    @property
    def segments(self) -> list[Segment]:
        """The segments, split into elements. Blank ones have an empty id."""
        if self.split is None:
            element = self.separators.element
            self.split = [piece.split(element) for piece in self.pieces]
        return self.split

    def offset(self, index: int) -> int:
        """Byte offset of the id of segment ``index``."""
        piece = self.raw[index]
        lead = len(piece) - len(piece.lstrip(WHITESPACE))
        return self.start + sum(map(len, self.raw[:index])) + index * len(self.cut) + lead

    def ordinal_of(self, index: int) -> int:
        """Ordinal of segment ``index`` in its ST; blank segments do not count."""
        return self.ordinal + sum(1 for piece in self.pieces[:index] if piece)

    def span(self, index: int, element: int | None = None, component: int | None = None) -> tuple[int, int]:
        """Byte range of a segment, of one of its elements, or of a component of it (both from 1).

        An element that is not there has an empty range at the end of what is there.
        """
        text = self.raw[index].strip(WHITESPACE)
        start = self.offset(index)
        if element is None:
            return start, start + len(text)
        return _part(text, self.separators, start, element, component)


def _part(
    text: str, separators: Separators, start: int, element: int, component: int | None
) -> tuple[int, int]:
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
        self.cut = separators.segment + line_end
        self.line_end = line_end

    def even(self, text: str) -> bool:
        """True when every terminator of ``text`` has the usual line end and no other line end stands around.

        Then ``text.split(cut)`` gives clean segments, unless there are blanks or blank segments: those have
        ids that are not known.
        """
        terminator, cut = self.separators.segment, self.cut
        if self.line_end and (not text.endswith(cut) or text.count(terminator) != text.count(cut)):
            return False
        breaks = sum(text.count(mark) for mark in "\r\n" if mark != terminator)
        return breaks == 0 if not self.line_end else breaks == len(self.line_end) * text.count(terminator)

    def even_part(self, text: str, start: int, end: int, segments: int) -> bool:
        """The same of ``text[start:end]``, which is so many segments with the usual line end after each."""
        marks = [mark for mark in "\r\n" if mark != self.separators.segment]
        return all(text.count(mark, start, end) == segments * self.line_end.count(mark) for mark in marks)

    def split(self, text: str) -> tuple[list[str], list[str]]:
        """Clean pieces, and raw pieces with one character between them, of text that ends in a terminator.

        What follows the last terminator is left out when it is empty.
        """
        raw = text.split(self.separators.segment)
        if not raw[-1].strip(WHITESPACE):
            raw.pop()
        return [_clean(piece, self.separators.element) for piece in raw], raw

    def block(self, text: str, start: int, ordinal: int) -> Block:
        """All segments of ``text``, which begins at byte ``start``, as one block."""
        pieces, raw = self.split(text)
        return Block(text, self.separators.segment, start, ordinal, self.separators, pieces, raw)


def _clean(piece: str, element: str) -> str:
    text = piece.strip(WHITESPACE)
    if "\n" in text or "\r" in text:  # wrapped inside a segment: read as if it were not, the finding says so
        text = text.replace("\r", "").replace("\n", "")
    tag, separator, rest = text.partition(element)
    return tag.rstrip() + separator + rest


def line_end_after(text: str) -> str:
    """The line end at the start of ``text``: what stands between the first terminator and the next id."""
    match = re.match(r"\r\n|\n|\r", text)
    return match[0] if match else ""


class Windows:
    """A span of a source as text, a chunk at a time, each to the end of a segment.

    Gives a text, its byte offset, and whether it is the last. Whoever reads it says in ``used`` how many
    characters are done with; the others come again, with more behind them.
    """

    def __init__(self, source: Source, span: tuple[int, int], splitter: Splitter) -> None:
        self.used = 0
        self._source = source
        self._span = span
        self._splitter = splitter

    def __iter__(self) -> Iterator[tuple[str, int, bool]]:
        start, end = self._span
        cut, terminator = self._splitter.cut, self._splitter.separators.segment
        text, wanted = "", 0
        for chunk in read_text(self._source, start, end):
            text += chunk
            at_end = start + len(text) >= end
            if len(text) < wanted and not at_end:
                continue
            whole = text.rfind(cut) + len(cut) if cut in text else text.rfind(terminator) + 1
            self.used = 0
            yield text if at_end else text[:whole], start, at_end
            wanted = 0 if self.used else 2 * len(text)  # nothing could be read: look when it has doubled
            text = text[self.used :]
            start += self.used


def read_text(source: Source, start: int, end: int) -> Iterator[str]:
    """Bytes ``start:end`` as Latin-1 text, a chunk at a time."""
    while start < end:
        data = source.read_at(start, min(CHUNK, end - start))
        if not data:
            return
        start += len(data)
        yield data.decode("latin-1")
