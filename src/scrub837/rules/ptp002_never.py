"""PTP002."""

from __future__ import annotations

from collections.abc import Iterable

from scrub837.claims.encounters import Encounter
from scrub837.findings import Finding, Severity
from scrub837.rules._pairs import (
    Answer,
    by_line,
    codes_of,
    facts_of,
    numbers_of,
    on_day,
    pairings,
    second_of,
    source_words,
)
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope


class Never(Rule):
    """Two codes are billed for one day that NCCI never pays together.

    What it checks
        All lines of one patient, day and rendering provider, on one claim or on several, for pairs that
        CMS's edit table has in force on the date of service with indicator 0, in either direction.
    Why it matters
        The payer denies the column 2 line (CO-236) whatever modifier it carries, and the patient may not be
        billed for it.
    What to do
        Keep the column 1 code. Somebody who knows the record has to decide whether the column 2 code was
        another service, or belongs to another day, and otherwise take it off.
    About the fix
        None: no modifier separates the two, and which line stays is not a matter of format.
    Sources
        CMS NCCI practitioner PTP edits, modifier indicator 0; NCCI Policy Manual chapter I; Noridian and
        First Coast Service Options on CO-236.
    """

    code = "PTP002"
    name = "ptp-never"
    severity = Severity.DENY
    scope = Scope.ENCOUNTER
    examples = (
        Bad("pairs=97750/98981/0 | 97750:GP x1 ; 98981:GP x1"),
        Bad("pairs=97750/98981/0 | 97750:GP x1 ; 98981:GP:59 x1"),
        Bad("pairs=97750/98981/0 | 98981:GP x1 ; 97750:GP x1", title="in either order"),
        Good("pairs=97750/98981/0 | 97750:GP x1 ; 98980:GP x1"),
        Good("97140:GP x1 ; 97530:GP x1", title="a modifier may separate these"),
    )

    def check(self, subject: Encounter, context: Context) -> Iterable[Finding]:
        never = [p for p in pairings(subject, context) if p.answer is Answer.NEVER]
        return [
            self.finding(
                line.locate("SV101"),
                f"{line.procedure.code} is never paid beside {codes_of(p.first for p in mine)} "
                f"{on_day(mine[0])}.",
                why=f"{source_words(mine, context)}; with indicator 0 no modifier separates them.",
                action=f"Keep {codes_of(p.first for p in mine)}. Take off "
                f"{numbers_of([line], among=[p.first for p in mine])}, unless it was another service or day: "
                "then bill that.",
                related=[p.first.locate("SV101") for p in mine],
                facts=facts_of(mine) | {"modifiers": line.procedure.modifiers},
            )
            for line, mine in by_line(never, second_of)
        ]
