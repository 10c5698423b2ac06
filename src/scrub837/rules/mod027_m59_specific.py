"""MOD027."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from scrub837.claims.documentation import Documentation
from scrub837.claims.encounters import Encounter
from scrub837.claims.model import Line
from scrub837.findings import Finding, Severity
from scrub837.rules._modifiers import ANATOMIC, OF_VISIT, SEPARATE, distinct_sites
from scrub837.rules._pairs import (
    Pairing,
    codes_of,
    facts_of,
    marked,
    pairings,
    source_words,
)
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope
from scrub837.rules._sv101 import place_of


class MoreExactModifier(Rule):
    """59 or an X modifier stands where another modifier says it already or better.

    What it checks
        Pairs in force with indicator 1: 59 although the two lines already differ by LT and RT, fingers,
        toes, eyelids or coronary arteries; 59 or X on a procedure although the visit already carries 25;
        and XE although the treatment-time log puts both services into one session. A line that needs the
        modifier for another pair is left alone.
    Why it matters
        59 is the modifier of last resort, and XE means a separate encounter. Used where something else
        holds, they draw audits.
    What to do
        Take 59 off where the other modifier says enough; for one encounter use the modifier that fits: XS
        for another structure, XU or 59 for time blocks.
    About the fix
        None: which modifier is true stands in the record.
    Sources
        CMS MLN1783722 (59 only if no more descriptive modifier is available; XE is a separate encounter);
        NCCI Policy Manual chapter I.
    """

    code = "MOD027"
    name = "m59-specific"
    severity = Severity.RISK
    scope = Scope.ENCOUNTER
    examples = (
        Bad("97140:GP:LT x1 ; 97530:GP:RT:59 x1"),
        Bad("provider=DC payer=CI | 98941:59 x1 ; 99213:25 x1"),
        Bad("97140:GP x1 0900-0915 [cervical] session=1 ; 97530:GP:XE x1 0915-0930 [knee R] session=1"),
        Good("97140:GP:LT x1 ; 97530:GP:RT x1"),
        Good("97140:GP x1 ; 97530:GP:59 x1"),
        Good("97140:GP x1 0900-0915 [cervical] session=1 ; 97530:GP:XE x1 1400-1415 [knee R] session=2"),
    )

    def check(self, subject: Encounter, context: Context) -> Iterable[Finding]:
        found = [p for p in pairings(subject, context) if p.row.indicator == "1"]
        if not found:
            return ()
        return self._found(subject, found, context)

    def _found(self, subject: Encounter, found: Sequence[Pairing], context: Context) -> Iterable[Finding]:
        for line in subject.lines:
            if not marked(line):
                continue
            mine = [p for p in found if p.first is line or p.second is line]
            reason = _reason(line, mine, context.documentation)
            if reason is None:
                continue
            said, action = reason
            worn = next(m for m in line.procedure.modifiers if m in SEPARATE)
            others = [p.first if p.second is line else p.second for p in mine]
            yield self.finding(
                line.locate(place_of(line, worn)),
                f"{worn} on {line.procedure.code} beside {codes_of(others)}: {said}.",
                why=f"{source_words(mine, context)}; 59 is for cases that no more exact modifier describes.",
                action=action,
                related=[other.locate("SV101") for other in others],
                facts=facts_of(mine) | {"modifiers": line.procedure.modifiers},
            )


def _reason(line: Line, mine: Sequence[Pairing], documentation: Documentation) -> tuple[str, str] | None:
    modifiers = line.procedure.modifiers
    if mine and all(_answered_by_visit(p) for p in mine):
        return "25 on the visit already answers the pair", "Remove it from the procedure."
    if mine and "59" in modifiers and all(_sites_differ(p) for p in mine):
        sites = "the two lines already differ by their anatomic modifiers"
        return sites, "Remove 59, if the places on both lines are right."
    if "XE" in modifiers and documentation.given:
        together = [p for p in mine if p.visit is None and _one_session(p, documentation)]
        if together:
            return (
                "XE means a separate encounter, and the log puts both services into one session",
                "Use what the record bears out: XS for another structure, XU or 59 for time blocks.",
            )
    return None


def _answered_by_visit(pairing: Pairing) -> bool:
    visit = pairing.visit
    return visit is not None and not marked(visit) and not OF_VISIT.isdisjoint(visit.procedure.modifiers)


def _sites_differ(pairing: Pairing) -> bool:
    one, two = pairing.first.procedure.modifiers, pairing.second.procedure.modifiers
    return pairing.visit is None and not ANATOMIC.isdisjoint(one) and distinct_sites(one, two)


def _one_session(pairing: Pairing, documentation: Documentation) -> bool:
    sessions = []
    for line in (pairing.first, pairing.second):
        record = documentation.record(line)
        sessions.append({i.session for i in record.intervals if i.day == pairing.day} if record else set())
    return len(sessions[0]) == 1 and sessions[0] == sessions[1] and "" not in sessions[0]
