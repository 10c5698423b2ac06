"""Whether the HL segments of a transaction count, name and nest as the order they stand in says.

Source: implementation guide 005010X222A1, loops 2000A, 2000B and 2000C: HL01 counts from 1 within the ST,
HL02 is the HL01 of the level above, HL03 is 20, 22 or 23, HL04 is 1 when a level below follows, else 0.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from scrub837.claims.model import Level

KEPT = 5000  # faults of a kind that are kept; the rest are counted, or memory would grow with the file
_ABOVE = {"20": "", "22": "20", "23": "22"}  # the level that HL02 must name


@dataclass(frozen=True, slots=True)
class LevelFault:
    """An HL that does not fit.

    ``kind`` is ``number`` (HL01), ``parent`` (HL02), ``level`` (HL03 is none of 20, 22, 23), ``order`` (no
    level above it came before), ``childless`` (a billing provider without subscribers) or ``child-flag``
    (HL04). ``certain``: the level above is the same by HL02 and by order, only its number is another.
    """

    kind: str
    level: Level
    found: str
    expected: str
    certain: bool


class Levels:
    """Looks at each HL as it goes by: ``faults`` holds the first of a kind, ``counts`` how many there are."""

    def __init__(self) -> None:
        self.faults: list[LevelFault] = []
        self.counts: Counter[str] = Counter()
        self.seen = 0
        self._last: Level | None = None
        self._billing_number = ""  # the true number of the open 20, empty without one
        self._open: dict[str, tuple[Level, str]] = {}  # by HL03, with its true number

    def add_subscribers(self, levels: list[Level]) -> None:
        """Subscriber levels that follow one another."""
        while levels and not self._usual_before():
            self.add(levels[0])
            levels = levels[1:]
        first = self.seen + 1
        numbers = list(map(str, range(first, first + len(levels))))
        if (
            not levels
            or [level.id for level in levels] != numbers
            or {(level.parent, level.child) for level in levels} != {(self._billing_number, "0")}
        ):
            for level in levels:
                self.add(level)
            return
        self.seen += len(levels)
        self._last = levels[-1]
        self._open["22"] = levels[-1], numbers[-1]

    def _usual_before(self) -> bool:
        return self._last is not None and self._last.code == "22" and self._last.child == "0"

    def add(self, level: Level) -> None:
        """The next HL of the transaction."""
        self.seen += 1
        number, code = str(self.seen), level.code
        last = self._last
        if level.id != number and level.id.lstrip("0") != number:
            self._fault("number", level, level.id, number)
        above = _ABOVE.get(code)
        if above is None:
            self._fault("level", level, code, "20, 22 or 23", certain=False)
        elif not above:
            if level.parent:
                self._fault("parent", level, level.parent, "")
        elif above not in self._open:
            self._fault("order", level, code, above, certain=False)
        else:
            near, near_number = self._open[above]
            if level.parent != near_number and level.parent.lstrip("0") != near_number:
                self._fault("parent", level, level.parent, near_number, certain=level.parent == near.id)
        if last is None or last.code != code or last.child != "0" or code == "20":
            self.end(code)
        self._last = level
        if code < "23":
            self._open.pop("23", None)
            if code < "22":
                self._open.clear()
                self._billing_number = number if code == "20" else ""
        self._open[code] = level, number

    def end(self, next_code: str = "") -> None:
        """Judge HL04 of the last level, now that ``next_code`` (or nothing) is known to follow it."""
        last = self._last
        if last is None or last.code not in _ABOVE or (next_code and next_code not in _ABOVE):
            return
        expected = "1" if last.code < next_code else "0"
        if last.code == "20" and expected == "0":
            self._fault("childless", last, next_code, "22")
        elif last.child != expected:
            self._fault("child-flag", last, last.child, expected)

    def _fault(self, kind: str, level: Level, found: str, expected: str, *, certain: bool = True) -> None:
        self.counts[kind] += 1
        if self.counts[kind] <= KEPT:
            self.faults.append(LevelFault(kind, level, found, expected, certain))
