"""Reads an 835 claim by claim, so that one of any size needs no more memory than its longest claim.

Source: 005010X221A1 (and 004010X091A1, which differs in nothing that is read here). What a payment says is
added up as it goes by, and what does not add up is a remark: see ``balance``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from scrub837.responses import balance
from scrub837.responses.answers import (
    Adjustment,
    ClaimPayment,
    Item,
    LinePayment,
    PaymentAnswer,
    RemarkCode,
    Source,
)
from scrub837.responses.walk import Notes, Segment

_FOREIGN = re.compile(r"(HC|AD|ER|IV|WK|NU|N4|ZZ)([^\w\s])(.+)")
ZERO = Decimal(0)


@dataclass(slots=True)
class _Line:
    segment: Segment
    control: str = ""
    first: date | None = None
    adjustments: list[Adjustment] = field(default_factory=list)
    remarks: list[RemarkCode] = field(default_factory=list)


@dataclass(slots=True)
class _Claim:
    segment: Segment
    name: str = ""
    member: str = ""
    first: date | None = None
    adjustments: list[Adjustment] = field(default_factory=list)
    remarks: list[RemarkCode] = field(default_factory=list)
    lines: list[_Line] = field(default_factory=list)


class _Reader:
    def __init__(self, source: Source, notes: Notes) -> None:
        self.source = source
        self.notes = notes
        self.payment: Segment | None = None  # BPR
        self.payer = self.payee = self.trace = self.party = ""
        self.date: date | None = None
        self.produced: date | None = None
        self.claim: _Claim | None = None
        self.claims = 0
        self.paid = self.taken = ZERO
        self.readable = True  # every amount that the payment is made of
        self.ended = False  # a PLB or the SE was met

    def take(self, segment: Segment) -> Iterator[ClaimPayment]:
        tag = segment.tag
        if tag == "CLP":
            yield from self.close()
            self.claim = _Claim(segment)
        elif tag in ("LX", "PLB", "SE"):
            yield from self.close()
            self.ended |= tag != "LX"
            if tag == "PLB":
                self._provider_adjustments(segment)
        elif self.claim is not None:
            self._in_claim(segment, self.claim)
        elif tag == "BPR":
            self.payment = segment
            self.date = self.notes.day(segment, 16, "BPR16")
        elif tag == "TRN":
            self.trace = self.trace or segment.at(2)
        elif tag == "DTM" and segment.at(1) == "405":
            self.produced = self.notes.day(segment, 2, "DTM02")
        elif tag == "N1":
            if segment.at(1) == "PR":
                self.payer = segment.at(2)
            elif segment.at(1) == "PE":
                self.payee = segment.at(4) or segment.at(2)
        elif tag in ("SVC", "CAS"):
            self.notes.add("out-of-order", f"{tag} stands outside of any claim (CLP)", segment.place())

    def _in_claim(self, segment: Segment, claim: _Claim) -> None:
        tag = segment.tag
        line = claim.lines[-1] if claim.lines else None
        if tag == "SVC":
            claim.lines.append(_Line(segment))
        elif tag == "CAS":
            (line or claim).adjustments.extend(self._adjustments(segment))
        elif tag == "NM1":
            if segment.at(1) == "QC":
                claim.name = ", ".join(filter(None, (segment.at(3), segment.at(4))))
                claim.member = claim.member or segment.at(9)
            elif segment.at(1) == "IL":
                claim.member = segment.at(9) or claim.member
        elif tag == "REF":
            if line is not None and segment.at(1) == "6R":
                line.control = segment.at(2)
        elif tag == "DTM":
            self._date(segment, claim, line)
        elif tag == "LQ":
            if segment.at(1) in ("HE", "RX") and segment.at(2):
                (line or claim).remarks.append(RemarkCode(segment.place(2), segment.at(2).upper()))
        elif tag in ("MOA", "MIA"):
            first = 3 if tag == "MOA" else 5
            numbers = range(first, first + 5) if tag == "MOA" else (5, 20, 21, 22, 23)
            claim.remarks += [
                RemarkCode(segment.place(n), segment.at(n).upper()) for n in numbers if segment.at(n)
            ]

    def _date(self, segment: Segment, claim: _Claim, line: _Line | None) -> None:
        if segment.at(1) in ("472", "150") and line is not None:
            line.first = self.notes.day(segment, 2, "DTM02")
            claim.first = min(filter(None, (claim.first, line.first)), default=None)
        elif segment.at(1) == "232" and line is None:
            claim.first = self.notes.day(segment, 2, "DTM02")

    def _adjustments(self, segment: Segment) -> Iterator[Adjustment]:
        """Up to six triplets of reason, amount and quantity."""
        if len(segment.elements) > 20:
            self.notes.add("unreadable-value", "a CAS holds more than six adjustments", segment.place())
        for at in range(2, min(len(segment.elements), 20), 3):
            code = segment.at(at).upper()
            amount = self.notes.amount(segment, at + 1, f"CAS{at + 1:02d}")
            quantity = self.notes.amount(segment, at + 2, f"CAS{at + 2:02d}")
            if not code and amount is None:
                continue
            if not code or amount is None:
                place = segment.place(at, at + 2)
                self.notes.add("value-missing", "an adjustment lacks its reason or its amount", place)
            yield Adjustment(
                segment.place(at, at + 2),
                segment.at(1).upper(),
                code,
                amount if amount is not None else ZERO,
                quantity,
            )

    def _provider_adjustments(self, segment: Segment) -> None:
        """The amounts of a PLB: positive is kept back by the payer."""
        for at in range(4, len(segment.elements), 2):
            amount = self.notes.amount(segment, at, f"PLB{at:02d}")
            self.readable &= amount is not None or not segment.at(at)
            self.taken += amount or ZERO

    def close(self) -> Iterator[ClaimPayment]:
        claim, self.claim = self.claim, None
        if claim is None:
            return
        segment, notes = claim.segment, self.notes
        if not segment.at(1):
            notes.add("value-missing", "CLP01 is empty: the claim cannot be found", segment.place())
        if not segment.at(2):
            notes.add("unknown-verdict", "CLP02 is empty: the claim has no status", segment.place())
        charge, paid = notes.amount(segment, 3, "CLP03"), notes.amount(segment, 4, "CLP04")
        self.claims += 1
        self.paid += paid or ZERO
        self.readable &= paid is not None
        answer = ClaimPayment(
            self.source,
            segment.place(),
            segment.at(1),
            segment.at(2),
            charge,
            paid,
            notes.amount(segment, 5, "CLP05"),
            segment.at(6),
            segment.at(7),
            segment.at(9),
            claim.name,
            claim.member,
            self.payer,
            self.trace,
            self.date or self.produced or self.source.created,
            claim.first,
            tuple(claim.adjustments),
            tuple(claim.remarks),
            tuple(self._line(line) for line in claim.lines),
        )
        yield balance.weigh(answer, notes)

    def _line(self, line: _Line) -> LinePayment:
        segment, notes = line.segment, self.notes
        code = self._procedure(segment, 1)
        sent = segment.at(6)
        submitted = self._procedure(segment, 6) if sent else ("", "", ())
        if sent and not submitted[1]:
            notes.add("unreadable-value", "SVC06 holds no procedure; it is passed over", segment.place(6))
        if not segment.at(2):
            notes.add("value-missing", "SVC02, the charge of a line, is missing", segment.place())
        return LinePayment(
            segment.place(),
            *code,
            *submitted[1:],
            notes.amount(segment, 2, "SVC02"),
            notes.amount(segment, 3, "SVC03"),
            notes.amount(segment, 5, "SVC05"),
            notes.amount(segment, 7, "SVC07"),
            line.first,
            line.control,
            tuple(line.adjustments),
            tuple(line.remarks),
        )

    def _procedure(self, segment: Segment, element: int) -> tuple[str, str, tuple[str, ...]]:
        """Qualifier, code and modifiers of SVC01 or SVC06."""
        parts = segment.parts(element)
        if len(parts) == 1 and (other := _FOREIGN.fullmatch(parts[0])):
            text = f"SVC{element:02d} is written with another separator than ISA16 names"
            self.notes.add("unreadable-value", text, segment.place(element))
            parts = parts[0].split(other[2])
        parts += ["", ""]
        modifiers = tuple(part.upper() for part in parts[2:6] if 0 < len(part) <= 2)
        return parts[0].upper(), parts[1].upper(), modifiers

    def end(self) -> Iterator[ClaimPayment | PaymentAnswer]:
        segment = self.payment
        if segment is None:
            return
        answer = PaymentAnswer(
            self.source,
            segment.place(),
            self.payer,
            self.payee,
            self.trace,
            segment.at(4),
            self.notes.amount(segment, 2, "BPR02"),
            self.date or self.produced or self.source.created,
            self.claims,
            self.paid,
            self.taken,
        )
        if not self.ended:
            self.notes.add("cut", "the payment ends without SE: claims may be missing", segment.place())
        elif self.readable:
            balance.weigh_payment(answer, segment.place(2), self.notes)
        yield answer


def read_remittance(source: Source, segments: Iterable[Segment], notes: Notes) -> Iterator[Item]:
    """What an 835 says: its claims in order, then the payment."""
    reader = _Reader(source, notes)
    first: Segment | None = None
    for segment in segments:
        first = first or segment
        yield from reader.take(segment)
        yield from notes.take()
    yield from reader.close()
    if reader.payment is None and first is not None:
        notes.add("value-missing", "the payment has no BPR: its amount is not told", first.place())
    yield from reader.end()
    yield from notes.take()
