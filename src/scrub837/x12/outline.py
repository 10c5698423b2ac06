"""The outline of a file: its interchanges, groups and transactions with byte ranges, before any body is read.

One pass at the speed of ``str.find``. It keeps nothing of the bodies, so that a body can be read by itself,
in another process if need be, and it never loses one: what has lost its ST, SE, GE or IEA is still a body.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import chain

from scrub837.x12.segments import Segment, line_end_after, read_text, value
from scrub837.x12.separators import (
    BLANKS,
    ISA_LONGEST,
    ISA_START,
    WHITESPACE,
    IsaHead,
    Separators,
    read_isa,
)
from scrub837.x12.source import Source
from scrub837.x12.window import CHUNK, Window

STRUCTURAL = ("ISA", "IEA", "GS", "GE", "ST", "SE", "TA1")
LONGEST_SEGMENT = 4 * CHUNK  # beyond this it is not X12


@dataclass(frozen=True, slots=True)
class Mark:
    """A segment of the envelope where it stands; as text, for a file may have one for each of its claims."""

    text: str
    separator: str  # of its elements
    start: int
    end: int  # of the last character before its terminator

    @property
    def segment(self) -> Segment:
        """The elements."""
        return self.text.split(self.separator)

    @property
    def tag(self) -> str:
        return self.at(0)

    def at(self, element: int) -> str:
        """The element without the blanks around it, and without a line end that wraps it."""
        return value(self.segment, element).replace("\r", "").replace("\n", "")

    def span(self, element: int) -> tuple[int, int]:
        """Byte range of an element (ISA, GS ... is number 0); one that is not there is empty at the end."""
        segment = self.segment
        if element >= len(segment):
            return self.end, self.end
        start = self.start + sum(map(len, segment[:element])) + element
        return start, start + len(segment[element])


@dataclass(slots=True)
class Transaction:
    """A body from its ST (or from where one is missing) to its SE, the next envelope segment or the end."""

    st: Mark | None
    start: int
    end: int = 0
    se: Mark | None = None
    bht: Mark | None = None
    claims: int = 0  # CLM segments in it
    claims_before: int = 0  # CLM segments of the file before it
    cut: bool = False  # the file ends inside it


@dataclass(slots=True)
class Group:
    """A functional group; ``gs`` is missing where transactions follow an ISA directly."""

    gs: Mark | None
    transactions: list[Transaction] = field(default_factory=list)
    ge: Mark | None = None


@dataclass(slots=True)
class Interchange:
    """An interchange with the separators its ISA names."""

    isa: Mark
    separators: Separators
    line_end: str
    groups: list[Group] = field(default_factory=list)
    iea: Mark | None = None
    ta1: list[Mark] = field(default_factory=list)
    end: int = 0

    @property
    def wrapped(self) -> bool:
        """True when lines are broken at a fixed width, for then the ISA is broken, too."""
        return any("\n" in part or "\r" in part for part in self.isa.segment)


@dataclass(frozen=True, slots=True)
class Stray:
    """Bytes that belong to nothing.

    ``kind`` is ``bom``, ``lead`` (white space before the first ISA), ``before-isa``, ``between`` (after an
    interchange), ``loose`` (inside one) or ``blank`` (segments without anything in them, after or inside an
    interchange).
    """

    kind: str
    start: int
    end: int
    terminator: str = ""  # of the interchange they follow


@dataclass(slots=True)
class Outline:
    """The structure of a whole file."""

    interchanges: list[Interchange] = field(default_factory=list)
    stray: list[Stray] = field(default_factory=list)
    bytes: int = 0
    sha256: str = ""
    unterminated: bool = False  # the last segment has no terminator
    too_long: int | None = None  # offset of a segment longer than X12 could hold
    head: str = ""  # the first characters, to tell what a foreign file is

    @property
    def cut(self) -> bool:
        """True when the file begins as X12 and ends before the trailer of its last interchange."""
        return bool(self.interchanges) and (self.interchanges[-1].iea is None or self.too_long is not None)


def read_outline(source: Source) -> Outline:
    """Read ``source`` from its start to its end and give its outline."""
    digest = hashlib.sha256()
    window = Window(source, digest)
    outline = Outline()
    window.more()
    outline.head = window.text[:4096]
    if window.text.startswith("\xef\xbb\xbf"):
        outline.stray.append(Stray("bom", 0, 3))
        window.at = 3
    if _is_container(outline.head):  # what it holds is not to be read before somebody unpacks it
        outline.stray.append(Stray("before-isa", 0, source.size))
        window.at = len(window.text)
        while window.more():
            window.at = len(window.text)
    claims = 0
    while (head := _next_isa(window, outline)) is not None:
        claims = _read_interchange(window, outline, head, claims)
    outline.bytes = window.place
    outline.sha256 = digest.hexdigest()
    outline.stray = [kept for stray in outline.stray if (kept := _look_closer(source, stray))]
    return outline


def _is_container(head: str) -> bool:
    """True for the first characters of an archive or document that may hold an interchange unpacked."""
    return head.startswith(("PK\x03\x04", "\xd0\xcf\x11\xe0")) or head[257:262] == "ustar"


def _look_closer(source: Source, stray: Stray) -> Stray | None:
    """The stray with its kind, ``None`` when it is only white space."""
    if stray.kind == "lead":
        return stray
    kind = None
    for text in read_text(source, stray.start, stray.end):
        bare = text.strip(WHITESPACE)
        if bare.strip(WHITESPACE + stray.terminator):
            return stray
        if bare:
            kind = "blank"
    return replace(stray, kind=kind) if kind else None


def _next_isa(window: Window, outline: Outline) -> IsaHead | None:
    """Move the window to the next ISA, or to the end; what is passed over is stray unless white space."""
    skipped_from, begin = None, window.place
    while True:
        match = ISA_START.search(window.text, window.at)
        if match and len(window.text) - match.start() < ISA_LONGEST and window.more():
            continue
        end = match.start() if match else len(window.text)
        skipped = window.text[window.at : end]
        if skipped_from is None and skipped.strip(WHITESPACE):
            skipped_from = window.place + len(skipped) - len(skipped.lstrip(WHITESPACE))
        head = read_isa(window.text, end) if match else None
        if match and head is None:
            if skipped_from is None:
                skipped_from = window.base + end
            window.at = end + 3
            continue
        window.at = end
        if match is None:
            window.at -= min(len(skipped), 3)  # the start of an ISA may be in hand
            if window.more():
                continue
            window.at = len(window.text)
        if skipped_from is None and head is not None and not outline.interchanges and window.place > begin:
            outline.stray.append(Stray("lead", begin, window.place))
        if skipped_from is not None:
            terminator = outline.interchanges[-1].separators.segment if outline.interchanges else ""
            kind = "between" if outline.interchanges else "before-isa"
            outline.stray.append(Stray(kind, skipped_from, window.place, terminator))
        return head


def _read_interchange(window: Window, outline: Outline, head: IsaHead, claims: int) -> int:
    """Read one interchange; gives the number of CLM segments of the file so far."""
    terminator = head.separators.segment
    separator = head.separators.element
    isa = Mark(separator.join(head.elements), separator, window.place, window.place + head.length - 1)
    window.at += head.length
    line_end = line_end_after(window.text[window.at : window.at + 2])
    interchange = Interchange(isa, head.separators, line_end)
    outline.interchanges.append(interchange)
    builder = _Builder(interchange, outline, claims)
    while True:
        in_hand = len(window.text) - (0 if window.ended else len(line_end))  # with the line end after it
        cut = window.text.rfind(terminator, window.at, in_hand) + 1
        if not cut and window.rest > LONGEST_SEGMENT:
            outline.too_long = window.place
            break
        if cut < len(window.text) and (not cut or window.rest < CHUNK) and window.more():
            continue
        if window.ended:
            outline.unterminated = bool(window.text[max(cut, window.at) :].strip(WHITESPACE))
            cut = len(window.text)
        window.at = builder.take(window.text, window.at, cut, window.base)
        if builder.done or (not window.rest and not window.more()):
            break
    builder.close(window.place, at_end=not builder.done)
    return builder.claims


class _Builder:
    """Puts the envelope segments of one interchange together."""

    def __init__(self, interchange: Interchange, outline: Outline, claims: int) -> None:
        self.interchange = interchange
        self.outline = outline
        self.claims = claims
        self.done = False
        self._group: Group | None = None
        self._body: Transaction | None = None
        self._free = interchange.isa.end + 1  # where bytes that belong to nothing would begin

    def take(self, text: str, start: int, limit: int, base: int) -> int:
        """Take the segments of ``text[start:limit]``, which are whole unless the file ends with them.

        ``text`` begins at byte ``base``. Gives where what belongs to this interchange ends in it.
        """
        separators, line_end = self.interchange.separators, self.interchange.line_end
        claims = 0
        for at in _heads(text, start, limit, self.interchange):
            if text[at] == "C":
                claims += 1
                continue
            self._count(claims, base + at)
            claims = 0
            if text[at] == "B":
                self._begins(text, at, limit, base)
                continue
            if text.startswith("ISA", at):  # written with whatever separators
                self.done = True
                return at
            stop = text.find(separators.segment, at, limit)
            whole = stop >= 0
            if not whole:
                stop = limit
            mark = Mark(text[at:stop], separators.element, base + at, base + stop)
            if not whole and not self._closes(mark):
                continue  # the file ends inside it
            end = min(stop + 1, limit)
            if text.startswith(line_end, end):
                end += len(line_end)
            self._put(mark, base + end)
            if mark.tag == "IEA":
                self.done = True
                return end
        self._count(claims, base + limit)
        return limit

    def _begins(self, text: str, at: int, limit: int, base: int) -> None:
        """Note the BHT of the body, if it is whole."""
        separators, body = self.interchange.separators, self._body
        stop = text.find(separators.segment, at, limit)
        if body is not None and body.bht is None and stop >= 0:
            body.bht = Mark(text[at:stop], separators.element, base + at, base + stop)

    def _closes(self, mark: Mark) -> bool:
        """True for a trailer that names what it closes: it is whole even without its terminator."""
        if mark.tag == "SE":
            st = self._body.st if self._body else None
            return st is not None and mark.at(2) == st.at(2)
        if mark.tag == "GE":
            gs = self._group.gs if self._group else None
            return gs is not None and mark.at(2) == gs.at(6)
        return mark.tag == "IEA" and mark.at(2) == self.interchange.isa.at(13)

    def close(self, at: int, *, at_end: bool) -> None:
        """The interchange ends at byte ``at``, by the end of the file when ``at_end``."""
        if self._body is not None:
            self._body.cut = at_end
        self._end_body(at)
        self._stray(at)
        self.interchange.end = at

    def _put(self, mark: Mark, end: int) -> None:
        if mark.tag == "SE" and self._body is not None:
            self._body.se = mark
            self._end_body(end)
            return
        self._end_body(mark.start)
        self._stray(mark.start)
        self._free = end
        if mark.tag == "ST":
            self._open(mark, mark.start)
        elif mark.tag == "SE":  # the end of a body that never began
            self._open(None, mark.start)
            assert self._body is not None  # noqa: S101 - set by _open one line above
            self._body.se = mark
            self._end_body(end)
        elif mark.tag == "GS":
            self._group = Group(mark)
            self.interchange.groups.append(self._group)
        elif mark.tag == "GE":
            if self._group is None:
                self._group = Group(None)
                self.interchange.groups.append(self._group)
            self._group.ge = mark
            self._group = None
        elif mark.tag == "IEA":
            self.interchange.iea = mark
        elif mark.tag == "TA1":
            self.interchange.ta1.append(mark)

    def _open(self, st: Mark | None, start: int) -> None:
        if self._group is None:
            self._group = Group(None)
            self.interchange.groups.append(self._group)
        self._body = Transaction(st, start, claims_before=self.claims)
        self._group.transactions.append(self._body)

    def _count(self, claims: int, at: int) -> None:
        """Count ``claims`` CLM segments that stand before byte ``at``."""
        if claims and self._body is None:  # claims outside any ST: they are read all the same
            self._open(None, self._free)
        if self._body is not None:
            self._body.claims += claims
            self._body.end = at
        self.claims += claims

    def _end_body(self, at: int) -> None:
        if self._body is not None:
            self._body.end = self._free = at
            self._body = None

    def _stray(self, at: int) -> None:
        if at > self._free:
            self.outline.stray.append(Stray("loose", self._free, at, self.interchange.separators.segment))


@cache
def _patterns(separators: Separators, wrapped: bool) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What starts an envelope segment or a CLM at the start of a text, and after a terminator in it."""
    inside = r"[\r\n]*" if wrapped else ""
    ids = "|".join(inside.join(tag) for tag in (*STRUCTURAL[1:], "BHT", "CLM"))
    after = rf"(?:{re.escape(separators.element)}|{re.escape(separators.segment)}|\Z)"
    head = rf"{BLANKS}*+(?=(?:{ids}){BLANKS}*{after}|ISA)"
    # Two patterns: one that begins with a literal is found at the speed of memchr.
    return re.compile(head), re.compile(re.escape(separators.segment) + head)


def _heads(text: str, start: int, limit: int, interchange: Interchange) -> Iterator[int]:
    """Where envelope segments, BHT and CLM start: after a terminator or at the start, white space aside."""
    first, later = _patterns(interchange.separators, interchange.wrapped)
    at_start = first.match(text, start, limit)
    for match in chain([at_start] if at_start else [], later.finditer(text, start, limit)):
        at = match.end()
        if text[at] != "I" or not text.startswith("ISA", at) or read_isa(text, at):
            yield at
