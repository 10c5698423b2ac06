"""MOD007."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from scrub837.claims.model import Line
from scrub837.findings import Finding, Severity
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope
from scrub837.rules._sv101 import place_of


class Contradiction(NamedTuple):
    """Two modifiers that cannot both be true of a line."""

    one: str
    other: str
    why: str
    medicare_only: bool = False


_CONTRADICTIONS = (
    Contradiction("26", "TC", "26 claims the professional part only and TC the technical part only."),
    Contradiction("50", "LT", "50 claims both sides and LT the left one only."),
    Contradiction("50", "RT", "50 claims both sides and RT the right one only."),
    Contradiction("GA", "GZ", "GA says that a waiver is on file and GZ that none is.", medicare_only=True),
    Contradiction("GA", "GX", "Medicare refuses GX beside GA.", medicare_only=True),
    Contradiction("GX", "GZ", "Medicare refuses GX beside GZ.", medicare_only=True),
)
_INVOLVED = frozenset(modifier for pair in _CONTRADICTIONS for modifier in pair[:2])


class ContradictoryModifiers(Rule):
    """Two modifiers on one line contradict each other.

    What it checks
        26 with TC, 50 with LT or RT; for Medicare also GA with GZ, and GX with GA or GZ.
    Why it matters
        The line says two things of which only one can be true, and is refused.
    What to do
        Look up which of the two is right and take the other one off.
    About the fix
        None: which of the two is true does not stand in the claim.
    Sources
        General billing practice for 26, TC, 50, LT and RT; CMS change request 6563 (GX is refused with GA
        and GZ) and the CMS booklet on advance beneficiary notices for GA and GZ.
    """

    code = "MOD007"
    name = "mod-conflict"
    severity = Severity.DENY
    scope = Scope.SERVICE
    examples = (
        Bad("20610:50:RT x1"),
        Bad("97140:GP:GA:GZ x1"),
        Good("20610:RT x1"),
        Good("97140:GP:GA x1"),
        Good("payer=CI | 97140:GP:GA:GZ x1", title="the payer is not Medicare"),
    )

    def check(self, subject: Line, context: Context) -> Iterable[Finding]:
        modifiers = subject.procedure.modifiers
        if len(modifiers) < 2 or len(_INVOLVED.intersection(modifiers)) < 2:
            return ()
        return [
            self.finding(
                subject.locate(place_of(subject, pair.other)),
                f"{subject.procedure.code} carries {pair.one} and {pair.other}, which contradict each other.",
                why=pair.why,
                action="Look up which of the two is right and take the other one off.",
                facts={"code": subject.procedure.code, "modifiers": (pair.one, pair.other)},
            )
            for pair in _CONTRADICTIONS
            if pair.one in modifiers
            and pair.other in modifiers
            and (subject.claim.profile.medicare or not pair.medicare_only)
        ]
