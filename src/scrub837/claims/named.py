"""The words that name the patient of a claim, read from the file again: no report may let one through."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from scrub837.claims.persons import INSURED, Kind, Persons
from scrub837.claims.values import read_day
from scrub837.x12.original import Original, RawSegment

_PARTS = ("subscriber", "dependent", "claim")  # each ends where the next of its kind or before it begins
_OF_PARTIES = ("NM1", "N2", "N3", "N4", "PER", "REF", "DMG")
_NEAR = 4096  # bytes in which the NM1 of a segment is looked for
_SHORTEST = 3  # characters: two letters may be anything


class PatientWords:
    """Finds the words claim by claim; asked in file order, it reads each segment once."""

    def __init__(self, original: Original, places: Sequence[int]) -> None:
        self._original = original
        self._places = places  # three numbers a claim, as FileReport keeps them
        self._start = self._end = -1  # what was read: from a subscriber level on
        self._persons = Persons()
        self._words: dict[str, set[str]] = {}  # of the subscriber, the dependent, the claim
        self._part = ""
        self._index = 0
        self._pattern: re.Pattern[str] | None = None

    def pattern(self, index: int) -> re.Pattern[str] | None:
        """What matches any word of the patient of claim ``index``; ``None`` when there is none."""
        if index != self._index:
            self._index = index
            self._pattern = self._read(index)
        return self._pattern

    def _read(self, index: int) -> re.Pattern[str] | None:
        start, _, end = self._places[3 * index - 3 : 3 * index]
        if start != self._start or end < self._end:
            self._start = self._end = start
            self._persons, self._words = Persons(), {}
        for segment in self._original.segments(self._end, end):
            self._take(segment)
        self._end = end
        words = sorted(set().union(*self._words.values()), key=lambda word: (-len(word), word))
        if not words:
            return None
        return re.compile(rf"(?<![A-Za-z0-9])(?:{'|'.join(map(re.escape, words))})(?![A-Za-z0-9])")

    def _take(self, segment: RawSegment) -> None:
        elements = [re.sub(r"[\r\n]", "", element).strip() for element in segment.elements]
        tag = elements[0]
        if tag in ("HL", "CLM"):
            self._part = "claim" if tag == "CLM" else "dependent" if elements[3:4] == ["23"] else "subscriber"
            for part in _PARTS[_PARTS.index(self._part) :]:
                self._words[part] = set()
        words = self._words.setdefault(self._part, set())
        for number, component, kind in self._persons.look(elements):
            if kind is Kind.CONTROL or number >= len(elements):
                continue
            value = elements[number]
            if component is not None:
                value = segment.separators.component.join(
                    value.split(segment.separators.component)[component - 1 :]
                )
            words.update(word for word in _forms(value.strip(), kind) if len(word) >= _SHORTEST)


def _forms(value: str, kind: Kind) -> Iterator[str]:
    """A value as a report may write it."""
    yield value
    if kind is Kind.NAME:
        yield from re.split(r"[^A-Za-z0-9'\x80-\xff]+", value)
    elif kind is Kind.DATE and (day := read_day(value)):
        yield day.isoformat()


def below_person(original: Original, offset: int) -> bool:
    """True for the NM1 of an insured person and what may follow it, in whatever loop it stands."""
    segment = original.segment_at(offset)
    if segment is None or segment.elements[0] not in _OF_PARTIES:
        return False
    before = original.read(max(0, segment.start - _NEAR), segment.start) + segment.text
    element = re.escape(segment.separators.element)
    heads = re.findall(rf"{re.escape(segment.separators.segment)}\s*NM1\s*{element}\s*(\w*)", before)
    return bool(heads) and heads[-1] in INSURED
