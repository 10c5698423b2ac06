"""What one claim of an 835 comes to: paid as billed, paid less, adjusted, denied, or not decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from scrub837.claims.values import read_number
from scrub837.responses.answers import ClaimPayment, LinePayment, Place
from scrub837.responses.balance import adjustments_of, total
from scrub837.responses.codes import Action
from scrub837.responses.match import line_hints, match_lines
from scrub837.responses.reasons import (
    Reason,
    adjustment_reason,
    change_reason,
    claim_status_reason,
    remark_reasons,
    unexplained_reason,
    unread_reason,
)
from scrub837.results import ClaimRow

ZERO = Decimal("0.00")
DECIDED = frozenset(("1", "2", "3", "4", "19", "20", "21"))  # CLP02
REVERSED = "22"


@dataclass(frozen=True, slots=True)
class DecidedLine:
    """A line of the 835 that is one of the claim's."""

    line: int  # index in the claim's row
    paid: Decimal | None
    denied: bool
    place: Place


@dataclass(frozen=True, slots=True)
class Decision:
    """The outcome of a claim by one 835, by its name in ``history.Outcome``."""

    outcome: str
    reasons: Sequence[Reason]
    patient: Decimal
    lines: Sequence[DecidedLine]


def decide(claim: ClaimPayment, row: ClaimRow) -> Decision:
    """What the payer decided of a claim."""
    if claim.status == REVERSED:
        return Decision("denied", [claim_status_reason(REVERSED, claim.place)], ZERO, ())
    if claim.status not in DECIDED and claim.status:
        return Decision("accepted", [claim_status_reason(claim.status, claim.place)], ZERO, ())
    if claim.paid is None:
        return Decision("accepted", [unread_reason(claim.status, claim.place)], ZERO, ())
    reasons: list[Reason] = []
    if not claim.repeated:
        reasons += [adjustment_reason(one, None) for one in claim.adjustments if one.amount > 0]
    lines: list[DecidedLine] = []
    changes: list[Reason] = []
    for paid, at in zip(claim.lines, match_lines(row, list(map(line_hints, claim.lines))), strict=True):
        own = [adjustment_reason(one, at) for one in paid.adjustments if one.amount > 0]
        cut = [one for one in own if one.action is not Action.NONE]
        reasons += own
        if cut:
            reasons += remark_reasons(paid.remarks, at, cut)
        if at is not None:
            denied = not paid.paid and bool(cut)
            lines.append(DecidedLine(at, paid.paid, denied, paid.place))
            changes += _changes(paid, at, row)
    work = [one for one in reasons if one.action is not Action.NONE or one.list == "RARC"]
    if work:
        work += remark_reasons(claim.remarks, None, work)
    if (left := _unexplained(claim)) > 0:
        work.append(unexplained_reason(claim.status, left, claim.place))
    patient = claim.patient if claim.patient is not None else _patient_share(reasons)
    nothing = not claim.paid or claim.paid <= 0
    if nothing and (claim.status == "4" or (work and claim.charge)):
        return Decision("denied", work or [claim_status_reason("4", claim.place)], patient, lines)
    if changes:
        return Decision("adjusted", [*work, *changes], patient, lines)
    return Decision("paid-less" if work else "paid", work, patient, lines)


def together(parts: Sequence[Decision]) -> Decision:
    """The decision on a claim that a payer decided in parts."""
    if len(parts) == 1:
        return parts[0]
    outcomes = {part.outcome for part in parts}
    return Decision(
        next(iter(outcomes)) if len(outcomes) == 1 else "adjusted" if "adjusted" in outcomes else "paid-less",
        [reason for part in parts for reason in part.reasons],
        sum((part.patient for part in parts), ZERO),
        [line for part in parts for line in part.lines],
    )


def _unexplained(claim: ClaimPayment) -> Decimal:
    """What was charged and neither paid nor adjusted."""
    if claim.charge is None or claim.paid is None:
        return ZERO
    return claim.charge - claim.paid - total(adjustments_of(claim))


def _patient_share(reasons: Sequence[Reason]) -> Decimal:
    return sum((one.amount for one in reasons if one.group == "PR" and one.amount is not None), ZERO)


def _changes(paid: LinePayment, at: int, row: ClaimRow) -> list[Reason]:
    """Another code or fewer units than were billed, on a line that was paid."""
    if not paid.paid or paid.paid <= 0:
        return []
    sent, found = row.lines[at], []
    if paid.procedure and paid.procedure != sent.code:
        label = f"paid as {paid.procedure[:10]}, billed as {sent.code[:10]}"
        found.append(change_reason("code", label, at, paid.place))
    billed = paid.units_billed if paid.units_billed is not None else read_number(sent.units)
    if paid.units is not None and billed is not None and 0 < paid.units < billed:
        label = f"paid for {paid.units.normalize():f} of {billed.normalize():f} units"
        found.append(change_reason("units", label, at, paid.place))
    return found
