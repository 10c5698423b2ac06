"""MOD029."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from scrub837.claims.encounters import Encounter
from scrub837.claims.model import Line
from scrub837.findings import Finding, Severity
from scrub837.rules._modifiers import SEPARATE
from scrub837.rules._pairs import (
    Answer,
    Pairing,
    codes_of,
    facts_of,
    marked,
    numbers_of,
    pairings,
    source_words,
)
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope
from scrub837.rules._sv101 import place_of


class OnIndicatorZero(Rule):
    """59 or an X modifier stands on a pair that no modifier separates.

    What it checks
        Lines with 59, XE, XP, XS or XU whose only pairs in force that day have indicator 0.
    Why it matters
        The column 2 code is denied all the same, and the modifier asks for something that CMS has ruled
        out.
    What to do
        Take the modifier off, and decide which of the two codes stays.
    About the fix
        None: what was done has to be decided first.
    Sources
        CMS NCCI practitioner PTP edits, modifier indicator 0; NCCI Policy Manual chapter I; Palmetto GBA on
        modifier 59.
    """

    code = "MOD029"
    name = "m59-ind0"
    severity = Severity.DENY
    scope = Scope.ENCOUNTER
    examples = (
        Bad("pairs=97750/98981/0 | 97750:GP x1 ; 98981:GP:59 x1"),
        Good("pairs=97750/98981/0 | 97750:GP x1 ; 98981:GP x1"),
        Good("97140:GP x1 ; 97530:GP:59 x1"),
    )

    def check(self, subject: Encounter, context: Context) -> Iterable[Finding]:
        found = pairings(subject, context)
        if not any(p.answer is Answer.NEVER for p in found):
            return ()
        return self._found(subject, found, context)

    def _found(self, subject: Encounter, found: Sequence[Pairing], context: Context) -> Iterable[Finding]:
        for line in subject.lines:
            mine = [p for p in found if p.first is line or p.second is line]
            if not mine or not marked(line) or not all(_never_or_visit(p) for p in mine):
                continue
            never = [p for p in mine if p.answer is Answer.NEVER]
            if not never:
                continue
            worn = next(m for m in line.procedure.modifiers if m in SEPARATE)
            others: list[Line] = [p.first if p.second is line else p.second for p in never]
            yield self.finding(
                line.locate(place_of(line, worn)),
                f"{worn} on {line.procedure.code} separates nothing: beside {codes_of(others)} no modifier "
                "is taken.",
                why=f"{source_words(never, context)}; with indicator 0 the column 2 code is denied with or "
                "without it.",
                action=f"Remove {worn} from {numbers_of([line])} and decide which of the two codes stays.",
                related=[other.locate("SV101") for other in others],
                facts=facts_of(never) | {"modifier": worn},
            )


def _never_or_visit(pairing: Pairing) -> bool:
    """Not a pair that 59 could have been meant for."""
    return pairing.answer is Answer.NEVER or pairing.visit is not None
