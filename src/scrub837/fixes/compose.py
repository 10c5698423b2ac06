"""Which corrections of a report may be written, and the bytes they change.

A fix stands or falls whole. Safe ones go first, then by position, then by rule; one that overlaps a fix
already taken is left out and says so. The same change asked for by several findings is made once;
differences by which several change a total add up.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise

import msgspec

from scrub837.claims.values import amount_like
from scrub837.findings import Edit, Fix, Location, Safety
from scrub837.fixes.known import Key, Known
from scrub837.results import FileReport

NEEDS_DOCUMENTED = "needs --apply documented"
PERSON_ONLY = "only a person may make this change"
WAIVED = "the finding is waived"
OUTSIDE = "it changes more than the places it is reported for"


class Proposal(msgspec.Struct, frozen=True, gc=False):
    """A fix that has edits, with what the journal says of it."""

    number: int  # of the finding in its report
    code: str
    name: str
    safety: Safety
    evidence: str | None
    places: tuple[Location, ...]  # of the finding, its own first
    edits: tuple[Edit, ...]
    key: Key

    @property
    def place(self) -> Location:
        return self.places[0]

    @property
    def within(self) -> bool:
        """True when every edit lies inside a place of the finding."""
        return all(self.covers(edit.start, edit.end) for edit in self.edits)

    def covers(self, start: int, end: int) -> bool:
        """Whether these bytes lie inside a place of the finding."""
        ranges = ((place.start, place.end) for place in self.places)
        return any(
            low is not None and high is not None and low <= start <= end <= high for low, high in ranges
        )


class Splice(msgspec.Struct, frozen=True, gc=False):
    """Bytes ``start:end``, which read ``before``, become ``after`` (Latin-1 text), because of ``by``."""

    start: int
    end: int
    before: str
    after: str
    by: tuple[Proposal, ...]


@dataclass(slots=True)
class Composition:
    """What is to be written and what is not. ``splices`` are sorted and apart."""

    splices: list[Splice] = field(default_factory=list)
    taken: list[Proposal] = field(default_factory=list)
    collided: list[Proposal] = field(default_factory=list)
    reasons: dict[int, str] = field(default_factory=dict)  # finding number -> why its fix is not written


class _Correctable(msgspec.Struct, frozen=True, gc=False):
    """The part of a finding that matters here."""

    code: str
    name: str
    location: Location
    related: tuple[Location, ...]
    fix: Fix


def compose(report: FileReport, safety: Safety, barred: Mapping[Key, str] | None = None) -> Composition:
    """Choose the fixes of ``report`` to write: safe ones, and with ``documented`` also those.

    ``barred`` names findings whose fix may not be written, and why.
    """
    result = Composition()
    proposals = []
    for proposal in proposals_of(report):
        reason = (barred or {}).get(proposal.key) or _forbidden(proposal, safety)
        reason = WAIVED if proposal.number in report.waived else reason
        if reason:
            result.reasons[proposal.number] = reason
        else:
            proposals.append(proposal)
    proposals.sort(key=lambda one: (one.safety != Safety.SAFE, one.place.start, one.code, one.number))
    lane = _Lane()
    for proposal in proposals:
        rival = lane.put(proposal)
        if rival is None:
            result.taken.append(proposal)
        else:
            result.collided.append(proposal)
            result.reasons[proposal.number] = (
                f"overlaps the correction of {rival.code} on the same element"
                if rival is not proposal
                else "its own changes overlap"
            )
    result.splices = lane.splices()
    return result


def proposals_of(report: FileReport) -> list[Proposal]:
    """The fixes of a report that have edits, in file order."""
    decode = msgspec.json.Decoder(_Correctable).decode
    found, proposals, known = report.found, [], Known(report)
    for number in report.order:
        if not found.fixes[number]:
            continue
        one = decode(found.spool[number])
        fix = one.fix
        proposals.append(
            Proposal(
                number,
                one.code,
                one.name,
                fix.safety,
                fix.evidence,
                (one.location, *one.related),
                fix.edits,
                known.key(one.name, one.location),
            )
        )
    return proposals


def _forbidden(proposal: Proposal, safety: Safety) -> str | None:
    if proposal.safety == Safety.MANUAL:
        return PERSON_ONLY
    if proposal.safety == Safety.DOCUMENTED and safety != Safety.DOCUMENTED:
        return NEEDS_DOCUMENTED
    return None if proposal.within else OUTSIDE


class _Lane:
    """The changes taken so far, in file order, none over another."""

    def __init__(self) -> None:
        self._ranges: list[tuple[int, int]] = []
        self._changes: list[tuple[Edit, list[Proposal]]] = []
        self._whole: set[tuple[Edit, ...]] = set()  # all edits of each that was taken

    def put(self, proposal: Proposal) -> Proposal | None:
        """Take all edits of ``proposal``, or none and give what stands in the way (itself, if its own do)."""
        edits = sorted(set(proposal.edits), key=lambda edit: (edit.start, edit.end))
        if any(_overlap(a, b) for a, b in pairwise(edits)):
            return proposal
        for edit in edits:
            rival = self._rival(edit)
            if rival is not None:
                return rival
        again = tuple(edits) in self._whole
        self._whole.add(tuple(edits))
        for edit in edits:
            at = bisect_left(self._ranges, (edit.start, edit.end))
            if at < len(self._ranges) and self._ranges[at] == (edit.start, edit.end):
                known, by = self._changes[at]
                by.append(proposal)
                if edit.adds and not again:
                    self._changes[at] = _sum(known, edit), by
            else:
                self._ranges.insert(at, (edit.start, edit.end))
                self._changes.insert(at, (edit, [proposal]))
        return None

    def splices(self) -> list[Splice]:
        return [Splice(edit.start, edit.end, edit.expect, edit.new, tuple(by)) for edit, by in self._changes]

    def _rival(self, edit: Edit) -> Proposal | None:
        at = bisect_left(self._ranges, (edit.start, edit.end))
        for near in range(max(0, at - 1), min(at + 2, len(self._ranges))):
            other, by = self._changes[near]
            if other != edit and _overlap(other, edit) and not _add_up(other, edit):
                return by[0]
        return None


def _add_up(a: Edit, b: Edit) -> bool:
    """True when both change the same total by a difference."""
    return a.adds and b.adds and (a.start, a.end, a.expect) == (b.start, b.end, b.expect)


def _sum(a: Edit, b: Edit) -> Edit:
    """Both differences of a total in one change."""
    total = Decimal(a.new) + Decimal(b.new) - Decimal(b.expect)
    return msgspec.structs.replace(a, new=amount_like(total, a.expect))


def _overlap(a: Edit, b: Edit) -> bool:
    """True when two changes cannot both be made: they share a byte, or insert at the same place."""
    if a.start == a.end == b.start == b.end:
        return True
    return a.start < b.end and b.start < a.end
