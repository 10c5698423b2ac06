"""MOD001."""

from __future__ import annotations

from collections.abc import Iterable

from scrub837.claims.model import Line
from scrub837.findings import Finding, Severity
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope, replace


class ModifierFormat(Rule):
    """A modifier is not written as two capital letters or digits without blanks.

    What it checks
        SV101-3 to SV101-6 of each service line: letter case, blanks around the two characters, and length.
    Why it matters
        Payers compare modifiers to the letter. ``gp`` or ``59`` with a blank behind it is an invalid modifier
        to many of them, and the line comes back as 277CA A7:453 or is denied.
    What to do
        Let the corrected file write the modifier in capitals without blanks. A modifier that is not two letters
        or digits has to be looked up and entered again in the practice system.
    About the fix
        Safe where only letter case and blanks change: the modifier stays the same. A modifier of another length
        is never guessed.
    Sources
        X12 837P 005010X222A1, loop 2400 SV101-3 to SV101-6 (data element 1339, two characters); HCPCS level II
        modifiers are two capital letters or digits (CMS HCPCS quarterly file).
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
        parts = subject.procedure.raw.split(subject.claim.block.separators.component)[2:6]
        for number, raw in enumerate(parts, start=3):
            tidy = raw.strip().upper()
            if not tidy or (raw == tidy and len(tidy) == 2 and tidy.isalnum()):
                continue
            place = subject.locate(f"SV101-{number}")
            right = len(tidy) == 2 and tidy.isascii() and tidy.isalnum()
            yield self.finding(
                place,
                f"Modifier {raw!r} on {subject.procedure.code} should be written {tidy}."
                if right
                else f"Modifier {raw!r} on {subject.procedure.code} is not two letters or digits.",
                why="Payers compare modifiers to the letter; anything else is an invalid modifier.",
                action="Write the corrected file, and enter it so in the practice system."
                if right
                else "Look the modifier up and enter it again.",
                facts={"code": subject.procedure.code, "modifier": raw, "tidy": tidy},
                fix=replace(place, raw, tidy) if right else None,
            )
