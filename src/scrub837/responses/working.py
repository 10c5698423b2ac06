"""The whole of ``scrub837 responses`` on one page: read answers, read batches, join, tell, list the work."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from decimal import Decimal

import msgspec

from scrub837.engine import Job
from scrub837.responses.answers import ClaimPayment, PaymentAnswer, SetAnswer
from scrub837.responses.balance import adjustments_of
from scrub837.responses.collect import PAYMENT, TOTAL, Collected, collect
from scrub837.responses.exhibits import Wanted, exhibits, wanted
from scrub837.responses.faults import UNPLACED, lay_faults
from scrub837.responses.history import History, Outcome, Told, tell
from scrub837.responses.match import Matched, match
from scrub837.responses.reasons import Reason
from scrub837.responses.recall import Recalls, recall
from scrub837.responses.sent import SentClaims, open_batches
from scrub837.responses.worklist import WorkItem, in_order, needs_work, work_item
from scrub837.results import ClaimRow
from scrub837.spool import Spool
from scrub837.x12.source import Source

ZERO = Decimal("0.00")
_encode = msgspec.json.Encoder(decimal_format="string").encode
_decode = msgspec.json.Decoder(History).decode


class Tally(msgspec.Struct):
    """Claims of one outcome: how many, what they charge, what was paid, what is left to patients and open."""

    claims: int = 0
    charge: Decimal = ZERO
    paid: Decimal = ZERO
    patient: Decimal = ZERO
    open: Decimal = ZERO

    def add(self, history: History, charge: Decimal) -> None:
        """One more claim."""
        self.claims += 1
        self.charge += charge
        self.paid += history.paid
        self.patient += history.patient
        self.open += history.open


class Remitted(msgspec.Struct):
    """What the 835s say together: charge = paid + adjustments by group + what they leave unexplained."""

    claims: int = 0
    charge: Decimal = ZERO
    paid: Decimal = ZERO
    adjusted: dict[str, Decimal] = {}
    unexplained: Decimal = ZERO
    provider_adjustments: Decimal = ZERO
    payments: int = 0
    amount: Decimal = ZERO  # sum of BPR02
    unknown_claims: int = 0  # of claims that were not sent
    unknown_paid: Decimal = ZERO

    def add(self, claim: ClaimPayment, *, known: bool) -> None:
        """One more claim of an 835."""
        charge, paid = claim.charge or ZERO, claim.paid or ZERO
        self.claims += 1
        self.charge += charge
        self.paid += paid
        left = charge - paid
        for one in adjustments_of(claim):
            self.adjusted[one.group] = self.adjusted.get(one.group, ZERO) + one.amount
            left -= one.amount
        self.unexplained += left
        if not known:
            self.unknown_claims += 1
            self.unknown_paid += paid


@dataclass(slots=True)
class Work:
    """Everything the renderings need. ``close`` gives the temporary files back."""

    found: Collected
    sent: SentClaims
    matched: Matched
    histories: Spool  # of claim n, in the order sent
    tallies: Mapping[Outcome, Tally]
    remitted: Remitted
    payments: Sequence[PaymentAnswer]
    items: Sequence[WorkItem]
    opened: ExitStack
    redact: bool = False

    @property
    def total(self) -> Tally:
        """All that was sent; the tallies add up to it."""
        total = Tally()
        for tally in self.tallies.values():
            total.claims += tally.claims
            total.charge += tally.charge
            total.paid += tally.paid
            total.patient += tally.patient
            total.open += tally.open
        return total

    @property
    def to_work(self) -> Decimal:
        """The money that is to be worked."""
        return sum((item.amount for item in self.items), ZERO)

    @property
    def status(self) -> int:
        """Exit status: 2 when an answer is cut or is none, 1 when there is something to work or to place."""
        if any(file.cut or not file.kinds for file in self.found.files):
            return 2
        return int(bool(self.items or self.matched.unknown))

    def history(self, number: int) -> History:
        """The history of a claim."""
        return _decode(self.histories[number])

    def close(self) -> None:
        """Give the temporary files back."""
        self.opened.close()


def work(
    responses: Sequence[Source],
    batches: Sequence[Source],
    job: Job,
    *,
    guide: bool = False,
    ledger: Recalls | None = None,
) -> Work:
    """Join responses to the batches they answer.

    ``guide`` has pyx12 judge the responses. The batches are judged by it whenever a 999 names faults, for
    these are what pyx12 finds. Raises ``InputUnreadable`` for a batch without 837P claims.
    """
    with ExitStack() as opened:
        found = opened.enter_context(closing(collect(responses, guide=guide)))
        wants_guide = job.settings.guide and (guide or found.names_faults)
        settings = replace(job.settings, guide=wants_guide)
        sent = opened.enter_context(closing(open_batches(batches, replace(job, settings=settings))))
        matched = match(found, sent)
        if ledger is not None:
            recall(matched, ledger)
        told = _Telling(found, sent, matched)
        opened.callback(told.histories.close)
        told.all()
        remitted, payments = _remitted(found, matched)
        return Work(
            found, sent, matched, told.histories, told.tallies, remitted, payments, in_order(told.items()),
            opened.pop_all(), job.settings.redact,
        )  # fmt: skip


@dataclass(slots=True)
class _Telling:
    found: Collected
    sent: SentClaims
    matched: Matched
    histories: Spool = field(default_factory=Spool)
    tallies: dict[Outcome, Tally] = field(default_factory=lambda: {one: Tally() for one in Outcome})
    to_work: list[History] = field(default_factory=list)

    def all(self) -> None:
        """The history of every claim that was sent."""
        for at, sending in enumerate(self.sent.sendings):
            common = [self._told(number) for number in self.matched.of_sending.get(at, ())]
            sets = [answer for _, answer in common if isinstance(answer, SetAnswer) and answer.errors]
            faults = lay_faults(sets, sending, self.sent, self.found) if sets else {}
            answered = any(number in self.matched.of_claim for number in sending.claims)
            for number in sending.claims:
                own = faults.get(number) or faults.get(UNPLACED) or ()
                self._one(number, common, own, others_answered=answered)

    def _told(self, number: int) -> Told:
        answer = self.found.answer(number)
        assert not isinstance(answer, PaymentAnswer)  # noqa: S101 - it is about no claim and never joined
        return self.found.day(number), answer

    def _one(
        self, number: int, common: Sequence[Told], faults: Sequence[Reason], *, others_answered: bool
    ) -> None:
        row, charge = self.sent.row(number), self.sent.charge(number)
        answers = [*common, *map(self._told, self.matched.of_claim.get(number, ()))]
        history = tell(number, row, charge, answers, faults, others_answered=others_answered)
        self.tallies[history.outcome].add(history, charge)
        self.histories.append(_encode(history))
        if needs_work(history):
            self.to_work.append(history)

    def items(self) -> list[WorkItem]:
        """What to do with each claim that needs work."""
        shown = {history.number: wanted(history.reasons) for history in self.to_work}
        shown = {number: lines for number, lines in shown.items() if lines.pairs or lines.units}
        beside = self._same_days(shown)
        claims = self.sent.read([*shown, *(n for others in beside.values() for n in others)])
        made = []
        for history in self.to_work:
            number = history.number
            lines: Wanted | None = shown.get(number)
            row, findings = self.sent.row(number), list(self.sent.findings(number))
            if lines is None or number not in claims:
                made.append(work_item(history, row, findings))
                continue
            others = [claims[n] for n in beside[number] if n in claims]
            made.append(
                work_item(history, row, findings, exhibits(claims[number], others, lines, self.sent.context))
            )
        return made

    def _same_days(self, numbers: Iterable[int]) -> dict[int, list[int]]:
        """Other claims of the same patient on the same days: the other line of a pair may be there."""
        keys: dict[tuple[str, str, str, str], list[int]] = {}
        for number in numbers:
            for key in _days(self.sent.row(number)):
                keys.setdefault(key, []).append(number)
        found: dict[int, list[int]] = {number: [] for number in numbers}
        for other in range(self.sent.count) if keys else ():
            for key in _days(self.sent.row(other)):
                for number in keys.get(key, ()):
                    if other != number and other not in found[number]:
                        found[number].append(other)
        return found


def _days(row: ClaimRow) -> set[tuple[str, str, str, str]]:
    who = row.payer.id, row.patient.member_id, f"{row.patient.name} {row.patient.birth_date}"
    return {(*who, line.from_) for line in row.lines if line.from_}


def _remitted(found: Collected, matched: Matched) -> tuple[Remitted, list[PaymentAnswer]]:
    unknown = {one.answer for one in matched.unknown}
    total, payments = Remitted(adjusted={}), []
    for number in range(len(found)):
        if found.layers[number] == PAYMENT:
            claim = found.answer(number)
            assert isinstance(claim, ClaimPayment)  # noqa: S101 - its layer says so
            total.add(claim, known=number not in unknown)
        elif found.layers[number] == TOTAL:
            payment = found.answer(number)
            assert isinstance(payment, PaymentAnswer)  # noqa: S101 - its layer says so
            payments.append(payment)
            total.payments += 1
            total.amount += payment.amount or ZERO
            total.provider_adjustments += payment.provider_adjustments
    return total, payments
