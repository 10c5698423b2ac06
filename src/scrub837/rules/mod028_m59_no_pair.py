"""MOD028."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from scrub837.claims.encounters import Encounter
from scrub837.claims.model import Line
from scrub837.findings import Finding, Severity
from scrub837.rules._modifiers import SEPARATE, is_em
from scrub837.rules._pairs import bills, joined, marked, numbers_of, pairings
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope
from scrub837.rules._sv101 import place_of


class NoPair(Rule):
    """59 or an X modifier stands on a line that forms no pair with anything the provider bills that day.

    What it checks
        Lines with 59, XE, XS or XU against all other lines of the patient, day and rendering provider, on
        one claim or on several. A pair with indicator 0 counts as one; a second line of the same code does,
        too, for there 59 may mark a split line. XP is left alone: its partner is another provider's. Visits
        have a rule of their own.
    Why it matters
        Where no edit has to be answered, 59 says nothing a payer needs, and frequent use of it draws
        audits.
    What to do
        Take the modifier off, or find out which service it was meant for and whether that was billed. Where
        it was meant for a colleague's service, XP says so.
    About the fix
        None: the modifier may be wanted for a service on a claim that is not in this file.
    Sources
        CMS MLN1783722 (59 is for edit pairs); WebPT on 59 without a pair; NCCI Policy Manual chapter I.
    """

    code = "MOD028"
    name = "m59-no-pair"
    severity = Severity.RISK
    scope = Scope.ENCOUNTER
    examples = (
        Bad("97110:GP:59 x1"),
        Bad("97140:GP:59 x1 dos=2026-11-02 ; 97530:GP x1 dos=2026-11-03", title="of another day"),
        Good("97140:GP x1 ; 97530:GP:59 x1"),
        Good("97140:GP x1 {P1} ; 97530:GP:XP x1 {P3}", title="the partner is a colleague's"),
        Good("97140:GP x4 ; 97140:GP:59 x3", title="a split line"),
        Good("provider=MD | 99214:59 x1", title="a visit: reported as such"),
    )

    def check(self, subject: Encounter, context: Context) -> Iterable[Finding]:
        worn = [line for line in subject.lines if marked(line) and bills(line)]
        if not worn:
            return ()
        paired = {id(line) for p in pairings(subject, context) for line in (p.first, p.second)}
        lonely = [line for line in worn if id(line) not in paired and _expects_partner(line, subject.lines)]
        return self._found(lonely, subject, context)

    def _found(self, lonely: Sequence[Line], subject: Encounter, context: Context) -> Iterable[Finding]:
        codes = {line.procedure.code for line in subject.lines if bills(line)}
        unknown = _unknown(subject, context)
        for line in lonely:
            others = sorted(codes - {line.procedure.code})
            if others and unknown:
                context.not_checked(self, unknown)
                continue
            modifier = next(m for m in line.procedure.modifiers if m in SEPARATE)
            yield self.finding(
                line.locate(place_of(line, modifier)),
                f"{modifier} stands on {line.procedure.code}, and {_beside(others)} by this provider "
                "on this day.",
                why="59 and the X modifiers separate the two codes of an NCCI pair; without one they say "
                "nothing.",
                action=f"Remove {modifier} from {numbers_of([line])}, or find out which service it was "
                "meant for.",
                facts={
                    "code": line.procedure.code,
                    "modifier": modifier,
                    "day": subject.day,
                    "others": others,
                    "editions": [one.edition for one in context.reference.editions_of("ptp")],
                },
            )


def _beside(others: Sequence[str]) -> str:
    if len(others) > 1:
        return f"none of {joined(others)} forms a pair with it"
    return f"{others[0]} forms no pair with it" if others else "nothing else is billed"


def _expects_partner(line: Line, lines: Sequence[Line]) -> bool:
    code = line.procedure.code
    return (
        not is_em(code)
        and "XP" not in line.procedure.modifiers
        and not any(other is not line and other.procedure.code == code for other in lines)
    )


def _unknown(subject: Encounter, context: Context) -> str | None:
    """Why the absence of a pair proves nothing, if it does not."""
    if not context.reference.covers("ptp", subject.day, subject.profile.program):
        return "no loaded edition of the NCCI edits reaches the date of service"
    if context.reference.starter:
        return "the starter edition holds only some of the NCCI edits"
    return None
