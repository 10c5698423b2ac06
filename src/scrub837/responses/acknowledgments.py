"""Reads a 999 (or a 997, or a mixture of the two): what is said of transactions and of their group.

Source: 005010X231A1. AK1 names the group, AK2 a transaction of it, IK3, CTX and IK4 its faults, IK5 its
verdict, AK9 that of the group. A 997 has AK3, AK4 and AK5 instead; real files mix them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from scrub837.responses.answers import (
    ElementError,
    GroupAnswer,
    Item,
    Place,
    SegmentError,
    SetAnswer,
    Source,
)
from scrub837.responses.walk import Notes, Segment

VERDICTS = frozenset("AEMRWX")
GROUP_VERDICTS = VERDICTS | {"P"}


@dataclass(slots=True)
class _Set:
    """The AK2 in hand."""

    segment: Segment
    errors: list[SegmentError] = field(default_factory=list)
    verdict: str = ""
    codes: tuple[str, ...] = ()
    ended: bool = False


@dataclass(slots=True)
class _Fault:
    """The IK3 in hand."""

    segment: Segment
    claim: str = ""
    trigger: tuple[str, int | None] | None = None
    elements: list[ElementError] = field(default_factory=list)


class _Reader:
    def __init__(self, source: Source, notes: Notes) -> None:
        self.source = source
        self.notes = notes
        self.head: Segment | None = None  # AK1
        self.set: _Set | None = None
        self.fault: _Fault | None = None
        self.listed = 0

    def take(self, segment: Segment) -> Iterator[SetAnswer | GroupAnswer]:
        tag = segment.tag
        if tag == "AK1":
            yield from self.close_set()
            self.head, self.listed = segment, 0
        elif tag == "AK2":
            yield from self.close_set()
            self.set = _Set(segment)
            self.listed += 1
        elif tag in ("IK3", "AK3"):
            self.close_fault()
            if self._inside(segment):
                self.fault = _Fault(segment)
        elif tag == "CTX":
            self._context(segment)
        elif tag in ("IK4", "AK4"):
            if self.fault is None:
                self.notes.add(
                    "out-of-order", f"{tag} stands without the segment it is about", segment.place()
                )
            else:
                self.fault.elements.append(self._element(segment))
        elif tag in ("IK5", "AK5"):
            self._verdict(segment)
        elif tag == "AK9":
            yield from self.close_set()
            yield self._group(segment)
        elif tag not in ("ST", "SE"):
            self.notes.add(
                "unknown-segment", "a segment that no acknowledgment has was passed over", segment.place()
            )

    def close_fault(self) -> None:
        fault, self.fault = self.fault, None
        if fault is None or self.set is None:
            return
        segment = fault.segment
        self.set.errors.append(
            SegmentError(
                segment.place(),
                segment.at(1).upper(),
                self.notes.count(segment, 2, "IK302"),
                segment.at(3),
                segment.at(4),
                fault.claim,
                fault.trigger,
                tuple(fault.elements),
            )
        )

    def close_set(self) -> Iterator[SetAnswer]:
        self.close_fault()
        one, self.set = self.set, None
        if one is None:
            return
        segment, head = one.segment, self.head
        if not one.ended:
            self.notes.add(
                "unknown-verdict", "a transaction has no IK5: its verdict is not told", segment.place()
            )
        yield SetAnswer(
            self.source,
            segment.place(),
            head.at(1) if head else "",
            head.at(2) if head else "",
            segment.at(1),
            segment.at(2),
            one.verdict,
            one.codes,
            tuple(one.errors),
        )

    def _inside(self, segment: Segment) -> bool:
        if self.set is None:
            self.notes.add("out-of-order", f"{segment.tag} stands outside of any AK2", segment.place())
        return self.set is not None

    def _verdict(self, segment: Segment) -> None:
        self.close_fault()
        if not self._inside(segment):
            return
        assert self.set is not None  # noqa: S101 - as _inside says
        verdict = segment.at(1).upper()
        if verdict not in VERDICTS:
            self.notes.add(
                "unknown-verdict", f"{segment.tag}01 is none of A, E, M, R, W and X", segment.place(1)
            )
            return
        if self.set.ended:
            self.notes.add(
                "out-of-order", "a transaction has a second verdict; the last counts", segment.place()
            )
        self.set.verdict, self.set.ended = verdict, True
        self.set.codes = _codes(segment, 2)

    def _context(self, segment: Segment) -> None:
        """``CLM01:123`` names the claim; a situational trigger the segment that made this one necessary."""
        fault = self.fault
        if fault is None:
            self.notes.add("out-of-order", "CTX stands without the segment it is about", segment.place())
            return
        mark = segment.separators.repetition
        for text in segment.at(1).split(mark) if mark else [segment.at(1)]:
            name, _, value = text.partition(segment.separators.component)
            if name.strip().upper() == "CLM01" and value.strip():
                fault.claim = value.strip()
            elif name.strip().upper() == "SITUATIONAL TRIGGER":
                fault.trigger = segment.at(2).upper(), self.notes.count(segment, 3, "CTX03")

    def _element(self, segment: Segment) -> ElementError:
        numbers = [
            int(part) if part.isascii() and part.isdecimal() else None for part in segment.parts(1)[:2]
        ]
        if numbers[0] is None:
            self.notes.add("unreadable-value", f"{segment.tag}01 names no element", segment.place(1))
        component = numbers[1] if len(numbers) > 1 else None
        return ElementError(
            segment.place(), numbers[0], component, segment.at(2), segment.at(3), segment.at(4)
        )

    def _group(self, segment: Segment) -> GroupAnswer:
        head, notes = self.head, self.notes
        verdict = segment.at(1).upper()
        if verdict not in GROUP_VERDICTS:
            notes.add("unknown-verdict", "AK901 is none of A, E, P, M, R, W and X", segment.place(1))
            verdict = ""
        if head is None:
            notes.add("out-of-order", "AK9 stands without an AK1", segment.place())
        included = notes.count(segment, 2, "AK902")
        if verdict in ("P", "E") and included is not None and self.listed < included:
            notes.add(
                "totals-differ",
                f"AK902 tells of {included} transactions, {self.listed} are listed",
                segment.place(2),
            )
        return GroupAnswer(
            self.source,
            segment.place(),
            head.at(1) if head else "",
            head.at(2) if head else "",
            verdict,
            _codes(segment, 5),
            included,
            notes.count(segment, 3, "AK903"),
            notes.count(segment, 4, "AK904"),
            self.listed,
        )


def _codes(segment: Segment, first: int) -> tuple[str, ...]:
    return tuple(filter(None, (segment.at(n) for n in range(first, first + 5))))


def read_acknowledgment(source: Source, segments: Iterable[Segment], notes: Notes) -> Iterator[Item]:
    """What a 999 or 997 says, transaction by transaction."""
    reader = _Reader(source, notes)
    last: Place | None = None
    for segment in segments:
        yield from reader.take(segment)
        yield from notes.take()
        last = segment.place()
        if segment.tag == "AK9":
            reader.head = None
    yield from reader.close_set()
    if reader.head is not None and last is not None:
        notes.add("cut", "the acknowledgment ends without AK9: the verdict on the group is not told", last)
    yield from notes.take()
