"""MOD003."""

from __future__ import annotations

from collections.abc import Iterable

from scrub837.claims.model import Line
from scrub837.findings import Finding, Severity
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope
from scrub837.rules._sv101 import rewritten, slots, with_modifiers


class ModifierGap(Rule):
    """A modifier place is empty although a later one is filled.

    What it checks
        SV101-3 to SV101-6 of each service line: an empty component, or one of blanks, before a filled one.
        A description (SV101-7) behind empty modifier places is no gap.
    Why it matters
        Payers read the first modifier first. With an empty first place some find none at all, others refuse
        the line as badly built.
    What to do
        Let the corrected file close the gap.
    About the fix
        Safe: the modifiers stay the same and keep their order. On a line that another payer has decided on,
        and on a claim that replaces one, the correction is shown only.
    Sources
        X12 837P 005010X222A1, loop 2400 SV101-3 to SV101-6: the second modifier is for a line that has a
        first.
    """

    code = "MOD003"
    name = "mod-gap"
    severity = Severity.DENY
    scope = Scope.SERVICE
    fix = "always"
    examples = (
        Bad("97140::59 x1", fixed="HC:97140:59*"),
        Bad("97140:GP:::59 x1", fixed="HC:97140:GP:59*"),
        Good("97140:GP:59 x1"),
        Good("97799:::::BY_REPORT x1", title="a description behind empty places"),
    )

    def check(self, subject: Line, context: Context) -> Iterable[Finding]:
        sent = slots(subject)
        filled = [raw for raw in sent if raw.strip()]
        if sent[: len(filled)] == filled:
            return ()
        return (self._gap(subject, sent, filled),)

    def _gap(self, line: Line, sent: list[str], filled: list[str]) -> Finding:
        code = line.procedure.code
        empty = next(n for n, raw in enumerate(sent) if not raw.strip()) + 1
        late = next(raw.strip().upper() for raw in sent[empty:] if raw.strip())
        return self.finding(
            line.locate("SV101"),
            f"Modifier place {empty} of {code} is empty while {late} stands behind it.",
            why="Payers read the first place first and may not see what follows a gap.",
            action="Close the gap.",
            facts={"code": code, "modifiers": line.procedure.modifiers, "empty": empty},
            fix=rewritten(line, "SV101", line.procedure.raw, with_modifiers(line, filled)),
        )
