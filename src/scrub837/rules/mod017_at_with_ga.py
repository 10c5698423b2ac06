"""MOD017."""

from __future__ import annotations

from collections.abc import Iterable

from scrub837.claims.model import Line
from scrub837.findings import Finding, Severity
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope
from scrub837.rules._spinal import is_medicare_manipulation
from scrub837.rules._sv101 import place_of


class AtWithGa(Rule):
    """Spinal manipulation for Medicare carries AT and GA.

    What it checks
        98940, 98941 and 98942 for Medicare with both modifiers on one line.
    Why it matters
        AT says that the treatment is active and will be paid, GA that a denial as maintenance is expected.
        Medicare refuses the line.
    What to do
        Look in the record which of the two it was, and take the other modifier off.
    About the fix
        None: whether the treatment was active is the chiropractor's statement.
    Sources
        Palmetto and NGS pages on AT; DME and Part B contractor note of 2020-05-29 on AT with GA.
    """

    code = "MOD017"
    name = "at-with-ga"
    severity = Severity.DENY
    scope = Scope.SERVICE
    examples = (
        Bad("provider=DC | 98940:AT:GA x1"),
        Good("provider=DC | 98940:AT x1"),
        Good("provider=DC | 98940:GA x1"),
        Good("provider=DC payer=CI | 98940:AT:GA x1"),
    )

    def check(self, subject: Line, context: Context) -> Iterable[Finding]:
        modifiers = subject.procedure.modifiers
        if "AT" not in modifiers or "GA" not in modifiers or not is_medicare_manipulation(subject):
            return ()
        code = subject.procedure.code
        return (
            self.finding(
                subject.locate(place_of(subject, "GA")),
                f"{code} carries AT and GA, which Medicare refuses together.",
                why="AT claims active treatment, GA expects a denial as maintenance.",
                action="Keep the one the record shows.",
                facts={"code": code, "modifiers": modifiers},
            ),
        )
