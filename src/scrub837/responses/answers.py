"""What response files say, as values. Each has its place: file, segment ordinal in its ST and byte range.

Element names are those of the guides: 005010X231A1 (999), 005010X214 (277CA), 005010X221A1 (835) and the
interchange acknowledgment TA1 of X12.5. Amounts that cannot be read are ``None`` here and a remark.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec


class Place(msgspec.Struct, frozen=True, gc=False):
    """Where something stands. ``file`` counts the response files from 0; ``segment`` counts from ST = 1."""

    file: int
    transaction: str | None  # ST02
    segment: int | None
    start: int
    end: int


class Remark(msgspec.Struct, frozen=True):
    """Something that could not be read, or does not add up. ``code`` is a short name that stays."""

    code: str
    text: str
    place: Place


class Source(msgspec.Struct, frozen=True):
    """The transaction an answer stands in."""

    kind: str  # "TA1", "999", "997", "277CA", "277" (X212), "277 X364", "835"
    version: str  # GS08, else ST03
    interchange: str  # ISA13, empty without an envelope
    group: str
    created: date | None  # GS04, else ISA09


class InterchangeAnswer(msgspec.Struct, frozen=True, tag="TA1"):
    """A TA1: whether an interchange could be taken in at all."""

    source: Source
    place: Place
    control: str  # TA101, which is ISA13 of what is answered
    verdict: str  # TA104: A, E or R
    note: str  # TA105


class ElementError(msgspec.Struct, frozen=True):
    """An IK4 (999) or AK4 (997): an element of the segment before it is at fault."""

    place: Place
    element: int | None  # IK401-1
    component: int | None  # IK401-2
    reference: str  # IK402, the data element's number
    code: str  # IK403
    value: str  # IK404, the bad value; may be a patient's


class SegmentError(msgspec.Struct, frozen=True):
    """An IK3 (999) or AK3 (997), with the CTX and IK4 that follow it."""

    place: Place
    segment: str  # IK301
    position: int | None  # IK302, counted from ST = 1
    loop: str  # IK303
    code: str  # IK304
    claim: str  # CTX "CLM01:value", empty without one
    trigger: tuple[str, int | None] | None  # CTX "SITUATIONAL TRIGGER": segment id and position
    elements: tuple[ElementError, ...]


class SetAnswer(msgspec.Struct, frozen=True, tag="999"):
    """What a 999 or 997 says of one transaction (AK2 to IK5)."""

    source: Source
    place: Place
    functional: str  # AK101: HC for an 837
    group: str  # AK102, which is GS06 of what is answered
    set: str  # AK201: 837
    control: str  # AK202, which is ST02
    verdict: str  # IK501: A, E, M, R, W, X; empty when there is none
    codes: tuple[str, ...]  # IK502 to IK506
    errors: tuple[SegmentError, ...]


class GroupAnswer(msgspec.Struct, frozen=True, tag="999-group"):
    """What a 999 or 997 says of a whole group (AK1 and AK9)."""

    source: Source
    place: Place
    functional: str
    group: str
    verdict: str  # AK901: A, E, P, M, R, W, X
    codes: tuple[str, ...]  # AK905 to AK909
    included: int | None  # AK902
    received: int | None  # AK903
    accepted: int | None  # AK904
    listed: int  # transactions with an AK2


class Status(msgspec.Struct, frozen=True):
    """One status of an STC: category, code and the entity it is about."""

    place: Place
    category: str  # STC01-1
    code: str  # STC01-2
    entity: str  # STC01-3
    text: str = ""  # STC12


class StatusLine(msgspec.Struct, frozen=True):
    """A service line of a 277 (loop 2220D)."""

    place: Place
    procedure: str
    modifiers: tuple[str, ...]
    charge: Decimal | None
    control: str  # REF*FJ, else REF*6R
    statuses: tuple[Status, ...]


class StatusAnswer(msgspec.Struct, frozen=True, tag="277"):
    """The statuses of one claim, or of a provider or a whole submission where ``level`` says so."""

    source: Source
    place: Place
    level: str  # "claim", "provider", "receiver" or "source"
    trace: str  # TRN02: of a claim CLM01, of a receiver BHT03 of the batch
    batch: str  # TRN02 of the receiver level above
    provider: str  # NM109 of the provider level above
    name: str  # patient, "LAST, FIRST"
    member: str
    statuses: tuple[Status, ...]
    amount: Decimal | None  # STC04
    day: date | None  # STC02, else GS04
    payer_claim: str  # REF*1K
    clearinghouse: str  # REF*D9
    first: date | None  # DTP*472
    lines: tuple[StatusLine, ...]
    claims: int = 0  # claims listed below this level


class Adjustment(msgspec.Struct, frozen=True):
    """One of the up to six triplets of a CAS."""

    place: Place
    group: str  # CAS01: CO, PR, OA, PI, CR
    code: str  # CARC
    amount: Decimal
    quantity: Decimal | None


class RemarkCode(msgspec.Struct, frozen=True):
    """A remittance advice remark code (LQ*HE, MOA or MIA)."""

    place: Place
    code: str


class LinePayment(msgspec.Struct, frozen=True):
    """A service of an 835 (loop 2110)."""

    place: Place
    qualifier: str  # SVC01-1
    procedure: str  # SVC01-2, as paid
    modifiers: tuple[str, ...]
    submitted: str  # SVC06-2, where the payer changed the code
    submitted_modifiers: tuple[str, ...]
    charge: Decimal | None
    paid: Decimal | None
    units: Decimal | None  # SVC05, paid
    units_billed: Decimal | None  # SVC07, where they differ
    first: date | None
    control: str  # REF*6R
    adjustments: tuple[Adjustment, ...]
    remarks: tuple[RemarkCode, ...]


class ClaimPayment(msgspec.Struct, frozen=True, tag="835"):
    """A claim of an 835 (loop 2100)."""

    source: Source
    place: Place
    claim: str  # CLP01, which is CLM01
    status: str  # CLP02
    charge: Decimal | None
    paid: Decimal | None
    patient: Decimal | None  # CLP05
    filing: str  # CLP06
    payer_claim: str  # CLP07
    frequency: str  # CLP09
    name: str
    member: str
    payer: str  # N1*PR
    trace: str  # TRN02 of the payment
    day: date | None  # BPR16, else DTM*405, else GS04
    first: date | None  # first day of service
    adjustments: tuple[Adjustment, ...]  # of the claim as a whole
    remarks: tuple[RemarkCode, ...]
    lines: tuple[LinePayment, ...]
    repeated: bool = False  # its claim-level CAS only repeat what the lines say


class PaymentAnswer(msgspec.Struct, frozen=True, tag="835-payment"):
    """A payment (one ST of an 835): what was paid and taken, and whether that adds up."""

    source: Source
    place: Place
    payer: str
    payee: str
    trace: str
    method: str  # BPR04
    amount: Decimal | None  # BPR02
    day: date | None
    claims: int
    claims_paid: Decimal  # sum of CLP04
    provider_adjustments: Decimal  # sum of PLB amounts, positive is taken


Answer = InterchangeAnswer | GroupAnswer | SetAnswer | StatusAnswer | ClaimPayment | PaymentAnswer
Item = Answer | Remark
