"""What pyx12 has answered before, remembered, so that it need not be asked again.

Nothing in here judges. Each short cut repeats an answer pyx12 itself gave, and only the answer "no error":

* a walk from one place of the guide to the next is recorded while pyx12 makes it (what it looked up, what it
  counted) and repeated while every look-up would come out the same;
* an element value is accepted again where pyx12 accepted it, or where it is plain text of a fitting length.

For whatever is left pyx12 is asked, so that every error is its own. The short cuts know pyx12 4.0.0; with any
other version they stay off and pyx12 is asked about everything.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import pyx12

KNOWN_VERSION = "4.0.0"
REMEMBERED = 4096  # values kept of one element
PLAIN_TEXT = "A-Za-z0-9.,'#&/()@"  # part of every character set pyx12 uses by default


class PathCounts:
    """How often each loop and segment was met. Stands in for pyx12's counter, whose keys are slow to hash."""

    __slots__ = ("counts", "log")

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self.log: list[tuple[str, str, int]] | None = None  # what is done and found, while somebody listens

    def reset_to_node(self, path: Any) -> None:
        """Forget what was counted below ``path``."""
        key = _text(path)
        self._write("reset", key, 0)
        self.forget_below(key)

    def increment(self, path: Any) -> None:
        """Meet ``path`` once more."""
        key = _text(path)
        self._write("count", key, 0)
        self.counts[key] = self.counts.get(key, 0) + 1

    def get_count(self, path: Any) -> int:
        """How often ``path`` was met."""
        key = _text(path)
        count = self.counts.get(key, 0)
        self._write("look", key, count)
        return count

    def forget_below(self, key: str) -> None:
        """As :meth:`reset_to_node`, for a path as text."""
        below, gone = key + "/", []
        for path in reversed(self.counts):
            if path == key:
                break  # a loop is met before what is in it
            if path.startswith(below):
                gone.append(path)
        for path in gone:
            del self.counts[path]

    def _write(self, what: str, key: str, count: int) -> None:
        if self.log is not None:
            self.log.append((what, key, count))


def _text(path: Any) -> str:
    return path if isinstance(path, str) else str(path.format())


class Step(NamedTuple):
    """A walk pyx12 made without an error: when it may be repeated, and what it counts."""

    place: Place
    required: tuple[str, ...]  # must have been met
    limits: tuple[tuple[str, int], ...]  # may be met once more only below this
    resets: tuple[str, ...]
    counted: tuple[str, ...]

    def repeat(self, met: PathCounts) -> bool:
        """Make the walk again; False, and nothing is done, where pyx12 might object this time."""
        counts = met.counts
        for path in self.required:
            if path not in counts:
                return False
        for path, limit in self.limits:
            if counts.get(path, 0) >= limit:
                return False
        for path in self.resets:
            met.forget_below(path)
        for path in self.counted:
            counts[path] = counts.get(path, 0) + 1
        return True


def learned_step(log: Sequence[tuple[str, str, int]], place: Place, entered: Sequence[Any]) -> Step | None:
    """The step pyx12 has just made without an error; None for one of a kind not met in pyx12 4.0.0.

    ``log`` is what it did with the counts, ``entered`` the loops it went into.
    """
    looks_first = next((n for n, (what, _, _) in enumerate(log) if what != "look"), len(log))
    writes = log[looks_first:]
    most = {_text(node.x12path): node.get_max_repeat() for node in (place.node, *entered)}
    kinds = [what for what, _, _ in writes if what != "look"]
    counted = [key for what, key, _ in writes if what == "count"]
    looked = [key for what, key, _ in writes if what == "look"]
    resets_come_first = kinds == sorted(kinds, reverse=True)
    if not resets_come_first or len(set(counted)) < len(counted) or not most.keys() >= set(looked):
        return None
    return Step(
        place,
        required=tuple(key for _, key, count in log[:looks_first] if count),
        limits=tuple((key, most[key]) for key in looked),
        resets=tuple(key for what, key, _ in writes if what == "reset"),
        counted=tuple(counted),
    )


class Place:
    """A segment of the guide with the walks that start there and the values pyx12 has accepted there."""

    __slots__ = ("component", "known", "need", "node", "plain", "present", "steps", "whole")

    def __init__(self, node: Any, component: str) -> None:
        self.node = node
        self.component = component
        self.steps: dict[object, Step] = {}
        self.known: list[set[str]] = [set() for _ in node.children]
        self.plain = [plain_test(child, component) for child in node.children]
        required = [n for n, child in enumerate(node.children, 1) if child.usage not in ("S", "N")]
        self.need = max(required, default=0)
        # relations between elements (P0304, R0203, ...) hang on which of them are there
        self.present: set[tuple[bool, ...]] | None = set() if node.syntax else None
        # DTP02 says how DTP03 is read, so that these are remembered as a whole
        self.whole: set[tuple[str, ...]] | None = set() if node.id == "DTP" else None

    def accepts(self, parts: Sequence[str]) -> bool:
        """True where pyx12 is known to have nothing to say about the elements."""
        if self.whole is not None:
            return tuple(parts) in self.whole
        if not self.need < len(parts) <= len(self.known) + 1:
            return False
        for value, known, plain in zip(parts[1:], self.known, self.plain, strict=False):
            if value not in known and (plain is None or plain(value) is None):
                return False
        return self.present is None or tuple(map(bool, parts)) in self.present

    def remember(self, parts: Sequence[str]) -> None:
        """pyx12 had nothing to say about these elements."""
        if any(value and not value.strip(self.component) for value in parts):
            return  # there to us, empty to pyx12: the two must not be mixed up in ``present``
        if self.whole is not None:
            _add(self.whole, tuple(parts))
            return
        for value, known, plain in zip(parts[1:], self.known, self.plain, strict=False):
            if plain is None or plain(value) is None:
                _add(known, value)
        if self.present is not None:
            _add(self.present, tuple(map(bool, parts)))


def _add(remembered: set[Any], value: object) -> None:
    if len(remembered) >= REMEMBERED:
        remembered.clear()
    remembered.add(value)


def plain_test(child: Any, component: str) -> Callable[[str], object] | None:
    """A test that only values without any fault pass; None for an element that has no such simple test."""
    if child.is_composite() or child.usage not in ("R", "S") or component.isalnum():
        return None
    if child.valid_codes or child.external_codes or child.rec is not None or child.data_ele == "1251":
        return None  # 1251, a date, is read by the qualifier before it
    kind, low, high = child.data_type, max(child.min_len, 1), child.max_len
    if kind in ("AN", "ID"):
        text = PLAIN_TEXT.replace(component, "") + ("" if component == "-" else "-")
        inside = text if component == " " else " " + text
        pattern = f"[{inside}]{{{low - 1},{high - 1}}}[{text}]"
    elif kind and kind[0] == "N":
        pattern = f"[0-9]{{{low},{high}}}"
    elif kind == "R" and low == 1 and high > 2:
        pattern = rf"[0-9]{{1,{high - 2}}}(?:\.[0-9]{{1,2}})?"
    else:
        return None
    return re.compile(pattern).fullmatch


class Qualifiers:
    """Which parts of a segment decide the segments of the guide it can be, by its tag."""

    def __init__(self, root: Any, component: str) -> None:
        self.component = component
        self.spots: dict[str, list[tuple[int, bool, frozenset[str]]]] = {}
        for node in root.loop_segment_iterator():
            if node.is_segment():
                self._add(node)

    def _add(self, node: Any) -> None:
        spots = self.spots.setdefault(node.id, [])
        found = node._resolve_unique_key_field(node.id, with_qual=False)
        if found is None:
            return
        child, element, component = found
        inner, codes = component is not None, frozenset(child.valid_codes)
        for n, (at, within, known) in enumerate(spots):
            if (at, within) == (element, inner):
                spots[n] = (at, within, known | codes)
                return
        spots.append((element, inner, codes))

    def key(self, parts: Sequence[str]) -> object:
        """Equal for segments that the guide cannot tell apart."""
        spots = self.spots.get(parts[0])
        if not spots:
            return parts[0]
        key: list[str | None] = [parts[0]]
        for at, inner, codes in spots:
            value = parts[at] if at < len(parts) else ""
            if self.component in value:
                value = value.split(self.component, 1)[0] if inner else value.rstrip(self.component)
            key.append(value if value in codes else None)
        return tuple(key)


def short_cuts_hold() -> bool:
    """True for the pyx12 whose ways the short cuts were taken from."""
    return str(pyx12.__version__) == KNOWN_VERSION
