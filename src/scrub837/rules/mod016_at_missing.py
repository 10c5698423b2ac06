"""MOD016."""

from __future__ import annotations

from collections.abc import Iterable

from scrub837.claims.model import Line
from scrub837.findings import Finding, Severity
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope
from scrub837.rules._spinal import NOT_EXPECTED_TO_BE_PAID, is_medicare_manipulation


class AtMissing(Rule):
    """Spinal manipulation for Medicare has no AT.

    What it checks
        98940, 98941 and 98942 for Medicare without AT. Lines with GA, GX, GY or GZ say that payment is not
        expected, and are left alone.
    Why it matters
        AT says that the treatment is active. Without it Medicare denies the line as maintenance.
    What to do
        If the record shows active treatment, the chiropractor lets AT be added. Maintenance goes without
        AT, with GA when the patient has signed a notice.
    About the fix
        None: active treatment is the chiropractor's statement.
    Sources
        Medicare Benefit Policy Manual 100-02 chapter 15 section 240.1.3; Palmetto and NGS pages on AT;
        Noridian chiropractic page.
    """

    code = "MOD016"
    name = "at-missing"
    severity = Severity.DENY
    scope = Scope.SERVICE
    examples = (
        Bad("provider=DC | 98941 x1"),
        Good("provider=DC | 98941:AT x1"),
        Good("provider=DC | 98940:GA x1", title="maintenance with a signed notice"),
        Good("provider=DC payer=CI | 98941 x1"),
    )

    def check(self, subject: Line, context: Context) -> Iterable[Finding]:
        if not is_medicare_manipulation(subject):
            return ()
        modifiers = subject.procedure.modifiers
        if "AT" in modifiers or NOT_EXPECTED_TO_BE_PAID.intersection(modifiers):
            return ()
        code = subject.procedure.code
        return (
            self.finding(
                subject.locate("SV101"),
                f"{code} has no AT, so Medicare takes it for maintenance.",
                why="Medicare pays spinal manipulation only as active treatment, and AT says that it is.",
                action="Add AT if the record shows active treatment; maintenance goes with GA and a notice.",
                facts={"code": code, "modifiers": modifiers},
            ),
        )
