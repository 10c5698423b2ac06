"""MOD022."""

from __future__ import annotations

from collections.abc import Iterable

from scrub837.claims.model import Line
from scrub837.findings import Finding, Severity
from scrub837.rules._modifiers import SUBSETS
from scrub837.rules._pairs import joined
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope
from scrub837.rules._sv101 import place_of


class TwoSubsets(Rule):
    """Two different X modifiers stand on one line.

    What it checks
        More than one of XE, XP, XS and XU among the modifiers of a line.
    Why it matters
        Each names one reason why a service was distinct: another encounter, practitioner, structure, or a
        service that does not usually overlap. A payer that takes one may stop at two.
    What to do
        Keep the one that says best why the service was distinct.
    About the fix
        None: which reason holds stands in the record.
    Sources
        CMS MLN1783722 (XE, XP, XS, XU); general billing practice for using one of them.
    """

    code = "MOD022"
    name = "m59-two-x"
    severity = Severity.RISK
    scope = Scope.SERVICE
    examples = (
        Bad("97140:GP x1 ; 97530:GP:XE:XS x1"),
        Good("97140:GP x1 ; 97530:GP:XS x1"),
        Good("97140:GP x1 ; 97530:GP:XS:XS x1", title="the same twice is another fault"),
    )

    def check(self, subject: Line, context: Context) -> Iterable[Finding]:
        modifiers = subject.procedure.modifiers
        if len(modifiers) < 2 or SUBSETS.isdisjoint(modifiers):
            return ()
        worn = [m for m in dict.fromkeys(modifiers) if m in SUBSETS]
        if len(worn) < 2:
            return ()
        return [
            self.finding(
                subject.locate(place_of(subject, worn[1])),
                f"{subject.procedure.code} carries {joined(worn)}; one of them says why it was distinct.",
                why="Each X modifier names one reason, and payers expect one.",
                action="Keep the one that the record bears out best and remove the other.",
                facts={"code": subject.procedure.code, "modifiers": modifiers},
            )
        ]
