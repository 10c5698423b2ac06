"""MOD026."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from scrub837.claims.encounters import Encounter
from scrub837.claims.model import Line
from scrub837.findings import Finding, Severity
from scrub837.rules._modifiers import SEPARATE
from scrub837.rules._pairs import (
    Answer,
    Pairing,
    by_line,
    codes_of,
    facts_of,
    first_of,
    marked,
    numbers_of,
    pairings,
    source_words,
)
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope
from scrub837.rules._sv101 import place_of


class OnBothLines(Rule):
    """59 or an X modifier stands on both codes of a pair.

    What it checks
        Pairs in force with indicator 1, no visit among them, whose two lines both carry 59, XE, XP, XS or
        XU. A column 1 line that is column 2 of another pair, or whose code is billed on a second line,
        needs it for that and is left alone.
    Why it matters
        One modifier answers the pair. A second one says that the paid service was distinct from something
        else, which draws attention in an audit.
    What to do
        Take the modifier off the column 1 line, unless the record shows another reason for it.
    About the fix
        None: what a modifier was meant for does not stand in the claim.
    Sources
        CMS MLN1783722 (59 is used once to separate two codes); general billing practice.
    """

    code = "MOD026"
    name = "m59-both-lines"
    severity = Severity.RISK
    scope = Scope.ENCOUNTER
    examples = (
        Bad("97140:GP:59 x1 ; 97530:GP:59 x1"),
        Good("97140:GP x1 ; 97530:GP:59 x1"),
        Good("97140:GP:59 x1 ; 97530:GP x1"),
        Good("97161:GP x1 ; 97140:GP:59 x1 ; 97530:GP:59 x1", title="97140 needs it beside the evaluation"),
    )

    def check(self, subject: Encounter, context: Context) -> Iterable[Finding]:
        found = pairings(subject, context)
        both = [p for p in found if p.answer is Answer.COLUMN_2 and marked(p.first)]
        return [
            self._found(line, mine, context)
            for line, mine in by_line(both, first_of)
            if not _needed(line, found, subject.lines)
        ]

    def _found(self, line: Line, mine: list[Pairing], context: Context) -> Finding:
        worn = next(m for m in line.procedure.modifiers if m in SEPARATE)
        seconds = [p.second for p in mine]
        return self.finding(
            line.locate(place_of(line, worn)),
            f"{line.procedure.code} and {codes_of(seconds)} both carry 59 or an X modifier; one on column "
            "2 is enough.",
            why=f"{source_words(mine, context)}; {numbers_of([line, *seconds])} carry one each.",
            action=f"Remove {worn} from {numbers_of([line])}, unless the record shows another reason for it.",
            related=[second.locate("SV101") for second in seconds],
            facts=facts_of(mine) | {"modifiers": line.procedure.modifiers},
        )


def _needed(line: Line, found: Sequence[Pairing], lines: Sequence[Line]) -> bool:
    return any(p.second is line and p.visit is None for p in found) or any(
        other is not line and other.procedure.code == line.procedure.code for other in lines
    )
