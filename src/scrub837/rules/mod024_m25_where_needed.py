"""MOD024."""

from __future__ import annotations

from collections.abc import Iterable

from scrub837.claims.encounters import Encounter
from scrub837.claims.model import Line
from scrub837.findings import Finding, Severity
from scrub837.rules._modifiers import is_em
from scrub837.rules._pairs import (
    Answer,
    Pairing,
    by_line,
    codes_of,
    facts_of,
    marked,
    numbers_of,
    pairings,
    source_words,
)
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope


class TwentyFiveNeeded(Rule):
    """A visit and a procedure are paired, and 59 stands on the procedure instead of 25 on the visit.

    What it checks
        Pairs in force with indicator 1 of a visit and a procedure, whose visit carries no 24, 25 or 57
        while the procedure carries 59 or an X modifier.
    Why it matters
        59 does not say that the visit was significant and separate. The payer denies one of the two, or
        takes the money back.
    What to do
        Read the note of the visit. If it shows work beyond the procedure, put 25 on the visit and take 59
        off the procedure. If it does not, take the visit off.
    About the fix
        None: 25 states something about the visit that only its note can show.
    Sources
        NCCI Policy Manual chapter I (25 on the E/M service of a day with a procedure); CMS MLN1783722 (59
        does not take the place of 25).
    """

    code = "MOD024"
    name = "m25-where-needed"
    severity = Severity.DENY
    scope = Scope.ENCOUNTER
    examples = (
        Bad("provider=DC payer=CI | 98941:59 x1 ; 99213 x1"),
        Good("provider=DC payer=CI | 98941 x1 ; 99213:25 x1"),
        Good("provider=DC payer=CI | 98941 x1 ; 99213 x1", title="no 59: the pair is unmodified"),
    )

    def check(self, subject: Encounter, context: Context) -> Iterable[Finding]:
        found = [
            p
            for p in pairings(subject, context)
            if p.answer is Answer.MISPLACED and any(marked(line) for line in _procedures(p))
        ]
        return [self._found(visit, mine, context) for visit, mine in by_line(found, _visit)]

    def _found(self, visit: Line, mine: list[Pairing], context: Context) -> Finding:
        procedures = [line for p in mine for line in _procedures(p)]
        return self.finding(
            visit.locate("SV101"),
            f"{visit.procedure.code} beside {codes_of(procedures)} needs 25 on the visit; 59 on the "
            "procedure does not "
            "take its place.",
            why=f"{source_words(mine, context)}; {numbers_of([visit])} carries no 25.",
            action="If the note shows a significant visit beyond the procedure, add 25 to "
            f"{numbers_of([visit])} and take 59 "
            f"off {numbers_of(procedures)}; if not, remove the visit.",
            related=[line.locate("SV101") for line in procedures],
            facts=facts_of(mine) | {"visit": visit.procedure.code},
        )


def _visit(pairing: Pairing) -> Line:
    visit = pairing.visit
    assert visit is not None  # noqa: S101 - only pairs with a visit are misplaced
    return visit


def _procedures(pairing: Pairing) -> list[Line]:
    return [line for line in (pairing.first, pairing.second) if not is_em(line.procedure.code)]
