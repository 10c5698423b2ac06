"""The segments of a stretch of a file, each with its bytes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from scrub837.x12.separators import WHITESPACE, Separators
from scrub837.x12.source import Source


@dataclass(frozen=True, slots=True)
class Piece:
    """A segment, without its terminator and what stands around it."""

    text: str  # Latin-1
    start: int
    separators: Separators

    @property
    def end(self) -> int:
        """Offset of what follows it."""
        return self.start + len(self.text)

    @property
    def elements(self) -> list[str]:
        """The segment id, then the elements; line ends that wrap it are not part of them."""
        return self.text.replace("\r", "").replace("\n", "").split(self.separators.element)


def pieces_of(source: Source, start: int, end: int, separators: Separators) -> Iterator[Piece]:
    """The segments between two offsets; blank ones are left out."""
    text = source.read_at(start, end - start).decode("latin-1")
    at = start
    for part in text.split(separators.segment):
        bare = part.strip(WHITESPACE)
        if bare:
            yield Piece(bare, at + part.index(bare), separators)
        at += len(part) + len(separators.segment)
