"""For the technician: the segments of each held claim as sent, indented by loop, findings under the element.

A claim is shown from its subscriber level on, other claims of the same subscriber left out. Findings on the
file and its envelope stand before the claims, each below its segment.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from scrub837.claims.named import below_person
from scrub837.claims.persons import Kind, Persons, Spot
from scrub837.findings import Finding, Location, tells_of_patient
from scrub837.report import PLAIN, View
from scrub837.report.excerpt import hides
from scrub837.report.layout import Page
from scrub837.report.raw_segment import ShownSegment
from scrub837.report.survey import RISK, findings_of
from scrub837.report.words import MARKS, clean, count, money, short
from scrub837.results import FileReport, Report
from scrub837.x12.original import Original, RawSegment

NARROWEST = 40  # columns for the text of a segment, however deep it stands
_TONES = {"reject": "bad", "deny": "bad", "risk": "warn", "info": "note"}


def write(report: Report, out: BinaryIO, view: View = PLAIN) -> None:
    """Write the held claims of ``report`` to ``out``, segment by segment, in file order."""
    page = Page(out, view.width, colour=view.colour)
    for number, file in enumerate(report.files):
        if number:
            page.line()
        _File(file, page, least=0 if view.verbose else RISK).write()


@dataclass(slots=True)
class _Mark:
    """A finding at a segment: where it points, or a place it is about besides."""

    place: Location
    finding: Finding
    beside: bool = False


@dataclass(slots=True)
class _Listed:
    """A segment with what is needed to show it."""

    raw: RawSegment
    ordinal: int
    depth: int
    spots: Sequence[Spot]
    marks: list[_Mark] = field(default_factory=list)


class _File:
    """Writes one file."""

    def __init__(self, file: FileReport, page: Page, *, least: int) -> None:
        self._file, self._page, self._least = file, page, least

    def write(self) -> None:
        """The file as a whole, its own findings, its held claims."""
        file, page = self._file, self._page
        page.line((short(file.path, page.width - 14), "strong"), f"   {file.status.upper()}")
        alone = [n for n in file.standing if not file.found.claim[n] and file.found.rank[n] >= self._least]
        if alone:
            page.line()
            page.line(("Findings on the file", "strong"))
        for number in alone:
            self._alone(file.finding(number))
        held = file.held_claims()
        wanted = findings_of(file, held, least=self._least)
        if file.original is not None:
            walk = _Walk(file.original, file.places)
            for index in held:
                self._claim(index, walk.claim(index), [file.finding(n) for n in wanted[index]])
        others = sum(file.found.claim[n] not in held and file.found.claim[n] > 0 for n in file.standing)
        page.line()
        if others:
            words = f"{count(others, 'finding')} on claims that are not held: --format text or concise."
            page.paragraph(words)
        page.paragraph(f"{count(len(file.not_checked), 'kind')} of checks could not be made: --format text.")

    def _claim(self, index: int, segments: list[_Listed], findings: Iterable[Finding]) -> None:
        page, row = self._page, self._file.claim(index)
        page.line()
        where = f"claim {index}" + (f" in ST {short(row.transaction, 12)}" if row.transaction else "")
        page.flow("  ", [where, money(row.charge)], lead=(f"CLAIM {short(row.claim, 40)}   ", "strong"))
        left = []
        for finding in findings:
            places = [finding.location, *(one for one in finding.related if one.claim_index == index)]
            for place in places:
                at = next((one for one in segments if _inside(place, one.raw)), None)
                if at is not None:
                    at.marks.append(_Mark(place, finding, beside=place is not finding.location))
                elif place is finding.location:
                    left.append(finding)
        for finding in left:
            self._alone(finding)
        for one in segments:
            self._segment(one)

    def _alone(self, finding: Finding) -> None:
        """A finding with the segment it is in, if it has one."""
        file, place = self._file, finding.location
        raw = file.original.segment_at(place.start) if file.original and place.start is not None else None
        if raw is None or file.original is None:
            self._says(finding, 4)
            return
        spots: list[Spot] = []
        if file.redact and (
            tells_of_patient(place) or hides(raw, place.loop) or below_person(file.original, raw.start)
        ):
            spots = [(number, None, Kind.TEXT) for number in range(1, len(raw.elements))]
        self._segment(_Listed(raw, place.segment or 0, 0, spots, [_Mark(place, finding)]))

    def _segment(self, one: _Listed) -> None:
        """The segment in rows; below a row the carets of what is in it, below the last what is said."""
        page = self._page
        places = [_bytes(mark.place) for mark in one.marks]
        shown = ShownSegment(one.raw, one.spots if self._file.redact else (), places)
        lead = f"{one.ordinal or '':>5}  " + "  " * one.depth
        indent = len(lead)
        width = max(NARROWEST, page.width - indent)
        columns = [shown.columns(place) for place in places]
        for start, end in _rows(shown.text, width, one.raw.separators.element):
            page.line((lead, "faint"), shown.text[start:end])
            lead = " " * indent
            carets = _carets(one.marks, columns, start, end)
            if carets:
                page.line(lead, (carets, "warn"))
        said: list[Finding] = []
        for mark in one.marks:
            if mark.beside:
                finding = mark.finding
                page.line(" " * indent, (f"- {finding.code} at segment {finding.location.segment}", "faint"))
            elif mark.finding not in said:
                said.append(mark.finding)
                self._says(mark.finding, indent)

    def _says(self, finding: Finding, indent: int) -> None:
        page, severity, fix = self._page, finding.severity.value, finding.fix
        head = f"{MARKS[finding.severity]} {severity.upper()} {finding.code} {finding.location.element or ''}"
        indent = min(indent, max(0, page.width - NARROWEST))
        page.line(" " * indent, (head.rstrip(), _TONES[severity]))
        texts = [finding.message]
        if fix is not None:
            done = "written" if fix.applied else fix.safety.value
            texts.append(f"fix ({done}): {fix.before or '(nothing)'} -> {fix.after or '(nothing)'}")
        for text in texts:
            for line in textwrap.wrap(clean(text), max(NARROWEST, page.width - indent - 2)):
                page.line(" " * (indent + 2), line)


def _rows(text: str, width: int, element: str) -> Iterator[tuple[int, int]]:
    """Where rows of at most ``width`` begin and end, behind an element separator where one is near."""
    start = 0
    while len(text) - start > width:
        end = start + width
        near = text.rfind(element, start, end) + 1
        if near > start + width * 2 // 3:
            end = near
        yield start, end
        start = end
    yield start, len(text)


def _carets(marks: Sequence[_Mark], columns: Sequence[tuple[int, int]], start: int, end: int) -> str:
    """Carets under the findings of a row, dashes under what they are about besides."""
    row = [" "] * (end - start)
    for beside in (True, False):
        for mark, (first, last) in zip(marks, columns, strict=True):
            if mark.beside is beside:
                for column in range(max(first, start), min(last, end)):
                    row[column - start] = "-" if beside else "^"
    return "".join(row).rstrip()


def _bytes(place: Location) -> tuple[int, int]:
    start = place.start or 0
    return start, max(place.end or start, start)


def _inside(place: Location, segment: RawSegment) -> bool:
    return place.start is not None and segment.start <= place.start <= segment.end


class _Walk:
    """Reads the segments of claims, one after the other in file order; none is read twice."""

    def __init__(self, original: Original, places: Sequence[int]) -> None:
        self._original, self._places = original, places
        self._start = self._end = -1
        self._ordinal = 0
        self._persons, self._depth = Persons(), _Depth()
        self._above: list[_Listed] = []  # subscriber and dependent
        self._claim: list[_Listed] = []

    def claim(self, index: int) -> list[_Listed]:
        """The segments of a claim, with the levels above it."""
        start, ordinal, end = self._places[3 * index - 3 : 3 * index]
        if start != self._start:
            self._start = self._end = start
            self._ordinal, self._persons, self._depth = ordinal - 1, Persons(), _Depth()
            self._above, self._claim = [], []
        for raw in self._original.segments(self._end, end):
            self._take(raw)
        self._end = end
        for one in self._above:  # they may have been shown with another claim
            one.marks = []
        return [*self._above, *self._claim]

    def _take(self, raw: RawSegment) -> None:
        self._ordinal += 1
        elements = [one.replace("\r", "").replace("\n", "").strip() for one in raw.elements]
        if elements[0] == "HL" and elements[3:4] == ["23"]:
            self._above = self._above[: self._own()]
        if elements[0] in ("HL", "CLM"):
            self._claim = []
        listed = _Listed(raw, self._ordinal, self._depth.of(elements), list(self._persons.look(elements)))
        (self._claim if self._depth.in_claim else self._above).append(listed)

    def _own(self) -> int:
        """How many segments of the levels above are the subscriber's."""
        heads = [n for n, one in enumerate(self._above) if one.raw.elements[0] == "HL"]
        return heads[1] if len(heads) > 1 else len(self._above)


class _Depth:
    """How deep a segment stands, by the loops of an 837P."""

    def __init__(self) -> None:
        self._base = self._now = 0
        self.in_claim = False

    def of(self, elements: Sequence[str]) -> int:
        """The depth of the next segment."""
        tag = elements[0]
        if tag == "HL":
            self._base, self._now, self.in_claim = 1, 1, False
            return 0
        if tag == "CLM":
            self._base, self._now, self.in_claim = 2, 2, True
            return 1
        if tag in ("LX", "SBR") and self.in_claim:  # a line, another insurance
            self._base = self._now = 3
            return 2
        if tag in ("NM1", "SVD", "LQ", "LIN"):  # a party, an adjudication, a form, a drug
            self._now = self._base + 1
            return self._base
        return self._now
