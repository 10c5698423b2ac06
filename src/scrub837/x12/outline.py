"""The outline of a file: its interchanges, groups and transactions with byte ranges, before any body is read.

One pass at the speed of ``str.find``. It keeps nothing of the bodies, so that a body can be read by itself,
in another process if need be, and it never loses one: what has lost its ST, SE, GE or IEA is still a body.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import chain

from scrub837.x12.segments import Segment, line_end_after, read_text, value
from scrub837.x12.separators import ISA_LONGEST, ISA_START, WHITESPACE, IsaHead, Separators, read_isa
from scrub837.x12.source import Source

STRUCTURAL = ("ISA", "IEA", "GS", "GE", "ST", "SE", "TA1")
CHUNK = 1 << 20
LONGEST_SEGMENT = 4 * CHUNK  # beyond this it is not X12


@dataclass(frozen=True, slots=True)
class Mark:
    """A segment of the envelope where it stands."""

    segment: Segment
    start: int
    end: int  # of the last character before its terminator

    @property
    def tag(self) -> str:
        return self.segment[0]

    def at(self, element: int) -> str:
        """The element without the blanks around it."""
        return value(self.segment, element)


@dataclass(slots=True)
class Transaction:
    """A body from its ST (or from where one is missing) to its SE, the next envelope segment or the end."""

    st: Mark | None
    start: int
    end: int = 0
    se: Mark | None = None
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


@dataclass(frozen=True, slots=True)
class Stray:
    """Bytes that belong to nothing. ``kind`` is ``bom``, ``before-isa``, ``between`` or ``loose``."""

    kind: str
    start: int
    end: int


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


@dataclass(slots=True)
class _Window:
    """The part of the file in hand: text from byte ``base`` on."""

    source: Source
    digest: hashlib._Hash
    text: str = ""
    base: int = 0
    ended: bool = False

    def more(self) -> bool:
        """Append a chunk; False at the end of the file."""
        if self.ended:
            return False
        data = self.source.read_at(self.base + len(self.text), CHUNK)
        if not data:
            self.ended = True
            return False
        self.digest.update(data)
        self.text += data.decode("latin-1")
        return True

    def drop(self, count: int) -> None:
        self.text = self.text[count:]
        self.base += count


def read_outline(source: Source) -> Outline:
    """Read ``source`` from its start to its end and give its outline."""
    digest = hashlib.sha256()
    window = _Window(source, digest)
    outline = Outline()
    window.more()
    outline.head = window.text[:4096]
    if window.text.startswith("\xef\xbb\xbf"):
        outline.stray.append(Stray("bom", 0, 3))
        window.drop(3)
    claims = 0
    while (head := _next_isa(window, outline)) is not None:
        claims = _read_interchange(window, outline, head, claims)
    while window.more():
        window.drop(len(window.text))
    outline.bytes = window.base + len(window.text)
    outline.sha256 = digest.hexdigest()
    outline.stray = [stray for stray in outline.stray if stray.kind != "loose" or _has_text(source, stray)]
    return outline


def _has_text(source: Source, stray: Stray) -> bool:
    return any(text.strip(WHITESPACE) for text in read_text(source, stray.start, stray.end))


def _next_isa(window: _Window, outline: Outline) -> IsaHead | None:
    """Move the window to the next ISA; what is passed over is stray unless it is only white space."""
    kind, skipped_from = ("between" if outline.interchanges else "before-isa"), None
    while True:
        match = ISA_START.search(window.text)
        while match and len(window.text) - match.start() < ISA_LONGEST and window.more():
            pass
        skipped = window.text[: match.start()] if match else window.text
        if skipped.strip(WHITESPACE) and skipped_from is None:
            skipped_from = window.base + len(skipped) - len(skipped.lstrip(WHITESPACE))
        head = read_isa(window.text, match.start()) if match else None
        if match and head is None:
            if skipped_from is None:
                skipped_from = window.base + match.start()
            window.drop(match.start() + 3)
            continue
        if match is None and not window.ended:
            window.drop(max(0, len(window.text) - 2))
            if window.more():
                continue
        end = window.base + (match.start() if match else len(window.text))
        if skipped_from is not None:
            outline.stray.append(Stray(kind, skipped_from, end))
        window.drop(end - window.base)
        return head


def _read_interchange(window: _Window, outline: Outline, head: IsaHead, claims: int) -> int:
    """Read one interchange; gives the number of CLM segments of the file so far."""
    start = window.base
    separators = head.separators
    isa = Mark(head.elements, start, start + head.length - 1)
    window.drop(head.length)
    interchange = Interchange(isa, separators, line_end_after(window.text))
    outline.interchanges.append(interchange)
    builder = _Builder(interchange, outline, claims)
    while True:
        cut = window.text.rfind(separators.segment) + 1
        if not cut and len(window.text) > LONGEST_SEGMENT:
            outline.too_long = window.base
            break
        if cut < len(window.text) and window.more():
            if cut == 0:
                continue
        elif cut == 0 or window.ended:
            cut = len(window.text)
            outline.unterminated = bool(window.text[window.text.rfind(separators.segment) + 1 :].strip(WHITESPACE))
        used = builder.take(window.text[:cut], window.base)
        window.drop(used)
        if builder.done or (window.ended and not window.text):
            break
        if used == 0 and not window.more():
            break
    builder.close(window.base, at_end=not builder.done)
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

    def take(self, text: str, base: int) -> int:
        """Take whole segments; gives how much of ``text`` belongs to this interchange."""
        separators, line_end = self.interchange.separators, self.interchange.line_end
        claims = 0
        for at, tag in _heads(text, separators):
            if tag == "CLM":
                claims += 1
                continue
            self._count(claims, base + at)
            claims = 0
            stop = text.find(separators.segment, at)
            stop = len(text) if stop < 0 else stop
            mark = Mark([part.strip(WHITESPACE) if not n else part for n, part in
                         enumerate(text[at:stop].split(separators.element))], base + at, base + stop)
            if tag == "ISA":
                self.done = True
                return at
            end = stop + 1
            if text.startswith(line_end, end):
                end += len(line_end)
            self._put(mark, min(base + end, base + len(text)))
            if tag == "IEA":
                self.done = True
                return min(end, len(text))
        self._count(claims, base + len(text))
        return len(text)

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
            self.outline.stray.append(Stray("loose", self._free, at))


@cache
def _patterns(separators: Separators) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What starts an envelope segment or a CLM at the start of a text, and after a terminator in it."""
    element = re.escape(separators.element)
    ids = "|".join(f"{tag}{element}" for tag in (*STRUCTURAL[1:], "CLM"))
    head = rf"[\s\x00\x1a]*+(?=(?:{ids}|ISA))"
    # Two patterns: one that begins with a literal is found at the speed of memchr.
    return re.compile(head), re.compile(re.escape(separators.segment) + head)


def _heads(text: str, separators: Separators) -> Iterator[tuple[int, str]]:
    """Where envelope segments and CLM start: after a terminator or the start, white space aside."""
    first, later = _patterns(separators)
    match = first.match(text)
    for match in chain([match] if match else [], later.finditer(text)):
        at = match.end()
        tag = text[at : at + 3]
        if tag != "ISA" or read_isa(text, at):
            yield at, tag.rstrip(separators.element)
