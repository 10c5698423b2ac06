"""The segments of a transaction one after the other, each with its ordinal and bytes. Nothing is kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from scrub837.claims.values import read_day, read_number
from scrub837.responses.answers import Place, Remark
from scrub837.x12.outline import LONGEST_SEGMENT
from scrub837.x12.segments import Splitter, read_text
from scrub837.x12.separators import WHITESPACE, Separators
from scrub837.x12.source import Source


class Segment:
    """A segment where it stands. Elements count from 1; one that is not there is empty."""

    __slots__ = ("_text", "elements", "ordinal", "separators", "start", "tag", "where")

    def __init__(
        self,
        text: str,
        raw: str,
        start: int,
        ordinal: int,
        separators: Separators,
        where: tuple[int, str | None],
    ) -> None:
        self.elements = text.split(separators.element)
        self.tag = self.elements[0].upper()
        self._text = raw.strip(WHITESPACE)
        self.start = start + len(raw) - len(raw.lstrip(WHITESPACE))
        self.ordinal = ordinal
        self.separators = separators
        self.where = where  # number of the file, ST02

    def at(self, element: int) -> str:
        """An element without the blanks around it."""
        return self.elements[element].strip() if element < len(self.elements) else ""

    def parts(self, element: int) -> list[str]:
        """The components of an element, without the blanks around them."""
        return [part.strip() for part in self.at(element).split(self.separators.component)]

    def part(self, element: int, component: int) -> str:
        """One component, from 1."""
        parts = self.parts(element)
        return parts[component - 1] if component <= len(parts) else ""

    def place(self, first: int | None = None, last: int | None = None) -> Place:
        """The place of the segment, or of its elements ``first`` to ``last``."""
        start, end = self.start, self.start + len(self._text)
        if first is not None:
            parts = self._text.split(self.separators.element)
            if first >= len(parts):
                start = end
            else:
                start += sum(map(len, parts[:first])) + first
                end = start + len(self.separators.element.join(parts[first : (last or first) + 1]))
        return Place(self.where[0], self.where[1], self.ordinal, start, end)


def walk(
    source: Source,
    span: tuple[int, int],
    separators: Separators,
    where: tuple[int, str | None],
    *,
    cut: bool = False,
) -> Iterator[Segment]:
    """The segments of bytes ``span``; blank ones are passed over and not counted.

    Where the file is ``cut`` inside them, what follows the last terminator is left out: it is half a segment.
    """
    start, end = span
    splitter, terminator = Splitter(separators, ""), separators.segment
    held, ordinal = "", 0
    for chunk in read_text(source, start, end):
        held += chunk
        at_end = start + len(held) >= end
        whole = len(held) if at_end and not cut else held.rfind(terminator) + 1
        text, held = held[:whole], held[whole:]
        pieces, raw = splitter.split(text)
        for piece, sent in zip(pieces, raw, strict=True):
            if piece:
                ordinal += 1
                yield Segment(piece, sent, start, ordinal, separators, where)
            start += len(sent) + 1
        if len(held) > LONGEST_SEGMENT:
            return  # that is no X12; whoever reads on finds no SE


class Notes:
    """Remarks of a reader, kept until they are asked for; and the reading of values that may give one."""

    def __init__(self) -> None:
        self._remarks: list[Remark] = []

    def add(self, code: str, text: str, place: Place) -> None:
        """One more remark."""
        self._remarks.append(Remark(code, text, place))

    def take(self) -> list[Remark]:
        """The remarks since the last time."""
        taken, self._remarks = self._remarks, []
        return taken

    def amount(self, segment: Segment, element: int, name: str) -> Decimal | None:
        """An amount or quantity; one that is there and cannot be read gives a remark."""
        text = segment.at(element)
        if not text:
            return None
        number = read_number(text)
        if number is None:
            self.add("unreadable-value", f"{name} is not a number", segment.place(element))
        return number

    def count(self, segment: Segment, element: int, name: str) -> int | None:
        """A whole number."""
        text = segment.at(element)
        if not text:
            return None
        if text.isascii() and text.isdecimal() and len(text) < 11:
            return int(text)
        self.add("unreadable-value", f"{name} is not a whole number", segment.place(element))
        return None

    def day(self, segment: Segment, element: int, name: str) -> date | None:
        """A date CCYYMMDD, or the first of a range of them."""
        text = segment.at(element)
        if not text:
            return None
        day = read_day(text.partition("-")[0][:8])
        if day is None or not re.fullmatch(r"\d{8}(?:\d{4,6})?(?:-\d{8}(?:\d{4,6})?)?", text):
            self.add("unreadable-value", f"{name} is not a date", segment.place(element))
            return None
        return day
