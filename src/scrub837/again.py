"""Judges the days of a patient that several claims share: the claims are read again and seen together."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice, pairwise

from scrub837.claims.encounters import PatientDay, patient_days
from scrub837.claims.model import Claim, Level, read_level
from scrub837.claims.read import Body
from scrub837.rules._rule import Context
from scrub837.scan import MOST_LINES, Judge
from scrub837.tasks import Part, Task, body_of
from scrub837.x12.segments import Splitter
from scrub837.x12.source import Source

FEW = 200  # days that are judged sooner than another process is made
_TOGETHER = 16  # days whose claims are in memory at once


@dataclass(frozen=True, slots=True)
class Places:
    """Where claims can be read again, see ``Part``, and days that several of them share."""

    claims: array[int]
    billings: list[tuple[int, tuple[int, int, int]]]
    shared: dict[int, list[int]] = field(default_factory=dict)


class Again:
    """Reads single claims again, to judge a patient's day with all the claims that share it."""

    def __init__(
        self,
        source: Source,
        tasks: Sequence[Task],
        places: Places,
        context: Context,
    ) -> None:
        self._source = source
        self._tasks = tasks
        self._places = places.claims
        self._billings = places.billings
        self._context = context
        self._body: tuple[int, Body] | None = None
        self._level: tuple[int, Level] | None = None  # the billing level read last, by its place
        self._first_claims = [task.transaction.claims_before for task in tasks]

    def judge(self, judge: Judge, shared: dict[int, list[int]]) -> Part:
        """Findings of the shared days, and the notes they add to what was noted of each claim alone."""
        together = Part()
        days = iter(shared.items())
        while some := list(islice(days, _TOGETHER)):
            self._judge_some(judge, some, together)
        return together

    def _judge_some(self, judge: Judge, days: Sequence[tuple[int, list[int]]], together: Part) -> None:
        read: list[int] = []
        claims: list[Claim] | None = []
        in_hand: list[tuple[int, list[Claim]]] = []
        for key, indexes in days:
            wanted = list(dict.fromkeys(indexes))
            if wanted != read:  # the days of a range are shared by the same claims
                read, claims = wanted, self._claims(wanted)
            if claims is None:
                together.notes.update(self._one_by_one(judge, key, wanted, together))
            else:
                in_hand.append((key, claims))
        alone = Part()
        for key, claims in in_hand:
            for claim in claims:
                for day in _days_with([claim], key):
                    judge.day(day, alone, key, timed=False)
        together.notes.subtract(judge.take_notes())
        for key, claims in in_hand:
            for day in _days_with(claims, key):
                judge.day(day, together, 0)
        together.notes.update(judge.take_notes())
        for _, claims in in_hand:
            for claim in claims:
                claim.let_go()

    def _claims(self, indexes: Sequence[int]) -> list[Claim] | None:
        """The claims read again; ``None`` when they have more lines than can be of one day."""
        claims: list[Claim] = []
        lines = 0
        for index in indexes:
            claims.append(self.claim(index))
            lines += len(claims[-1].services)
            if lines > MOST_LINES:
                for claim in claims:
                    claim.let_go()
                return None
        return claims

    def _one_by_one(
        self, judge: Judge, key: int, indexes: Sequence[int], part: Part
    ) -> Counter[tuple[str, str]]:
        """Find what each claim has alone, and note that they were not compared."""
        lines = 0
        for index in indexes:
            claim = self.claim(index)
            for day in _days_with([claim], key):
                judge.day(day, part, 0)
                lines += len(day.lines)
            claim.let_go()
        judge.take_notes()  # they were noted when the claim was judged alone
        judge.too_many(lines)
        return judge.take_notes()

    def claim(self, index: int) -> Claim:
        """The claim with this index, read again."""
        start, ordinal, end = self._places[3 * index - 3 : 3 * index]
        number = bisect_right(self._first_claims, index - 1) - 1
        task = self._tasks[number]
        if self._body is None or self._body[0] != number:
            self._body = number, body_of(self._source, task, self._context)
        body = self._body[1]
        claim = body.last_in((start, end), self._billing(task, index), ordinal)
        claim.index = index
        return claim

    def _billing(self, task: Task, index: int) -> Level | None:
        at = bisect_right(self._billings, (index, (1 << 62, 0, 0))) - 1
        if at < 0 or self._billings[at][1][0] < task.transaction.start:
            return None
        if self._level is None or self._level[0] != at:
            start, ordinal, length = self._billings[at][1]
            splitter = Splitter(task.interchange.separators, task.interchange.line_end)
            text = self._source.read_at(start, length).decode("latin-1")
            self._level = at, read_level(splitter.block(text, start, ordinal))
        return self._level[1]


def pieces_of(shared: dict[int, list[int]], jobs: int) -> list[dict[int, list[int]]]:
    """The shared days in as many pieces as are worth a process each, in order."""
    if not shared:
        return []
    count = min(jobs, 1 + len(shared) // FEW)
    days = list(shared.items())
    ends = [len(days) * n // count for n in range(count + 1)]
    return [dict(days[first:last]) for first, last in pairwise(ends)]


def _days_with(claims: Sequence[Claim], key: int) -> Iterator[PatientDay]:
    return (day for day in patient_days(claims) if hash((day.patient, day.day)) == key)
