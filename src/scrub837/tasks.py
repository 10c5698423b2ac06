"""The work on a file: its transactions, and how their claims are read. A part is what came of some claims."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from scrub837.claims.model import Envelope
from scrub837.claims.read import Body
from scrub837.found import FindingRecord
from scrub837.rules._rule import Context
from scrub837.timed import TimedRecord
from scrub837.x12.outline import Group, Interchange, Transaction
from scrub837.x12.source import Source


@dataclass(frozen=True, slots=True)
class Task:
    """One transaction to be judged."""

    number: int  # n-th transaction of the file, from 0
    interchange: Interchange
    group: Group
    transaction: Transaction

    @property
    def envelope(self) -> Envelope:
        """The control numbers of its claims."""
        gs, st = self.group.gs, self.transaction.st
        return Envelope(
            self.interchange.isa.at(13),
            gs.at(6) if gs else None,
            st.at(2) if st else None,
            (gs.at(8) if gs else "") or (st.at(3) if st else ""),
            self.interchange.isa.at(6),
            self.interchange.isa.at(8),
            gs.at(4) if gs else "",
        )


@dataclass(frozen=True, slots=True)
class TransactionRead:
    """A transaction after its claims were read; the subject of transaction rules."""

    task: Task
    body: Body


def body_of(source: Source, task: Task, context: Context) -> Body:
    """The body of a task, ready to be read."""
    transaction = task.transaction
    return Body(
        source,
        (transaction.start, transaction.end),
        task.interchange.separators,
        task.interchange.line_end,
        task.envelope,
        context.settings.profile_for,
        claims_before=transaction.claims_before,
        cut=transaction.cut,
    )


@dataclass(slots=True)
class Part:
    """What came of some claims; lines and segments are those of the transactions that ended among them."""

    claims: list[bytes] = field(default_factory=list)  # ClaimRow as JSON
    sent: list[bytes] = field(default_factory=list)  # SentClaim as JSON, where there is a ledger
    charges: array[int] = field(default_factory=lambda: array("q"))
    findings: list[FindingRecord] = field(default_factory=list)
    notes: Counter[tuple[str, str]] = field(default_factory=Counter)
    days: array[int] = field(default_factory=lambda: array("q"))  # pairs: patient-day key, claim index
    places: array[int] = field(
        default_factory=lambda: array("q")
    )  # of each claim: PLACE numbers, see place_of
    billings: list[tuple[int, tuple[int, int, int]]] = field(
        default_factory=list
    )  # from claim, its 2000A block
    joined: array[int] = field(default_factory=lambda: array("q"))  # rows of the log that found their claim
    work: array[int] = field(default_factory=lambda: array("q"))  # see claims.provider_work
    timed: list[TimedRecord] = field(default_factory=list)
    lines: int = 0
    segments: list[int] = field(default_factory=list)


def shared_days(parts: Sequence[array[int]]) -> dict[int, list[int]]:
    """Patient-days that more than one claim has lines on, with the claim indexes."""
    keys = sorted(key for days in parts for key in days[::2])  # far smaller than a dictionary of all days
    twice = {key for key, following in pairwise(keys) if key == following}
    shared: dict[int, list[int]] = {}  # in file order, which the keys, being salted hashes, do not keep
    for days in parts if twice else ():
        for n in range(0, len(days), 2):
            if days[n] in twice:
                shared.setdefault(days[n], []).append(days[n + 1])
    return {key: indexes for key, indexes in shared.items() if len(set(indexes)) > 1}
