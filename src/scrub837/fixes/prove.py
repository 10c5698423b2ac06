"""Is the corrected file better than the one that was read? Two reports tell: before and after."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec

from scrub837.claims.values import hundredths_of_cents
from scrub837.findings import Location, Severity
from scrub837.fixes.compose import Proposal
from scrub837.fixes.known import Key, Known
from scrub837.results import FileReport

GUIDE = "guide-incomplete"  # notes what pyx12 could not read to its end


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a corrected file is not better: what is wrong with it, and the fixes that may have brought it."""

    reason: str
    blamed: frozenset[Key]


class _Facts(msgspec.Struct, frozen=True, gc=False):
    more: object = None  # of a finding that only counts those that are not listed, how many they are


class _Seen(msgspec.Struct, frozen=True, gc=False):
    name: str
    location: Location
    facts: _Facts = _Facts()


def faults(
    before: FileReport, after: FileReport, made: Sequence[Proposal], followed: Sequence[Proposal] = ()
) -> list[Fault]:
    """What speaks against the corrected file; nothing when it is proved.

    Each corrected finding must be gone, none at ``deny`` or worse may be new, and the file must hold the same
    claims and lines, each claim for the same charge but for the differences that ``made`` say. ``followed``
    are corrections that these made possible.
    """
    everyone = frozenset(proposal.key for proposal in made)
    if after.status not in ("ready", "held"):
        return [Fault("the corrected file could not be read to its end", everyone)]
    if msgspec.structs.replace(before.counts, charge=after.counts.charge) != after.counts:
        return [Fault("the corrected file holds other claims or lines", everyone)]
    if unjudged(after) > unjudged(before):
        return [Fault("the implementation guide could not judge the corrected file", everyone)]
    found = _wrong_charges(before, after, [*made, *followed], everyone)
    old, old_hard, unlisted = _tally(before)
    new, new_hard, _ = _tally(after)
    corrected = Counter(proposal.key for proposal in made)
    for key, times in corrected.items():
        if new[key] > max(0, old[key] - times):
            found.append(Fault(f"the corrected file would still have {key[0]}", frozenset([key])))
    for key, times in new_hard.items():
        if times > old_hard[key] and key[0] not in unlisted:
            reason = f"the corrected file would have a new finding, {key[0]}"
            found.append(Fault(reason, _same_claim(key, everyone) or everyone))
    return found


def _wrong_charges(
    before: FileReport, after: FileReport, made: Iterable[Proposal], everyone: frozenset[Key]
) -> list[Fault]:
    """Claims whose charge is not what it was and the differences of the corrections on them."""
    due = array("q", before.claim_charges)
    for proposal in made:
        index = proposal.place.claim_index
        for edit in proposal.edits:
            if edit.adds and index is not None:
                due[index - 1] += hundredths_of_cents(edit.new) - hundredths_of_cents(edit.expect)
    if due == after.claim_charges:
        return []
    wrong = {
        n for n, (one, other) in enumerate(zip(due, after.claim_charges, strict=True), 1) if one != other
    }
    blamed = frozenset(key for key in everyone if key[1] in wrong)
    return [Fault("the corrected file would charge something else", blamed or everyone)]


def unjudged(report: FileReport) -> int:
    """How many lines the implementation guide could not judge."""
    return sum(one.lines for one in report.not_checked if one.name == GUIDE)


def unlisted(report: FileReport) -> set[str]:
    """The rules that found more than is listed: where those listed are corrected, the next ones show."""
    return _tally(report)[2]


def keys_of(report: FileReport) -> frozenset[Key]:
    """What the findings of a report are known by."""
    return frozenset(_tally(report)[0])


def _same_claim(key: Key, keys: Iterable[Key]) -> frozenset[Key]:
    return frozenset(one for one in keys if one[1] == key[1])


def _tally(report: FileReport) -> tuple[Counter[Key], Counter[Key], set[str]]:
    """How often each finding stands in a report, and how often at ``deny`` or worse.

    Also the rules that found more than is listed: where those listed are corrected, the next ones show.
    """
    decode = msgspec.json.Decoder(_Seen).decode
    all_, hard, known = Counter[Key](), Counter[Key](), Known(report)
    unlisted: set[str] = set()
    for number in report.order:
        one = decode(report.found.spool[number])
        key = known.key(one.name, one.location)
        all_[key] += 1
        if one.facts.more is not None:
            unlisted.add(one.name)
        if report.found.rank[number] >= Severity.DENY.rank:
            hard[key] += 1
    return all_, hard, unlisted
