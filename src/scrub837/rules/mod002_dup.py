"""MOD002."""

from __future__ import annotations

from collections.abc import Iterable

from scrub837.claims.model import Line
from scrub837.findings import Finding, Severity
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope
from scrub837.rules._sv101 import rewritten, slots, with_modifiers


class ModifierTwice(Rule):
    """The same modifier stands twice on one line.

    What it checks
        SV101-3 to SV101-6 of each service line, without regard to letter case and blanks.
    Why it matters
        Payers refuse a line that carries a modifier twice, and the second one takes a place that another
        modifier may need.
    What to do
        Let the corrected file leave the second one out. Often a template in the practice system adds it
        again: look there.
    About the fix
        Safe: the first of the two stays, so the line claims the same as before. On a line that another
        payer has decided on, and on a claim that replaces one, the correction is shown only.
    Sources
        General billing practice; X12 837P 005010X222A1, loop 2400 SV101-3 to SV101-6.
    """

    code = "MOD002"
    name = "mod-dup"
    severity = Severity.DENY
    scope = Scope.SERVICE
    fix = "always"
    examples = (
        Bad("97110:GP:GP x1", fixed="HC:97110:GP*"),
        Bad("97110:GP:59:gp x1", fixed="HC:97110:GP:59*"),
        Good("97110:GP:59 x1"),
        Good("97110:GP:GO x1", title="two disciplines are another fault"),
    )

    def check(self, subject: Line, context: Context) -> Iterable[Finding]:
        modifiers = subject.procedure.modifiers
        if len(set(modifiers)) == len(modifiers):
            return ()
        return (self._repeated(subject),)

    def _repeated(self, line: Line) -> Finding:
        first: dict[str, str] = {}
        twice: list[str] = []
        for raw in slots(line):
            tidy = raw.strip().upper()
            if not tidy:
                continue
            if tidy in first:
                twice.append(tidy)
            else:
                first[tidy] = raw
        code = line.procedure.code
        fix = rewritten(line, "SV101", line.procedure.raw, with_modifiers(line, list(first.values())))
        names = " and ".join(dict.fromkeys(twice))
        return self.finding(
            line.locate("SV101"),
            f"{code} carries modifier {names} more than once.",
            why="Payers refuse a modifier that stands twice on a line.",
            action=f"Let {names} stand once.",
            facts={"code": code, "modifiers": line.procedure.modifiers, "twice": tuple(dict.fromkeys(twice))},
            fix=fix,
        )
