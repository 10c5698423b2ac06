"""MOD013."""

from __future__ import annotations

from collections.abc import Iterable

from scrub837.claims.model import Line
from scrub837.findings import Finding, Severity
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope

# fmt: off
PAYING = frozenset((
    "22", "24", "25", "26", "50", "51", "52", "53", "57", "58", "59", "62", "66", "76", "77", "78", "79",
    "80", "81", "82", "91", "AS", "CO", "CQ", "TC", "XE", "XP", "XS", "XU",
))
# fmt: on
TELLING = frozenset(("AT", "GA", "GX", "GY", "GZ", "KX"))


class ModifierOrder(Rule):
    """A modifier that decides the payment stands behind one that only informs.

    What it checks
        Whether 59, an X modifier, 25, CQ, CO or another modifier that changes payment stands behind KX, AT,
        GA, GX, GY or GZ on a line. GP, GO and GN may stand anywhere: payers differ about them.
    Why it matters
        Some payers and clearinghouses read the first one or two modifiers only, and pay by those.
    What to do
        Nothing, unless this payer wants an order: then put the modifiers that decide the payment first.
    About the fix
        Never: the order is the payer's to choose, and none is wrong in itself.
    Sources
        Common guidance of Medicare contractors (modifiers that affect payment first, informational ones
        behind them); the order is not fixed by the guide 005010X222A1.
    """

    code = "MOD013"
    name = "mod-order"
    severity = Severity.INFO
    scope = Scope.SERVICE
    examples = (
        Bad("97110:GP x1 ; 97530:GP:KX:59 x1"),
        Good("97110:GP x1 ; 97530:GP:59:KX x1"),
        Good("97110:59:GP x1"),
    )

    def check(self, subject: Line, context: Context) -> Iterable[Finding]:
        modifiers = subject.procedure.modifiers
        telling = next((n for n, modifier in enumerate(modifiers) if modifier in TELLING), len(modifiers))
        behind = [modifier for modifier in modifiers[telling:] if modifier in PAYING]
        if not behind:
            return
        verb = "stands" if len(behind) == 1 else "stand"
        yield self.finding(
            subject.locate("SV101"),
            f"{' and '.join(behind)} on {subject.procedure.code} {verb} behind {modifiers[telling]}.",
            why="Some payers read the first modifiers only, and pay by those.",
            action="Nothing, unless this payer wants modifiers that decide the payment first.",
            facts={"code": subject.procedure.code, "modifiers": modifiers},
        )
