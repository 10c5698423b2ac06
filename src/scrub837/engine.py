"""The whole pipeline on one page: outline, claims, rules, guide, and what they add up to.

    source -> outline -> one task a transaction -> Judge (in worker processes) -> rows and findings in spools
                      '-> guide, transaction by transaction                   -> FileReport
"""

from __future__ import annotations

import os
from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial
from multiprocessing import get_context
from typing import TypeVar, cast
from zoneinfo import ZoneInfo

from scrub837.claims.documentation import Documentation
from scrub837.claims.encounters import PatientDay, patient_days
from scrub837.claims.model import Claim, Level, read_level
from scrub837.claims.read import Body
from scrub837.config import Settings
from scrub837.findings import NotChecked, Severity
from scrub837.reference.store import Reference
from scrub837.results import Counts, FileReport, FindingRecord, FoundIndex, Spool, Tally
from scrub837.rules._rule import Context, Scope
from scrub837.scan import Judge, Part, Task, body_of, shared_days
from scrub837.x12.kinds import kind_of
from scrub837.x12.outline import Mark, Outline, read_outline
from scrub837.x12.segments import Splitter
from scrub837.x12.source import Source

SMALL = 2 << 20  # below this many bytes a second process costs more than it saves
Progress = Callable[[str, int, int], None]  # what is done, how much of it, of how much


@dataclass(frozen=True, slots=True)
class Job:
    """What a run needs besides its input."""

    settings: Settings
    reference: Reference
    documentation: Documentation

    def context(self) -> Context:
        """A fresh context for the rules."""
        today = self.settings.today or datetime.now(ZoneInfo(self.settings.time_zone)).date()
        return Context(self.settings, self.reference, self.documentation, today)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outline of a file with the tasks in it; the subject of file rules."""

    outline: Outline
    tasks: Sequence[Task]  # 837P transactions that are read
    others: Sequence[Task]  # what else is in the file
    segments: Sequence[int]  # of each task, ST and SE included
    name: str


def scan(source: Source, job: Job, progress: Progress | None = None) -> FileReport:
    """Judge one file. Findings about the file are values in the report; an exception means a bug or lost input."""
    outline = read_outline(source)
    tasks, others = tasks_of(outline)
    judge = Judge(job.context())
    claims, found, charges = Spool(), FoundIndex(), array("q")
    counts = Counts(len(outline.interchanges), sum(len(i.groups) for i in outline.interchanges), len(tasks))
    notes: Counter[tuple[str, str]] = Counter()
    days: list[array[int]] = []
    places, billings, segments = array("q"), list[tuple[int, tuple[int, int, int]]](), list[int]()
    jobs = job.settings.jobs
    for task, part in _spread(lambda n: judge.transaction(source, tasks[n]), tasks, source, jobs):
        claims.extend(part.claims)
        for finding in part.findings:
            found.append(finding)
        charges.extend(part.charges)
        places.extend(part.places)
        billings += part.billings
        job.documentation.add_joined(part.joined)
        days.append(part.days)
        notes.update(part.notes)
        counts.lines += part.lines
        segments.append(part.segments)
        if progress:
            progress("claims", task.transaction.end, outline.bytes)
    counts.claims = len(claims)
    counts.charge = Decimal(sum(charges)).scaleb(-4).quantize(Decimal("0.01"))
    shared = shared_days(days)
    if shared:
        again = _Again(source, tasks, places, billings, judge.context)
        extra = again.judge(judge, shared)
        for finding in extra.findings:
            found.append(finding)
        notes.update(extra.notes)
        notes = +notes
    outcome = Outcome(outline, tasks, others, segments, source.name)
    for finding in judge.file(outcome):
        found.append(finding)
    if tasks and job.settings.guide:
        _ask_guide(source, judge, outcome, found, jobs, progress)
    elif tasks:
        notes["implementation-guide", "switched off (--no-guide)"] += counts.lines
    notes.update(judge.context.notes)
    order = _order(found, shared)
    return FileReport(
        path=source.name,
        sha256=outline.sha256,
        bytes=outline.bytes,
        status=_status(outcome, found, order),
        counts=counts,
        claims=claims,
        claim_charges=charges,
        found=found,
        order=order,
        not_checked=[NotChecked(name=n, reason=r, lines=c) for (n, r), c in sorted(notes.items())],
        tallies=_tallies(outcome),
        redact=job.settings.redact,
    )


def tasks_of(outline: Outline) -> tuple[list[Task], list[Task]]:
    """The 837P transactions of a file, and the others."""
    tasks: list[Task] = []
    others: list[Task] = []
    for interchange in outline.interchanges:
        for group in interchange.groups:
            for transaction in group.transactions:
                wanted = tasks if kind_of(group, transaction).readable else others
                wanted.append(Task(len(wanted), interchange, group, transaction))
    return tasks, others


def _tallies(outcome: Outcome) -> list[Tally]:
    """Groups, transactions and segments as counted and as IEA01, GE01 and SE01 declare them, file-wide."""
    interchanges = outcome.outline.interchanges
    groups = [group for interchange in interchanges for group in interchange.groups]
    transactions = [task.transaction for task in outcome.tasks]
    all_transactions = sum(len(group.transactions) for group in groups)
    return [
        Tally("groups", "IEA01", len(groups), _declared(one.iea for one in interchanges)),
        Tally("transactions", "GE01", all_transactions, _declared(one.ge for one in groups)),
        Tally("segments", "SE01", sum(outcome.segments), _declared(one.se for one in transactions)),
    ]


def _declared(trailers: Iterable[Mark | None]) -> int | None:
    counts = [trailer.at(1) if trailer else "" for trailer in trailers]
    if not all(count.isascii() and count.isdecimal() and len(count) < 11 for count in counts):
        return None
    return sum(map(int, counts))


def _status(outcome: Outcome, found: FoundIndex, order: Sequence[int]) -> str:
    outline = outcome.outline
    if not outcome.tasks:
        return "refused"
    if outline.interchanges[-1].iea is None or outline.too_long is not None:
        return "incomplete"
    limit = Severity.DENY.rank
    return "held" if any(found.rank[n] >= limit for n in order) else "ready"


def _order(found: FoundIndex, shared: dict[int, list[int]]) -> list[int]:
    """Findings in file order, without those of a patient-day that was judged again with all its claims."""
    kept = (n for n in range(len(found.start)) if found.day[n] not in shared)
    return sorted(kept, key=lambda n: (found.start[n], n))


# --- many cores: a worker inherits everything by fork and gives back one result a transaction --------

_Result = TypeVar("_Result")
_work: Callable[[int], object] | None = None


def _spread(
    work: Callable[[int], _Result], tasks: Sequence[Task], source: Source, jobs: int
) -> Iterator[tuple[Task, _Result]]:
    """``work(n)`` of each task, in order, on as many processes as it is worth."""
    if jobs < 2 or len(tasks) < 2 or source.size < SMALL:
        for number, task in enumerate(tasks):
            yield task, work(number)
        return
    global _work  # noqa: PLW0603 - how a forked worker gets at objects that cannot be pickled
    _work = work
    try:
        with get_context("fork").Pool(min(jobs, len(tasks))) as pool:
            results: Iterator[object] = pool.imap(_do, range(len(tasks)))
            for task, result in zip(tasks, results, strict=True):
                yield task, cast(_Result, result)
    finally:
        _work = None


def _do(number: int) -> object:
    assert _work is not None  # noqa: S101 - set before the pool is forked
    return _work(number)


class _Again:
    """Reads single claims again, to judge a patient's day with all the claims that share it."""

    def __init__(
        self,
        source: Source,
        tasks: Sequence[Task],
        places: array[int],
        billings: list[tuple[int, tuple[int, int, int]]],
        context: Context,
    ) -> None:
        self._source = source
        self._tasks = tasks
        self._places = places
        self._billings = billings
        self._context = context
        self._body: tuple[int, Body] | None = None
        self._first_claims = [task.transaction.claims_before for task in tasks]

    def judge(self, judge: Judge, shared: dict[int, list[int]]) -> Part:
        """Findings of the shared days, and the notes they add to what was noted of each claim alone."""
        together, alone = Part(), Part()
        notes = self._context.notes
        for key, indexes in shared.items():
            claims = [self.claim(index) for index in dict.fromkeys(indexes)]
            before = Counter(notes)
            for claim in claims:
                for day in _days_with([claim], key):
                    judge.day(day, alone, key)
            noted_alone = notes - before
            notes.clear()
            for day in _days_with(claims, key):
                judge.day(day, together, 0)
            together.notes.update(notes)
            together.notes.subtract(noted_alone)
            notes.clear()
        return together

    def claim(self, index: int) -> Claim:
        """The claim with this index, read again."""
        start, ordinal, end = self._places[3 * index - 3 : 3 * index]
        number = bisect_right(self._first_claims, index - 1) - 1
        task = self._tasks[number]
        if self._body is None or self._body[0] != number:
            self._body = number, body_of(self._source, task, self._context)
        body = self._body[1]
        body.resume((start, end), self._billing(task, index), ordinal)
        *_, claim = body.claims(keep=True)
        claim.index = index
        return claim

    def _billing(self, task: Task, index: int) -> Level | None:
        at = bisect_right(self._billings, (index, (1 << 62, 0, 0))) - 1
        if at < 0 or self._billings[at][1][0] < task.transaction.start:
            return None
        start, ordinal, length = self._billings[at][1]
        splitter = Splitter(task.interchange.separators, task.interchange.line_end)
        text = self._source.read_at(start, length).decode("latin-1")
        return read_level(splitter.block(text, start, ordinal))


def _days_with(claims: Sequence[Claim], key: int) -> Iterator[PatientDay]:
    return (day for day in patient_days(claims) if hash((day.patient, day.day)) == key)


def _ask_guide(
    source: Source, judge: Judge, outcome: Outcome, found: FoundIndex, jobs: int, progress: Progress | None
) -> None:
    """Add what the guide says, except where a rule has already faulted the same element."""
    from scrub837 import guide_scan  # noqa: PLC0415 - pyx12 is loaded only when the guide is asked
    from scrub837.x12.guide import warm  # noqa: PLC0415

    told = {found.start[n] for n in range(len(found.start)) if found.rank[n] >= Severity.DENY.rank}
    rules = judge.rules(Scope.GUIDE)
    tasks = outcome.tasks
    warm()
    ask = partial(guide_scan.judge_transaction, context=judge.context, rules=rules)
    for task, (findings, notes) in _spread(lambda n: _with_notes(ask, source, tasks[n], judge), tasks, source, jobs):
        judge.context.notes.update(notes)
        for finding in findings:
            if finding.start not in told:
                found.append(finding)
        if progress:
            progress("guide", task.transaction.end, outcome.outline.bytes)
    for interchange in {id(task.interchange): task.interchange for task in tasks}.values():
        for finding in guide_scan.judge_interchange(interchange, judge.context, rules):
            if finding.start not in told:
                found.append(finding)


def _with_notes(
    ask: Callable[[Source, Task], list[FindingRecord]], source: Source, task: Task, judge: Judge
) -> tuple[list[FindingRecord], Counter[tuple[str, str]]]:
    """What ``ask`` finds and the notes it leaves, so that both come back from a worker process."""
    judge.context.notes.clear()
    findings = ask(source, task)
    notes = Counter(judge.context.notes)
    judge.context.notes.clear()
    return findings, notes


def cores() -> int:
    """Processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
