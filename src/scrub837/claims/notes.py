"""Treatment times in line notes, for payers whose profile says that they are written so (``line-notes``).

Read are NTE*ADD, NTE*DCP and NTE*TPO of loop 2400, and a visit window such as ``1230-1630`` in SV101-7. The
grammar is in docs/time-log.md. What does not fit it is ignored, never guessed.
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

import msgspec

from scrub837.claims.areas import Area, read_areas
from scrub837.claims.intervals import Interval, care_of, site_of, span_of
from scrub837.claims.model import Line
from scrub837.x12.segments import value

_QUALIFIERS = ("ADD", "DCP", "TPO")
_CLOCK = r"(\d{1,2}:\d\d|\d{3,4})(?:\s*([AP])M?\b)?"
_EXACT = r"(\d{1,2}:\d\d|\d{4})(?:\s*([AP])M?\b)?"  # without a word before it, 3 digits may be anything
_SPAN = re.compile(
    rf"\b(?:START|BEG(?:IN)?|FR(?:OM)?)\s*:?\s*{_CLOCK}\s*,?\s*(?:STOP|END|TO)\s*:?\s*{_CLOCK}(?![\d:])"
    rf"|(?<![\w:.-]){_EXACT}\s*-\s*{_EXACT}(?![\w:-])"
)
_WINDOW = re.compile(rf"\s*{_EXACT}\s*-\s*{_EXACT}\s*")
_MINUTES = re.compile(
    r"\b(?:TIME\s*:?\s*)?(\d{1,3})\s*MIN(?:S|UTES?)?\b|\bMIN(?:S|UTES?)?\s*:?\s*(\d{1,3})\b(?!\s*MIN)"
)
_REASON = re.compile(r"\bRSN\b\s*:?\s*(.*)", re.DOTALL | re.IGNORECASE)
_AREA = re.compile(
    r"\bAREA\b\s*:?\s*([^\d;]+?)\s*(?=$|[;\d]|\b(?:START|STOP|BEG|BEGIN|END|FR|FROM|TO|MIN|TIME)\b)"
)


class Notes(msgspec.Struct, frozen=True, gc=False):
    """What the notes of a line say of its time and place."""

    spans: tuple[tuple[int, int], ...]  # start and stop, in minutes after midnight
    stated: int | None  # minutes as written
    areas: tuple[Area, ...]
    reason: str
    impossible: tuple[str, ...]  # clock times no clock shows, as written

    @property
    def clock(self) -> int | None:
        """Minutes by the clock, all spans together; ``None`` without one that runs forward."""
        if not self.spans or any(stop <= start for start, stop in self.spans):
            return None
        return sum(stop - start for start, stop in self.spans)


def line_notes(line: Line) -> Notes | None:
    """What the notes of a line say; ``None`` when nothing in them can be read."""
    texts = [value(s, 2) for s in line.segments if s[0] == "NTE" and value(s, 1) in _QUALIFIERS]
    return read_notes("; ".join(texts), line.procedure.description)


@lru_cache(1 << 10)
def read_notes(text: str, description: str = "") -> Notes | None:
    """What a note says of time and place. ``description`` is SV101-7 and counts only as a window."""
    told = _REASON.search(text)
    reason = told[1].strip() if told else ""
    rest = (text[: told.start()] if told else text).upper()
    spans, impossible = [], []
    found = list(_SPAN.finditer(rest))
    if not found and (window := _WINDOW.fullmatch(description.upper())):
        times: list[tuple[str | None, ...]] = [window.groups()]
    else:
        times = [_four(match) for match in found]
        rest = _SPAN.sub(";", rest)
    for first, half, last, other in times:
        start, stop = _clock(first or "", half), _clock(last or "", other)
        impossible += [shown for shown, read in ((first, start), (last, stop)) if read is None and shown]
        if start is not None and stop is not None:
            spans.append((start, stop))
    areas = tuple(area for match in _AREA.finditer(rest) for area in read_areas(match[1]))
    rest = _AREA.sub(";", rest)
    counts = [int(match[1] or match[2]) for match in _MINUTES.finditer(rest)]
    rest = _MINUTES.sub(";", rest)
    if not areas:  # an area alone between other things is as certain as one with the word before it
        areas = tuple(a for part in rest.split(";") for a in read_areas(part.strip()) if not a.ambiguous)
    notes = Notes(tuple(spans), counts[0] if len(counts) == 1 else None, areas, reason, tuple(impossible))
    return notes if spans or notes.stated is not None or areas or impossible else None


def told(text: str) -> list[tuple[int, int]]:
    """Where the words of a note stand that are read: times, minutes, certain areas. Not the reason."""
    rest = text.upper() if text.isascii() else text
    reason = _REASON.search(rest)
    spots = [] if reason is None else [(reason.start(), reason.start() + 3)]
    rest = rest if reason is None else rest[: reason.start()]
    for pattern in (_SPAN, _AREA, _MINUTES):
        for match in pattern.finditer(rest):
            if pattern is not _AREA or not any(area.ambiguous for area in read_areas(match[1])):
                spots.append(match.span())
            else:
                spots.append((match.start(), match.start() + 4))
        rest = pattern.sub(lambda match: ";" * len(match[0]), rest)
    alone = re.finditer(r"[^;]+", rest)
    certain = (part for part in alone if any(not area.ambiguous for area in read_areas(part[0].strip())))
    return spots + [part.span() for part in certain]


def _four(match: re.Match[str]) -> tuple[str | None, ...]:
    groups = match.groups()
    return groups[:4] if groups[0] is not None else groups[4:]


def _clock(text: str, half: str | None) -> int | None:
    """Minutes after midnight of ``0900``, ``9:00`` or, with ``A`` or ``P``, of a 12-hour clock."""
    digits = text.replace(":", "")
    hour, minute = int(digits[:-2]), int(digits[-2:])
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "P" else 0)
    return hour * 60 + minute if hour < 24 and minute < 60 else None


def noted_intervals(line: Line, notes: Notes, day: date) -> tuple[Interval, ...]:
    """Notes as rows of a log. Several spans keep the minutes of the clock: what is stated is of them all."""
    lone = notes.stated if len(notes.spans) < 2 else None
    spans: tuple[tuple[int | None, int | None], ...] = notes.spans or ((None, None),)
    intervals = []
    for start, stop in spans:
        forward = stop - start if start is not None and stop is not None and stop > start else None
        minutes = lone if lone is not None else forward
        if start is None and minutes is None and not notes.areas:
            continue
        intervals.append(
            Interval(
                "NTE", 0, line.claim.id, line.control or f"LX:{line.number}", day, line.procedure.code,
                span_of(start, stop, minutes, stated=lone is not None), site_of(notes.areas),
                care_of(),
                notes.reason,
            )
        )  # fmt: skip
    return tuple(intervals)
