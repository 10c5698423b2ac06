"""MOD005."""

from __future__ import annotations

from collections.abc import Iterable

from scrub837.claims.model import Line
from scrub837.findings import Finding, Severity
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope
from scrub837.rules._sv101 import rewritten


class TrailingSeparators(Rule):
    """The procedure ends in separators with nothing behind them.

    What it checks
        Whether SV101 ends in a component separator.
    Why it matters
        X12 wants empty components at the end left out. Most receivers take them; a strict one returns the
        file.
    What to do
        Let the corrected file leave them out.
    About the fix
        Safe: only separators with nothing behind them go. On a line that another payer has decided on, and
        on a claim that replaces one, the correction is shown only.
    Sources
        X12.6 application control structure: separators of empty components at the end are not sent.
    """

    code = "MOD005"
    name = "mod-trailing"
    severity = Severity.INFO
    scope = Scope.SERVICE
    fix = "always"
    examples = (
        Bad("99213:: x1", fixed="HC:99213*"),
        Bad("97110:GP: x1", fixed="HC:97110:GP*"),
        Good("97110:GP x1"),
    )

    def check(self, subject: Line, context: Context) -> Iterable[Finding]:
        raw = subject.procedure.raw
        component = subject.claim.block.separators.component
        if not raw.endswith(component):
            return ()
        tidy = raw.rstrip(component)
        return (
            self.finding(
                subject.locate("SV101"),
                f"{subject.procedure.code} is followed by empty components that should not be sent.",
                why="X12 wants empty components at the end left out, and strict receivers insist on it.",
                action="Write the corrected file.",
                facts={"code": subject.procedure.code, "separators": len(raw) - len(tidy)},
                fix=rewritten(subject, "SV101", raw, tidy),
            ),
        )
