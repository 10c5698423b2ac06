"""MOD015."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from scrub837.claims.encounters import Encounter
from scrub837.findings import Finding, Severity
from scrub837.reference.tables import kx_amount
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope
from scrub837.rules._therapy_amounts import is_therapy, pool_of, used_before


class KxEarly(Rule):
    """KX is on a Medicare therapy line although the year's amount is not reached.

    What it checks
        Therapy lines for Medicare with KX, when the treatment-time log gives the dollars allowed before and
        these, with the charge of the whole claim, stay below the year's amount.
    Why it matters
        KX is for services above the amount. On every line from January on it attests nothing, and reviewers
        look for that pattern.
    What to do
        Leave KX off until the amount is reached.
    About the fix
        None: other providers' services count as well, and the log may not know them.
    Sources
        CMS Therapy Services page; CMS Claims Processing Manual 100-04 chapter 5 section 10.3: KX is not to
        be used routinely.
    """

    code = "MOD015"
    name = "kx-early"
    severity = Severity.INFO
    scope = Scope.ENCOUNTER
    examples = (
        Bad("97110:GP:KX x1 $50 @15 ytd=1200"),
        Good("97110:GP:KX x1 $50 @15 ytd=2450", title="the claim may cross the amount of 2480"),
        Good("97110:GP:KX x1"),
    )

    def check(self, subject: Encounter, context: Context) -> Iterable[Finding]:
        amount = kx_amount(subject.day.year)
        if not context.documentation.given or not subject.profile.medicare or amount is None:
            return ()
        lines = [
            line
            for line in subject.lines
            if "KX" in line.procedure.modifiers and line.dates.first == subject.day and is_therapy(line)
        ]
        if not lines:
            return ()
        used = used_before(subject, context)
        charge = sum((claim.charge or Decimal(0) for claim in subject.claims), Decimal(0))
        return [
            self.finding(
                line.locate("SV101"),
                f"{line.procedure.code} carries KX, and only ${used[pool]} of the year's ${amount} are used.",
                why="KX attests necessity above the amount; used routinely it attests nothing.",
                action="Leave KX off until the amount is reached.",
                facts={
                    "code": line.procedure.code,
                    "pool": pool,
                    "used_before": used[pool],
                    "amount": amount,
                },
            )
            for line in lines
            if (pool := pool_of(line)) in used and used[pool] + charge < amount
        ]
