"""A claim as the audit counts it, from whatever source."""

from __future__ import annotations

import msgspec

DECIDED = frozenset(("paid", "paid-less", "adjusted", "denied"))
FAILED = frozenset(("rejected", "denied", "paid-less", "adjusted"))
RISKY = ("risk", "deny", "reject")  # severities that say a claim is not clean
_OF_ALL = ("TA1 ", "AK9 ", "IK5 ")  # reasons that are about a transaction, a group or an interchange
HOLDING = ("deny", "reject")


class LineFacts(msgspec.Struct, frozen=True, gc=False):
    """A service line."""

    code: str
    modifiers: tuple[str, ...]
    units: float  # 0 where they are not units (minutes) or cannot be read
    day: str  # ISO 8601, empty where it cannot be read


class ReasonFacts(msgspec.Struct, frozen=True, gc=False):
    """Why a claim was not paid as billed. ``line`` counts from 1; amounts in hundredths of a cent."""

    code: str
    line: int | None
    amount: int


class ClaimFacts(msgspec.Struct, frozen=True):
    """A claim that was checked and, where it was answered, what became of it.

    Amounts are hundredths of a cent. ``who`` tells a claim that is sent again from another: a hash, which is
    used while counting and never kept.
    """

    payer: str
    provider: str  # NPI of who rendered its first line
    charge: int
    frequency: str
    rules: frozenset[str]  # names of the rules that found fault at risk or worse, waived ones left out
    holds: bool  # one of them at deny or worse
    lines: tuple[LineFacts, ...]
    who: int
    sent: bool  # it went out, as far as is known
    outcome: str = ""  # empty: no answer
    first_outcome: str = ""  # of the first decision
    paid: int = 0
    open: int = 0
    first_open: int = 0
    reasons: tuple[ReasonFacts, ...] = ()

    @property
    def along(self) -> bool:
        """Whether it was refused along with others of its transaction, and nothing was said of itself."""
        return bool(self.reasons) and all(one.code.startswith(_OF_ALL) for one in self.reasons)

    @property
    def month(self) -> str:
        """``2026-11``: of its first service; empty where no date can be read."""
        return min((line.day[:7] for line in self.lines if line.day), default="")
