"""The corrected file: composed, spliced, scanned anew, proved, and only then written."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from scrub837.engine import Job, scan
from scrub837.errors import CorrectionUnproven, InputUnreadable
from scrub837.findings import Safety
from scrub837.fixes.compose import Composition, Proposal, Splice, compose, proposals_of
from scrub837.fixes.journal import SCHEMA, Digest, EditionUsed, Journal, Tool, changes_of, write_journal
from scrub837.fixes.known import Key
from scrub837.fixes.prove import Fault, faults, keys_of, unlisted
from scrub837.fixes.publish import Draft, beside, journal_of, keep_apart
from scrub837.fixes.splice import compare, join, write_spliced
from scrub837.results import FileReport
from scrub837.x12.source import Source

ROUNDS = 10  # one correction may make room for another; they settle in two or three
ATTEMPTS = 4  # each without the fixes that spoke against the one before
COUNTS = ("SE01", "GE01", "IEA01")  # follow from the rest of the file


@dataclass(frozen=True, slots=True)
class Correction:
    """What was written. ``target`` is ``None`` when nothing was: the file is refused or incomplete."""

    target: Path | None
    applied: frozenset[int]  # findings whose fix was made, by number
    reasons: dict[int, str]  # why the others' were not
    changes: int = 0  # places that differ
    sha256: str = ""  # of the corrected file
    after: FileReport | None = None  # of the corrected file, if it was to be kept and differs; to be closed


@dataclass(frozen=True, slots=True)
class _Order:
    """A file to be corrected."""

    source: Source
    report: FileReport
    job: Job
    safety: Safety
    keep: bool = False  # the report of the corrected file
    lasting: bool = True  # what is written outlives a power failure
    barred: dict[Key, str] = field(default_factory=dict)  # fixes that could not be proved, and why


@dataclass(slots=True)
class _Plan:
    """The corrections of one attempt, against the original."""

    splices: list[Splice]
    made: list[Proposal]  # those of the report
    reasons: dict[int, str]
    waiting: dict[Key, list[Proposal]] = field(default_factory=dict)  # left out: in the way of others
    followed: list[Proposal] = field(default_factory=list)  # possible only after others, so not in the report
    after: FileReport | None = None  # of the corrected file, if it is to be kept


def correct(
    source: Source,
    report: FileReport,
    job: Job,
    target: Path,
    safety: Safety = Safety.SAFE,
    *,
    keep: bool = False,
    lasting: bool = True,
) -> Correction:
    """Write the corrected file of ``source`` to ``target`` with its journal beside it.

    ``report`` is that of ``scan(source, job)``; what became of its fixes is set in it. Safe fixes are made,
    and with ``documented`` also those. What is written is proved: bytes outside the changes are the same,
    each corrected finding is gone, none at ``deny`` or worse is new, and correcting again changes nothing.
    A fix that cannot be proved is left out. A refused or incomplete file is not written. ``keep`` gives the
    report of the corrected file, too; without ``lasting`` what is written need not outlive a power failure.

    Raises ``CorrectionUnproven``, ``OutputUnwritable``, ``SettingsInvalid`` or ``InputUnreadable``; nothing
    is written then.
    """
    for output in (target, journal_of(target)):
        keep_apart(output, [source.name])
    if report.status in ("refused", "incomplete"):
        reason = f"the file is {report.status}"
        done = Correction(None, frozenset(), {one.number: reason for one in proposals_of(report)})
    else:
        done = _proved(_Order(source, report, job, safety, keep, lasting), target)
    report.applied = done.applied
    report.unapplied_reason = dict(done.reasons)
    return done


def preview(source: Source, report: FileReport, job: Job, safety: Safety = Safety.SAFE) -> list[Splice]:
    """The changes that ``correct`` would write, proved as there; nothing is written. Raises as that does.

    What would become of the fixes of ``report`` is not set in it. There are none for a file that is refused
    or incomplete.
    """
    if report.status in ("refused", "incomplete"):
        return []
    order = _Order(source, report, job, safety)
    for _ in range(ATTEMPTS):
        with tempfile.TemporaryFile(prefix="scrub837-") as file:
            plan, wrong = _attempt(order, file)
        if not wrong:
            return plan.splices
        if not _bar(order, wrong):
            break
    raise _unproven(wrong)


def _proved(order: _Order, target: Path) -> Correction:
    """Try until nothing speaks against the result, each time without the fixes that did."""
    for _ in range(ATTEMPTS):
        with beside(target) as draft:
            plan, wrong = _attempt(order, draft.file)
            if not wrong:
                with ExitStack() as stack:
                    if plan.after is not None:
                        stack.callback(plan.after.close)
                    done = _finish(order, draft, plan)
                    stack.pop_all()
                return done
        if not _bar(order, wrong):
            break
    raise _unproven(wrong)


def _bar(order: _Order, wrong: list[Fault]) -> bool:
    """Leave out the fixes that may be to blame; False when all of them were left out already."""
    fresh = {key: fault.reason for fault in reversed(wrong) for key in fault.blamed}
    if order.barred.keys() >= fresh.keys():
        return False
    order.barred.update(fresh)
    return True


def _unproven(wrong: list[Fault]) -> CorrectionUnproven:
    return CorrectionUnproven(f"{wrong[0].reason}; nothing was written, the input is as it was")


def _attempt(order: _Order, file: BinaryIO) -> tuple[_Plan, list[Fault]]:
    """Correct until nothing changes any more; gives what speaks against the result, if anything does."""
    plan = _plan(compose(order.report, order.safety, order.barred))
    unsettled: list[Proposal] = []
    for _ in range(ROUNDS):
        file.seek(0)
        file.truncate()
        write_spliced(order.source, order.report.bytes, plan.splices, file)
        file.flush()
        if not plan.splices:
            return plan, []
        corrected = Source(order.source.name, file)
        with ExitStack() as stack:
            after = scan(corrected, order.job)
            stack.callback(after.close)
            more = compose(after, order.safety, order.barred)
            if not more.splices:
                _explain_waiting(plan, after)
                wrong = faults(order.report, after, plan.made, plan.followed)
                wrong = wrong or _unaccounted(plan, order.report)
                if order.keep and not wrong:
                    plan.after = after
                    stack.pop_all()
                return plan, wrong
            plan.splices = join(plan.splices, more.splices, order.source, corrected)
            _match(plan, more)
            unsettled = more.taken
    names = ", ".join(sorted({proposal.name for proposal in unsettled}))
    reason = f"the corrections of {names} do not settle"
    return plan, [Fault(reason, frozenset(proposal.key for proposal in unsettled))]


def _plan(chosen: Composition) -> _Plan:
    plan = _Plan(chosen.splices, chosen.taken, chosen.reasons)
    for proposal in chosen.collided:
        plan.waiting.setdefault(proposal.key, []).append(proposal)
    return plan


def _match(plan: _Plan, more: Composition) -> None:
    """Find the fixes of a later round among those the report's findings could not have at once."""
    for proposal in more.taken:
        waiting = plan.waiting.get(proposal.key)
        if waiting:
            known = waiting.pop(0)
            plan.made.append(known)
            del plan.reasons[known.number]
        else:
            plan.followed.append(proposal)


def _explain_waiting(plan: _Plan, after: FileReport) -> None:
    """What another fix was in the way of has often been put right by that one."""
    waiting = [proposal for proposals in plan.waiting.values() for proposal in proposals]
    standing = keys_of(after) if waiting else frozenset()
    for proposal in waiting:
        if proposal.key not in standing:
            reason = plan.reasons[proposal.number]
            plan.reasons[proposal.number] = reason.replace("overlaps", "put right by", 1)


def _unaccounted(plan: _Plan, before: FileReport) -> list[Fault]:
    """Changes that no finding of the report tells of: allowed only in places it reports as corrected."""
    followed = {proposal for proposal in plan.followed if proposal.place.element not in COUNTS}
    if followed:
        beyond = unlisted(before)
        followed = {proposal for proposal in followed if proposal.name not in beyond}
    if not followed:
        return []
    found = []
    for splice in plan.splices:
        late = followed.intersection(splice.by)
        if late and not any(one.covers(splice.start, splice.end) for one in plan.made):
            claims = {proposal.place.claim_index for proposal in late}
            blamed = frozenset(p.key for p in plan.made if p.place.claim_index in claims)
            names = ", ".join(sorted({proposal.name for proposal in late}))
            found.append(Fault(f"a correction of {names} elsewhere would have to follow", blamed))
    return found


def _finish(order: _Order, draft: Draft, plan: _Plan) -> Correction:
    """Compare all bytes once more, then write the journal and give the corrected file its name."""
    source, size = order.source, order.report.bytes
    corrected = Source(source.name, draft.file)
    was, now = compare(source, size, corrected, plan.splices)
    if was != order.report.sha256:
        raise InputUnreadable(f"{source.name} was changed while it was read; nothing was written")
    editions = tuple(EditionUsed(e.program, e.table, e.edition) for e in order.job.reference.editions)
    journal = Journal(
        SCHEMA,
        Tool(),
        order.safety,
        Digest(was, size),
        Digest(now, corrected.size),
        editions,
        changes_of(plan.splices),
    )
    with beside(journal_of(draft.target)) as record:
        write_journal(journal, record.file)
        record.publish(lasting=order.lasting)  # first, so that there is never a corrected file without one
    draft.publish(lasting=order.lasting)
    made = frozenset(proposal.number for proposal in plan.made)
    return Correction(draft.target, made, plan.reasons, len(plan.splices), now, plan.after)
