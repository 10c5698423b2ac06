"""Reads a 277: the claim acknowledgment (277CA, X214 or X364) and the answer to a status request (X212).

Source: 005010X214. Levels are told by HL03 (20 source, 21 receiver, 19 provider, PT patient; some senders
write 22 or 23), not by HL ids. An STC may carry three statuses, in elements 1, 10 and 11.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import msgspec

from scrub837.responses.answers import Item, Source, Status, StatusAnswer, StatusLine
from scrub837.responses.walk import Notes, Segment

_LEVELS = {"20": "source", "21": "receiver", "19": "provider", "PT": "claim", "22": "claim", "23": "claim"}
_REJECTED = frozenset(("A3", "A4", "A6", "A7", "A8"))


@dataclass(slots=True)
class _Line:
    segment: Segment
    control: str = ""
    other_control: str = ""
    statuses: list[Status] = field(default_factory=list)


@dataclass(slots=True)
class _Level:
    """A level in hand: of a patient one claim, from its TRN on."""

    segment: Segment
    name: str = ""
    identity: str = ""
    kind: str = ""
    trace: str = ""
    statuses: list[Status] = field(default_factory=list)
    amount: Decimal | None = None
    day: date | None = None
    first: date | None = None
    references: dict[str, str] = field(default_factory=dict)
    lines: list[_Line] = field(default_factory=list)
    line: _Line | None = None
    claims: int = 0
    rejected: int = 0
    declared: dict[str, Segment] = field(default_factory=dict)  # QTY by qualifier


class _Reader:
    def __init__(self, source: Source, notes: Notes) -> None:
        self.source = source
        self.notes = notes
        self.levels: dict[str, _Level] = {}  # the source, receiver and provider levels above
        self.level: _Level | None = None

    def take(self, segment: Segment) -> Iterator[StatusAnswer]:
        tag, level = segment.tag, self.level
        if tag == "HL":
            yield from self.close(self.level if self.level and self.level.kind == "claim" else None)
            yield from self._open(segment)
            return
        if tag in ("ST", "BHT", "SE", "PER", "N3", "N4"):
            return
        if level is None:
            self.notes.add("out-of-order", f"{_shown(tag)} stands before any level (HL)", segment.place())
            if tag not in ("NM1", "TRN", "STC"):
                return
            self.level = level = _Level(segment, kind="claim")  # read all the same
        if tag == "NM1":
            if not level.name and not level.identity:
                level.name = ", ".join(filter(None, (segment.at(3), segment.at(4))))
                level.identity = segment.at(9)
        elif tag == "TRN":
            if level.kind == "claim" and (level.statuses or level.trace):  # another claim of the patient
                yield from self.close(level)
                self.level = level = _Level(level.segment, level.name, level.identity, level.kind)
            level.trace = segment.at(2)
        elif tag == "STC":
            self._statuses(segment, level)
        elif tag == "SVC":
            level.line = _Line(segment)
            level.lines.append(level.line)
        elif tag == "REF":
            self._reference(segment, level)
        elif tag == "DTP":
            if segment.at(1) == "472":
                day = self.notes.day(segment, 3, "DTP03")
                level.first = level.first or day
        elif tag == "QTY":
            level.declared[segment.at(1)] = segment
        elif tag != "AMT":
            self.notes.add("unknown-segment", "a segment that no 277 has was passed over", segment.place())

    def _open(self, segment: Segment) -> Iterator[StatusAnswer]:
        kind = _LEVELS.get(segment.at(3).upper(), "")
        if not kind:
            self.notes.add("unreadable-value", "HL03 is no level of a 277", segment.place(3))
            kind = "claim"
        elif segment.at(3).upper() == "23":
            self.notes.add(
                "unreadable-value", "HL03 is 23 where PT is due; it is read as a patient", segment.place(3)
            )
        order = ("source", "receiver", "provider")
        if kind in order:
            for lower in reversed(order[order.index(kind) :]):
                yield from self.close(self.levels.pop(lower, None))
        self.level = _Level(segment, kind=kind)
        if kind in order:
            self.levels[kind] = self.level

    def _statuses(self, segment: Segment, level: _Level) -> None:
        notes, found = self.notes, []
        text = segment.at(12)
        for element in (1, 10, 11):
            parts = [*segment.parts(element), "", "", ""]
            if not parts[0]:
                continue
            category = parts[0].upper()
            if len(category) != 2 or not category[0].isalpha():
                notes.add("unreadable-value", f"STC{element:02d} holds no status", segment.place(element))
                text = text or (segment.at(element) if element > 1 else "")  # free text one element too early
                continue
            found.append(Status(segment.place(element), category, parts[1], parts[2].upper()))
        found = [msgspec.structs.replace(one, text=text) for one in found] if text else found
        if not found:
            notes.add("unknown-verdict", "an STC tells no status", segment.place())
        if level.line is not None:
            level.line.statuses += found
            return
        level.statuses += found
        if level.amount is None:
            level.amount = notes.amount(segment, 4, "STC04")
        level.day = notes.day(segment, 2, "STC02") or level.day

    @staticmethod
    def _reference(segment: Segment, level: _Level) -> None:
        qualifier, value = segment.at(1), segment.at(2)
        if level.line is None:
            level.references.setdefault(qualifier, value)
        elif qualifier == "FJ":
            level.line.control = value
        elif qualifier == "6R":
            level.line.other_control = value

    def close(self, level: _Level | None) -> Iterator[StatusAnswer]:
        if level is None:
            return
        if level.kind == "claim":
            statuses = [*level.statuses, *(one for line in level.lines for one in line.statuses)]
            rejected = any(one.category in _REJECTED for one in statuses)
            for above in self.levels.values():
                above.claims += 1
                above.rejected += rejected
            if not statuses:
                self.notes.add("unknown-verdict", "a claim has no status", level.segment.place())
        elif level.kind == "provider":
            self._count_unlisted(level)
        elif level.kind == "receiver":
            self._compare(level)
        if level.kind == "claim" or level.statuses:
            yield self._answer(level)

    def _count_unlisted(self, level: _Level) -> None:
        """A provider refused as a whole lists no claims, but counts them (QTY*QC)."""
        declared = level.declared.get("QC")
        receiver = self.levels.get("receiver")
        if declared is not None and not level.claims and receiver is not None:
            number = self.notes.count(declared, 2, "QTY02") or 0
            receiver.claims += number
            receiver.rejected += number

    def _compare(self, level: _Level) -> None:
        if not level.claims:
            return
        for qualifier, counted in (("90", level.claims - level.rejected), ("AA", level.rejected)):
            segment = level.declared.get(qualifier)
            if segment is None:
                continue
            declared = self.notes.count(segment, 2, "QTY02")
            if declared is not None and declared != counted:
                what = "accepted" if qualifier == "90" else "rejected"
                self.notes.add(
                    "totals-differ",
                    f"QTY*{qualifier} tells of {declared:,} {what}, {counted:,} are listed",
                    segment.place(2),
                )

    def _answer(self, level: _Level) -> StatusAnswer:
        receiver, provider = self.levels.get("receiver"), self.levels.get("provider")
        patient = level.kind == "claim"
        return StatusAnswer(
            self.source,
            level.segment.place(),
            level.kind,
            level.trace,
            receiver.trace if receiver else "",
            (level.identity if level.kind == "provider" else provider.identity if provider else ""),
            level.name if patient else "",
            level.identity if patient else "",
            tuple(level.statuses),
            level.amount,
            level.day or self.source.created,
            level.references.get("1K", ""),
            level.references.get("D9", ""),
            level.first,
            tuple(self._line(line) for line in level.lines),
            level.claims,
        )

    def _line(self, line: _Line) -> StatusLine:
        segment = line.segment
        parts = [*segment.parts(1), "", ""]
        return StatusLine(
            segment.place(),
            parts[1].upper(),
            tuple(part.upper() for part in parts[2:6] if part),
            self.notes.amount(segment, 2, "SVC02"),
            line.control or line.other_control,
            tuple(line.statuses),
        )


def _shown(tag: str) -> str:
    return tag if tag.isalnum() and len(tag) < 4 else "a segment"


def read_statuses(source: Source, segments: Iterable[Segment], notes: Notes) -> Iterator[Item]:
    """What a 277 says, claim by claim; a level above is told of after its claims, when it has a status."""
    reader = _Reader(source, notes)
    for segment in segments:
        yield from reader.take(segment)
        yield from notes.take()
    if reader.level is not None and reader.level.kind == "claim":
        yield from reader.close(reader.level)
    for kind in ("provider", "receiver", "source"):
        yield from reader.close(reader.levels.get(kind))
    yield from notes.take()
