"""MOD014."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from scrub837.claims.encounters import Encounter
from scrub837.claims.model import Line
from scrub837.findings import Finding, Severity
from scrub837.reference.tables import kx_amount
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope
from scrub837.rules._therapy_amounts import is_therapy, pool_of, used_before

_NOT_CLAIMED_NECESSARY = frozenset(("KX", "GA", "GX", "GY", "GZ"))


class KxMissing(Rule):
    """A Medicare therapy line lies above the year's amount and has no KX.

    What it checks
        Therapy lines for Medicare, when the treatment-time log gives the dollars allowed before
        (``ytd_allowed_before``): at or above the year's amount a line needs KX. Physical and speech therapy
        share one amount, occupational therapy has its own. Lines with GA, GX, GY or GZ are left out.
    Why it matters
        Above the amount Medicare denies therapy without KX. KX says that the service is medically necessary
        and that the record shows it.
    What to do
        If the record justifies the service, the therapist lets KX be added. Check the amount in the payer's
        eligibility answer first: other providers' services count, too.
    About the fix
        None: KX is the therapist's attestation.
    Sources
        CMS Therapy Services page (yearly amounts); CMS Claims Processing Manual 100-04 chapter 5 section
        10.3.
    """

    code = "MOD014"
    name = "kx-missing"
    severity = Severity.RISK
    scope = Scope.ENCOUNTER
    examples = (
        Bad("97110:GP x1 @15 ytd=2500"),
        Bad("97110:GO x1 @15 ytd=2480", title="the amount is just used up"),
        Good("97110:GP:KX x1 @15 ytd=2500"),
        Good("97110:GP x1 @15 ytd=2479.99"),
        Good("97110:GO x1 @15 ; 92507:GN x1 @30 ytd=2479", title="each pool has its own amount"),
        Good("payer=CI | 97110:GP x1 @15 ytd=2500"),
    )

    def check(self, subject: Encounter, context: Context) -> Iterable[Finding]:
        if not subject.profile.medicare:
            return ()
        lines = [
            line
            for line in subject.lines
            if line.dates.first == subject.day
            and is_therapy(line)
            and not _NOT_CLAIMED_NECESSARY.intersection(line.procedure.modifiers)
        ]
        return self._judged(subject, lines, context) if lines else ()

    def _judged(self, subject: Encounter, lines: list[Line], context: Context) -> Iterator[Finding]:
        amount = kx_amount(subject.day.year)
        if amount is None:
            reason = f"the therapy amount of {subject.day.year} is not known"
            context.not_checked(self, reason, lines=len(lines))
            return
        used = used_before(subject, context)
        for line in lines:
            pool = pool_of(line)
            if pool not in used:
                context.not_checked(self, "year-to-date amounts are not in the file")
            elif used[pool] >= amount:
                yield self._above(line, pool, used[pool], amount)

    def _above(self, line: Line, pool: str, used: Decimal, amount: Decimal) -> Finding:
        code = line.procedure.code
        return self.finding(
            line.locate("SV101"),
            f"{code} has no KX, and ${used} of the year's ${amount} for {pool or 'therapy'} are used.",
            why="Above the amount Medicare pays only what the therapist attests with KX.",
            action="Let the therapist decide whether the record justifies KX.",
            facts={"code": code, "pool": pool, "used_before": used, "amount": amount},
        )
