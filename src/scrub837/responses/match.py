"""Joins answers to what was sent: an interchange, a transaction, a claim, a service line.

TA1 by ISA13; 999 by GS06 and ST02; 277CA by CLM01 (TRN02), else the clearinghouse's number (REF*D9), else
patient, charge and day; 835 by CLM01 (CLP01), else the payer's number told by a 277CA (REF*1K). Where several
claims carry a number, the one sent before the answer that fits best in patient, charge and day is meant.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from scrub837.responses.answers import (
    ClaimPayment,
    GroupAnswer,
    InterchangeAnswer,
    LinePayment,
    Place,
    SetAnswer,
    StatusAnswer,
)
from scrub837.responses.collect import PAYMENT, STATUS, Collected
from scrub837.responses.sent import Sending, SentClaims, bare
from scrub837.results import ClaimRow

CLAIM_GROUP = "HC"  # GS01 of claims
NOT_SENT = "a claim of that number was not sent"
_NOT_GIVEN = "it answers a batch that was not given"


@dataclass(frozen=True, slots=True)
class Unknown:
    """An answer to nothing that was sent."""

    answer: int
    why: str
    claim: str = ""  # CLM01 it names


@dataclass(slots=True)
class Matched:
    """Which answers are about which claim. Those of a sending hold for each claim in it."""

    of_claim: dict[int, list[int]] = field(default_factory=dict)
    of_sending: dict[int, list[int]] = field(default_factory=dict)
    unknown: list[Unknown] = field(default_factory=list)
    settled: set[int] = field(default_factory=set)  # sendings that a 999 has told of by name


@dataclass(frozen=True, slots=True)
class _Hints:
    """What an answer tells of its claim besides its number."""

    name: str
    member: str
    charge: Decimal | None
    first: date | None
    day: date | None  # of the answer
    kind: int  # layer


def match(found: Collected, sent: SentClaims) -> Matched:
    """Join all answers."""
    matcher = _Matcher(found, sent)
    for number in range(len(found)):
        if found.layers[number] <= STATUS:
            matcher.take(number)
    for number in range(len(found)):  # payments last: a 277CA tells the payer's number of a claim
        if found.layers[number] == PAYMENT:
            matcher.take(number)
    matcher.spread_groups()
    matcher.matched.unknown.sort(key=lambda one: one.answer)
    return matcher.matched


class _Matcher:
    def __init__(self, found: Collected, sent: SentClaims) -> None:
        self.found = found
        self.sent = sent
        self.matched = Matched()
        self._payer_numbers: dict[str, list[int]] = {}
        self._groups: list[tuple[int, GroupAnswer, list[int]]] = []
        self._kinds: dict[tuple[int, int], int] = {}  # answers of a layer that a claim has

    def take(self, number: int) -> None:
        answer = self.found.answer(number)
        if isinstance(answer, InterchangeAnswer):
            self._to_sendings(
                number, self._interchange(answer), "it answers an interchange that was not given"
            )
        elif isinstance(answer, SetAnswer):
            self._set(number, answer)
        elif isinstance(answer, GroupAnswer):
            if answer.functional not in (CLAIM_GROUP, ""):
                self._unknown(number, f"it answers a group of {answer.functional[:2]}, not of claims")
                return
            sendings = self._of_group(answer.group, self.found.day(number))
            self._groups.append((number, answer, sendings))
            if not sendings:
                self._unknown(number, _NOT_GIVEN)
        elif isinstance(answer, StatusAnswer):
            self._status(number, answer)
        elif isinstance(answer, ClaimPayment):
            hints = _Hints(
                answer.name, answer.member, _abs(answer.charge), answer.first, self.found.day(number), PAYMENT
            )
            claims = self.sent.by_id(answer.claim) or self._payer_numbers.get(answer.payer_claim, [])
            claim = self._to_claim(number, claims, hints, answer.place, answer.claim)
            if claim is not None:
                self._look_for_lines(claim, answer)

    def _look_for_lines(self, claim: int, answer: ClaimPayment) -> None:
        """Tell of lines that were paid or denied and not sent."""
        lines = match_lines(self.sent.row(claim), list(map(line_hints, answer.lines)))
        for line, at in zip(answer.lines, lines, strict=True):
            if at is None:
                self.found.remark(
                    "line-unknown", "this line is none that the claim was sent with", line.place
                )

    def spread_groups(self) -> None:
        """The verdict on a group holds for those of its transactions that were not told of by name."""
        for number, _, sendings in self._groups:
            for at in sendings:
                if at not in self.matched.settled:
                    self.matched.of_sending.setdefault(at, []).append(number)

    def _interchange(self, answer: InterchangeAnswer) -> list[int]:
        fits = self.sent.by_interchange.get(bare(answer.control), [])
        return self._before(fits, answer.source.created)

    def _of_group(self, group: str, day: date | None) -> list[int]:
        return self._before(self.sent.by_group.get(bare(group), []), day)

    def _before(self, fits: list[int], day: date | None) -> list[int]:
        """Where several batches have sendings of a number: those of the last one sent before the day."""
        batches = {self.sent.sendings[n].batch for n in fits}
        if len(batches) < 2:
            return fits
        created: dict[int, date] = {}
        for n in fits:
            batch = self.sent.sendings[n].batch
            created[batch] = max(created.get(batch, date.min), _created(self.sent.sendings[n]))
        earlier = [b for b in batches if day is None or created[b] <= day] or list(batches)
        last = max(earlier, key=lambda b: (created[b], b))
        return [n for n in fits if self.sent.sendings[n].batch == last]

    def _set(self, number: int, answer: SetAnswer) -> None:
        if answer.functional not in (CLAIM_GROUP, "") or answer.set not in ("837", ""):
            self._unknown(number, "it answers a transaction that is no claim")
            return
        in_group = self._of_group(answer.group, self.found.day(number))
        control = bare(answer.control)
        fits = [n for n in in_group if bare(self.sent.sendings[n].transaction) == control]
        why = "its group was sent, a transaction of that number was not" if in_group else _NOT_GIVEN
        self._to_sendings(number, fits, why)
        self.matched.settled.update(fits)

    def _status(self, number: int, answer: StatusAnswer) -> None:
        if answer.level == "claim":
            hints = _Hints(
                answer.name, answer.member, answer.amount, answer.first, self.found.day(number), STATUS
            )
            claims = self.sent.by_id(answer.trace) or self.sent.by_clearinghouse(answer.clearinghouse)
            if not claims and not answer.trace.strip("0 "):
                claims = self._by_patient(hints)
                if claims:
                    text = "a claim without its number was joined by patient, charge and day"
                    self.found.remark("joined-by-patient", text, answer.place)
            claim = self._to_claim(number, claims, hints, answer.place, answer.trace)
            if claim is not None and answer.payer_claim:
                self._payer_numbers.setdefault(answer.payer_claim, []).append(claim)
            return
        if answer.claims:
            return  # its claims are told of one by one
        sendings = self.sent.by_reference.get(answer.batch or answer.trace, [])
        if answer.level == "provider":
            inside = {claim for n in sendings for claim in self.sent.sendings[n].claims}
            claims = [
                claim for claim in self.sent.by_provider(answer.provider) if not sendings or claim in inside
            ]
            for claim in claims:
                self.matched.of_claim.setdefault(claim, []).append(number)
            if not claims:
                self._unknown(number, "it answers a provider of whom nothing was sent")
        else:
            self._to_sendings(number, sendings, _NOT_GIVEN)

    def _by_patient(self, hints: _Hints) -> list[int]:
        """The one claim of this member, charge and day."""
        if not hints.member or hints.charge is None:
            return []
        fits = [n for n in self.sent.by_charge(hints.charge) if _score(self.sent.row(n), hints) >= 4]
        return fits if len(fits) == 1 else []

    def _to_sendings(self, number: int, sendings: Sequence[int], why: str) -> None:
        for at in sendings:
            self.matched.of_sending.setdefault(at, []).append(number)
        if not sendings:
            self._unknown(number, why)

    def _to_claim(
        self, number: int, claims: Sequence[int], hints: _Hints, place: Place, name: str
    ) -> int | None:
        if not claims:
            self._unknown(number, NOT_SENT, name)
            return None
        claims = [claim for claim in claims if not _another(self.sent.row(claim), hints)]
        if not claims:
            self._unknown(number, "the claim of that number is another patient's, with another charge", name)
            return None
        claim = self._choose(claims, hints)
        row = self.sent.row(claim)
        if hints.charge is not None and int(hints.charge * 10000) != self.sent.charges[claim]:
            self.found.remark(
                "charge-differs", f"the answer names another charge than was sent ({row.charge})", place
            )
        self.matched.of_claim.setdefault(claim, []).append(number)
        self._kinds[claim, hints.kind] = self._kinds.get((claim, hints.kind), 0) + 1
        return claim

    def _choose(self, claims: Sequence[int], hints: _Hints) -> int:
        if len(claims) == 1:
            return claims[0]

        def fit(claim: int) -> tuple[bool, int, int, date, int]:
            created = _created(self.sent.sending_of(claim))
            in_time = hints.day is None or created <= hints.day
            same_charge = hints.charge is not None and int(hints.charge * 10000) == self.sent.charges[claim]
            score = _score(self.sent.row(claim), hints) + 2 * same_charge
            return in_time, score, -self._kinds.get((claim, hints.kind), 0), created, -claim

        return max(claims, key=fit)

    def _unknown(self, number: int, why: str, claim: str = "") -> None:
        self.matched.unknown.append(Unknown(number, why, claim))


def _created(sending: Sending) -> date:
    return sending.created or date.min


def _abs(amount: Decimal | None) -> Decimal | None:
    return None if amount is None else abs(amount)


def _another(row: ClaimRow, hints: _Hints) -> bool:
    """Whether an answer means another claim of its number: some number all claims of a practice alike."""
    if not hints.name or hints.charge is None:
        return False
    name, member = row.patient.name.strip().upper(), row.patient.member_id.strip().upper()
    same_name = name.partition(",")[0] == hints.name.strip().upper().partition(",")[0]
    same_member = not hints.member or not member or hints.member.strip().upper() == member
    return not same_name and not (same_member and hints.member) and row.charge != f"{hints.charge:.2f}"


def _score(row: ClaimRow, hints: _Hints) -> int:
    """How much of what an answer tells of its patient and day is so of a claim."""
    same_member = bool(hints.member) and hints.member.strip().upper() == row.patient.member_id.strip().upper()
    same_name = bool(hints.name) and hints.name.strip().upper() == row.patient.name.strip().upper()
    days = {line.from_ for line in row.lines}
    same_day = hints.first is not None and hints.first.isoformat() in days
    return 2 * same_member + 2 * same_day + same_name


# --- lines -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LineHints:
    """What an answer tells of a service line."""

    control: str
    codes: tuple[str, ...]  # as submitted, else as paid
    modifiers: tuple[str, ...]
    charge: Decimal | None
    first: date | None


def line_hints(line: LinePayment) -> LineHints:
    """What an 835 tells of a line: what was submitted, where the payer changed the code."""
    if line.submitted:
        return LineHints(line.control, (line.submitted,), line.submitted_modifiers, line.charge, line.first)
    return LineHints(line.control, (line.procedure,), line.modifiers, line.charge, line.first)


def match_lines(row: ClaimRow, lines: Sequence[LineHints]) -> list[int | None]:
    """For each answered line the index of the line that was sent, ``None`` where none fits.

    By the line control number (REF*6R, or LX where the claim was sent without); else by what the line bills,
    each line once: code, modifiers, charge and day count, in this order.
    """
    found: list[int | None] = [_by_control(row, hints.control) for hints in lines]
    for number, hints in enumerate(lines):
        if found[number] is None:
            free = [n for n in range(len(row.lines)) if n not in found]
            found[number] = _best(row, free, hints)
    return found


def _by_control(row: ClaimRow, control: str) -> int | None:
    if not control:
        return None
    fits = [n for n, line in enumerate(row.lines) if line.line_control == control]
    if not fits and control.isdecimal() and len(control) < 7:
        fits = [
            n for n, line in enumerate(row.lines) if line.line_control is None and line.line == int(control)
        ]
    return fits[0] if len(fits) == 1 else None


def _best(row: ClaimRow, free: Iterable[int], hints: LineHints) -> int | None:
    fits = [n for n in free if row.lines[n].code in hints.codes and hints.codes]
    return max(fits, key=lambda n: (*_likeness(row, n, hints), -n), default=None)


def _likeness(row: ClaimRow, number: int, hints: LineHints) -> Iterator[bool]:
    line = row.lines[number]
    yield line.modifiers == hints.modifiers
    yield hints.charge is not None and line.charge == f"{hints.charge:.2f}"
    yield hints.first is not None and line.from_ == hints.first.isoformat()
