"""The guide as advisory judge of a response, where pyx12 has a map: remarks, never verdicts."""

from __future__ import annotations

from collections.abc import Iterator

from scrub837.responses.answers import Place, Remark
from scrub837.responses.sections import Section
from scrub837.responses.walk import Segment, walk
from scrub837.x12.guide import judge
from scrub837.x12.source import Source

MOST = 50  # remarks of one transaction; what goes beyond is counted


def ask_guide(source: Source, section: Section) -> Iterator[Remark]:
    """What pyx12 says of a transaction; no value of it is quoted."""
    head = Place(*section.where, 1, section.span[0], section.span[0])
    if not section.isa or not section.gs:
        yield Remark("guide", "not judged by the guide: there is no envelope that names one", head)
        return
    segments = list(walk(source, section.span, section.separators, section.where, cut=section.cut))
    judgement = judge(
        section.isa, section.gs, (one.elements for one in segments), component=section.separators.component
    )
    for error in judgement.errors[:MOST]:
        at = segments[error.ordinal - 1] if error.ordinal and error.ordinal <= len(segments) else None
        yield Remark(
            "guide", _words(error.segment_id, error.element, error.message), _at(at, error.element) or head
        )
    if len(judgement.errors) > MOST:
        yield Remark("guide", f"and {len(judgement.errors) - MOST} more faults", head)


def _at(segment: Segment | None, element: int | None) -> Place | None:
    return segment.place(element) if segment else None


def _words(tag: str, element: int | None, message: str) -> str:
    name = f"{tag}{element:02d}" if element else tag
    return f"{name}: {message}"
