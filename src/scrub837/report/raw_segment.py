"""A segment as it is shown: inert, without what is hidden, and where in that a byte of the file stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from scrub837.claims.persons import Kind, Spot
from scrub837.findings import HIDDEN
from scrub837.report.words import clean
from scrub837.x12.original import RawSegment

LONG = 2000  # characters; of a longer segment only its head and the surroundings of places are shown
AROUND = 200
Span = tuple[int, int]  # byte offsets


@dataclass(frozen=True, slots=True)
class _Piece:
    """Bytes ``start:end`` of a segment, shown as ``text``; ``raw`` where parts of it can be pointed at."""

    start: int
    end: int
    text: str
    raw: str | None = None


class ShownSegment:
    """The text of a segment for people.

    ``spots`` are what is hidden, ``places`` (byte offsets of the file) what must be seen of a long segment.
    """

    def __init__(self, segment: RawSegment, spots: Iterable[Spot] = (), places: Iterable[Span] = ()) -> None:
        self._origin = segment.start
        raw = segment.text + segment.separators.segment
        cuts = list(_hidden(segment, spots))
        if len(raw) > LONG:
            cuts += _folded(raw, [(start - segment.start, end - segment.start) for start, end in places])
        self._pieces = list(_pieces(raw, cuts))
        self.text = "".join(piece.text for piece in self._pieces)

    def columns(self, place: Span) -> Span:
        """Where a place is shown: columns of ``text``, at least one. What is missing is at its end."""
        start = self._column(place[0] - self._origin, at_end=False)
        end = self._column(place[1] - self._origin, at_end=True)
        return start, max(end, start + 1)

    def _column(self, offset: int, *, at_end: bool) -> int:
        column = 0
        for piece in self._pieces:
            if piece.start < offset <= piece.end if at_end else piece.start <= offset < piece.end:
                if piece.raw is None:
                    return column + (len(piece.text) if at_end else 0)
                return column + len(clean(piece.raw[: offset - piece.start]))
            column += len(piece.text)
        return 0 if offset <= 0 else max(column - 1, 0)


def _hidden(segment: RawSegment, spots: Iterable[Spot]) -> Iterator[_Piece]:
    """What stands in the place of values that name a patient; numbers of claims and lines are shown."""
    separators = segment.separators
    starts, at = [], 0
    parts = segment.text.split(separators.element)
    for part in parts:
        starts.append(at)
        at += len(part) + 1
    for number, component, kind in spots:
        if kind is Kind.CONTROL or number >= len(parts):
            continue
        start, end = starts[number], starts[number] + len(parts[number])
        if component is not None:
            before = parts[number].split(separators.component)[: component - 1]
            start += sum(map(len, before)) + len(before)
        if start < end:
            yield _Piece(start, end, HIDDEN)


def _folded(raw: str, places: Iterable[Span]) -> Iterator[_Piece]:
    """The stretches of a long segment that are far from its head and from every place."""
    seen = sorted(
        (max(0, start - AROUND), min(end, start + AROUND) + AROUND) for start, end in [(0, 0), *places]
    )
    at = 0
    for start, end in [*seen, (len(raw), len(raw))]:
        if start > at:
            yield _Piece(at, start, f" ...{start - at} characters... ")
        at = max(at, end)


def _pieces(raw: str, cuts: Iterable[_Piece]) -> Iterator[_Piece]:
    at = 0
    for cut in sorted(cuts, key=lambda one: (one.start, -one.end)):
        if cut.end <= at:
            continue  # inside another one
        if cut.start > at:
            yield _Piece(at, cut.start, clean(raw[at : cut.start]), raw[at : cut.start])
        yield _Piece(max(cut.start, at), cut.end, cut.text)
        at = cut.end
    if at < len(raw):
        yield _Piece(at, len(raw), clean(raw[at:]), raw[at:])
