"""MOD021."""

from __future__ import annotations

from collections.abc import Iterable

from scrub837.claims.model import Line
from scrub837.findings import Finding, Severity
from scrub837.rules._modifiers import SUBSETS
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope
from scrub837.rules._sv101 import place_of


class SeparateTwice(Rule):
    """59 and an X modifier stand on the same line.

    What it checks
        59 together with XE, XP, XS or XU among the modifiers of one line.
    Why it matters
        The X modifiers are more exact parts of 59: a line says one or the other. Payers refuse both
        together.
    What to do
        Keep the one that this payer wants and the record bears out; the X modifier alone answers the pair.
    About the fix
        None: which of the two the payer wants does not stand in the claim.
    Sources
        CMS MLN1783722 (XE, XP, XS and XU are subsets of 59 and are not used with it); payer notices to the
        same effect (Moda, HMSA).
    """

    code = "MOD021"
    name = "m59-and-x"
    severity = Severity.DENY
    scope = Scope.SERVICE
    examples = (
        Bad("97140:GP x1 ; 97530:GP:59:XS x1"),
        Good("97140:GP x1 ; 97530:GP:XS x1"),
        Good("97140:GP x1 ; 97530:GP:59 x1"),
    )

    def check(self, subject: Line, context: Context) -> Iterable[Finding]:
        modifiers = subject.procedure.modifiers
        if "59" not in modifiers or SUBSETS.isdisjoint(modifiers):
            return ()
        exact = next(m for m in modifiers if m in SUBSETS)
        return [
            self.finding(
                subject.locate(place_of(subject, "59")),
                f"{subject.procedure.code} carries 59 and {exact}; only one of them may stand on a line.",
                why=f"{exact} is a more exact form of 59 and takes its place.",
                action=f"Keep {exact} or 59, whichever this payer wants and the record bears out, and "
                "remove the other.",
                facts={"code": subject.procedure.code, "modifiers": modifiers},
            )
        ]
