"""The whole pipeline on one page: outline, claims, rules, guide, and what they add up to.

source -> outline -> transactions, in shares -> Judge (in worker processes) -> rows and findings in spools
                  '-> guide                                              -> FileReport
"""

from __future__ import annotations

import gc
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import partial
from zoneinfo import ZoneInfo

from scrub837.again import Again, Places, pieces_of
from scrub837.before import ask_ledger, numbers_of
from scrub837.claims.documentation import Documentation
from scrub837.claims.earlier import Earlier
from scrub837.claims.provider_work import provider_works
from scrub837.claims.sent import Sendings
from scrub837.config import Settings
from scrub837.findings import NotChecked, Severity
from scrub837.found import FoundIndex, PlacedFindings
from scrub837.reference.store import Reference
from scrub837.results import Counts, FileReport, Tally
from scrub837.rules import all_rules
from scrub837.rules._rule import Context, Rule, Scope
from scrub837.scan import Judge
from scrub837.spool import Placed, Shelf
from scrub837.spread import Crew, spread, worth
from scrub837.standing import judge_waivers
from scrub837.tasks import Part, Task, shared_days
from scrub837.timed import PlacedDays, TimedIndex
from scrub837.x12.kinds import kind_of
from scrub837.x12.original import Original
from scrub837.x12.outline import Mark, Outline, read_outline
from scrub837.x12.source import Source

_SHARE = 1 << 18  # bytes
Progress = Callable[[str, int, int], None]  # what is done, how much of it, of how much


@dataclass(frozen=True, slots=True)
class Job:
    """What a run needs besides its input."""

    settings: Settings
    reference: Reference
    documentation: Documentation
    earlier: Earlier | None = None  # what was sent before, from a ledger

    def context(self) -> Context:
        """A fresh context for the rules."""
        today = self.settings.today or datetime.now(ZoneInfo(self.settings.time_zone)).date()
        seal = self.earlier.seal if self.earlier else None
        return Context(self.settings, self.reference, self.documentation, today, seal)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outline of a file with the tasks in it; the subject of file rules."""

    outline: Outline
    tasks: Sequence[Task]  # 837P transactions that are read
    others: Sequence[Task]  # what else is in the file
    segments: Sequence[int]  # of each task, ST and SE included
    name: str


def scan(
    source: Source, job: Job, progress: Progress | None = None, outline: Outline | None = None
) -> FileReport:
    """Judge one file. What is wrong with it are values in the report; an exception is a bug or lost input.

    ``outline``: where somebody has read it already.
    """
    outline = outline or read_outline(source)
    tasks, others = tasks_of(outline)
    judge, all_ = Judge(job.context()), _Gathered()
    jobs = worth(source.size, job.settings.jobs)
    if job.earlier is not None:
        all_.sent = Shelf()
    shares = shares_of(tasks)

    def judge_share(number: int) -> list[Shelved]:
        return all_.shelve(judge.transactions(source, shares[number]))

    def judge_days(asked: Places) -> Part:
        return Again(source, tasks, asked, judge.context).judge(judge, asked.shared)

    with Crew(jobs, judge_share, judge_days) as crew:
        for share, shelved in zip(shares, crew.run(judge_share, range(len(shares))), strict=True):
            for one in shelved:
                all_.add(one)
                job.documentation.add_joined(one.part.joined)
            if progress:
                progress("claims", share[-1].transaction.end, outline.bytes)
        shared = shared_days(all_.days)
        pieces = [Places(all_.places, all_.billings, piece) for piece in pieces_of(shared, jobs)]
        for together in crew.run(judge_days, pieces):
            all_.add_findings(together)
            all_.timed.extend(together.timed)
    again = Again(source, tasks, Places(all_.places, all_.billings), judge.context)
    all_.timed.settle(shared)
    if all_.work:
        all_.add_findings(judge.providers(provider_works(all_.work, again.claim, job.documentation)))
    elif not job.documentation.given and tasks:
        all_.notes.update(judge.unasked(all_.lines))
    outcome = Outcome(outline, tasks, others, all_.segments, source.name)
    all_.add_findings(judge.file(outcome))
    sendings = Sendings(all_.sent, numbers_of(tasks)) if all_.sent is not None else None
    if job.earlier is not None and sendings is not None:
        all_.add_findings(ask_ledger(job.earlier, sendings, outline, tasks, again, judge))
    if tasks and job.settings.guide:
        _ask_guide(source, judge, outcome, all_, jobs, progress)
    elif tasks:
        all_.notes["implementation-guide", "switched off (--no-guide)"] += all_.lines
    order = _order(all_.found, shared)
    standing = judge_waivers(all_.found, order, all_.claims, judge.context)
    if standing.told:
        all_.add_findings(Part(findings=standing.told))
        order = _order(all_.found, shared)
    return FileReport(
        path=source.name,
        sha256=outline.sha256,
        bytes=outline.bytes,
        status=_status(outcome, all_.found, (n for n in order if n not in standing.waived)),
        counts=all_.counts(outline, len(tasks)),
        claims=all_.claims,
        claim_charges=all_.charges,
        found=all_.found,
        order=order,
        not_checked=[NotChecked(name=n, reason=r, lines=c) for (n, r), c in sorted((+all_.notes).items())],
        tallies=_tallies(outcome),
        redact=job.settings.redact,
        original=Original(source, outline.interchanges),
        places=all_.places,
        waived=standing.waived,
        waivers_met=standing.met,
        sent=sendings,
        timed=all_.timed,
    )


@dataclass(frozen=True, slots=True)
class Shelved:
    """Some claims, of which all that is large is in files."""

    part: Part
    rows: Placed
    found: PlacedFindings
    timed: PlacedDays
    sent: Placed | None


@dataclass(slots=True)
class _Gathered:
    """What the parts of a file add up to."""

    claims: Shelf = field(default_factory=Shelf)
    sent: Shelf | None = None  # where there is a ledger
    found: FoundIndex = field(default_factory=FoundIndex)
    charges: array[int] = field(default_factory=lambda: array("q"))
    notes: Counter[tuple[str, str]] = field(default_factory=Counter)
    days: list[array[int]] = field(default_factory=list)
    places: array[int] = field(default_factory=lambda: array("q"))
    billings: list[tuple[int, tuple[int, int, int]]] = field(default_factory=list)
    segments: list[int] = field(default_factory=list)
    work: array[int] = field(default_factory=lambda: array("q"))
    timed: TimedIndex = field(default_factory=TimedIndex)
    lines: int = 0

    def shelve(self, parts: Iterable[Part]) -> list[Shelved]:
        """Put away what is large of some claims, in the process that judges them."""
        shelved = []
        for part in parts:
            rows = self.claims.put(part.claims)
            found = self.found.put(part.findings)
            timed = self.timed.put(part.timed)
            sent = self.sent.put(part.sent) if self.sent is not None else None
            part.claims, part.findings, part.timed, part.sent = [], [], [], []
            shelved.append(Shelved(part, rows, found, timed, sent))
        return shelved

    def add(self, one: Shelved) -> None:
        """The next claims."""
        part = one.part
        self.claims.add(one.rows)
        self.found.add(one.found)
        self.timed.add(one.timed)
        if self.sent is not None and one.sent is not None:
            self.sent.add(one.sent)
        self.charges.extend(part.charges)
        self.days.append(part.days)
        self.places.extend(part.places)
        self.billings += part.billings
        self.work.extend(part.work)
        self.segments += part.segments
        self.lines += part.lines
        self.notes.update(part.notes)

    def add_findings(self, part: Part) -> None:
        """Findings and notes alone."""
        self.found.extend(part.findings)
        self.notes.update(part.notes)

    def counts(self, outline: Outline, transactions: int) -> Counts:
        """The totals of the report."""
        return Counts(
            interchanges=len(outline.interchanges),
            groups=sum(len(interchange.groups) for interchange in outline.interchanges),
            transactions=transactions,
            claims=len(self.claims),
            lines=self.lines,
            charge=Decimal(sum(self.charges)).scaleb(-4).quantize(Decimal("0.01")),
        )


def tasks_of(outline: Outline) -> tuple[list[Task], list[Task]]:
    """The 837P transactions of a file, and the others. Only claims of the former are counted."""
    tasks: list[Task] = []
    others: list[Task] = []
    claims = 0
    for interchange in outline.interchanges:
        for group in interchange.groups:
            for transaction in group.transactions:
                wanted = tasks if kind_of(group, transaction).readable else others
                wanted.append(Task(len(wanted), interchange, group, transaction))
                if wanted is tasks:
                    transaction.claims_before, claims = claims, claims + transaction.claims
    return tasks, others


def shares_of(tasks: Sequence[Task]) -> list[Sequence[Task]]:
    """Transactions that follow one another, in shares of a size that is worth handing to a process."""
    shares: list[Sequence[Task]] = []
    first = size = 0
    for number, task in enumerate(tasks, start=1):
        size += task.transaction.end - task.transaction.start
        if size >= _SHARE or number == len(tasks):
            shares.append(tasks[first:number])
            first, size = number, 0
    return shares


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


def _status(outcome: Outcome, found: FoundIndex, order: Iterable[int]) -> str:
    outline = outcome.outline
    if not outcome.tasks:  # cut before its first transaction, what it would have held cannot be told
        return "incomplete" if outline.cut and not outcome.others else "refused"
    if outline.interchanges[-1].iea is None or outline.too_long is not None:
        return "incomplete"
    limit = Severity.DENY.rank
    return "held" if any(found.rank[n] >= limit for n in order) else "ready"


def _order(found: FoundIndex, shared: dict[int, list[int]]) -> list[int]:
    """Findings in file order, without those of a patient-day that was judged again with all its claims."""
    kept = (n for n in range(len(found.start)) if found.day[n] not in shared)
    return sorted(kept, key=lambda n: (found.start[n], n))


def _ask_guide(
    source: Source, judge: Judge, outcome: Outcome, all_: _Gathered, jobs: int, progress: Progress | None
) -> None:
    """Add what the guide says, except where a rule has already faulted the same element."""
    from scrub837 import guide_scan  # noqa: PLC0415 - pyx12 is loaded only when the guide is asked
    from scrub837.x12.guide import warm  # noqa: PLC0415

    found, tasks = all_.found, outcome.tasks
    told = {found.start[n] for n in range(len(found.start)) if found.rank[n] >= Severity.DENY.rank}
    rules = judge.rules(Scope.GUIDE)

    def add(part: Part) -> None:
        part.findings = [finding for finding in part.findings if finding.start not in told]
        all_.add_findings(part)

    warm()
    shares = shares_of(tasks)
    work = partial(_by_guide, source, judge, shares, rules)
    for share, part in zip(shares, spread(work, len(shares), jobs), strict=True):
        add(part)
        if progress:
            progress("guide", share[-1].transaction.end, outcome.outline.bytes)
    for interchange in {id(task.interchange): task.interchange for task in tasks}.values():
        add(
            Part(
                findings=guide_scan.judge_interchange(interchange, judge.context, rules),
                notes=judge.take_notes(),
            )
        )


def _by_guide(
    source: Source, judge: Judge, shares: Sequence[Sequence[Task]], rules: list[Rule], number: int
) -> Part:
    from scrub837.guide_scan import judge_transaction  # noqa: PLC0415 - as above

    part = Part()
    for task in shares[number]:
        part.findings += judge_transaction(source, task, judge.context, rules)
    part.notes = judge.take_notes()
    return part


def settle() -> None:
    """Load the rules, then keep the cycle collector away from all that is loaded: a fifth of the time."""
    all_rules()
    if not gc.get_freeze_count():
        gc.freeze()
