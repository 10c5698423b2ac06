"""The segment of a finding as it stands in the file, with the place marked. Hidden where patients are."""

from __future__ import annotations

from dataclasses import dataclass

from scrub837.claims.layout import KNOWN_SEGMENTS
from scrub837.claims.named import below_person
from scrub837.claims.persons import ANYWHERE, Kind
from scrub837.findings import HIDDEN, Location, tells_of_patient
from scrub837.report.words import clean
from scrub837.results import FileReport
from scrub837.x12.original import RawSegment
from scrub837.x12.outline import STRUCTURAL

BEFORE, MARKED, AFTER = 240, 240, 120  # characters shown around and of the place; a segment may be endless
_PERSONS = ("IL", "QC")  # NM101: insured, patient
_CUT = "..."


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Inert text: what stands before the place, the place, what follows it. All of it is one segment."""

    before: str
    marked: str  # empty where something is missing
    after: str


def excerpt(file: FileReport, place: Location) -> Excerpt | None:
    """The segment a place is in. ``None`` where the place has no bytes or they are in no segment."""
    if file.original is None or place.start is None or place.end is None:
        return None
    segment = file.original.segment_at(place.start)
    if segment is None:
        return None
    if file.redact and (
        tells_of_patient(place) or hides(segment, place.loop) or below_person(file.original, segment.start)
    ):
        return Excerpt("", f"{segment.elements[0][:3]}{segment.separators.element}{HIDDEN}", "")
    text = segment.text
    start = min(max(place.start - segment.start, 0), len(text))
    end = min(max(place.end - segment.start, start), len(text))
    before, marked, after = text[:start], text[start:end], text[end:]
    if file.original.read(segment.end, segment.end + 1) == segment.separators.segment:
        after += segment.separators.segment  # where the file is cut, there is none
    words = file.patient_words(place.claim_index) if file.redact else None
    if words is not None:
        before, marked, after = (words.sub(HIDDEN, part) for part in (before, marked, after))
    return Excerpt(
        clean(before if len(before) <= BEFORE else _CUT + before[-BEFORE:]),
        _head(marked, MARKED),
        _head(after, AFTER),
    )


def shown(file: FileReport, segment: RawSegment, loop: str | None) -> str:
    """The text of a segment as a report may show it: inert, and without values where ``--redact`` asks."""
    if file.redact and hides(segment, loop):
        return clean(f"{segment.elements[0][:3]}{segment.separators.element}{HIDDEN}")
    return clean(segment.text)


def hides(segment: RawSegment, loop: str | None) -> bool:
    """True when a segment of a loop may name a patient. One that is not known may, in any loop."""
    tag, *elements = segment.elements
    if tag == "NM1" and elements[:1] and elements[0].strip() in _PERSONS:
        return True
    if tag not in KNOWN_SEGMENTS and tag not in STRUCTURAL:
        return True
    for number, component, kind in ANYWHERE.get(tag, ()):
        value = elements[number - 1].strip() if number <= len(elements) else ""
        if component is not None:
            value = "".join(value.split(segment.separators.component)[component - 1 :])
        if value and kind is not Kind.CONTROL:
            return True
    return tells_of_patient(Location(transaction="", loop=loop, element=tag or "?"))


def _head(text: str, most: int) -> str:
    return clean(text if len(text) <= most else text[:most] + _CUT)
