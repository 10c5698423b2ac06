"""Reads a response file of whatever kind and condition: answers and remarks, in the order of the file."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from scrub837.responses.acknowledgments import read_acknowledgment
from scrub837.responses.answers import InterchangeAnswer, Item, Place, Remark
from scrub837.responses.remittances import read_remittance
from scrub837.responses.sections import CLAIM, Section, read_sections
from scrub837.responses.statuses import read_statuses
from scrub837.responses.walk import Notes, Segment, walk
from scrub837.x12.segments import read_text
from scrub837.x12.source import Source

READERS = {
    "999": read_acknowledgment,
    "997": read_acknowledgment,
    "277CA": read_statuses,
    "277": read_statuses,
    "277 X364": read_statuses,
    "835": read_remittance,
}


@dataclass(slots=True)
class ResponseFile:
    """A response file. ``items()`` is to be read to its end; what it holds is counted on the way."""

    source: Source
    number: int
    guide: bool = False
    paid: set[bytes] = field(default_factory=set)  # digests of payments that were read, of other files, too
    kinds: Counter[str] = field(default_factory=Counter)  # transactions and TA1 by kind
    others: Counter[str] = field(default_factory=Counter)  # transactions that are not read, by ST01
    remarks: Counter[str] = field(default_factory=Counter)
    sha256: str = ""
    bytes: int = 0
    cut: bool = False

    def items(self) -> Iterator[Item]:
        """Answers and remarks. Never raises for what is in the file."""
        for item in self._items():
            if isinstance(item, Remark):
                self.remarks[item.code] += 1
            yield item

    def _items(self) -> Iterator[Item]:
        notes = Notes()
        outline, sections = read_sections(self.source, self.number, notes)
        self.sha256, self.bytes, self.cut = outline.sha256, outline.bytes, outline.cut
        yield from notes.take()
        for section in sections:
            if isinstance(section, InterchangeAnswer):
                self.kinds["TA1"] += 1
                yield section
            elif section.source.kind in READERS:
                self.kinds[section.source.kind] += 1
                yield from self._section(section)
            else:
                self.others[section.source.kind] += 1
                yield _unread(section)
        if not sections and not self.remarks:
            what = "the file holds no response" if self.bytes else "the file is empty: transfer it again"
            yield Remark("nothing", what, Place(self.number, None, None, 0, self.bytes))

    def _section(self, section: Section) -> Iterator[Item]:
        notes = Notes()
        if section.source.kind == "835" and self._was_read(section):
            place = Place(*section.where, 1, *section.span)
            yield Remark("given-twice", "the same payment was read before; it is not counted again", place)
            return
        counting = _Counting()
        segments = counting.of(
            walk(self.source, section.span, section.separators, section.where, cut=section.cut)
        )
        yield from READERS[section.source.kind](section.source, segments, notes)
        last = counting.last
        if last is not None and last.tag == "SE":
            declared = last.at(1)
            if not (declared.isascii() and declared.isdecimal() and int(declared[:9] or 0) == counting.count):
                notes.add(
                    "count-wrong",
                    f"SE01 does not tell the number of segments, {counting.count}",
                    last.place(1),
                )
        elif section.cut:
            place = Place(self.number, section.where[1], counting.count, section.span[1], section.span[1])
            notes.add("cut", "the transaction ends before its SE; answers may be missing", place)
        yield from notes.take()
        if self.guide:
            from scrub837.responses.by_guide import ask_guide  # noqa: PLC0415 - pyx12 is loaded only when asked

            yield from ask_guide(self.source, section)

    def _was_read(self, section: Section) -> bool:
        digest = hashlib.sha256()
        for text in read_text(self.source, *section.span):
            digest.update(text.encode("latin-1"))
        before = len(self.paid)
        self.paid.add(digest.digest())
        return len(self.paid) == before


class _Counting:
    """Counts segments that go by and keeps the last."""

    def __init__(self) -> None:
        self.count = 0
        self.last: Segment | None = None

    def of(self, segments: Iterator[Segment]) -> Iterator[Segment]:
        for segment in segments:
            self.count, self.last = segment.ordinal, segment
            yield segment


def _unread(section: Section) -> Remark:
    place = Place(*section.where, 1, *section.span)
    if section.source.kind == CLAIM:
        return Remark("not-a-response", "an 837 is no response: name it with --batch", place)
    return Remark("not-a-response", f"transaction {section.source.kind[:8]} is none that is read here", place)
