"""PTP001."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from scrub837.claims.encounters import Encounter
from scrub837.claims.model import Line
from scrub837.findings import Finding, Fix, Severity
from scrub837.rules._modifiers import is_em
from scrub837.rules._pairs import (
    Answer,
    Pairing,
    by_line,
    codes_of,
    column_1_from,
    facts_of,
    numbers_of,
    on_day,
    pairings,
    second_of,
    source_words,
)
from scrub837.rules._proposal import proposal
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope


class Unbypassed(Rule):
    """Two codes that NCCI pairs are billed for one day without a modifier that says they were separate.

    What it checks
        All lines of one patient, day and rendering provider, on one claim or on several. A pair counts when
        CMS's edit table has it in force on the date of service with indicator 1, in either direction. It is
        answered by 59, XE, XP, XS or XU on the column 2 line (or on column 1, where the payer takes it
        there), by anatomic modifiers that differ between the two lines, by 27, 58, 78, 79 or 91, and, when
        one code is a visit, by 24, 25 or 57 on the visit. GP, GO, GN, KX, CQ, CO, AT, 22, 76 and 77 answer
        nothing.
    Why it matters
        The payer denies the column 2 line (CO-236). It is a coding denial: the patient may not be billed.
    What to do
        Read the note. If it shows another area or a time block that does not overlap (beside a
        manipulation: another region; beside a group: other time), add the modifier. If it does not, take
        the line off.
    About the fix
        A modifier is proposed only where the treatment-time log documents and attests both services as
        separate, with a reason; it is written only with ``--apply documented``. Never on a line another
        payer or a repricer has decided, on a replacement claim, or for a visit.
    Sources
        CMS NCCI practitioner PTP edits; NCCI Policy Manual chapters I and XI; CMS MLN1783722 (modifiers 59
        and X); First Coast Service Options on CO-236; CMS change request 11168 (either column from
        2019-07-01).
    """

    code = "PTP001"
    name = "ptp-unbypassed"
    severity = Severity.DENY
    scope = Scope.ENCOUNTER
    fix = "sometimes"
    examples = (
        Bad("97140:GP x1 ; 97530:GP x1"),
        Bad("97140:GP x1 ; 97530:GP:22 x1", title="22 separates nothing"),
        Bad("97140:GP:59 x1 dos=2019-03-12 ; 97530:GP x1 dos=2019-03-12", title="column 1, too early"),
        Bad("id=A | 97140:GP x1 || id=B | 97530:GP x1", title="two claims of one day"),
        Bad("provider=DC payer=CI | 98941 x1 ; 99213 x1", title="a visit without 25"),
        Good("97140:GP x1 ; 97530:GP:59 x1"),
        Good("97140:GP:59 x1 ; 97530:GP x1", title="Medicare takes it on column 1"),
        Good("provider=DC payer=CI | 98941 x1 ; 97140:XS x1"),
        Good("97140:GP x1 ; 97110:GP x1", title="no pair"),
        Good("97140:GP x1 dos=2026-11-02 ; 97530:GP x1 dos=2026-11-03", title="different days"),
        Good("97140:GP x1 {P1} ; 97530:GO x1 {P2}", title="different providers"),
        Good("97530:GP x1 dos=2020-07-15 ; 97116:GP x1 dos=2020-07-15", title="the edit was withdrawn"),
        Good("97140:GP x1 ; 97530:GP x0", title="a line of no units"),
    )

    def check(self, subject: Encounter, context: Context) -> Iterable[Finding]:
        found = pairings(subject, context)
        if not any(p.open for p in found):
            return ()
        return [
            self._found(line, mine, found, context)
            for line, mine in by_line((p for p in found if p.open), second_of)
        ]

    def _found(
        self, line: Line, mine: Sequence[Pairing], found: Sequence[Pairing], context: Context
    ) -> Finding:
        correction = proposal(line, found, context)
        fix = correction if isinstance(correction, Fix) else None
        others = [p.first for p in mine]
        visit = any(p.visit is not None for p in mine)
        separate = "the visit was significant and separate" if visit else "it was separate"
        return self.finding(
            line.locate("SV101"),
            f"{line.procedure.code} is bundled into {codes_of(others)} {on_day(mine[0])} unless {separate}.",
            why=f"{source_words(mine, context)}; {_lacking(mine)}.",
            action=_action(mine, correction),
            related=[other.locate("SV101") for other in others],
            facts=facts_of(mine) | {"modifiers": line.procedure.modifiers},
            fix=fix,
        )


def _lacking(mine: Sequence[Pairing]) -> str:
    """Which modifier is not there."""
    lines = [mine[0].second, *(p.first for p in mine)]
    if any(p.answer is Answer.TOO_EARLY for p in mine):
        return f"before {column_1_from(mine[0].second.claim.profile)} 59 counts on column 2 only"
    visits = [line for line in lines if is_em(line.procedure.code)]
    if visits:
        return f"{numbers_of(visits)} carries no 25"
    verb = "carry" if len(lines) > 1 else "carries"
    return f"{numbers_of(lines)} {verb} no 59 or X modifier and no different sites"


def _action(mine: Sequence[Pairing], correction: Fix | str) -> str:
    line, among = mine[0].second, [p.first for p in mine]
    target = line
    visit = next((p.visit for p in mine if p.visit is not None), None)
    if visit is not None:
        shown, modifier, target = "a significant visit beyond the procedure", "25", visit
    elif any(p.manipulation for p in mine):
        shown, modifier = "a region that was not manipulated", "59 or XS"
    elif any(p.group for p in mine):
        shown, modifier = "one-on-one time outside the group's", "59"
    else:
        shown, modifier = "a different area or a time block that does not overlap", "59"
    text = (
        f"If the record shows {shown}, add {modifier} to {numbers_of([target], among=[line, *among])}; "
        f"if not, remove {numbers_of([line], among=among)}."
    )
    if isinstance(correction, Fix):
        return f"{text} The log documents it: confirm it, or write it with --apply documented."
    return f"{text} No correction is proposed: {correction}."
