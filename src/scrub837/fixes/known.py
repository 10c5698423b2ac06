"""What a finding is known by in any version of its file: a correction may change even LX01."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cache

from scrub837.findings import Location
from scrub837.results import FileReport
from scrub837.x12.separators import Separators

Key = tuple[str, int | None, int | None, str | None]  # rule, claim index, n-th line of the claim, element


class Known:
    """Tells findings of one report by. Ask in file order: the claim asked about last is remembered."""

    def __init__(self, report: FileReport) -> None:
        self._report = report
        self._claim = 0
        self._lines: tuple[list[int], list[int]] = ([], [])  # where its LX and its SV1 stand

    def key(self, name: str, place: Location) -> Key:
        """Components may move, so they are left out."""
        element = place.element.partition("-")[0] if place.element else None
        return name, place.claim_index, self._line(place), element

    def _line(self, place: Location) -> int | None:
        """Which line of its claim a place is in, from 1, as the segments stand."""
        index, places = place.claim_index, self._report.places
        if self._report.original is None or place.start is None or index is None:
            return place.line
        if 3 * index > len(places):
            return place.line
        if index != self._claim:
            start = places[3 * index - 4] if index > 1 else places[0]  # the end of the claim before it
            self._claim, self._lines = index, self._heads(start, places[3 * index - 1])
        return max(bisect_right(heads, place.start) for heads in self._lines) or None

    def _heads(self, start: int, end: int) -> tuple[list[int], list[int]]:
        original = self._report.original
        separators = original.separators_at(end - 1) if original else None
        if original is None or separators is None:
            return [], []
        found: dict[str, list[int]] = {"LX": [], "SV1": []}
        for match in _head(separators).finditer(original.read(start, end)):
            found[match[1]].append(start + match.start(1))
        return found["LX"], found["SV1"]


@cache
def _head(separators: Separators) -> re.Pattern[str]:
    return re.compile(rf"{re.escape(separators.segment)}\s*(LX|SV1)\s*{re.escape(separators.element)}")
