"""MOD001."""

from __future__ import annotations

from collections.abc import Iterable

from scrub837.claims.model import Line
from scrub837.findings import Finding, Severity
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope
from scrub837.rules._sv101 import rewritten, slots


class ModifierFormat(Rule):
    """A modifier is not written as two capital letters or digits without blanks.

    What it checks
        SV101-3 to SV101-6 of each service line: letter case, blanks around the two characters, and length.
    Why it matters
        Payers compare modifiers to the letter. ``gp`` or ``59`` with a blank behind it is an invalid
        modifier to many of them, and the line comes back as 277CA A7:453 or is denied.
    What to do
        Let the corrected file write the modifier in capitals without blanks. A modifier that is not two
        letters or digits has to be looked up and entered again in the practice system.
    About the fix
        Safe where only letter case and blanks change: the modifier stays the same. A modifier of another
        length is never guessed. On a line that another payer has decided on, and on a claim that replaces
        one, the correction is shown only.
    Sources
        X12 837P 005010X222A1, loop 2400 SV101-3 to SV101-6 (data element 1339, two characters); HCPCS level
        II modifiers are two capital letters or digits (CMS HCPCS quarterly file).
    """

    code = "MOD001"
    name = "mod-format"
    severity = Severity.DENY
    scope = Scope.SERVICE
    fix = "sometimes"
    examples = (
        Bad("97530:gp x1", fixed="HC:97530:GP*"),
        Bad("97530:GP:59  x1", edits=((":59*", ":59 *"),), fixed="HC:97530:GP:59*"),
        Bad("97530:GPX x1"),
        Good("97530:GP:59 x1"),
    )

    def check(self, subject: Line, context: Context) -> Iterable[Finding]:
        for number, raw in enumerate(slots(subject), start=3):
            tidy = raw.strip().upper()
            right = len(tidy) == 2 and tidy.isascii() and tidy.isalnum()
            if tidy and not (right and raw == tidy):
                yield self._untidy(subject, number, raw, tidy if right else None)

    def _untidy(self, line: Line, number: int, raw: str, tidy: str | None) -> Finding:
        code, place = line.procedure.code, line.locate(f"SV101-{number}")
        facts = {"code": code, "modifier": raw, "tidy": tidy}
        if tidy is None:
            return self.finding(
                place,
                f"Modifier {raw!r} on {code} is not two letters or digits.",
                why="No payer knows such a modifier.",
                action="Look the modifier up and enter it again.",
                facts=facts,
            )
        faults = ["in small letters"] if raw != raw.upper() else []
        faults += ["with a blank"] if raw != raw.strip() else []
        return self.finding(
            place,
            f"Modifier {raw!r} on {code} is sent {' and '.join(faults)}; it should read {tidy}.",
            why="Payers compare modifiers to the letter; anything else is an invalid modifier.",
            action="Write the corrected file, and enter it so in the practice system.",
            facts=facts,
            fix=rewritten(line, f"SV101-{number}", raw, tidy),
        )
