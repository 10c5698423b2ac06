"""Bytes in, bytes out: a file with some ranges replaced, and the proof that nothing else changed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import BinaryIO

from scrub837.errors import CorrectionUnproven
from scrub837.fixes.compose import Proposal, Splice
from scrub837.x12.source import Source

CHUNK = 1 << 20


def write_spliced(source: Source, size: int, splices: Sequence[Splice], out: BinaryIO) -> None:
    """Write the first ``size`` bytes of ``source`` with ``splices`` made. Raises ``CorrectionUnproven``."""
    at = 0
    for splice in splices:
        for data in _read(source, at, splice.start):
            out.write(data)
        if source.read_at(splice.start, splice.end - splice.start) != splice.before.encode("latin-1"):
            raise CorrectionUnproven(
                f"the bytes that {_rules(splice)} would correct at {splice.start} are not the ones it read"
            )
        out.write(splice.after.encode("latin-1"))
        at = splice.end
    for data in _read(source, at, size):
        out.write(data)


def compare(source: Source, size: int, corrected: Source, splices: Sequence[Splice]) -> tuple[str, str]:
    """Read both files again, side by side; gives the SHA-256 of both.

    Raises ``CorrectionUnproven`` unless ``corrected`` is ``size`` bytes of ``source`` but for ``splices``.
    """
    digests = hashlib.sha256(), hashlib.sha256()
    at = other = 0
    for start, end, after in [*((s.start, s.end, s.after) for s in splices), (size, size, "")]:
        while at < start:
            data = source.read_at(at, min(CHUNK, start - at))
            twin = corrected.read_at(other, len(data))
            if not data or data != twin:
                raise CorrectionUnproven(
                    f"the corrected file differs at byte {other}, outside all corrections"
                )
            digests[0].update(data)
            digests[1].update(twin)
            at += len(data)
            other += len(data)
        digests[0].update(source.read_at(start, end - start))
        twin = corrected.read_at(other, len(after))
        if twin != after.encode("latin-1"):
            raise CorrectionUnproven(f"the corrected file lacks a correction at byte {other}")
        digests[1].update(twin)
        at, other = end, other + len(after)
    if corrected.read_at(other, 1):
        raise CorrectionUnproven("the corrected file is longer than it should be")
    return digests[0].hexdigest(), digests[1].hexdigest()


def inverse(splices: Sequence[Splice]) -> list[Splice]:
    """The splices that turn the corrected file back into the original."""
    back, shift = [], 0
    for splice in splices:
        start = splice.start + shift
        back.append(Splice(start, start + len(splice.after), splice.after, splice.before, splice.by))
        shift += len(splice.after) - len(splice.before)
    return back


def join(first: Sequence[Splice], second: Sequence[Splice], original: Source, middle: Source) -> list[Splice]:
    """The splices of ``original`` that do what ``first`` does to it and then ``second`` does to ``middle``.

    Changes that touch are made one; a change that is taken back is left out.
    """
    ranges = [(back.start, back.end, 0, n) for n, back in enumerate(inverse(first))]
    ranges += [(splice.start, splice.end, 1, n) for n, splice in enumerate(second)]
    joined, shift = [], 0  # shift: what the first changes have added to offsets so far
    for low, high, members in _clusters(sorted(ranges)):
        before_shift = shift
        causes: dict[Proposal, None] = {}
        edits: list[Splice] = []
        for turn, number in members:
            splice = (first, second)[turn][number]
            causes.update(dict.fromkeys(splice.by))
            if turn:
                edits.append(splice)
            else:
                shift += len(splice.after) - len(splice.before)
        start, end = low - before_shift, high - shift
        before = original.read_at(start, end - start).decode("latin-1")
        after = _edited(low, high, edits, lambda a, b: middle.read_at(a, b - a).decode("latin-1"))
        if before != after:
            joined.append(Splice(start, end, before, after, tuple(causes)))
    return joined


def _clusters(
    ranges: Sequence[tuple[int, int, int, int]],
) -> Iterator[tuple[int, int, list[tuple[int, int]]]]:
    """Ranges that overlap or touch, together: start, end, and (turn, number) of each."""
    low, high = -1, -1
    members: list[tuple[int, int]] = []
    for start, end, turn, number in ranges:
        if members and start > high:
            yield low, high, members
            members = []
        if not members:
            low = high = start
        high = max(high, end)
        members.append((turn, number))
    if members:
        yield low, high, members


def _edited(low: int, high: int, splices: Sequence[Splice], read: Callable[[int, int], str]) -> str:
    parts, at = [], low
    for splice in splices:
        parts += [read(at, splice.start), splice.after]
        at = splice.end
    return "".join([*parts, read(at, high)])


def _read(source: Source, start: int, end: int) -> Iterator[bytes]:
    while start < end:
        data = source.read_at(start, min(CHUNK, end - start))
        if not data:
            return
        yield data
        start += len(data)


def _rules(splice: Splice) -> str:
    return ", ".join(dict.fromkeys(proposal.code for proposal in splice.by)) or "the journal"
