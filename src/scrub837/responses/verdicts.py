"""What became of claims, in the form in which a ledger keeps it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import closing
from decimal import Decimal

from scrub837.engine import Job
from scrub837.nightly.ledger_answers import SentKey, Verdict, VerdictReason
from scrub837.nightly.sent_file import sent_in
from scrub837.responses.entries import reason_code
from scrub837.responses.history import History, Outcome
from scrub837.responses.reasons import Reason
from scrub837.responses.sent import SentClaims
from scrub837.responses.working import Work


def keys_of(
    sent: SentClaims, job: Job, numbers: Collection[int] | None = None
) -> Iterator[tuple[int, SentKey]]:
    """What the claims of the batches, or those of these numbers, are known by in the ledger of ``job``."""
    for batch in sent.batches:
        kept = sent_in(batch.source, job)
        with closing(kept.claims):
            for number, claim in enumerate(kept.rows(), start=batch.first):
                if numbers is None or number in numbers:
                    interchange = sent.sending_of(number).interchange
                    yield number, SentKey(claim.reference, claim.content, interchange)


def verdicts(work: Work, job: Job) -> Iterator[Verdict]:
    """What became of every claim that was answered. ``job`` has a ledger."""
    for number, key in keys_of(work.sent, job):
        history = work.history(number)
        if history.outcome is not Outcome.MISSING:
            yield _verdict(key, history)


def _verdict(key: SentKey, history: History) -> Verdict:
    days = [step.day.isoformat() for step in history.steps if step.day]
    return Verdict(
        key,
        history.outcome.value,
        max((_layer(step.kind) for step in history.steps), default=0),
        max(days, default=""),
        _hundredths(history.paid),
        _hundredths(history.patient),
        _hundredths(history.open),
        tuple(_reason(one) for one in history.reasons),
    )


def _layer(kind: str) -> int:
    return 3 if kind == "835" else 2 if kind.startswith("277") else 1


def _reason(reason: Reason) -> VerdictReason:
    line = None if reason.line is None else reason.line + 1
    amount = None if reason.amount is None else _hundredths(reason.amount)
    return VerdictReason(reason_code(reason), line, amount)


def _hundredths(amount: Decimal) -> int:
    return int(amount * 10000)
