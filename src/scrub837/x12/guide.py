"""The implementation guide as judge: pyx12's errors for one transaction, joined to the segments it was given.

The unit of work is one transaction, so that transactions can be judged in parallel processes; the envelope is
judged once, by itself. What had to be cleaned before pyx12 could read it comes back as notes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import Any

from pyx12.error_item import EleError, SegError

from scrub837.x12.guide_words import element_words, reader_words, walk_words
from scrub837.x12.pyx12_walk import GS_PATH, Guide, Said, Walk, load_guide, map_index

FULL_GUIDE = "005010X222A1"
JUDGED_AS = {"005010X222": FULL_GUIDE, "005010X222A2": FULL_GUIDE}  # pyx12 has no map of their own for these
ENVELOPE_MAP = {"00401": "x12.control.00401.xml", "00501": "x12.control.00501.xml"}
_SEGMENT_ID = re.compile(r"[A-Z][A-Z0-9]{1,2}")
_LEVEL = {"isa": "interchange", "gs": "group", "st": "transaction", "seg": "segment"}


@dataclass(frozen=True, slots=True)
class GuideError:
    """One error of pyx12.

    ``message`` is pyx12's words without the value they quote, which may be a patient's; that is in ``value``.
    Errors of a composite as a whole, and of the relations between elements, keep their element code here; in
    pyx12's own documents they are all segment code 8.
    """

    level: str  # "interchange", "group", "transaction", "segment" or "element"
    segment_id: str  # "?" where it is no segment name; it is in ``value`` then
    ordinal: int | None  # of the segment: in the ST, ST is 1; in an envelope, among the segments given
    element: int | None  # from 1; None when the whole segment is meant
    component: int | None  # from 1
    loop: str | None
    code: str  # of pyx12, which are those of the 999; "ENGINE" where pyx12 broke off
    message: str
    value: str | None


@dataclass(frozen=True, slots=True)
class Note:
    """Something that was cleaned for pyx12, which would not have read it or would have stopped there."""

    kind: str  # "blank", "indented", "non-ascii", "version" or "interchange-version"
    count: int
    text: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """What pyx12 said, and what it was not shown."""

    errors: tuple[GuideError, ...]
    notes: tuple[Note, ...]

    @property
    def complete(self) -> bool:
        """False where pyx12 broke off: what follows the last error is not checked."""
        return all(error.code != "ENGINE" for error in self.errors)


def judge(
    isa: Sequence[str], gs: Sequence[str], segments: Iterable[Sequence[str]], *, component: str = ":"
) -> Judgement:
    """Judge one transaction, ST to SE, by the guide its GS08 names.

    ``isa``, ``gs`` and every segment are lists of elements with the tag first; composites are still joined by
    ``component``. Blank segments may stand among them and are not counted. Never raises: where pyx12 breaks
    off, the last error has the code ``ENGINE``.
    """
    cleaning = _Cleaning()
    walk = None
    try:
        body = cleaning.clean(segments)
        st = list(islice(body, 1))
        guide = _choose(isa, gs, st[0] if st else (), component, cleaning)
        if guide is None:
            return Judgement((_broken("transaction", "no guide for this version"),), cleaning.notes())
        walk = Walk(guide, guide.at(GS_PATH), (("ISA", _part(isa, 13)), ("GS", _part(gs, 6))))
        walk.start_loop("/ISA_LOOP", "/ISA_LOOP/ISA")
        walk.start_loop("/ISA_LOOP/GS_LOOP", GS_PATH)
        walk.take(cleaning.renamed(chain(st, body)))
        if walk.reader.cur_line != cleaning.given:
            raise RuntimeError  # pyx12 passed over some of them, as its file reader does at a blank one
        if walk.place.node.id != "SE":
            walk.look_for("GE")  # what a transaction that was cut off lacks shows on the way to the trailer
        return Judgement(tuple(map(_error, walk.said)), cleaning.notes())
    except Exception as fault:  # noqa: BLE001 - whatever breaks in pyx12, the caller must hear "not checked"
        errors: list[GuideError] = []
        with suppress(Exception):  # the fault may lie in what was said
            errors.extend(map(_error, walk.said if walk else ()))
        return Judgement((*errors, _broken("transaction", type(fault).__name__)), cleaning.notes())


def judge_envelope(segments: Iterable[Sequence[str]], *, component: str = ":") -> Judgement:
    """Judge the envelope of one interchange: its ISA, GS, GE, IEA and TA1, and of each transaction ST and SE.

    The bodies between ST and SE are left out; what is said of ST and SE themselves is left to :func:`judge`,
    save that an ST02 stands twice in a group. The ordinal of an error counts the segments given.
    """
    cleaning = _Cleaning()
    errors: list[GuideError] = []
    isa: Sequence[str] = ()
    try:
        control = load_guide(ENVELOPE_MAP["00501"], component)
        walk = Walk(control, control.at("/ISA_LOOP/ISA"))
        for ordinal, parts in enumerate(cleaning.clean(segments), 1):
            tag = parts[0]
            if tag == "ISA":
                isa = parts
                control = load_guide(ENVELOPE_MAP.get(_part(isa, 12), ENVELOPE_MAP["00401"]), component)
                walk.enter(control, "/ISA_LOOP", "/ISA_LOOP/ISA", parts)
            elif tag == "GS":
                guide = _choose(isa, parts, (), component, cleaning)
                (shown,) = cleaning.renamed([parts])
                walk.enter(guide or control, "/ISA_LOOP/GS_LOOP", GS_PATH, shown)
            elif tag in ("ST", "SE"):
                walk.count_transaction(parts)
            else:
                walk.take([parts])
            kept = [said for said in walk.said if tag not in ("ST", "SE") or _code(said) == "23"]
            errors.extend(replace(_error(said), ordinal=ordinal) for said in kept)
            walk.said.clear()
        walk.reader.cleanup()
        walk.report_reader("IEA")
        errors.extend(replace(_error(said), ordinal=None) for said in walk.said if said.error[0] != "st")
    except Exception as fault:  # noqa: BLE001 - as in judge
        errors.append(_broken("interchange", type(fault).__name__))
    return Judgement(tuple(errors), cleaning.notes())


def warm(component: str = ":") -> None:
    """Load the professional guide now, as before worker processes are forked."""
    file = map_index().get_filename("00501", FULL_GUIDE, "HC")
    load_guide(file, component)


class _Cleaning:
    """What must be done to segments before pyx12 can read them, and the count of what was done."""

    def __init__(self) -> None:
        self.judged_as: dict[str, str] = {}
        self.given = 0  # segments that are not blank
        self._blank = 0
        self._indented = 0
        self._foreign = 0
        self._versions: list[Note] = []

    def clean(self, segments: Iterable[Sequence[str]]) -> Iterator[Sequence[str]]:
        """The segments in ASCII, without blank ones and without blanks before the tag."""
        for parts in segments:
            tag = parts[0] if parts else ""
            if not tag[:1].isalnum():
                if len(parts) < 2 and not tag.strip():
                    self._blank += 1
                    continue
                self._indented += tag.lstrip("\r\n")[:1].isspace()
                parts = [tag.lstrip(), *parts[1:]]  # noqa: PLW2901 - the same segment
            self.given += 1
            if not "".join(parts).isascii():
                self._foreign += sum(not char.isascii() for part in parts for char in part)
                yield [part.encode("ascii", "replace").decode("ascii") for part in parts]
            else:
                yield parts

    def version(self, note: Note) -> None:
        """Another guide was chosen than the file names."""
        if note not in self._versions:
            self._versions.append(note)

    def renamed(self, segments: Iterable[Sequence[str]]) -> Iterator[Sequence[str]]:
        """GS08 and ST03 as the guide chosen calls itself."""
        for parts in segments:
            at = {"GS": 8, "ST": 3}.get(parts[0]) if self.judged_as else None
            if at is not None and _part(parts, at) in self.judged_as:
                yield [*parts[:at], self.judged_as[_part(parts, at)], *parts[at + 1 :]]
            else:
                yield parts

    def notes(self) -> tuple[Note, ...]:
        """What was done so far."""
        counted = (
            ("blank", self._blank, "blank segments were left out"),
            ("indented", self._indented, "segments were judged without the blanks before them"),
            ("non-ascii", self._foreign, "non-ASCII bytes were judged as '?'"),
        )
        return (*self._versions, *(Note(kind, n, f"{n} {text}") for kind, n, text in counted if n))


def _choose(
    isa: Sequence[str], gs: Sequence[str], st: Sequence[str], component: str, cleaning: _Cleaning
) -> Guide | None:
    """The guide GS08 names; failing that the one meant by it, or named by ST03; None where pyx12 has none."""
    interchange, kind = _part(isa, 12), _part(gs, 1)
    for named in (_part(gs, 8), _part(st, 3)):
        version = JUDGED_AS.get(named, named)
        for control in (interchange, *ENVELOPE_MAP):
            names = map_index()
            file = names.get_filename(control, version, kind) or names.get_filename(control, version, "HC")
            if file is None:
                continue
            if version != named:
                cleaning.judged_as[named] = version
            if version != _part(gs, 8):
                cleaning.version(Note("version", 1, f"judged by the {version} guide"))
            if control != interchange:
                cleaning.version(Note("interchange-version", 1, f"judged as interchange version {control}"))
            return load_guide(file, component)
    return None


def _part(parts: Sequence[str], at: int) -> str:
    return parts[at].strip() if at < len(parts) else ""


def _broken(level: str, why: str) -> GuideError:
    message = f"guide could not judge this {'envelope' if level == 'interchange' else 'transaction'}: {why}"
    return GuideError(level, "?", None, None, None, None, "ENGINE", message, None)


def _code(said: Said) -> str:
    return str(said.error[1] if isinstance(said.error, tuple) else said.error.err_cde)


def _error(said: Said) -> GuideError:
    """What pyx12 said, as a value."""
    error, node, tag, level = said.error, said.node, said.tag, "segment"
    loop = node.id if node.is_loop() else node.parent.id
    element = component = None
    if isinstance(error, EleError):
        level = "element"
        element, component = _position(error, node)
        message, value = element_words(error)
    elif isinstance(error, SegError):
        tag = error.seg_data.get_seg_id() if error.seg_data is not None else tag  # empty ones are false
        message, value = walk_words(error, node)
    else:
        level = _LEVEL[error[0]]
        message, value = reader_words(error[2])
    if not _SEGMENT_ID.fullmatch(tag):
        tag, value = "?", value or tag
    return GuideError(level, tag, said.ordinal, element, component, loop, _code(said), message, value)


def _position(error: EleError, node: Any) -> tuple[int | None, int | None]:
    """Element and component an error means; of a relation between several elements the first."""
    at = error.map_node
    if at is not None:
        return (at.parent.seq, at.seq) if at.parent.is_composite() else (at.seq, None)
    if str(error.refdes).isdigit():
        return int(error.refdes), None
    return next((child.seq for child in node.children if child.refdes == error.refdes), None), None
