"""What was sent: the claims of 837P batches, found again by the numbers that answers carry.

The batches are judged as ``scrub837 check`` judges them, so that a denial stands beside what the rules say.
Claims are numbered through all batches, from 0; a claim's row is read back when it is asked for.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from scrub837.claims.model import Claim
from scrub837.claims.values import read_day
from scrub837.engine import Job, scan, tasks_of
from scrub837.errors import InputUnreadable
from scrub837.findings import Finding
from scrub837.responses.walk import walk
from scrub837.results import ClaimRow, FileReport
from scrub837.rules._rule import Context
from scrub837.tasks import Task, body_of
from scrub837.x12.outline import read_outline
from scrub837.x12.source import Source

PREFIX = 20  # characters of CLM01 that payers of version 4010 give back


def bare(number: str) -> str:
    """A control number without the leading zeros that some senders drop."""
    return number.strip().lstrip("0") or number.strip()


@dataclass(slots=True)
class Batch:
    """An 837P file that was sent."""

    source: Source
    report: FileReport
    tasks: list[Task]
    first: int  # number of its first claim
    found: dict[int, list[int]] = field(default_factory=dict)  # findings of a claim, by its index in the file

    def task_of(self, index: int) -> Task:
        """The transaction a claim is in, by the claim's index in the file."""
        befores = [task.transaction.claims_before for task in self.tasks]
        return self.tasks[bisect_right(befores, index - 1) - 1]


@dataclass(frozen=True, slots=True)
class Sending:
    """A transaction that was sent, with the claims it holds (numbers from ``first`` on)."""

    batch: int
    task: Task
    claims: range
    interchange: str
    group: str
    transaction: str
    reference: str  # BHT03
    created: date | None


class SentClaims:
    """The claims of all batches."""

    def __init__(self, batches: Sequence[Batch], context: Context) -> None:
        self.batches = batches
        self.context = context
        self.count = sum(len(batch.report.claims) for batch in batches)
        self.sendings: list[Sending] = []
        self.charges = array("q")  # in 1/10000
        self._by_id: dict[str, list[int]] = {}
        self._folded: dict[str, list[int]] | None = None
        self._providers: dict[str, list[int]] | None = None
        self._clearinghouse: dict[str, list[int]] = {}
        self._by_charge: dict[int, list[int]] | None = None
        for number, batch in enumerate(batches):
            self.charges.extend(batch.report.claim_charges)
            self.sendings += _sendings(number, batch)
        self._firsts = [sending.claims.start for sending in self.sendings]
        self.by_interchange = _index(self.sendings, lambda one: bare(one.interchange))
        self.by_group = _index(self.sendings, lambda one: bare(one.group))
        self.by_reference = _index(self.sendings, lambda one: one.reference)
        for number in range(self.count):
            self._by_id.setdefault(self.row(number).claim, []).append(number)

    def close(self) -> None:
        """Give the temporary files back."""
        for batch in self.batches:
            batch.report.close()

    def batch_of(self, number: int) -> Batch:
        """The batch a claim is in."""
        firsts = [batch.first for batch in self.batches]
        return self.batches[bisect_right(firsts, number) - 1]

    def row(self, number: int) -> ClaimRow:
        """The claim as a report shows it."""
        batch = self.batch_of(number)
        return batch.report.claim(number - batch.first + 1)

    def charge(self, number: int) -> Decimal:
        """CLM02; 0 when it cannot be read."""
        return Decimal(self.charges[number]) / 10000

    def sending_of(self, number: int) -> Sending:
        """The transaction a claim went with."""
        return self.sendings[bisect_right(self._firsts, number) - 1]

    def by_id(self, claim: str) -> list[int]:
        """Claims with this CLM01; else with it in another case, or cut to 20 characters."""
        if found := self._by_id.get(claim):
            return found
        if not claim.strip("0 "):
            return []
        if self._folded is None:
            self._folded = {}
            for name, numbers in self._by_id.items():
                for key in {name.strip().upper(), name.strip().upper()[:PREFIX]}:
                    self._folded.setdefault(key, []).extend(numbers)
        return self._folded.get(claim.strip().upper(), [])

    def by_clearinghouse(self, number: str) -> list[int]:
        """Claims with this number of the clearinghouse (REF*D9)."""
        if self._providers is None:
            self._read_details()
        return self._clearinghouse.get(number, []) if number else []

    def by_provider(self, npi: str) -> list[int]:
        """Claims of this billing provider."""
        if self._providers is None:
            self._read_details()
        assert self._providers is not None  # noqa: S101 - read one line above
        return self._providers.get(npi, []) if npi else []

    def by_charge(self, charge: Decimal) -> list[int]:
        """Claims of this charge."""
        if self._by_charge is None:
            self._by_charge = {}
            for number, cents in enumerate(self.charges):
                self._by_charge.setdefault(cents, []).append(number)
        return self._by_charge.get(int(charge * 10000), [])

    def findings(self, number: int) -> Iterator[Finding]:
        """What the rules say of a claim."""
        batch = self.batch_of(number)
        return (batch.report.finding(n) for n in batch.found.get(number - batch.first + 1, ()))

    def read(self, numbers: Iterable[int]) -> dict[int, Claim]:
        """Claims read anew, whole. Each transaction they are in is read once."""
        wanted: dict[int, list[int]] = {}
        for number in sorted(set(numbers)):
            wanted.setdefault(bisect_right(self._firsts, number) - 1, []).append(number)
        found: dict[int, Claim] = {}
        for at, inside in wanted.items():
            sending = self.sendings[at]
            batch, keep = self.batches[sending.batch], set(inside)
            for claim in body_of(batch.source, sending.task, self.context).claims(keep=True):
                number = batch.first + claim.index - 1
                if number in keep:
                    found[number] = claim
                else:
                    claim.let_go()
        return found

    def _read_details(self) -> None:
        self._providers = {}
        for sending in self.sendings:
            batch = self.batches[sending.batch]
            for claim in body_of(batch.source, sending.task, self.context).claims():
                number = batch.first + claim.index - 1
                self._providers.setdefault(claim.billing_npi, []).append(number)
                reference = claim.first("REF", "D9")
                if reference and len(reference) > 2 and reference[2].strip():
                    self._clearinghouse.setdefault(reference[2].strip(), []).append(number)


def _index(sendings: Sequence[Sending], key: Callable[[Sending], str]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for number, sending in enumerate(sendings):
        if name := key(sending):
            found.setdefault(name, []).append(number)
    return found


def _sendings(number: int, batch: Batch) -> Iterator[Sending]:
    befores = [task.transaction.claims_before for task in batch.tasks] + [len(batch.report.claims)]
    for task, first, last in zip(batch.tasks, befores, befores[1:], strict=False):
        envelope = task.envelope
        yield Sending(
            number,
            task,
            range(batch.first + first, batch.first + last),
            envelope.interchange,
            envelope.group or "",
            envelope.transaction or "",
            _reference(batch.source, task),
            read_day(envelope.created),
        )


def _reference(source: Source, task: Task) -> str:
    """BHT03."""
    transaction = task.transaction
    segments = walk(source, (transaction.start, transaction.end), task.interchange.separators, (0, None))
    for segment in segments:
        if segment.tag == "BHT":
            return segment.at(3)
        if segment.ordinal > 3:
            break
    return ""


def open_batches(sources: Sequence[Source], job: Job) -> SentClaims:
    """Judge the batches and index their claims. Raises ``InputUnreadable`` for a file without 837P claims."""
    job = replace(job, settings=replace(job.settings, redact=False))  # names tell answers apart; see report
    batches: list[Batch] = []
    first = 0
    with ExitStack() as opened:
        for source in sources:
            tasks, _ = tasks_of(read_outline(source))
            if not tasks:
                raise InputUnreadable(f"{source.name} holds no 837P claims: `scrub837 check` says what it is")
            report = opened.enter_context(closing(scan(source, job)))
            batch = Batch(source, report, tasks, first)
            for number in report.order:
                if claim := report.found.claim[number]:
                    batch.found.setdefault(claim, []).append(number)
            batches.append(batch)
            first += len(report.claims)
        sent = SentClaims(batches, job.context())
        opened.pop_all()
    return sent
