"""A batch in two complete files: the claims that may go, and the claims to work first. Proved, then written.

report - holds -> assemble -> scan anew, hold what is still found -> compared with the input -> named
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import BinaryIO

from scrub837.engine import Job, scan
from scrub837.errors import CorrectionUnproven, InputUnreadable
from scrub837.fixes.assemble import assemble
from scrub837.fixes.batch import Batch, Contents, take_apart
from scrub837.fixes.holds import Holds, Reach, blocking, hold
from scrub837.fixes.prove import unjudged
from scrub837.fixes.publish import Draft, beside, keep_apart
from scrub837.results import FileReport
from scrub837.rules import all_rules
from scrub837.rules._envelope import plural
from scrub837.rules._rule import Scope
from scrub837.x12.source import Source

ROUNDS = 8  # each holds at least one claim more; two are the rule
UNPROVEN = "unproven"  # instead of a code: the claim could not be shown to be right without the others
BY_PERSON = "a person"  # instead of a code: somebody holds the claim
TOGETHER = (Scope.ENCOUNTER, Scope.DAY, Scope.PROVIDER)  # what they find may lie in the other file


@dataclass(frozen=True, slots=True)
class Side:
    """The claims of one of the two files. ``target`` is ``None`` when it was not asked for or has none."""

    target: Path | None
    claims: tuple[int, ...]  # by index in the input
    charge: Decimal
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Split:
    """What became of each claim. When nothing was divided, ``refused`` says why."""

    ready: Side
    held: Side
    joined: dict[int, tuple[str, ...]] = field(
        default_factory=dict
    )  # held for what is found elsewhere: codes
    wide: dict[str, int] = field(default_factory=dict)  # codes of faults of no claim -> claims they hold
    left_out: tuple[str, ...] = ()  # what is in neither file
    refused: str = ""


@dataclass(frozen=True, slots=True)
class _Order:
    """A file to be divided."""

    source: Source
    report: FileReport
    job: Job
    batch: Batch
    kept_back: Collection[int] = ()


def split(
    source: Source,
    report: FileReport,
    job: Job,
    ready: Path | None = None,
    held: Path | None = None,
    *,
    kept_back: Collection[int] = (),
    lasting: bool = True,
) -> Split:
    """Divide ``source`` into the claims that may go, for ``ready``, and the others, for ``held``.

    ``report`` is that of ``scan(source, job)``. Each file is a complete 837P with the envelopes, separators,
    line ends and control numbers of the input; every claim is in exactly one, byte for byte, in order, below
    the same levels. What is written is checked anew: nothing in ``ready`` holds a claim, nothing in ``held``
    is new. ``kept_back`` are claims, by index, that a person holds besides. A side without claims is not
    written; without ``lasting`` what is written need not outlive a power failure. A refused
    or incomplete file is not divided, nor one with transactions that lack their ST or GS.

    Raises ``CorrectionUnproven``, ``OutputUnwritable``, ``SettingsInvalid`` or ``InputUnreadable``; nothing
    is written then.
    """
    for output in (ready, held):
        if output is not None:
            keep_apart(output, [source.name])
    batch = take_apart(source)
    if batch.outline.sha256 != report.sha256:
        raise InputUnreadable(f"{source.name} was changed while it was read; nothing was written")
    if report.status in ("refused", "incomplete"):
        return _undivided(f"the file is {report.status}")
    if batch.headless:
        return _undivided("a transaction stands without its ST or GS")
    order = _Order(source, report, job, batch, kept_back)
    with ExitStack() as stack:
        going = stack.enter_context(_draft(ready))
        holds = _divide(order, going.file)
        staying = stack.enter_context(_draft(held)) if held else None
        sides = []
        for draft, target, claims in (
            (staying, held, [index for index in _indexes(batch) if index in holds]),
            (going, ready, [index for index in _indexes(batch) if index not in holds]),
        ):
            if draft is None or not claims:
                sides.append(Side(None, tuple(claims), _charge(order, claims)))
                continue
            if draft is staying:
                _write_held(order, holds, draft.file)
            digest = _compare(order, claims, draft.file)
            sides.append(Side(target, tuple(claims), _charge(order, claims), digest))
        for side, draft in zip(sides, (staying, going), strict=True):  # the claims that stay first: none is
            if side.target is not None and isinstance(draft, Draft):  # ever gone without the others at hand
                draft.publish(lasting=lasting)
    joined = {index: tuple(sorted(codes)) for index, codes in sorted(holds.joined.items())}
    wide = {code: len(claims) for code, claims in sorted(holds.wide.items()) if claims}
    return Split(sides[1], sides[0], joined, wide, tuple(_left_out(batch)))


def _undivided(reason: str) -> Split:
    nothing = Side(None, (), Decimal(0))
    return Split(nothing, nothing, refused=reason)


@dataclass(frozen=True, slots=True)
class _Scratch:
    """What is written to be checked and not to be kept."""

    file: BinaryIO


@contextmanager
def _draft(target: Path | None) -> Iterator[Draft | _Scratch]:
    if target is not None:
        with beside(target) as draft:
            yield draft
    else:
        with tempfile.TemporaryFile(prefix="scrub837-") as file:
            yield _Scratch(file)


def _divide(order: _Order, file: BinaryIO) -> Holds:
    """Leave the claims that may go in ``file``; gives the others.

    What still stands against the file is held as well, at last with all that is around it: a fault of a level
    is told at one of its claims, and a claim may need one that stays.
    """
    batch, holds = order.batch, Holds()
    hold(holds, batch, order.report, blocking(order.report))
    if order.kept_back:
        holds.add(BY_PERSON, order.kept_back, ())
    for turn in range(ROUNDS):
        going = _write(order, holds, file, staying=False)
        if not going:
            return holds
        with closing(scan(Source(order.source.name, file), order.job)) as after:
            found = blocking(after)
            if not found:
                if after.status == "incomplete" or unjudged(after) > unjudged(order.report):
                    break
                return holds
            own = take_apart(Source(order.source.name, file))
            names = dict(zip(_indexes(own), going, strict=True))
            before = len(holds)
            hold(holds, own, after, found, Reach(min(turn, Reach.TRANSACTION)), names)
            if len(holds) == before:
                break
    holds.add(UNPROVEN, (), [index for index in _indexes(batch) if index not in holds])
    file.truncate(0)
    return holds


def _write(order: _Order, holds: Holds, file: BinaryIO, *, staying: bool) -> list[int]:
    file.seek(0)
    file.truncate()
    written = assemble(order.source, order.batch, lambda index: (index in holds) is staying, file)
    file.flush()
    return written


def _write_held(order: _Order, holds: Holds, file: BinaryIO) -> None:
    """Write the claims that stay and check that nothing is wrong with the file that was right before."""
    _write(order, holds, file, staying=True)
    with closing(scan(Source(order.source.name, file), order.job)) as after:
        if after.status not in ("ready", "held") or unjudged(after) > unjudged(order.report):
            raise CorrectionUnproven("the file of the held claims could not be read to its end")
        was, now = _tally(order.report), _tally(after)
        fresh = sorted(name for name in now if now[name] > was[name])
        if fresh:
            raise CorrectionUnproven(f"the file of the held claims would have a new finding, {fresh[0]}")


def _tally(report: FileReport) -> Counter[str]:
    """How often each rule blocks, but for what may lie in the other file."""
    scopes = _scopes()
    names = (report.found.name[number] for number in blocking(report))
    return Counter(name for name in names if scopes.get(name) not in TOGETHER)


@cache
def _scopes() -> dict[str, Scope]:
    return {rule.name: rule.scope for rule in all_rules()}


def _compare(order: _Order, claims: Sequence[int], file: BinaryIO) -> str:
    """Read the written file again; gives its SHA-256.

    Raises ``CorrectionUnproven`` unless it holds these claims, byte for byte, below the same levels.
    """
    written = Source(order.source.name, file)
    own = take_apart(written)
    wanted, there = _by_place(order.batch, set(claims)), _by_place(own, set(_indexes(own)))
    known: set[tuple[int, int, int, int]] = set()
    for (was, index), (now, other) in zip(wanted, there, strict=False):
        same = _bytes_of(order.source, was, was.place_of(index)) == _bytes_of(
            written, now, now.place_of(other)
        )
        levels, others = list(was.levels_of(index)), list(now.levels_of(other))
        for level, twin in zip(levels, others, strict=False):
            key = (id(was), level, id(now), twin)
            if key not in known:
                same &= _below_hl(order.source, was, level) == _below_hl(written, now, twin)
                known.add(key)
        if not same or len(levels) != len(others):
            raise CorrectionUnproven(f"claim {index} of the file would not be written as it is")
    if len(wanted) != len(there):
        raise CorrectionUnproven("the written file would hold other claims than it should")
    return own.outline.sha256


def _by_place(batch: Batch, claims: Collection[int]) -> list[tuple[Contents, int]]:
    return [(one, index) for one in batch.transactions for index in one.indexes if index in claims]


def _bytes_of(source: Source, contents: Contents, place: int) -> bytes:
    start = contents.starts[place]
    return source.read_at(start, contents.ends[place] - start)


def _below_hl(source: Source, contents: Contents, level: int) -> bytes:
    """A level without its HL, which is numbered anew."""
    terminator = contents.task.interchange.separators.segment.encode("latin-1")
    return _bytes_of(source, contents, level).partition(terminator)[2]


def _indexes(batch: Batch) -> Iterator[int]:
    return (index for one in batch.transactions for index in one.indexes)


def _charge(order: _Order, claims: Sequence[int]) -> Decimal:
    rows = {index: row for row, index in enumerate(_indexes(order.batch), start=1)}
    return sum((order.report.charge_of(rows[index]) for index in claims), Decimal(0))


def _left_out(batch: Batch) -> Iterator[str]:
    """What the two files do not hold, in words."""
    if batch.others:
        yield f"{plural(batch.others, 'transaction')} of another kind than 837P of version 5010"
    strays = sum(stray.end - stray.start for stray in batch.outline.stray)
    if strays:
        yield f"{plural(strays, 'byte')} outside any transaction"
    empty = sum(not one.claims for one in batch.transactions)
    if empty:
        yield f"{plural(empty, 'transaction')} without claims"
