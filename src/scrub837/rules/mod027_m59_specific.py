"""MOD027."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from scrub837.claims.documentation import Documentation
from scrub837.claims.encounters import Encounter
from scrub837.claims.model import Line
from scrub837.findings import Finding, Severity
from scrub837.rules._evidence import Basis, Verdict, evidence
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

_PURPOSE = {
    True: "59 is for cases that no more exact modifier describes",
    False: "each X modifier states one reason, and the record must show it",
}


class MoreExactModifier(Rule):
    """59 or an X modifier stands where another modifier says it already or better.

    What it checks
        Pairs in force with indicator 1: 59 although the two lines already differ by LT and RT, fingers,
        toes, eyelids or coronary arteries; 59 or X on a procedure although the visit already carries 25;
        XP although one practitioner gave both services; XE although the treatment-time log puts both into
        one session; XS although it puts them in the same area at other times. A line that needs the modifier
        for another pair is left alone.
    Why it matters
        59 is the modifier of last resort; XE means a separate encounter, XP another practitioner, XS another
        structure. Used where something else holds, they draw audits.
    What to do
        Take 59 off where the other modifier says enough; for one encounter use the modifier that fits: XS
        for another structure, XU or 59 for time blocks.
    About the fix
        None: which modifier is true stands in the record.
    Sources
        CMS MLN1783722 (59 only if no more descriptive modifier is available; what XE, XP and XS mean);
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
        Bad("97140:GP x1 ; 97530:GP:XP x1", title="one practitioner"),
        Bad("97140:GP x1 0900-0915 [knee R] ; 97530:GP:XS x1 0915-0930 [knee R]", title="one structure"),
        Good("97140:GP x1 {P1} ; 97530:GP:XP x1 {P3}"),
        Good("97140:GP x1 0900-0915 [knee L] ; 97530:GP:XS x1 0915-0930 [knee R]"),
        Good("97140:GP x1 0900-0915 [knee] ; 97530:GP:XS x1 0915-0930 [knee R]", title="which knee?"),
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
            reason = _reason(line, mine, subject, context.documentation)
            if reason is None:
                continue
            said, action = reason
            worn = next(m for m in line.procedure.modifiers if m in SEPARATE)
            others = [p.first if p.second is line else p.second for p in mine]
            yield self.finding(
                line.locate(place_of(line, worn)),
                f"{worn} on {line.procedure.code} beside {codes_of(others)}: {said}.",
                why=f"{source_words(mine, context)}; {_PURPOSE[worn == '59']}.",
                action=action,
                related=[other.locate("SV101") for other in others],
                facts=facts_of(mine) | {"modifiers": line.procedure.modifiers},
            )


def _reason(
    line: Line, mine: Sequence[Pairing], subject: Encounter, documentation: Documentation
) -> tuple[str, str] | None:
    modifiers = line.procedure.modifiers
    if mine and all(_answered_by_visit(p) for p in mine):
        return "25 on the visit already answers the pair", "Remove it from the procedure."
    if mine and "59" in modifiers and all(_sites_differ(p) for p in mine):
        sites = "the two lines already differ by their anatomic modifiers"
        return sites, "Remove 59, if the places on both lines are right."
    mine = [p for p in mine if p.visit is None]
    if mine and "XP" in modifiers and subject.profile.same_provider == "rendering":
        return (
            "XP means another practitioner, and one rendering provider bills both services",
            "Use what the record bears out: XE for another encounter, XS for another structure, else XU.",
        )
    if not documentation.given:
        return None
    if "XE" in modifiers and any(_one_session(p, documentation) for p in mine):
        return (
            "XE means a separate encounter, and the log puts both services into one session",
            "Use what the record bears out: XS for another structure, XU or 59 for time blocks.",
        )
    if "XS" in modifiers and mine and all(_one_structure(p, documentation) for p in mine):
        return (
            "XS means another structure, and the log shows the same area at other times",
            "Use what the record bears out: XU or 59 for time blocks, XE for a separate encounter.",
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


def _one_structure(pairing: Pairing, documentation: Documentation) -> bool:
    """Whether only the time tells the two apart: all their areas are certainly the same."""
    shown = evidence(pairing, documentation)
    if shown.verdict is not Verdict.CONFIRMED or not shown.bases <= {Basis.TIME, Basis.SESSION}:
        return False
    sites = [
        {(area.region, area.side) for i in rows for area in i.areas} for rows in (shown.first, shown.second)
    ]
    return sites[0] == sites[1] != set() and all(region for region, _ in sites[0])
