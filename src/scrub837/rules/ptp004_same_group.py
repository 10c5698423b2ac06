"""PTP004."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations

from scrub837.claims.details import taxonomy
from scrub837.claims.encounters import Encounter, PatientDay
from scrub837.claims.model import Line
from scrub837.findings import Finding, Severity
from scrub837.rules._pairs import (
    Answer,
    Pairing,
    between,
    bills,
    by_line,
    codes_of,
    facts_of,
    numbers_of,
    second_of,
    source_words,
)
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope


class SameGroup(Rule):
    """Two colleagues of one group and specialty bill codes that NCCI pairs for one patient and day.

    What it checks
        Lines of one patient and day by different rendering providers who bill through the same group and
        have the same taxonomy, for pairs in force that no modifier separates.
    Why it matters
        Medicare may count physicians of one group and specialty as one; the column 2 line is then denied.
        In a private practice with therapists of their own the pair is usually not applied: so this is a
        risk.
    What to do
        If the services were separate, see whether the payer wants XP or 59 on the column 2 line. If the
        payer is known to count colleagues as one, set ``same-provider`` in its profile.
    About the fix
        None: whether the payer counts them as one does not stand in the claim.
    Sources
        CMS Claims Processing Manual chapter 12 section 30.6.5 (physicians of one group and specialty); NCCI
        Policy Manual chapter I; general billing practice for therapists.
    """

    code = "PTP004"
    name = "ptp-same-group"
    severity = Severity.RISK
    scope = Scope.DAY
    examples = (
        Bad("97140:GP x1 {P1} ; 97530:GP x1 {P3}"),
        Good("97140:GP x1 {P1} ; 97530:GP:XP x1 {P3}"),
        Good("97140:GP x1 {P1} ; 97530:GO x1 {P2}", title="another specialty"),
        Good("97140:GP x1 {P1} ; 97110:GP x1 {P3}", title="no pair"),
    )

    def check(self, subject: PatientDay, context: Context) -> Iterable[Finding]:
        if len(subject.encounters) < 2:
            return ()
        return self._found(subject, context)

    def _found(self, subject: PatientDay, context: Context) -> Iterable[Finding]:
        found = [
            p
            for one, other in combinations(subject.encounters, 2)
            for p in _across(one, other, context)
            if p.open or p.answer in (Answer.NEVER, Answer.MISPLACED)
        ]
        for line, mine in by_line(found, second_of):
            others = [p.first for p in mine]
            yield self.finding(
                line.locate("SV101"),
                f"{line.procedure.code} may be bundled into {codes_of(others)} of a colleague of the same "
                "group and specialty.",
                why=f"{source_words(mine, context)}; both bill as {line.claim.billing_npi} with taxonomy "
                f"{taxonomy(line)}.",
                action="Find out whether this payer counts colleagues as one provider; if it does, "
                f"{numbers_of([line])} "
                "needs a modifier that the record bears out, or comes off.",
                related=[other.locate("SV101") for other in others],
                facts=facts_of(mine) | {"billing_npi": line.claim.billing_npi, "taxonomy": taxonomy(line)},
            )


def _across(one: Encounter, other: Encounter, context: Context) -> Iterable[Pairing]:
    """Pairs between two encounters of one day."""
    profile = one.profile
    for a in one.lines:
        for b in other.lines:
            row = context.reference.active_pair(a.procedure.code, b.procedure.code, one.day, profile.program)
            if row is not None and bills(a) and bills(b) and _colleagues(a, b):
                yield between(a, b, row, one.day, profile)


def _colleagues(a: Line, b: Line) -> bool:
    group, specialty = a.claim.billing_npi, taxonomy(a)
    return bool(group and specialty) and group == b.claim.billing_npi and specialty == taxonomy(b)
