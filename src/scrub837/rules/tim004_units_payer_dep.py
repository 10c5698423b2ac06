"""TIM004."""

from __future__ import annotations

from collections.abc import Iterable

from scrub837.claims.encounters import Encounter
from scrub837.claims.timing import Verdict
from scrub837.findings import Finding, Severity
from scrub837.rules._minutes import TimedDay, timed_days
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope

_WORDS = {
    Verdict.OK: "right",
    Verdict.OVER: "too many",
    Verdict.UNDER: "fewer than supported",
    Verdict.MISALLOCATED: "on another code than earned them",
}


class UnitsPayerDependent(Rule):
    """Whether the timed units are right depends on the payer's rule, which is not known.

    What it checks
        For payers whose profile says ``timed-units = "unknown"``: the documented minutes by the CMS
        8-minute rule and by the CPT midpoint rule. It speaks where the two disagree on the units billed;
        units that both find too many are units-over.
    Why it matters
        Two services of eight minutes each are one unit for Medicare and two for a midpoint payer.
    What to do
        Look the payer's rule up in its contract or manual and set ``timed-units`` in its profile.
    About the fix
        None.
    Sources
        CMS Claims Processing Manual 100-04 chapter 5 section 20.2; CPT midpoint rule (UTHealth billing
        page on time-based codes).
    """

    code = "TIM004"
    name = "units-payer-dep"
    severity = Severity.INFO
    scope = Scope.ENCOUNTER
    examples = (
        Bad("payer=CI | 97110:GP x1 @8 ; 97140:GP x1 @8"),
        Bad("payer=CI | 97110:GP x2 @33 ; 97140:GP x1 @7"),
        Good("payer=CI | 97110:GP x1 @15 ; 97140:GP x1 @15"),
        Good("payer=CI | 97110:GP x3 @22", title="Wrong by both rules: that is units-over"),
        Good("97110:GP x1 @8 ; 97140:GP x1 @8", title="Medicare's rule is known"),
    )

    def check(self, subject: Encounter, context: Context) -> Iterable[Finding]:
        for day in timed_days(subject, context):
            if len(set(day.verdicts)) > 1 and not day.wrong:
                yield self._of_day(day)

    def _of_day(self, day: TimedDay) -> Finding:
        line = day.lines[0]
        cms, ama = day.supports
        by_cms, by_ama = (_WORDS[verdict] for verdict in day.verdicts)
        return self.finding(
            line.locate("SV104"),
            f"{day.billed_words()} is {by_cms} under the CMS 8-minute rule "
            f"({' or '.join(cms.legal_words())}) "
            f"and {by_ama} under the CPT midpoint rule ({ama.legal_words()[0]}).",
            why="The payer's profile does not say which rule it follows."
            + "".join(f" {code} has {minutes} minutes." for code, minutes in day.minutes.items())
            + day.set_aside_words(),
            action='Set timed-units = "cms" or "ama" in the profile of this payer.',
            related=[other.locate("SV104") for other in day.lines if other is not line],
            facts=day.facts(cms, ama),
        )
