"""MOD009."""

from __future__ import annotations

from collections.abc import Iterable

from scrub837.claims.model import Line
from scrub837.findings import Finding, Severity
from scrub837.reference.tables import locked_discipline
from scrub837.rules._disciplines import DISCIPLINES, disciplines_of
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope
from scrub837.rules._sv101 import place_of


class DisciplineWrong(Rule):
    """A code that belongs to one discipline carries the modifier of another.

    What it checks
        Evaluations and other codes that are bound to GP, GO or GN, with one discipline modifier that is not
        theirs.
    Why it matters
        A physical therapy evaluation is not part of an occupational therapy plan. Payers deny the
        combination by code.
    What to do
        Look up who evaluated. Either the code or the modifier is wrong.
    About the fix
        None: the code could be the wrong one as well.
    Sources
        CMS change request 10176 (2018-01-01): 97161-97164 with GP, 97165-97168 with GO, speech codes with
        GN.
    """

    code = "MOD009"
    name = "disc-wrong"
    severity = Severity.DENY
    scope = Scope.SERVICE
    examples = (
        Bad("97161:GO x1"),
        Bad("97165:GP x1"),
        Good("97161:GP x1"),
        Good("97110:GO x1"),
        Good("97161:GP:GO x1", title="two disciplines are another fault"),
    )

    def check(self, subject: Line, context: Context) -> Iterable[Finding]:
        sent = disciplines_of(subject)
        if len(sent) != 1:
            return ()
        code = subject.procedure.code
        own = locked_discipline(code)
        if own is None or own == sent[0]:
            return ()
        return (
            self.finding(
                subject.locate(place_of(subject, sent[0])),
                f"{code} belongs to {DISCIPLINES[own]} ({own}) but carries {sent[0]}.",
                why=f"Payers accept {code} with {own} only.",
                action=f"Look up who gave the service: either {code} or {sent[0]} is wrong.",
                facts={"code": code, "modifier": sent[0], "bound_to": own},
            ),
        )
