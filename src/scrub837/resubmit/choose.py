"""Which claims of a batch are sent again, how, and why the others are not."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from decimal import Decimal
from enum import StrEnum

import msgspec

from scrub837.responses.codes import Action
from scrub837.responses.history import History, Outcome
from scrub837.responses.sent import SentClaims
from scrub837.responses.working import Work
from scrub837.responses.worklist import TITLES
from scrub837.results import ClaimRow

ADJUDICATED = frozenset((Outcome.DENIED, Outcome.ADJUSTED, Outcome.PAID_LESS))
CHOSEN_BY = frozenset((Outcome.REJECTED, *ADJUDICATED))  # outcomes that may be sent again
_NEXT = frozenset((Action.FIX, Action.SEND_AGAIN, Action.REPLACE))  # what the worklist says of them
_AS_IT_IS = frozenset((Action.SEND_AGAIN, Action.WAIT))
LONGEST_NUMBER = 50  # characters of REF02


class Kind(StrEnum):
    """How a claim is sent again."""

    ORIGINAL = "original"  # it was never adjudicated: as it was
    REPLACEMENT = "replacement"  # frequency 7
    VOID = "void"  # frequency 8

    @property
    def frequency(self) -> str | None:
        """CLM05-3; ``None`` is that of the claim as it was."""
        return {Kind.REPLACEMENT: "7", Kind.VOID: "8"}.get(self)


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked for. Without claims and outcomes: whatever the worklist says is to be sent again."""

    claims: frozenset[str] = frozenset()  # CLM01
    only: frozenset[Outcome] = frozenset()
    void: bool = False
    missing: str = ""  # why claims that were never answered are sent again; empty: they are not
    again: bool = False  # those that were made anew before, too


class LeftOut(msgspec.Struct, frozen=True):
    """A claim that is not sent again. ``asked``: it was to be, so somebody has to look at it."""

    number: int
    claim: str  # CLM01
    index: int  # n-th claim of its batch, from 1
    charge: Decimal
    outcome: Outcome
    why: str  # a short name that stays
    words: str
    asked: bool


class Choice(msgspec.Struct, frozen=True):
    """A claim to be sent again. ``number`` counts through all batches, ``index`` through its own from 1."""

    number: int
    claim: str
    index: int
    charge: Decimal  # as it was sent
    kind: Kind
    outcome: Outcome
    payer_claim: str  # REF*F8; empty for an original
    faulted: bool  # something is to be put right in it, by a correction or by other means

    def left(self, why: str, words: str) -> LeftOut:
        """The same claim, when it cannot be sent again after all."""
        return LeftOut(self.number, self.claim, self.index, self.charge, self.outcome, why, words, asked=True)


def choose(work: Work, wish: Wish, made: Collection[int] = ()) -> Iterator[Choice | LeftOut]:
    """Each claim that was sent, in order. ``made`` are those that were made anew before."""
    actions = {item.number: item.action for item in work.items}
    for number in range(work.sent.count):
        history, row = work.history(number), work.sent.row(number)
        why = _not_to_be(work, number, history, row, wish, actions.get(number))
        if why is None and number in made and not wish.again:
            why = "already", "it was made anew before; --again makes it once more", False
        if why is not None:
            name, words, asked = why
            charge = work.sent.charge(number)
            yield LeftOut(number, row.claim, row.index, charge, history.outcome, name, words, asked)
            continue
        kind = Kind.ORIGINAL
        if history.outcome in ADJUDICATED:
            kind = Kind.VOID if wish.void else Kind.REPLACEMENT
        payer_claim = history.payer_claim if kind is not Kind.ORIGINAL else ""
        charge = work.sent.charge(number)
        faulted = kind is not Kind.VOID and actions.get(number) not in _AS_IT_IS
        yield Choice(number, row.claim, row.index, charge, kind, history.outcome, payer_claim, faulted)


_Why = tuple[str, str, bool]


def _not_to_be(
    work: Work, number: int, history: History, row: ClaimRow, wish: Wish, action: Action | None
) -> _Why | None:
    """Why a claim is not sent again, ``None`` when it is."""
    outcome, named = history.outcome, row.claim in wish.claims
    if wish.claims and not named:
        return "not-named", "it is not among the claims named", False
    if outcome is Outcome.PAID:
        return "paid", "it was paid as billed", named
    if outcome is Outcome.ACCEPTED:
        return "pending", "the payer has not decided yet", named
    if outcome is Outcome.MISSING and not wish.missing:
        return "missing", "no answer has come: ask, or give a reason with --include-missing", named
    if wish.only and outcome not in wish.only and not (outcome is Outcome.MISSING and wish.missing):
        return "outcome", f"it is {outcome.value}", named
    if not named and outcome is not Outcome.MISSING and action is not None and action not in _NEXT:
        return "other-action", f"the worklist says: {_lower(TITLES[action])}", False
    if later := _sent_later(work.sent, number, row):
        return "sent-again", f"it was sent again with {later}", False
    if outcome not in ADJUDICATED:
        if wish.void:
            return "not-adjudicated", "only a claim that the payer has decided on can be voided", named
        return None
    if row.frequency == "8":
        return "void", "it voids another claim: ask the payer", True
    return _number_fault(work, number, history.payer_claim)


def _number_fault(work: Work, number: int, payer_claim: str) -> _Why | None:
    if not payer_claim:
        return "no-payer-number", "the payer's claim number is not in the answers", True
    separators = work.sent.sending_of(number).task.interchange.separators
    marks = {separators.element, separators.component, separators.segment, separators.repetition} - {""}
    sound = payer_claim.isascii() and payer_claim.isprintable() and payer_claim == payer_claim.strip()
    if not sound or len(payer_claim) > LONGEST_NUMBER or any(mark in payer_claim for mark in marks):
        return "payer-number", "the payer's claim number cannot stand in REF02 of the batch", True
    return None


def _sent_later(sent: SentClaims, number: int, row: ClaimRow) -> str:
    """The interchange of these batches that the same claim was sent with again; empty when it was not."""
    own, services = sent.sending_of(number), _services(row)
    for other in sent.by_id(row.claim):
        if other == number:
            continue
        sending = sent.sending_of(other)
        if (sending.batch, sending.interchange) == (own.batch, own.interchange):
            continue
        if None in (own.created, sending.created) or own.created == sending.created:
            later = other > number
        else:
            later = (own.created or sending.created) < (sending.created or own.created)  # type: ignore[operator] # none is None
        twin = sent.row(other)
        if later and twin.patient == row.patient and not services.isdisjoint(_services(twin)):
            return f"interchange {sending.interchange}"
    return ""


def _services(row: ClaimRow) -> set[tuple[str, str | None]]:
    return {(line.code, line.from_) for line in row.lines}


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
