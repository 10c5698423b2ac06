"""What became of a claim: its answers in the order of their days, and what they come to.

A 999 or TA1 says whether it got through at all; what a 277CA or 835 says later counts more, whatever its day.
Between those the later day counts. A reversal (CLP02 = 22) takes back the payment before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum

import msgspec

from scrub837.responses.answers import (
    ClaimPayment,
    GroupAnswer,
    InterchangeAnswer,
    Place,
    SetAnswer,
    StatusAnswer,
)
from scrub837.responses.codes import Action
from scrub837.responses.decisions import Decision, decide, together
from scrub837.responses.reasons import Reason, group_reasons, interchange_reasons, set_reasons, status_reasons
from scrub837.results import ClaimRow

ZERO = Decimal("0.00")
_NOT_TAKEN = frozenset("RMWX")  # verdicts of a 999
_REJECTED = frozenset(("A3", "A4", "A6", "A7", "A8", "D0"))


class Outcome(StrEnum):
    """What became of a claim that was sent. Each has exactly one."""

    REJECTED = "rejected"  # never adjudicated
    DENIED = "denied"
    ADJUSTED = "adjusted"  # paid for another code or fewer units than billed
    PAID_LESS = "paid-less"  # something was denied or cut beyond contract and patient's share
    PAID = "paid"  # as billed
    ACCEPTED = "accepted"  # no decision yet
    MISSING = "missing"  # no answer at all


class Step(msgspec.Struct, frozen=True):
    """An answer in the life of a claim."""

    kind: str  # TA1, 999, 277CA, 835 ...
    day: date | None
    verdict: str
    paid: Decimal | None
    place: Place


class LineResult(msgspec.Struct, frozen=True):
    """What an 835 says of one service line that was sent."""

    line: int  # index in the claim's row
    paid: Decimal | None
    denied: bool
    place: Place


class History(msgspec.Struct, frozen=True):
    """A claim and all that was said of it."""

    number: int  # of the claim, through all batches
    outcome: Outcome
    paid: Decimal  # net of reversals
    patient: Decimal  # what the payer left to the patient
    open: Decimal  # money to be worked: the charge, or what was cut without being routine
    payer_claim: str
    reasons: tuple[Reason, ...]
    steps: tuple[Step, ...]
    lines: tuple[LineResult, ...]


Told = tuple[date | None, InterchangeAnswer | GroupAnswer | SetAnswer | StatusAnswer | ClaimPayment]


def tell(
    number: int,
    row: ClaimRow,
    charge: Decimal,
    answers: Sequence[Told],
    faults: Sequence[Reason] = (),
    *,
    others_answered: bool = False,
) -> History:
    """The history of a claim from its answers; ``faults`` are those that a 999 finds in the claim itself.

    A claim that got through and was never told of, though payers answered others of its transaction, is
    missing as well.
    """
    teller = _Teller(row, charge, faults)
    known = [day for day, _ in answers if day is not None]
    latest = max(known, default=date.min)
    for day, answer in sorted(answers, key=lambda told: (_layer(told[1]), told[0] or latest)):
        if _layer(answer) < 2:
            teller.through(day, answer)
    for day, answer in sorted(answers, key=lambda told: (told[0] or latest, _layer(told[1]))):
        if isinstance(answer, StatusAnswer):
            teller.status(day, answer)
        elif isinstance(answer, ClaimPayment):
            teller.payment(day, answer)
    if others_answered and teller.outcome is Outcome.ACCEPTED and teller.layer < 2:
        teller.outcome = Outcome.MISSING
    return teller.history(number)


def _cents(amount: Decimal) -> Decimal:
    """The same amount with two decimals; what has more keeps them."""
    cents = amount.quantize(ZERO)
    return cents if cents == amount else amount


def _layer(answer: object) -> int:
    if isinstance(answer, InterchangeAnswer):
        return 0
    return 3 if isinstance(answer, ClaimPayment) else 2 if isinstance(answer, StatusAnswer) else 1


class _Teller:
    def __init__(self, row: ClaimRow, charge: Decimal, faults: Sequence[Reason]) -> None:
        self.row = row
        self.charge = charge
        self.faults = faults
        self.outcome = Outcome.MISSING
        self.reasons: Sequence[Reason] = ()
        self.steps: list[Step] = []
        self.live: list[ClaimPayment] = []  # payments that were not taken back
        self.paid = ZERO
        self.payer_claim = ""
        self.decision: Decision | None = None
        self.layer = 0  # highest that has answered, see _layer

    def through(self, day: date | None, answer: object) -> None:
        """A TA1 or 999."""
        if isinstance(answer, InterchangeAnswer):
            self._step("TA1", day, answer.verdict, answer.place)
            self._take(answer.verdict == "R", lambda: interchange_reasons(answer))
        elif isinstance(answer, GroupAnswer):
            self._step(answer.source.kind, day, answer.verdict, answer.place)
            if answer.verdict:
                self._take(answer.verdict in _NOT_TAKEN, lambda: group_reasons(answer))
        elif isinstance(answer, SetAnswer):
            self._step(answer.source.kind, day, answer.verdict, answer.place)
            if answer.verdict:
                self._take(answer.verdict in _NOT_TAKEN, lambda: set_reasons(answer, self.faults))

    def _take(self, rejected: bool, reasons: object) -> None:
        assert callable(reasons)  # noqa: S101 - a function, so that reasons are made only where wanted
        self.outcome = Outcome.REJECTED if rejected else Outcome.ACCEPTED
        self.reasons = reasons() if rejected else ()

    def status(self, day: date | None, answer: StatusAnswer) -> None:
        """A 277."""
        self.layer = max(self.layer, 2)
        statuses = [*answer.statuses, *(one for line in answer.lines for one in line.statuses)]
        self._step(
            answer.source.kind, day, " ".join(dict.fromkeys(one.category for one in statuses)), answer.place
        )
        self.payer_claim = answer.payer_claim or self.payer_claim
        if not statuses or (self.live and answer.source.kind == "277"):
            return
        reasons = status_reasons(answer, self.row)
        categories = {one.category for one in statuses}
        if categories & _REJECTED:
            self.outcome = Outcome.REJECTED
        elif "F2" in categories:
            self.outcome = Outcome.DENIED
        else:
            self.outcome = Outcome.ACCEPTED
            reasons = [one for one in reasons if one.action is not Action.NONE]
        self.reasons, self.decision = reasons, None

    def payment(self, day: date | None, answer: ClaimPayment) -> None:
        """A claim of an 835."""
        self.layer = 3
        self._step("835", day, answer.status, answer.place, answer.paid)
        self.payer_claim = answer.payer_claim or self.payer_claim
        self.paid += answer.paid or ZERO
        if answer.status == "22":
            fits = [one for one in self.live if one.payer_claim == answer.payer_claim] or self.live
            if fits:
                self.live.remove(fits[-1])
            self.decision = self._decide() if self.live else decide(answer, self.row)
        else:
            self.live.append(answer)
            self.decision = self._decide()
        self.outcome, self.reasons = Outcome(self.decision.outcome), self.decision.reasons

    def _decide(self) -> Decision:
        """What the payments that stand come to: parts of a claim that was split count together.

        They are parts as long as together they charge no more than was sent; else the later takes the place
        of the earlier (a second payer, a denial that was looked at again).
        """
        parts: list[ClaimPayment] = []
        for one in self.live:
            charged = sum((part.charge or ZERO for part in (*parts, one)), ZERO)
            whole = one.charge is None or charged > self.charge
            parts = [one] if whole else [*parts, one]
        return together([decide(part, self.row) for part in parts])

    def _step(
        self, kind: str, day: date | None, verdict: str, place: Place, paid: Decimal | None = None
    ) -> None:
        self.steps.append(Step(kind, day, verdict, paid, place))

    def history(self, number: int) -> History:
        decision, reasons = self.decision, tuple(self.reasons)
        return History(
            number,
            self.outcome,
            _cents(self.paid),
            _cents(decision.patient) if decision else ZERO,
            _cents(self._open(reasons)),
            self.payer_claim,
            reasons,
            tuple(self.steps),
            tuple(
                LineResult(line.line, line.paid, line.denied, line.place) for line in decision.lines
            ) if decision else (),
        )  # fmt: skip

    def _open(self, reasons: Iterable[Reason]) -> Decimal:
        if self.outcome in (Outcome.REJECTED, Outcome.MISSING):
            return self.charge
        if self.outcome in (Outcome.PAID, Outcome.ACCEPTED):
            return ZERO
        cut = sum((one.amount for one in reasons if one.amount is not None), ZERO)
        return cut or max(self.charge - self.paid, ZERO)
