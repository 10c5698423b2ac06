"""MOD010."""

from __future__ import annotations

from collections.abc import Iterable

from scrub837.claims.model import Line
from scrub837.findings import Finding, Severity
from scrub837.rules._disciplines import disciplines_of
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope
from scrub837.rules._sv101 import place_of


class SeveralDisciplines(Rule):
    """A line carries more than one of GP, GO and GN.

    What it checks
        Discipline modifiers of each service line; the same one twice is another fault.
    Why it matters
        A service is given under one plan of care. Payers return a line that names two.
    What to do
        Keep the modifier of the plan of care that the service belongs to.
    About the fix
        None: which plan it was does not stand in the claim.
    Sources
        CMS Claims Processing Manual 100-04 chapter 5 section 10.6; change request 10176: one of GP, GO and
        GN on a line.
    """

    code = "MOD010"
    name = "disc-multi"
    severity = Severity.DENY
    scope = Scope.SERVICE
    examples = (
        Bad("97110:GP:GO x1"),
        Bad("97110:GP:gn x1"),
        Good("97110:GP x1"),
        Good("97110:GP:GP x1", title="the same one twice"),
    )

    def check(self, subject: Line, context: Context) -> Iterable[Finding]:
        sent = disciplines_of(subject)
        if len(sent) < 2:
            return ()
        code = subject.procedure.code
        return (
            self.finding(
                subject.locate(place_of(subject, sent[1])),
                f"{code} carries {' and '.join(sent)}; a line has one discipline.",
                why="A service belongs to one therapy plan of care.",
                action="Keep the modifier of the plan of care that the service belongs to.",
                facts={"code": code, "modifiers": sent},
            ),
        )
