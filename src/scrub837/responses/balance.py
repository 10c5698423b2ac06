"""Whether an 835 adds up: each line, each claim, the payment. What does not is a remark, to the cent.

Source: 005010X221A1, section 1.10.2 (balancing): SVC02 less its adjustments is SVC03; CLP03 less all
adjustments of claim and lines is CLP04; the sum of CLP04 less that of PLB is BPR02.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import msgspec

from scrub837.responses.answers import Adjustment, ClaimPayment, PaymentAnswer, Place
from scrub837.responses.walk import Notes

ZERO = Decimal(0)


def total(adjustments: Iterable[Adjustment]) -> Decimal:
    """Their amounts together."""
    return sum((one.amount for one in adjustments), ZERO)


def weigh(claim: ClaimPayment, notes: Notes) -> ClaimPayment:
    """The claim, marked where its claim-level adjustments only repeat those of the lines."""
    for line in claim.lines:
        if line.charge is None or line.paid is None:
            continue
        left = line.charge - total(line.adjustments) - line.paid
        if left:
            notes.add("line-unbalanced", f"a line leaves {left:.2f} of its charge unexplained", line.place)
    if claim.charge is None or claim.paid is None:
        return claim
    charges = [line.charge for line in claim.lines if line.charge is not None]
    if len(charges) == len(claim.lines) and charges and sum(charges) != claim.charge:
        notes.add(
            "line-charges", f"the lines charge {sum(charges):.2f}, the claim {claim.charge:.2f}", claim.place
        )
    of_lines = total(one for line in claim.lines for one in line.adjustments)
    gap, own = claim.charge - claim.paid, total(claim.adjustments)
    if gap != of_lines + own:
        if claim.adjustments and claim.lines and gap == of_lines:
            notes.add(
                "adjustments-repeated",
                "the lines alone explain what was not paid; those of the claim are left out",
                claim.place,
            )
            claim = msgspec.structs.replace(claim, repeated=True)
        else:
            notes.add(
                "claim-unbalanced",
                f"a claim leaves {gap - of_lines - own:.2f} of its charge unexplained",
                claim.place,
            )
    _weigh_patient(claim, notes)
    return claim


def adjustments_of(claim: ClaimPayment) -> list[Adjustment]:
    """All adjustments of a claim, each once: its own, unless they repeat, and those of its lines."""
    own = [] if claim.repeated else list(claim.adjustments)
    return own + [one for line in claim.lines for one in line.adjustments]


def _weigh_patient(claim: ClaimPayment, notes: Notes) -> None:
    if claim.patient is None:
        return
    owed = total(one for one in adjustments_of(claim) if one.group == "PR")
    if claim.patient != owed:
        notes.add(
            "patient-amount", f"CLP05 is {claim.patient:.2f}, the PR adjustments are {owed:.2f}", claim.place
        )


def weigh_payment(payment: PaymentAnswer, place: Place, notes: Notes) -> None:
    """Whether the claims and provider adjustments are what was paid."""
    due = payment.claims_paid - payment.provider_adjustments
    if payment.amount is not None and payment.amount != due:
        notes.add(
            "payment-unbalanced", f"BPR02 is {payment.amount:.2f}, its claims and PLB make {due:.2f}", place
        )
