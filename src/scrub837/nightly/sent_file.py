"""Reads what a file that goes out holds, for the ledger: of a corrected or split file, not of its input."""

from __future__ import annotations

from itertools import islice

from scrub837.before import numbers_of
from scrub837.claims.sent import Sendings, encode_sent
from scrub837.engine import Job, tasks_of
from scrub837.tasks import body_of
from scrub837.x12.outline import read_outline
from scrub837.x12.source import Source

CHUNK = 1000


def sent_in(source: Source, job: Job) -> Sendings:
    """The claims of an 837P, in order, without judging them; ``job`` has a ledger.

    The spool of claims is to be closed by the caller.
    """
    context = job.context()
    if context.seal is None:
        raise ValueError("the job has no ledger")
    tasks, _ = tasks_of(read_outline(source))
    sent = Sendings(numbers=numbers_of(tasks))
    for task in tasks:
        claims = body_of(source, task, context).claims()
        while some := [encode_sent(claim, context.seal) for claim in islice(claims, CHUNK)]:
            sent.claims.extend(some)
    return sent
