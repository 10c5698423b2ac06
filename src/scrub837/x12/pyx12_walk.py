"""pyx12 led through a guide one segment at a time, in the order of its own ``x12n_document``.

It is handed segments that are already split, so that no separator can be mistaken, no blank segment ends the
reading and no byte is decoded twice. What it says comes back with the segment it was said about.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import pyx12.map_if
import pyx12.map_index
import pyx12.params
import pyx12.validation
from pyx12.error_item import EleError
from pyx12.map_walker import walk_tree
from pyx12.segment import Composite, Segment
from pyx12.x12file import X12Base, X12Reader

from scrub837.x12.pyx12_speed import PathCounts, Place, Qualifiers, learned_step, short_cuts_hold

COUNTED_BY_READER = frozenset({"ISA", "IEA", "GS", "GE", "ST", "SE", "HL", "LX", "CLM"})
GS_PATH = "/ISA_LOOP/GS_LOOP/GS"
NO_COMPONENTS = "\x00"  # what ISA elements are split by


class Said(NamedTuple):
    """One thing pyx12 said, in its own words."""

    tag: str
    ordinal: int  # of the segment in the ST, ST is 1
    node: Any  # the segment of the guide it stood at
    error: Any  # a SegError, an EleError or a tuple of its reader


class Guide:
    """One implementation guide of pyx12, for one component separator, with what pyx12 answered so far."""

    def __init__(self, root: Any, component: str) -> None:
        self.root = root
        self.component = component
        self.is_837 = root.id == "837"
        self.remembers = short_cuts_hold()
        self.qualifiers = Qualifiers(root, component) if self.remembers else None
        self.quiet = frozenset(self.qualifiers.spots) - COUNTED_BY_READER if self.qualifiers else frozenset()
        self._places: dict[int, Place] = {}

    def place(self, node: Any) -> Place:
        """The place of a segment node, found by identity: pyx12 holds nodes of like name to be equal."""
        place = self._places.get(id(node))
        if place is None:
            place = self._places[id(node)] = Place(node, self.component)
        return place

    def at(self, path: str) -> Place:
        """The place of a path like ``/ISA_LOOP/GS_LOOP/GS``."""
        return self.place(self.root.getnodebypath(path))


@lru_cache(maxsize=4)
def _root(file: str) -> Any:
    return pyx12.map_if.load_map_file(file, pyx12.params.ParamsBase())


@lru_cache(maxsize=16)
def load_guide(file: str, component: str) -> Guide:
    """The guide in pyx12's map ``file``, loaded once a process (0.1 s)."""
    return Guide(_root(file), component)


@lru_cache(maxsize=1)
def map_index() -> Any:
    """Which map pyx12 has for which version."""
    return pyx12.map_index.map_index()


class _Seen(set[str]):
    """Control numbers already used; the reader's list of them is searched from its start each time."""

    append = set.add


class Walk:
    """A walk through a guide: the segments taken, and what pyx12 had to say about them."""

    def __init__(self, guide: Guide, start: Place, open_loops: Sequence[tuple[str, str]] = ()) -> None:
        self.guide = guide
        self.place = start
        self.said: list[Said] = []
        self.met = PathCounts()
        # its reader without a file to read: the counts of HL, LX, SE, GE and IEA are all that is wanted
        self.reader: Any = X12Reader.__new__(X12Reader)
        X12Base.__init__(self.reader)
        self.reader.check_837_lx = guide.is_837
        self.reader.loops = list(open_loops)
        self._walker = walk_tree()
        self._walker.counter = self.met

    def start_loop(self, loop: str, segment: str) -> None:
        """Stand at the first segment of an envelope loop, as at an ISA or a GS."""
        self.met.reset_to_node(loop)
        self.met.increment(loop)
        self.met.increment(segment)
        self.place = self.guide.at(segment)

    def take(self, segments: Iterable[Sequence[str]]) -> None:
        """Judge segments, none of them blank, in their order."""
        guide, met, reader = self.guide, self.met, self.reader
        for parts in segments:
            segment = None if self._count_quietly(parts) else self.read(parts)
            key = guide.qualifiers.key(parts) if guide.qualifiers else None
            step = self.place.steps.get(key)
            if step is not None and step.repeat(met):
                self.place = step.place
            else:
                segment = segment or as_segment(parts, guide.component)
                if not self._ask_the_way(segment, key):
                    self.report_reader(parts[0])
                    continue
            if reader.err_list:
                self.report_reader(parts[0])
            if not (guide.remembers and self.place.accepts(parts)):
                self.ask_elements(parts, segment or as_segment(parts, guide.component))

    def enter(self, guide: Guide, loop: str, path: str, parts: Sequence[str]) -> None:
        """Judge an ISA or a GS, which begins a loop of the envelope, and go on by ``guide``."""
        self.guide = guide
        segment = self.read(parts)
        self.start_loop(loop, path)
        if parts[0] == "GS":
            self.reader.st_ids = _Seen()
        self.report_reader(parts[0])
        self.ask_elements(parts, segment)

    def count_transaction(self, parts: Sequence[str]) -> None:
        """Count an ST or SE of an envelope whose transactions are judged elsewhere."""
        self.read(parts)
        if parts[0] == "ST":
            self.met.increment("/ISA_LOOP/GS_LOOP/ST_LOOP")
        self.report_reader(parts[0])

    def look_for(self, tag: str) -> None:
        """Say what is missing on the way to a segment, without judging that."""
        self._ask_the_way(as_segment([tag], self.guide.component), None)

    def _count_quietly(self, parts: Sequence[str]) -> bool:
        """Count a segment its reader can have nothing to say about; False where it must be asked."""
        tag, last, reader = parts[0], parts[-1], self.reader
        if len(parts) < 2 or not last or last[-1] == self.guide.component or not self.guide.remembers:
            return False
        if tag not in self.guide.quiet:
            if tag == "CLM":
                reader.lx_count = 0
            elif tag == "LX" and self.guide.is_837 and last == str(reader.lx_count + 1) and len(parts) == 2:
                reader.lx_count += 1
            else:
                return False
        reader.seg_count += 1
        reader.cur_line += 1
        return True

    def read(self, parts: Sequence[str]) -> Any:
        """Let its reader have the segment."""
        reader = self.reader
        if len(parts) > 1 and not parts[-1]:
            reader._seg_error("SEG1", "Segment contains trailing element terminators")
        segment = as_segment(parts, self.guide.component)
        reader._parse_segment(segment)
        return segment

    def _ask_the_way(self, segment: Any, key: object) -> bool:
        """Let pyx12 find the segment in the guide; False where it does not stand there."""
        met, start = self.met, self.place
        log = met.log = []
        try:
            node, _, entered, errors = self._walker.walk_errors(
                start.node, segment, self.reader.seg_count, self.reader.cur_line, None
            )
        finally:
            met.log = None
        for error in errors:
            self._say(segment.get_seg_id(), error.map_node or start.node, error)
        if node is None:
            return False
        self.place = self.guide.place(node)
        if self.guide.remembers and not errors:
            step = learned_step(log, self.place, entered)
            if step is not None:
                start.steps[key] = step
        return True

    def ask_elements(self, parts: Sequence[str], segment: Any) -> None:
        """Let pyx12 look at the elements of the segment at this place."""
        errors = _elements_said(self.place.node, segment)
        for error in errors:
            self._say(parts[0], self.place.node, error)
        if not errors and self.guide.remembers:
            self.place.remember(parts)

    def report_reader(self, tag: str) -> None:
        """Take over what its reader has said."""
        for error in self.reader.pop_errors():
            self._say(tag, self.place.node, error)

    def _say(self, tag: str, node: Any, error: Any) -> None:
        self.said.append(Said(tag, self.reader.seg_count + (tag == "SE"), node, error))


def as_segment(parts: Sequence[str], component: str) -> Any:
    """A segment of pyx12, made without joining and splitting it again."""
    segment = Segment(None, "~", "*", component)
    segment.seg_id = parts[0]
    by = NO_COMPONENTS if parts[0] == "ISA" else component
    segment.elements = [Composite(part, by) for part in parts[1:]]
    return segment


def _elements_said(node: Any, segment: Any) -> list[Any]:
    """What pyx12 says of the elements.

    It means to report a composite with too many components and trips over its own index there; what it meant
    is said for it, and it judges the composite cut to size.
    """
    try:
        return list(node.is_valid_errors(segment)[1])
    except IndexError:
        said = []
        for child, composite in zip(node.children, segment.elements, strict=False):
            if child.is_composite() and child.usage != "N" and len(composite) > child.get_child_count():
                text = f'Too many sub-elements in composite "{child.name}" ({child.refdes})'
                said.append(EleError(err_cde="3", err_str=text, refdes=child.refdes))
                del composite.elements[child.get_child_count() :]
        if not said:
            raise
        return said + list(node.is_valid_errors(segment)[1])


def _repair_date_ranges() -> None:
    """pyx12 unpacks ``a-b-c`` into two and trips; such a range is no date."""
    unrepaired = pyx12.validation.IsValidDataType

    def is_valid_data_type(text: str, kind: str, *more: str, **named: str) -> bool:
        if kind == "RD8" and text.count("-") > 1:
            return False
        return bool(unrepaired(text, kind, *more, **named))

    pyx12.validation.IsValidDataType = is_valid_data_type


if short_cuts_hold():
    _repair_date_ranges()
