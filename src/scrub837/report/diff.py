"""What would be corrected, as a unified view: a hunk for each segment that would read otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from scrub837.findings import HIDDEN, Location, tells_of_patient
from scrub837.fixes.compose import Proposal, Splice
from scrub837.report.excerpt import hides
from scrub837.report.words import clean, short
from scrub837.results import FileReport
from scrub837.x12.original import Original, RawSegment
from scrub837.x12.separators import WHITESPACE

LONGEST_ID = 50
_TONES = {"@": "36", "-": "31", "+": "32"}


@dataclass(slots=True)
class _Hunk:
    """Bytes ``start:end`` of whole segments, and the changes in them."""

    start: int
    end: int
    segment: RawSegment | None
    splices: list[Splice] = field(default_factory=list)

    @property
    def causes(self) -> list[Proposal]:
        return list(dict.fromkeys(cause for splice in self.splices for cause in splice.by))

    @property
    def place(self) -> Location:
        """Where its first change is told of; a finding may change places beside its own."""
        causes = self.causes
        places = (place for one in causes for place in one.places)
        return next((one for one in places if self.start <= (one.start or 0) <= self.end), causes[0].place)


def write_diff(file: FileReport, splices: Sequence[Splice], out: BinaryIO, *, colour: bool) -> None:
    """Write the changes of a file to ``out``; nothing when there are none. The file must be open still.

    Segments stand one a line with their terminator. Text of the file is inert, and with ``--redact`` segments
    that may name a patient are hidden.
    """
    if file.original is None or not splices:
        return
    path = clean(file.path)
    _put(out, f"--- {path}", "1" if colour else "")
    _put(out, f"+++ {path} (corrected)", "1" if colour else "")
    for hunk in _hunks(file.original, splices):
        for line in _lines(file.original, hunk, redact=file.redact):
            _put(out, line, _TONES[line[0]] if colour else "")


def _hunks(original: Original, splices: Sequence[Splice]) -> Iterator[_Hunk]:
    """The changes by segment, in file order."""
    hunk: _Hunk | None = None
    for splice in splices:
        if hunk is None or splice.start > hunk.end:
            if hunk is not None:
                yield hunk
            segment = original.segment_at(splice.start)
            start, end = (segment.start, segment.end) if segment else (splice.start, splice.end)
            hunk = _Hunk(min(start, splice.start), end, segment)
        if splice.end > hunk.end:  # the change takes the terminator, too
            last = original.segment_at(splice.end)
            hunk.end = max(splice.end, last.end if last else 0)
        hunk.splices.append(splice)
    if hunk is not None:
        yield hunk


def _lines(original: Original, hunk: _Hunk, *, redact: bool) -> Iterator[str]:
    causes = hunk.causes
    place = hunk.place
    rules = ", ".join(dict.fromkeys(f"{one.code} {one.safety.value}" for one in causes))
    yield f"@@ {_where(place)} @@ {rules}"
    hidden = redact and any(
        tells_of_patient(one.place) or (hunk.segment is not None and hides(hunk.segment, one.place.loop))
        for one in causes
    )
    before = original.read(hunk.start, hunk.end)
    for sign, text in (("-", before), ("+", _after(before, hunk))):
        yield from (f"{sign}{line}" for line in _segments(text, hunk.segment, hidden=hidden))


def _where(place: Location) -> str:
    words = [f"ST {short(place.transaction, LONGEST_ID)}"] if place.transaction is not None else []
    if not words and place.interchange is not None:
        words.append(f"interchange {short(place.interchange, LONGEST_ID)}")
    if place.segment is not None and place.transaction is not None:
        words.append(f"segment {place.segment}")
    if place.claim is not None:
        words.append(f"claim {short(place.claim, LONGEST_ID)}")
    if place.line is not None:
        words.append(f"line {place.line}")
    return ", ".join(words) or "file"


def _after(before: str, hunk: _Hunk) -> str:
    parts, at = [], hunk.start
    for splice in hunk.splices:
        parts += [before[at - hunk.start : splice.start - hunk.start], splice.after]
        at = splice.end
    return "".join([*parts, before[at - hunk.start :]])


def _segments(text: str, segment: RawSegment | None, *, hidden: bool) -> Iterator[str]:
    """The segments of a text, each as a line."""
    if segment is None:
        yield clean(text)
        return
    terminator, element = segment.separators.segment, segment.separators.element
    for piece in text.split(terminator):
        bare = piece.strip(WHITESPACE)
        if bare:
            shown = f"{bare.partition(element)[0][:3]}{element}{HIDDEN}" if hidden else bare
            yield clean(shown + ("" if terminator in WHITESPACE else terminator))


def _put(out: BinaryIO, line: str, tone: str) -> None:
    text = f"\x1b[{tone}m{line}\x1b[0m" if tone else line
    out.write(text.encode("utf-8", "backslashreplace") + b"\n")
