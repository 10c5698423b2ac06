"""Which claims of a batch have to stay: those with a fault, those it reaches, and those it joins them with.

A fault of a claim holds the claim and every other claim it names: both lines of a pair, wherever they are
billed. A fault of a level, a transaction, a group or an interchange holds all claims in it, and one that has
no place in any of them all claims of the file; except what is right again when envelope and levels are
written anew (counts, HL numbers, transactions without claims).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum

import msgspec

from scrub837.findings import Location, Severity
from scrub837.fixes.batch import CLAIM, NOBODY, Batch, Contents
from scrub837.results import FileReport

COUNTS, LEVELS = "envelope-count", "hl-levels"


class Reach(IntEnum):
    """How much a finding that belongs to a claim holds with it."""

    CLAIMS = 0  # the claims it names
    LEVEL = 1  # and what stands in the level its place is in
    TRANSACTION = 2


class _Held(msgspec.Struct, frozen=True, gc=False):
    """The part of a finding that matters here."""

    code: str
    name: str
    location: Location
    related: tuple[Location, ...] = ()


@dataclass(slots=True)
class Holds:
    """Claims that are held, by index, with the codes of what holds them."""

    own: dict[int, set[str]] = field(default_factory=dict)  # by a finding of their own
    joined: dict[int, set[str]] = field(default_factory=dict)  # only by one that reaches them
    wide: dict[str, set[int]] = field(
        default_factory=dict
    )  # codes of faults of no claim -> claims they reach

    def __contains__(self, index: object) -> bool:
        return index in self.own or index in self.joined

    def __len__(self) -> int:
        return len(self.own) + len(self.joined)

    def add(self, code: str, own: Iterable[int], joined: Iterable[int]) -> None:
        """Hold these claims because of one finding."""
        for index in own:
            self.own.setdefault(index, self.joined.pop(index, set())).add(code)
        for index in joined:
            (self.own if index in self.own else self.joined).setdefault(index, set()).add(code)


def blocking(report: FileReport) -> list[int]:
    """The findings of a report that hold something: at ``deny`` or worse, and not waived."""
    limit = Severity.DENY.rank
    return [number for number in report.standing if report.found.rank[number] >= limit]


def hold(
    holds: Holds,
    batch: Batch,
    report: FileReport,
    numbers: Iterable[int],
    reach: Reach = Reach.CLAIMS,
    names: Mapping[int, int] | None = None,
) -> None:
    """Add what these findings of ``report``, which is of ``batch``, hold.

    ``names`` are the indexes the claims are held by, where they are other than those in ``batch``.
    """
    decode = msgspec.json.Decoder(_Held).decode
    places, seen = _Places(batch), set[tuple[str, range]]()
    for number in numbers:
        one = decode(report.found.spool[number])
        own, joined = _claims_of(one, places, reach)
        fresh = [
            group for group in joined if (one.code, group) not in seen
        ]  # a whole file may be meant often
        seen.update((one.code, group) for group in fresh)
        reached = {_name(index, names) for group in fresh for index in group}
        if own is None:
            holds.wide.setdefault(one.code, set()).update(reached)
            holds.add(one.code, (), reached)
        else:
            holds.add(one.code, [_name(own, names)], reached - {_name(own, names)})


def _name(index: int, names: Mapping[int, int] | None) -> int:
    return index if names is None else names[index]


def _claims_of(one: _Held, places: _Places, reach: Reach) -> tuple[int | None, list[range]]:
    """The claim a finding is of, and those it reaches."""
    place = one.location
    if place.claim_index is None:
        if places.written_anew(one.name, place):
            return None, []
        return None, [group for at in (place, *one.related) for group in places.below(at, reach)]
    others = [at.claim_index for at in one.related if at.claim_index is not None]
    joined = [range(index, index + 1) for index in others]
    if reach > Reach.CLAIMS:
        joined += places.below(place, reach)
    return place.claim_index, joined


class _Places:
    """Finds what stands below a place of a batch."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        self._starts = [one.task.transaction.start for one in batch.transactions]

    def below(self, place: Location, reach: Reach) -> list[range]:
        """The claims that what is at a place holds, by index."""
        if place.start is None:
            return [one.indexes for one in self._batch.transactions]
        contents = self._transaction(place.start)
        if contents is not None:
            return [_in_transaction(contents, place.start, reach)]
        return [one.indexes for one in self._in_envelope(place.start)]

    def written_anew(self, name: str, place: Location) -> bool:
        """True when a fault of no claim is gone once envelope and levels are written anew."""
        if name == COUNTS:
            return True
        if place.start is None:
            return False
        if name == LEVELS:
            contents = self._transaction(place.start)
            return contents is not None and contents.sound
        strays = self._batch.outline.stray
        return any(
            one.start <= place.start < one.end and one.kind in ("bom", "lead", "blank") for one in strays
        )

    def _transaction(self, offset: int) -> Contents | None:
        at = bisect_right(self._starts, offset) - 1
        inside = at >= 0 and offset < self._batch.transactions[at].task.transaction.end
        return self._batch.transactions[at] if inside else None

    def _in_envelope(self, offset: int) -> list[Contents]:
        """What is in the group whose GS or GE stands there, else in the interchange, else in the file."""
        found = self._batch.transactions
        for interchange in self._batch.outline.interchanges:
            if not interchange.isa.start <= offset < interchange.end or self._stray(offset):
                continue
            found = [one for one in found if one.task.interchange is interchange]
            for group in interchange.groups:
                marks = [mark for mark in (group.gs, group.ge) if mark]
                bodies = group.transactions
                if any(mark.start <= offset <= mark.end for mark in marks) or any(
                    body.start <= offset < body.end for body in bodies
                ):
                    found = [one for one in found if one.task.group is group]
        return found

    def _stray(self, offset: int) -> bool:
        return any(one.start <= offset < one.end for one in self._batch.outline.stray)


def _in_transaction(contents: Contents, offset: int, reach: Reach) -> range:
    at = contents.at(offset)
    if reach is Reach.TRANSACTION or at == NOBODY or offset >= contents.ends[at]:
        return contents.indexes
    if contents.codes[at] == CLAIM:
        index = contents.first_claim + bisect_left(contents.claims, at)
        return range(index, index + 1)
    return contents.below(at) if contents.sound else contents.indexes
