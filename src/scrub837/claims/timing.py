"""What documented minutes support: the arithmetic of timed units, knowing nothing of claims or findings.

Three ways in which payers count 15-minute codes. ``cms``, the 8-minute rule: the minutes of all timed codes
of the day are pooled (CMS Claims Processing Manual 100-04 chapter 5, 20.2). ``ama``, the CPT midpoint rule:
each code by itself. ``full15``: each code by itself, and only full quarters of an hour.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations, islice

QUARTER = 15  # minutes of a timed unit
RULE_NAMES = {
    "cms": "the CMS 8-minute rule",
    "ama": "the CPT midpoint rule",
    "full15": "the rule of full 15 minutes",
}


class Verdict(StrEnum):
    """How billed units compare with the minutes."""

    OK = "ok"
    OVER = "over"  # more units than the minutes support
    UNDER = "under"  # fewer units than the minutes support
    MISALLOCATED = "misallocated"  # as many as supported, but not on the codes that earned them


def units_cms(minutes: int) -> int:
    """Units that so many pooled minutes support: one from 8, then one more every 15 minutes (23, 38 ...)."""
    return (minutes + 7) // QUARTER


def units_midpoint(minutes: int, each: int = QUARTER) -> int:
    """Units of ``each`` minutes a code earns by itself: one more when over half of the next is passed."""
    return (minutes + (each - 1) // 2) // each


def full15(minutes: int) -> int:
    """Full quarters of an hour."""
    return minutes // QUARTER


@dataclass(frozen=True, slots=True)
class Support:
    """The units that the minutes of a day support, and the codes they may be billed on.

    Every legal allocation gives each code its ``least`` units, and one unit more to ``choose`` of the
    ``tied`` codes, which have equal remainders: any of them may be billed.
    """

    rule: str  # cms, ama or full15
    minutes: Mapping[str, int]
    least: Mapping[str, int]
    tied: frozenset[str] = frozenset()
    choose: int = 0

    @property
    def pooled(self) -> bool:
        """True when the codes share their minutes."""
        return self.rule == "cms"

    @property
    def total(self) -> int:
        """Minutes of all codes."""
        return sum(self.minutes.values())

    @property
    def units(self) -> int:
        """Units of all codes."""
        return sum(self.least.values()) + self.choose

    def supported(self, code: str) -> tuple[int, int]:
        """The fewest and the most units a code can have in a legal allocation of all units."""
        least = self.least.get(code, 0)
        return least, least + (code in self.tied)

    def allocations(self) -> Iterator[dict[str, int]]:
        """The legal allocations, codes without units left out."""
        for chosen in combinations(sorted(self.tied), self.choose):
            units = {code: units + (code in chosen) for code, units in self.least.items()}
            yield {code: n for code, n in units.items() if n}

    def is_legal(self, billed: Mapping[str, int]) -> bool:
        """Whether these units are one of the legal allocations."""
        if sum(billed.values()) != self.units:
            return False
        for code in {*billed, *self.least}:
            least, most = self.supported(code)
            if not least <= billed.get(code, 0) <= most:
                return False
        return True

    def excess(self, billed: Mapping[str, int]) -> dict[str, int]:
        """Units of a code beyond the most it can have, for the codes with such units."""
        return {code: n - most for code, n in billed.items() if n > (most := self.supported(code)[1])}

    def missing(self, billed: Mapping[str, int]) -> dict[str, int]:
        """Units that a code has in every legal allocation and that are not billed on it."""
        return {code: n - billed.get(code, 0) for code, n in self.least.items() if n > billed.get(code, 0)}

    def verdict(self, billed: Mapping[str, int]) -> Verdict:
        """How these units compare with the minutes."""
        if not self.pooled:
            if self.excess(billed):
                return Verdict.OVER
            return Verdict.UNDER if self.missing(billed) else Verdict.OK
        units = sum(billed.values())
        if units != self.units:
            return Verdict.OVER if units > self.units else Verdict.UNDER
        return Verdict.OK if self.is_legal(billed) else Verdict.MISALLOCATED

    def lowered(self, billed: Mapping[str, int]) -> dict[str, int] | None:
        """Billed units without those the minutes do not support; ``None`` where that is not certain.

        No unit is added or moved. So with pooled minutes what is left must be a legal allocation: where a
        code lacks a unit, or equal remainders leave a choice, a person has to say which was meant.
        """
        fewer = {code: min(n, self.supported(code)[1]) for code, n in billed.items()}
        certain = (Verdict.OK,) if self.pooled else (Verdict.OK, Verdict.UNDER)
        return fewer if self.verdict(fewer) in certain else None

    def legal_words(self, most: int = 4) -> list[str]:
        """Some of the legal allocations for people: ``97110 x2 + 97140 x1``; ``none`` without units."""
        return [
            " + ".join(f"{code} x{n}" for code, n in allocation.items()) or "none"
            for allocation in islice(self.allocations(), most)
        ]

    def words(self, billed: Mapping[str, int]) -> str:
        """The arithmetic as one sentence without its full stop."""
        if self.pooled:
            units = sum(billed.values())
            return (
                f"{count(self.total, 'timed minute')} {_verb(self.total)} {count(self.units, 'unit')} "
                f"under {RULE_NAMES[self.rule]} ({self.band(self.units)}); {units} {_are(units)} billed"
            )
        wrong = [*self.excess(billed), *self.missing(billed)] or list(self.minutes)
        parts = []
        for code in wrong:
            minutes, units, own = self.minutes.get(code, 0), self.supported(code)[1], billed.get(code, 0)
            parts.append(
                f"{count(minutes, 'minute')} of {code} {_verb(minutes)} {count(units, 'unit')} "
                f"under {RULE_NAMES[self.rule]} ({self.band(units)}); {own} {_are(own)} billed"
            )
        return ", and ".join(parts)

    def band(self, units: int) -> str:
        """The minutes that make so many units: ``38-52 = 3``."""
        low = QUARTER * units - (0 if self.rule == "full15" else 7)
        return f"{max(0, low)}-{low + QUARTER - 1} = {units}"


def legal_allocations(minutes: Mapping[str, int], rule: str = "cms") -> Support:
    """The ways in which units may be billed for these minutes by code.

    By the 8-minute rule those that cover most minutes: each code gets its full quarters, and the units that
    are left go to the largest remainders. That is never more than one to a code: n remainders are at most 14n
    minutes, which support at most n units.
    """
    codes = list(minutes)
    least, tied, choose = allocate(list(minutes.values()), rule)
    units = dict(zip(codes, least, strict=True))
    return Support(rule, dict(minutes), units, frozenset(codes[n] for n in tied), choose)


def allocate(minutes: Sequence[int], rule: str) -> tuple[tuple[int, ...], tuple[int, ...], int]:
    """The same without codes: the least units, which are tied, and how many of those have one more."""
    if rule != "cms":
        units_of = units_midpoint if rule == "ama" else full15
        return tuple([units_of(own) for own in minutes]), (), 0
    least = [own // QUARTER for own in minutes]
    left = units_cms(sum(minutes)) - sum(least)
    if not left:
        return tuple(least), (), 0
    rest = [own % QUARTER for own in minutes]
    cut = sorted(rest, reverse=True)[left - 1]
    tied = []
    for n, own in enumerate(rest):
        if own > cut:
            least[n] += 1
            left -= 1
        elif own == cut:
            tied.append(n)
    if left < len(tied):
        return tuple(least), tuple(tied), left
    for n in tied:
        least[n] += 1
    return tuple(least), (), 0


def more_than_a_tenth(assistant: int, total: int) -> bool:
    """Whether an assistant gave more than the tenth of a service that needs no modifier.

    The threshold is a tenth of the minutes, rounded, and one more: 3 of 15 minutes, 6 of 45.
    """
    return assistant >= (total + 5) // 10 + 1


def assistant_units(therapist: int, assistant: int, units: int, *, midpoint: bool) -> int:
    """Units of a timed code that carry CQ or CO, from the minutes each gave alone.

    Full quarters of an hour belong to whoever gave them. Of what is left, from 2022 (``midpoint``) the
    last unit needs no modifier when the therapist gave 8 minutes or more of it, and of two left one has
    it and one has not; else the last unit has it when the assistant gave more than a tenth of it. Source:
    CMS billing examples for services of therapy assistants.
    """
    own, theirs = therapist // QUARTER, assistant // QUARTER
    left = units - own - theirs
    if left <= 0:
        return min(theirs, max(0, units - own))
    own_rest, their_rest = therapist % QUARTER, assistant % QUARTER
    if left == 1 and midpoint and own_rest >= 8:
        return theirs
    return theirs + more_than_a_tenth(their_rest, own_rest + their_rest)


def count(number: int, word: str) -> str:
    """A number with its noun: ``1 unit``, ``0 units``."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _verb(number: int) -> str:
    return "supports" if number == 1 else "support"


def _are(number: int) -> str:
    return "is" if number == 1 else "are"
