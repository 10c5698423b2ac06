"""Writes a complete 837P of chosen claims of a batch: envelope, levels, counts, and the claims' own bytes.

    ISA - GS - ST, header - the levels that chosen claims stand in, with their claims - SE - GE - IEA

What holds none of the claims is left out. Bytes are copied by range as they were sent, line ends too; written
anew are HL01, HL02 and HL04, the counts and the control numbers of trailers, which follow their headers.
``edits`` change what is copied, as for a claim that is sent again: control numbers, CLM05-3, a REF*F8.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import BinaryIO

from scrub837.errors import CorrectionUnproven
from scrub837.findings import Edit
from scrub837.fixes.batch import CLAIM, Batch, Contents
from scrub837.fixes.hl import Number, kept_levels, number_levels, numbered
from scrub837.x12.outline import Interchange, Mark
from scrub837.x12.separators import Separators
from scrub837.x12.source import Source

CHUNK = 1 << 20
HL_LONGEST = 512  # an HL is some ten bytes


def assemble(
    source: Source, batch: Batch, chosen: Callable[[int], bool], out: BinaryIO, edits: Sequence[Edit] = ()
) -> list[int]:
    """Write the claims whose index is ``chosen`` to ``out``; gives the indexes, in order.

    ``batch`` is what ``source`` was taken apart into. ``edits`` are sorted and apart; one that inserts
    belongs to what starts there, and edits of what is not written are not made. Raises ``CorrectionUnproven``
    when an edit does not read what it expects, for claims without ST or GS, and for some claims of a
    transaction whose levels do not tell who belongs to whom: such a one is written whole or not at all.
    """
    writer = _Writer(source, edits, out)
    written: list[int] = []
    picked = [(one, [index for index in one.indexes if chosen(index)]) for one in batch.transactions]
    wanted = [(one, claims) for one, claims in picked if claims]
    for _, inside in groupby(wanted, lambda one: id(one[0].task.interchange)):
        written += writer.interchange(list(inside))
    return written


Chosen = tuple[Contents, list[int]]  # a transaction, and the claims of it


class _Writer:
    """Copies ranges of the source with the edits in them made."""

    def __init__(self, source: Source, edits: Sequence[Edit], out: BinaryIO) -> None:
        self._source = source
        self._edits = edits
        self._starts = [edit.start for edit in edits]
        self._out = out

    def interchange(self, inside: list[Chosen]) -> list[int]:
        """Write one interchange; gives the claims in it."""
        written, groups = [], 0
        interchange = inside[0][0].task.interchange
        number = self._head(interchange.isa, interchange, 13)
        for _, members in groupby(inside, lambda one: id(one[0].task.group)):
            written += self._group(list(members))
            groups += 1
        self._trailer(interchange.iea, "IEA", interchange, groups, number)
        return written

    def _group(self, inside: list[Chosen]) -> list[int]:
        written = []
        task = inside[0][0].task
        number = self._head(_there(task.group.gs), task.interchange, 6)
        for contents, claims in inside:
            self._transaction(contents, claims)
            written += claims
        self._trailer(task.group.ge, "GE", task.interchange, len(inside), number)
        return written

    def _transaction(self, contents: Contents, claims: list[int]) -> None:
        task = contents.task
        st = _there(task.transaction.st)
        terminator = task.interchange.separators.segment
        number = self._element(st, task.interchange.separators, 2)
        self._copy(*contents.header)
        segments = contents.header_segments + self._added(*contents.header, terminator)
        segments += self._body(contents, claims, terminator)
        self._trailer(task.transaction.se, "SE", task.interchange, segments + 1, number)

    def _body(self, contents: Contents, claims: list[int], terminator: str) -> int:
        """Write levels and claims; gives the number of segments."""
        whole = len(claims) == len(contents.claims)
        if not (contents.sound or whole):
            raise CorrectionUnproven(
                "the HL segments of a transaction do not tell who belongs to whom: it cannot be divided"
            )
        levels = [n for n, code in enumerate(contents.codes) if code != CLAIM]
        numbers: dict[int, Number] = {}
        if contents.sound:
            levels = kept_levels(contents, claims)
            numbers = number_levels(contents, levels)
        places = [contents.place_of(claim) for claim in claims]
        segments = start = end = 0
        for place in sorted([*levels, *places]):
            first, last = contents.starts[place], contents.ends[place]
            segments += contents.segments[place] + self._added(first, last, terminator)
            if first != end:
                self._copy(start, end)
                start = first
            if place in numbers:
                old = self._hl(first, last, terminator)
                new = numbered(old, contents.task.interchange.separators, numbers[place])
                if new != old:
                    self._copy(start, first)
                    self._out.write(new.encode("latin-1"))
                    start = first + len(old)
            end = last
        self._copy(start, end)
        return segments

    def _hl(self, start: int, end: int, terminator: str) -> str:
        """The text of the HL at ``start``."""
        text = self._source.read_at(start, min(HL_LONGEST, end - start)).decode("latin-1")
        return text.partition(terminator)[0]

    def _head(self, mark: Mark, interchange: Interchange, control: int) -> str:
        """Write a header; gives its control number."""
        self._copy(mark.start, mark.end + 1)
        self._line_end(mark.end + 1, interchange)
        return self._element(mark, interchange.separators, control)

    def _trailer(self, mark: Mark | None, tag: str, where: Interchange, count: int, number: str) -> None:
        """Write a trailer: as it was sent where it is right, else with this count and control number."""
        elements = [tag, str(count), number] if mark is None else list(mark.segment)
        elements += [""] * (3 - len(elements))
        if mark is None or mark.at(1).lstrip("0") != str(count):
            elements[1] = str(count)
        if mark is None or mark.at(2) != number:
            elements[2] = number
        separators = where.separators
        self._out.write((separators.element.join(elements) + separators.segment).encode("latin-1"))
        if mark is None:
            self._out.write(where.line_end.encode("latin-1"))
        else:
            self._line_end(mark.end + 1, where)

    def _line_end(self, at: int, interchange: Interchange) -> None:
        """Write the line end of the interchange if it stands there, too."""
        line_end = interchange.line_end.encode("latin-1")
        if self._source.read_at(at, len(line_end)) == line_end:
            self._out.write(line_end)

    def _element(self, mark: Mark, separators: Separators, number: int) -> str:
        """An element of a header after the edits."""
        text = b"".join(self._edited(mark.start, mark.end)).decode("latin-1")
        elements = text.split(separators.element)
        return elements[number].strip().replace("\r", "").replace("\n", "") if number < len(elements) else ""

    def _within(self, start: int, end: int) -> Sequence[Edit]:
        return self._edits[bisect_left(self._starts, start) : bisect_left(self._starts, end)]

    def _added(self, start: int, end: int, terminator: str) -> int:
        """How many segments the edits of a range add."""
        if not self._edits:
            return 0
        return sum(
            edit.new.count(terminator) - edit.expect.count(terminator) for edit in self._within(start, end)
        )

    def _copy(self, start: int, end: int) -> None:
        self._out.writelines(self._edited(start, end))

    def _edited(self, start: int, end: int) -> Iterable[bytes]:
        """A range of the source with its edits made, in parts."""
        for edit in self._within(start, end) if self._edits else ():
            yield from self._parts(start, edit.start)
            expect = edit.expect.encode("latin-1")
            if edit.end > end or self._source.read_at(edit.start, edit.end - edit.start) != expect:
                raise CorrectionUnproven(f"the bytes to be changed at {edit.start} are not the ones expected")
            yield edit.new.encode("latin-1")
            start = edit.end
        yield from self._parts(start, end)

    def _parts(self, start: int, end: int) -> Iterable[bytes]:
        while start < end:
            data = self._source.read_at(start, min(CHUNK, end - start))
            if not data:
                raise CorrectionUnproven("the file became shorter while it was read")
            yield data
            start += len(data)


def _there(mark: Mark | None) -> Mark:
    if mark is None:
        raise CorrectionUnproven("a transaction stands without its ST or GS: it makes no complete file")
    return mark
