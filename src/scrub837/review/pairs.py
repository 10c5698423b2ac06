"""The rows of the edit table that pair lines of a claim, with what the record shows of each."""

from __future__ import annotations

from bisect import bisect_right

from scrub837.claims.model import Claim
from scrub837.responses.exhibits import PairShown, Wanted, exhibits
from scrub837.review.judging import Judged
from scrub837.tasks import body_of


def pairs_of(judged: Judged, position: int) -> list[PairShown]:
    """The pairs among the lines of a claim."""
    claim = _read(judged, position)
    if claim is None:
        return []
    every = frozenset(range(len(claim.lines)))
    return exhibits(claim, (), Wanted(every, frozenset()), judged.job.context())[0]


def _read(judged: Judged, position: int) -> Claim | None:
    """A claim, read again with the levels above it."""
    befores = [task.transaction.claims_before for task in judged.tasks]
    task = judged.tasks[bisect_right(befores, position - 1) - 1]
    for claim in body_of(judged.source, task, judged.job.context()).claims(keep=True):
        if claim.index == position:
            return claim
        claim.let_go()
    return None
