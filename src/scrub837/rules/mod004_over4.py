"""MOD004."""

from __future__ import annotations

import re
from collections.abc import Iterable

from scrub837.claims.model import Line
from scrub837.findings import Finding, Severity
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope
from scrub837.rules._sv101 import MOST_MODIFIERS, components

_MODIFIER = re.compile(r"[A-Z0-9]{2}")


class MoreThanFourModifiers(Rule):
    """A fifth modifier was sent in the place of the description.

    What it checks
        Lines with four modifiers whose SV101-7, or a component after it, looks like one more: two letters
        or digits.
    Why it matters
        The claim has room for four modifiers. The payer reads SV101-7 as a text, so the fifth modifier does
        not count: a 59 that stands there bypasses nothing.
    What to do
        Choose the four that decide payment. Where a payer wants all, modifier 99 and a note may be the way:
        ask it.
    About the fix
        None: which modifier to leave out is a decision on the claim.
    Sources
        X12 837P 005010X222A1, loop 2400 SV101-3 to SV101-7: four modifiers, then a description.
    """

    code = "MOD004"
    name = "mod-over4"
    severity = Severity.DENY
    scope = Scope.SERVICE
    examples = (
        Bad("97530:GP:KX:CQ:76:59 x1"),
        Bad("97110:GP:59:KX:CQ:76:XS x1"),
        Good("97530:GP:KX:CQ:59 x1"),
        Good("97799:GP:KX:CQ:59:BY_REPORT x1", title="a description"),
    )

    def check(self, subject: Line, context: Context) -> Iterable[Finding]:
        if len(subject.procedure.modifiers) < MOST_MODIFIERS:
            return ()
        behind = [part.strip().upper() for part in components(subject)[6:]]
        extra = tuple(part for part in behind if _MODIFIER.fullmatch(part))
        if not extra:
            return ()
        code = subject.procedure.code
        names = " and ".join(extra)
        return (
            self.finding(
                subject.locate("SV101-7"),
                f"{code} has more than four modifiers: {names} was sent as description and does not count.",
                why="A line has room for four modifiers; payers read what follows as a text.",
                action="Choose the four modifiers that matter and enter the line again.",
                facts={"code": code, "modifiers": subject.procedure.modifiers, "not_counted": extra},
            ),
        )
