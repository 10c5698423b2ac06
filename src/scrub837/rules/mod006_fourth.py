"""MOD006."""

from __future__ import annotations

from collections.abc import Iterable

from scrub837.claims.model import Line
from scrub837.findings import Finding, Severity
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope
from scrub837.rules._sv101 import MOST_MODIFIERS, place_of

_DECIDING = frozenset(("59", "XE", "XP", "XS", "XU", "25", "24", "57", "58", "78", "79", "91"))


class DecidingModifierFourth(Rule):
    """A modifier that decides payment stands in the fourth place.

    What it checks
        Lines with four modifiers of which the fourth is 59, XE, XP, XS, XU, 25 or another that bypasses an
        edit.
    Why it matters
        The modifier is there and is read here. Some systems on the way keep three modifiers only, and then
        the one that decides payment is lost.
    What to do
        Where the payer has no rule about the order, enter modifiers that decide payment before those that
        only inform, such as KX.
    About the fix
        None: the order of modifiers is the payer's to say.
    Sources
        General billing practice on the order of modifiers; practice systems that import three modifiers.
    """

    code = "MOD006"
    name = "mod-fourth"
    severity = Severity.INFO
    scope = Scope.SERVICE
    examples = (
        Bad("97530:GP:CQ:KX:59 x1"),
        Good("97530:GP:59:KX x1"),
        Good("97530:GP:59:CQ:KX x1"),
    )

    def check(self, subject: Line, context: Context) -> Iterable[Finding]:
        modifiers = subject.procedure.modifiers
        if len(modifiers) < MOST_MODIFIERS or modifiers[3] not in _DECIDING:
            return ()
        code, fourth = subject.procedure.code, modifiers[3]
        return (
            self.finding(
                subject.locate(place_of(subject, fourth)),
                f"Modifier {fourth} on {code} stands in the fourth place, where some systems lose it.",
                why="It counts where it stands, but systems that keep three modifiers drop the fourth.",
                action=f"If the payer has no rule about the order, enter {fourth} earlier.",
                facts={"code": code, "modifiers": modifiers},
            ),
        )
