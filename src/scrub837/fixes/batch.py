"""A batch taken apart: where its claims stand, the levels above each, and the envelope around them."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

from scrub837.claims.read import Body
from scrub837.config import Profile
from scrub837.engine import tasks_of
from scrub837.tasks import Task
from scrub837.x12.outline import Outline, read_outline
from scrub837.x12.segments import Block, Segment, value
from scrub837.x12.separators import WHITESPACE
from scrub837.x12.source import Source

CLAIM = 0  # among HL03 codes
UNKNOWN = 99  # an HL03 that is none of 20, 22, 23
NOBODY = -1
_ABOVE = {22: 20, 23: 22}  # the level that HL02 names
_CODES = {"20": 20, "22": 22, "23": 23}


@dataclass(slots=True)
class Contents:
    """The levels and claims of one transaction; the lists run in parallel, in file order."""

    task: Task
    header: tuple[int, int]  # bytes from ST to before the first level or claim
    header_segments: int = 0
    codes: array[int] = field(default_factory=lambda: array("b"))  # HL03, or CLAIM
    starts: array[int] = field(default_factory=lambda: array("q"))
    ends: array[int] = field(default_factory=lambda: array("q"))
    segments: array[int] = field(default_factory=lambda: array("l"))  # that are not blank
    above: array[int] = field(default_factory=lambda: array("l"))  # the level a thing stands in, or NOBODY
    sound: bool = True  # the order of the levels and HL02 agree on who belongs to whom
    claims: array[int] = field(default_factory=lambda: array("l"))  # where the claims are in these lists

    @property
    def first_claim(self) -> int:
        """The index in the file of its first claim, from 1."""
        return self.task.transaction.claims_before + 1

    @property
    def indexes(self) -> range:
        """The indexes in the file of its claims."""
        return range(self.first_claim, self.first_claim + len(self.claims))

    def extend(self, end: int) -> None:
        """What was read last ends here."""
        if self.ends:
            self.ends[-1] = end
        else:
            self.header = (self.header[0], end)

    def place_of(self, claim: int) -> int:
        """Where in these lists the claim with this index is."""
        return self.claims[claim - self.first_claim]

    def levels_of(self, claim: int) -> Iterator[int]:
        """The levels above the claim with this index, the nearest first."""
        at = self.above[self.place_of(claim)]
        while at != NOBODY:
            yield at
            at = self.above[at]

    def below(self, level: int) -> range:
        """The indexes of the claims in a level and in those below it."""
        end, code = level + 1, self.codes[level]
        while end < len(self.codes) and (self.codes[end] == CLAIM or self.codes[end] > code):
            end += 1
        first, last = bisect_left(self.claims, level), bisect_left(self.claims, end)
        return self.indexes[first:last]

    def at(self, offset: int) -> int:
        """What stands at a byte, ``NOBODY`` for the header."""
        return bisect_right(self.starts, offset) - 1


@dataclass(frozen=True, slots=True)
class Batch:
    """A file taken apart. Only 837P transactions are among ``transactions``."""

    outline: Outline
    transactions: list[Contents]
    others: int  # transactions of other kinds

    @property
    def claims(self) -> int:
        """How many claims it holds."""
        return sum(len(one.claims) for one in self.transactions)

    @property
    def headless(self) -> bool:
        """True when transactions stand without their ST or GS: no complete file can be made of those."""
        tasks = [one.task for one in self.transactions]
        return any(task.transaction.st is None or task.group.gs is None for task in tasks)


def take_apart(source: Source) -> Batch:
    """Read where everything stands. Memory grows by some forty bytes a claim."""
    outline = read_outline(source)
    tasks, others = tasks_of(outline)
    return Batch(outline, [_contents(source, task) for task in tasks], len(others))


def _contents(source: Source, task: Task) -> Contents:
    element, line_end = task.interchange.separators.element, task.interchange.line_end
    contents = Contents(task, (task.transaction.start, task.transaction.start))
    chain = _Chain()
    for block in _body(source, task).blocks():
        head = block.pieces[0].split(element)
        segments = sum(map(bool, block.pieces))
        start, end = block.start, block.start + block.length - _blanks_after(block, line_end)
        if line_end and block.text.startswith(line_end):  # it ends what is before
            start += len(line_end)
            contents.extend(start)
        if head[0] == "SE":
            break
        if head[0] not in ("HL", "CLM"):  # only ever the first
            contents.header = (start, end)
            contents.header_segments = segments
            continue
        if head[0] == "CLM":
            code, above = CLAIM, chain.lowest
            chain.sound &= chain.insures
            contents.claims.append(len(contents.codes))
        else:
            code, above = chain.add(head, len(contents.codes))
        contents.codes.append(code)
        contents.starts.append(start)
        contents.ends.append(end)
        contents.segments.append(segments)
        contents.above.append(above)
    contents.sound = chain.sound
    return contents


def _blanks_after(block: Block, line_end: str) -> int:
    """How many characters stand after the last terminator of a block, its line end not counted.

    There are some only where the SE is missing; else they belong to what follows.
    """
    tail = block.text[block.text.rfind(block.separators.segment) + 1 :]
    return 0 if tail.strip(WHITESPACE) else len(tail.removeprefix(line_end))


def _body(source: Source, task: Task) -> Body:
    """The body of a transaction, to be read for its order alone."""
    transaction, interchange = task.transaction, task.interchange
    return Body(
        source,
        (transaction.start, transaction.end),
        interchange.separators,
        interchange.line_end,
        task.envelope,
        lambda _payer, _filing: Profile(""),
        claims_before=transaction.claims_before,
        cut=transaction.cut,
    )


class _Chain:
    """Follows the levels as they go by: which is open, and whether HL02 says the same as their order."""

    def __init__(self) -> None:
        self.sound = True
        self._open: dict[int, tuple[int, str, int]] = {}  # HL03 -> position, HL01, true number
        self._count = 0

    @property
    def lowest(self) -> int:
        """The position of the level that a claim would stand in here."""
        return self._open[max(self._open)][0] if self._open else NOBODY

    @property
    def insures(self) -> bool:
        """Whether a claim that would stand in here has a subscriber above it."""
        return 22 in self._open

    def add(self, head: Segment, position: int) -> tuple[int, int]:
        """The next HL: its code and the position of the level above it."""
        self._count += 1
        number, parent = value(head, 1), value(head, 2)
        code = _CODES.get(value(head, 3), UNKNOWN)
        for closed in [one for one in self._open if one >= code or one == UNKNOWN]:
            del self._open[closed]
        above = self.lowest
        if code == 20:
            self.sound &= not parent
        elif _ABOVE.get(code) in self._open:
            _, near, true = self._open[_ABOVE[code]]
            self.sound &= parent == near or parent.lstrip("0") == str(true)
        else:
            self.sound = False
        self._open[code] = position, number, self._count
        return code, above
