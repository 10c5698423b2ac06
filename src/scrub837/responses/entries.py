"""Claims, work and unknown answers as reports show them; with ``redact`` nothing that names a patient."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

import msgspec

from scrub837.findings import HIDDEN, Location
from scrub837.responses.answers import (
    ClaimPayment,
    GroupAnswer,
    InterchangeAnswer,
    Place,
    SetAnswer,
    StatusAnswer,
)
from scrub837.responses.exhibits import PairShown, UnitsShown
from scrub837.responses.history import History, Step
from scrub837.responses.match import Unknown
from scrub837.responses.reasons import Reason
from scrub837.responses.working import Work
from scrub837.responses.worklist import Judged, WorkItem
from scrub837.results import ClaimRow, PayerRow, PersonRow, money_text


class ReasonEntry(msgspec.Struct, frozen=True):
    """A reason as reports show it. ``line`` is LX01; ``rules`` found fault at the same place."""

    list: str
    code: str
    group: str
    label: str
    action: str
    amount: str | None
    line: int | None
    line_control: str | None
    text: str
    place: Place
    sent: Location | None
    rules: tuple[str, ...]
    words: str
    advice: str


class LineEntry(msgspec.Struct, frozen=True):
    """A service line that was sent, with what was paid for it."""

    line: int | None
    line_control: str | None
    code: str
    modifiers: tuple[str, ...]
    units: str
    charge: str
    paid: str | None
    denied: bool


class ClaimEntry(msgspec.Struct, frozen=True):
    """A claim that was sent and what became of it."""

    claim: str
    claim_index: int
    batch: int  # counts the batches from 0
    transaction: str | None
    patient: PersonRow
    payer: PayerRow
    charge: str
    outcome: str
    paid: str
    patient_share: str
    open: str
    payer_claim: str
    steps: tuple[Step, ...]
    lines: tuple[LineEntry, ...]


class WorkEntry(msgspec.Struct, frozen=True):
    """A claim to be worked."""

    claim: str
    claim_index: int
    batch: int
    action: str
    amount: str
    outcome: str
    payer_claim: str
    advice: str
    reasons: tuple[ReasonEntry, ...]
    pairs: tuple[PairShown, ...]
    units: tuple[UnitsShown, ...]


class UnknownEntry(msgspec.Struct, frozen=True):
    """An answer to nothing that was sent."""

    kind: str
    number: str  # CLM01, ST02, GS06 or ISA13 of what it answers
    verdict: str
    charge: str | None
    paid: str | None
    day: date | None
    why: str
    place: Place


def claim_entry(work: Work, number: int) -> ClaimEntry:
    """The entry of a claim."""
    row, history = work.sent.row(number), work.history(number)
    return ClaimEntry(
        row.claim,
        row.index,
        work.sent.sending_of(number).batch,
        row.transaction,
        person(row, work),
        row.payer,
        row.charge,
        history.outcome.value,
        money_text(history.paid),
        money_text(history.patient),
        money_text(history.open),
        history.payer_claim,
        history.steps,
        _lines(row, history),
    )


def person(row: ClaimRow, work: Work) -> PersonRow:
    """The patient, as far as may be shown."""
    return PersonRow(HIDDEN, HIDDEN, "") if work.redact else row.patient


def _lines(row: ClaimRow, history: History) -> tuple[LineEntry, ...]:
    told = {one.line: one for one in history.lines}
    return tuple(
        LineEntry(
            line.line,
            line.line_control,
            line.code,
            line.modifiers,
            line.units,
            line.charge,
            money_text(told[n].paid) if n in told and told[n].paid is not None else None,
            n in told and told[n].denied,
        )
        for n, line in enumerate(row.lines)
    )


def work_entry(work: Work, item: WorkItem) -> WorkEntry:
    """The entry of a claim to be worked."""
    row = work.sent.row(item.number)
    return WorkEntry(
        row.claim,
        row.index,
        work.sent.sending_of(item.number).batch,
        item.action.value,
        money_text(item.amount),
        item.outcome.value,
        item.payer_claim,
        item.advice,
        tuple(_reason(one, row, redact=work.redact) for one in item.reasons),
        item.pairs,
        item.units,
    )


def _reason(judged: Judged, row: ClaimRow, *, redact: bool) -> ReasonEntry:
    reason = judged.reason
    line = row.lines[reason.line] if reason.line is not None else None
    return ReasonEntry(
        reason.list,
        reason.code,
        reason.group,
        reason.label,
        judged.action.value,
        money_text(reason.amount) if reason.amount is not None else None,
        line.line if line else None,
        line.line_control if line else None,
        HIDDEN if redact and reason.text else reason.text,
        reason.place,
        reason.sent,
        judged.found,
        judged.words,
        judged.advice,
    )


def unknown_entries(work: Work) -> Iterable[UnknownEntry]:
    """The answers to nothing that was sent, in the order they came."""
    return (_unknown(work, one) for one in work.matched.unknown)


def _unknown(work: Work, one: Unknown) -> UnknownEntry:
    answer = work.found.answer(one.answer)
    charge: Decimal | None = None
    paid: Decimal | None = None
    if isinstance(answer, ClaimPayment):
        number, verdict, charge, paid = answer.claim, answer.status, answer.charge, answer.paid
    elif isinstance(answer, StatusAnswer):
        number, charge = answer.trace, answer.amount
        verdict = " ".join(dict.fromkeys(status.category for status in answer.statuses))
    elif isinstance(answer, SetAnswer):
        number, verdict = answer.control, answer.verdict
    elif isinstance(answer, GroupAnswer):
        number, verdict = answer.group, answer.verdict
    else:
        assert isinstance(answer, InterchangeAnswer)  # noqa: S101 - a payment is about no claim
        number, verdict = answer.control, answer.verdict
    return UnknownEntry(
        answer.source.kind,
        number,
        verdict,
        None if charge is None else money_text(charge),
        None if paid is None else money_text(paid),
        work.found.day(one.answer),
        one.why,
        answer.place,
    )


def reason_code(reason: Reason | ReasonEntry) -> str:
    """``CO-97``, ``A7:562:85``, ``IK4 7``: a code as people say it."""
    if reason.list == "CARC":
        return f"{reason.group}-{reason.code}" if reason.group else reason.code
    if reason.list in ("STC", "RARC"):
        return reason.code
    return f"{reason.list} {reason.code}"
