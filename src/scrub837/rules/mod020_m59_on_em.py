"""MOD020."""

from __future__ import annotations

from collections.abc import Iterable

from scrub837.claims.model import Line
from scrub837.findings import Finding, Severity
from scrub837.rules._modifiers import SEPARATE, is_em
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope
from scrub837.rules._sv101 import place_of


class SeparateOnVisit(Rule):
    """59 or an X modifier stands on a visit.

    What it checks
        59, XE, XP, XS and XU on evaluation and management codes: 99202 to 99499, the eye visits 92002 to
        92014, G0402, G0438, G0439 and G0463.
    Why it matters
        59 is for services other than evaluation and management; the payer denies the visit or ignores the
        modifier, and the pair with the procedure of the day stays unanswered.
    What to do
        If the note shows a significant visit beyond the procedure, bill it with 25 instead. If it does not,
        take the visit off.
    About the fix
        None: 25 states something about the visit that only its note can show.
    Sources
        CMS MLN1783722 (modifier 59 is not used on E/M services); NCCI Policy Manual chapter I.
    """

    code = "MOD020"
    name = "m59-on-em"
    severity = Severity.DENY
    scope = Scope.SERVICE
    examples = (
        Bad("provider=DC payer=CI | 98941 x1 ; 99213:59 x1"),
        Bad("provider=MD | 99214:XU x1"),
        Good("provider=MD | 99214:25 x1"),
        Good("97530:GP:59 x1"),
    )

    def check(self, subject: Line, context: Context) -> Iterable[Finding]:
        procedure = subject.procedure
        if SEPARATE.isdisjoint(procedure.modifiers) or not is_em(procedure.code):
            return ()
        worn = [m for m in procedure.modifiers if m in SEPARATE]
        return [
            self.finding(
                subject.locate(place_of(subject, *worn)),
                f"{worn[0]} does not belong on the visit {procedure.code}.",
                why="59 and the X modifiers are for services other than evaluation and management.",
                action="If the note shows a significant visit beyond the procedure of the day, bill it "
                "with 25 instead; "
                "if not, remove the visit.",
                facts={"code": procedure.code, "modifiers": procedure.modifiers},
            )
        ]
