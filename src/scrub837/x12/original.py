"""The bytes of a checked file, segment by segment as they stand, for reports that show them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from scrub837.x12.outline import Interchange
from scrub837.x12.separators import WHITESPACE, Separators
from scrub837.x12.source import Source

REACH = 1 << 16  # how far from a place the ends of its segment are looked for


@dataclass(frozen=True, slots=True)
class RawSegment:
    """A segment as it stands in the file: Latin-1 text, line ends that wrap it included, no terminator."""

    start: int  # byte offset of its id
    text: str
    separators: Separators

    @property
    def end(self) -> int:
        """Byte offset of what follows the text."""
        return self.start + len(self.text)

    @property
    def elements(self) -> list[str]:
        """Its elements as they stand; the id is number 0, without the blanks around it."""
        tag, *rest = self.text.split(self.separators.element)
        return [tag.strip(WHITESPACE), *rest]


class Original:
    """The bytes of a file that was checked. It stays open after the ``Source`` it was made from is closed."""

    def __init__(self, source: Source, interchanges: Iterable[Interchange]) -> None:
        self._source = source.again()
        self._starts: list[int] = []
        self._separators: list[Separators] = []
        for interchange in interchanges:
            self._starts.append(interchange.isa.start)
            self._separators.append(interchange.separators)

    def read(self, start: int, end: int) -> str:
        """Bytes ``start:end`` as Latin-1 text, fewer only at the end of the file."""
        return self._source.read_at(start, end - start).decode("latin-1")

    def separators_at(self, offset: int) -> Separators | None:
        """The separators of the interchange a byte stands in or after, ``None`` before the first."""
        number = self._interchange(offset)
        return self._separators[number] if number >= 0 else None

    def segment_at(self, offset: int) -> RawSegment | None:
        """The segment around a byte, or the one a terminator at ``offset`` ends.

        ``None`` where there is none: before the first interchange, or between two of them. Of one that is
        longer than X12 could hold, the part within reach is given.
        """
        number = self._interchange(offset)
        if number < 0:
            return None
        separators = self._separators[number]
        base = max(self._starts[number], offset - REACH)  # the one before may be written otherwise
        before = self.read(base, offset)
        first = before.rfind(separators.segment) + 1
        text = (before[first:] + self.read(offset, offset + REACH)).split(separators.segment, 1)[0]
        return _segment(base + first, text, separators)

    def segments(self, start: int, end: int) -> Iterator[RawSegment]:
        """The segments that begin in bytes ``start:end`` of one interchange, blank ones left out.

        For ranges of the size of a claim: the text is read whole.
        """
        separators = self.separators_at(start)
        if separators is None:
            return
        for text in self.read(start, end).split(separators.segment):
            segment = _segment(start, text, separators)
            if segment is not None:
                yield segment
            start += len(text) + 1

    def _interchange(self, offset: int) -> int:
        return bisect_right(self._starts, offset) - 1

    def close(self) -> None:
        """Give the file back."""
        self._source.close()


def _segment(start: int, text: str, separators: Separators) -> RawSegment | None:
    bare = text.strip(WHITESPACE)
    lead = len(text) - len(text.lstrip(WHITESPACE))
    return RawSegment(start + lead, bare, separators) if bare else None
