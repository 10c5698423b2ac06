"""Sums over claims: by month, payer and provider, by procedure code, by reason of denial, by rule."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec

from scrub837.audit.facts import DECIDED, FAILED, ClaimFacts, LineFacts
from scrub837.claims.values import REPLACING

MANUAL = "97140"  # manual therapy: its 59 is what payers ask about most
SEPARATE = ("59", "XE", "XP", "XS", "XU")
NO_MINUTES = "no-minutes"  # the rule on timed lines without minutes in the log
MOST_UNITS = 8  # of a visit, in the distribution; more are counted together
NOBODY = "(none)"


class Sums(msgspec.Struct):
    """Claims of one month, payer or provider. Amounts in hundredths of a cent.

    A claim that failed and came again with a service of the same day is ``again`` and not among ``first``.
    """

    claims: int = 0
    charge: int = 0
    clean: int = 0  # nothing at risk or worse
    held: int = 0  # something at deny or worse
    held_charge: int = 0
    first: int = 0  # sent for the first time and answered
    accepted_first: int = 0  # of those: not rejected
    decided_first: int = 0  # of those: adjudicated
    paid_first: int = 0  # of those: paid as billed at once
    rejected: int = 0
    denied: int = 0  # denied, paid less, or for other than was billed
    denied_charge: int = 0  # what was rejected, denied or cut, when it first came back
    recovered: int = 0  # of that: paid later
    paid: int = 0
    again: int = 0
    no_minutes: int = 0  # claims of the log with a timed line that has no minutes
    visits: int = 0  # days of claims
    units: float = 0  # units of service on them
    manual: int = 0  # lines of 97140
    manual_59: int = 0  # with 59
    manual_x: int = 0  # with XE, XP, XS or XU


class CodeSums(msgspec.Struct):
    """Lines of one procedure code."""

    lines: int = 0
    units: float = 0
    separate: int = 0  # with 59 or X
    decided: int = 0  # on claims that were adjudicated
    denied: int = 0  # of those: the answer names the line
    denied_amount: int = 0


class ReasonSums(msgspec.Struct):
    """Claims that came back for one reason."""

    claims: int = 0
    amount: int = 0
    foreseen: int = 0  # a rule had found fault with the claim
    rules: dict[str, int] = {}  # which, on how many of them


class RuleSums(msgspec.Struct):
    """Claims that one rule found fault with, and what became of them."""

    claims: int = 0
    failed: int = 0  # rejected, denied or cut
    paid: int = 0  # paid as billed


class Unforeseen(msgspec.Struct):
    """Claims without any finding that were answered."""

    answered: int = 0
    failed: int = 0


@dataclass(slots=True)
class Tallies:
    """Everything that is counted. Memory grows by months, payers, providers, codes and rules.

    Of claims that failed a number is kept until they are paid, to know what was recovered.
    """

    total: Sums = field(default_factory=Sums)
    months: dict[str, Sums] = field(default_factory=lambda: defaultdict(Sums))
    payers: dict[str, Sums] = field(default_factory=lambda: defaultdict(Sums))
    providers: dict[str, Sums] = field(default_factory=lambda: defaultdict(Sums))
    codes: dict[str, CodeSums] = field(default_factory=lambda: defaultdict(CodeSums))
    reasons: dict[str, ReasonSums] = field(default_factory=lambda: defaultdict(lambda: ReasonSums(rules={})))
    rules: dict[str, RuleSums] = field(default_factory=lambda: defaultdict(RuleSums))
    unforeseen: Unforeseen = field(default_factory=Unforeseen)
    units_of_visits: Counter[int] = field(default_factory=Counter)
    _failed: dict[int, int] = field(default_factory=dict)  # who -> what is still open

    def add_all(self, claims: Iterable[ClaimFacts], first: str = "", last: str = "") -> Tallies:
        """Count claims of the months from ``first`` to ``last`` (``2026-01``; empty: from ever, to ever)."""
        for claim in claims:
            if (not first or claim.month >= first) and (not last or claim.month <= last):
                self.add(claim)
        return self

    def add(self, claim: ClaimFacts) -> None:
        """One more claim."""
        groups = (
            self.total, self.months[claim.month or NOBODY], self.payers[claim.payer or NOBODY],
            self.providers[claim.provider or NOBODY],
        )  # fmt: skip
        came_again = claim.sent and claim.who in self._failed
        recovered = self._recovered(claim, came_again=came_again)
        visits = _visits(claim.lines)
        for sums in groups:
            _count(sums, claim, came_again=came_again)
            sums.recovered += recovered
            sums.visits += len(visits)
            sums.units += sum(visits.values())
        for units in visits.values():
            self.units_of_visits[min(round(units), MOST_UNITS)] += 1
        self._count_codes(claim)
        self._count_rules(claim)

    def _recovered(self, claim: ClaimFacts, *, came_again: bool) -> int:
        """What this claim brings back of what was denied, and what stays open of it."""
        recovered = 0
        if came_again:
            recovered = min(claim.paid, self._failed[claim.who])
            self._failed[claim.who] -= recovered
            if claim.outcome == "paid" or not self._failed[claim.who]:
                del self._failed[claim.who]
        elif claim.first_outcome in FAILED:
            if claim.outcome not in FAILED:
                recovered = min(claim.paid, claim.first_open)
            elif claim.open < claim.first_open:
                recovered = min(claim.first_open - claim.open, claim.paid)
            if claim.outcome in FAILED:
                self._failed[claim.who] = claim.open
        return recovered

    def _count_codes(self, claim: ClaimFacts) -> None:
        named: dict[int, int] = defaultdict(int)
        for reason in claim.reasons:
            if reason.line is not None:
                named[reason.line] += reason.amount
        for at, line in enumerate(claim.lines, start=1):
            sums = self.codes[line.code or NOBODY]
            sums.lines += 1
            sums.units += line.units
            sums.separate += not set(SEPARATE).isdisjoint(line.modifiers)
            if claim.outcome in DECIDED:
                sums.decided += 1
                if at in named:
                    sums.denied += 1
                    sums.denied_amount += named[at]

    def _count_rules(self, claim: ClaimFacts) -> None:
        if not claim.outcome or claim.along:
            return
        failed = claim.first_outcome in FAILED
        if not claim.rules:
            self.unforeseen.answered += 1
            self.unforeseen.failed += failed
        for rule in claim.rules:
            sums = self.rules[rule]
            sums.claims += 1
            sums.failed += failed
            sums.paid += claim.first_outcome == "paid"
        amounts: dict[str, int] = defaultdict(int)
        for reason in claim.reasons:
            amounts[reason.code] += reason.amount
        for code, amount in amounts.items():
            found = self.reasons[code]
            found.claims += 1
            found.amount += amount
            found.foreseen += bool(claim.rules)
            for rule in claim.rules:
                found.rules[rule] = found.rules.get(rule, 0) + 1


def _count(sums: Sums, claim: ClaimFacts, *, came_again: bool) -> None:
    sums.claims += 1
    sums.charge += claim.charge
    sums.clean += not claim.rules
    if claim.holds:
        sums.held += 1
        sums.held_charge += claim.charge
    sums.paid += claim.paid
    sums.no_minutes += NO_MINUTES in claim.rules
    for line in claim.lines:
        if line.code == MANUAL:
            sums.manual += 1
            sums.manual_59 += "59" in line.modifiers
            sums.manual_x += not set(SEPARATE[1:]).isdisjoint(line.modifiers)
    sums.rejected += claim.first_outcome == "rejected"
    sums.denied += claim.first_outcome in FAILED - {"rejected"}
    if came_again:
        sums.again += 1
        return
    if claim.first_outcome in FAILED:
        sums.denied_charge += claim.first_open
    if claim.outcome and claim.frequency not in REPLACING:
        sums.first += 1
        sums.accepted_first += claim.first_outcome != "rejected"
        sums.decided_first += claim.first_outcome in DECIDED
        sums.paid_first += claim.first_outcome == "paid"


def _visits(lines: Iterable[LineFacts]) -> dict[str, float]:
    """Units by day of service."""
    visits: dict[str, float] = defaultdict(float)
    for line in lines:
        if line.day:
            visits[line.day] += line.units
    return visits
