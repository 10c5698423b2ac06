"""MOD025."""

from __future__ import annotations

from collections.abc import Iterable

from scrub837.claims.encounters import Encounter
from scrub837.claims.model import Line
from scrub837.findings import Finding, Severity
from scrub837.rules._modifiers import SEPARATE
from scrub837.rules._pairs import (
    Answer,
    Pairing,
    by_line,
    codes_of,
    column_1_from,
    facts_of,
    first_of,
    numbers_of,
    pairings,
    source_words,
)
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope
from scrub837.rules._sv101 import place_of

_SEVERITY = {Answer.TOO_EARLY: Severity.DENY, Answer.UNSURE: Severity.RISK, Answer.COLUMN_1: Severity.INFO}


class OnColumnOneOnly(Rule):
    """59 or an X modifier stands on the column 1 code of a pair and not on column 2.

    What it checks
        Pairs in force with indicator 1, no visit among them, whose column 1 line alone carries 59, XE, XP,
        XS or XU, against the payer profile (``column-1-from``, ``modifier-line``).
    Why it matters
        Medicare takes the modifier on either code for services from 2019-07-01; before, only column 2
        counted and the line is denied, by other payers as well. Since then they need not follow Medicare,
        and column 2 is right for all of them.
    What to do
        Put the modifier on the column 2 line in the practice system, if the record bears it out.
    About the fix
        None: the modifier is not moved without being asked to.
    Sources
        CMS change request 11168 (transmittal of 2019, effective 2019-07-01); First Coast Service Options on
        CO-236; WebPT on other payers.
    """

    code = "MOD025"
    name = "m59-col1-only"
    severity = Severity.RISK
    scope = Scope.ENCOUNTER
    examples = (
        Bad("97140:GP:59 x1 ; 97530:GP x1", title="accepted by Medicare: good to know"),
        Bad("dos=2019-03-12 | 97140:GP:59 x1 ; 97530:GP x1"),
        Bad("payer=CI | 97140:GP:59 x1 ; 97530:GP x1"),
        Bad("payer=CI dos=2019-06-30 | 97140:GP:59 x1 ; 97530:GP x1", title="before any payer took it"),
        Good("97140:GP x1 ; 97530:GP:59 x1"),
        Good("97140:GP:59 x1 ; 97530:GP:59 x1"),
    )

    def check(self, subject: Encounter, context: Context) -> Iterable[Finding]:
        found = [
            p
            for p in pairings(subject, context)
            if p.answer in _SEVERITY and subject.profile.modifier_line != "column-1"
        ]
        return [self._found(line, mine, context) for line, mine in by_line(found, first_of)]

    def _found(self, line: Line, mine: list[Pairing], context: Context) -> Finding:
        profile, answer = line.claim.profile, mine[0].answer
        worn = next(m for m in line.procedure.modifiers if m in SEPARATE)
        seconds = [p.second for p in mine]
        known = {
            Answer.COLUMN_1: f"this payer takes it on either code from {profile.column_1_from}"
            if profile.column_1_from
            else "this payer takes it on either code",
            Answer.TOO_EARLY: f"before {column_1_from(profile)} it counts on column 2 only",
            Answer.UNSURE: "this payer is not known to take it there",
        }[answer]
        return self.finding(
            line.locate(place_of(line, worn)),
            f"{worn} stands on {line.procedure.code}, column 1 of the pair, and not on {codes_of(seconds)}.",
            why=f"{source_words(mine, context)}; {known}.",
            action=f"If the record bears it out, put {worn} on {numbers_of(seconds)} instead.",
            severity=_SEVERITY[answer],
            related=[second.locate("SV101") for second in seconds],
            facts=facts_of(mine) | {"modifier": worn, "accepted_from": profile.column_1_from},
        )
