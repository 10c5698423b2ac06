"""DUP002."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scrub837.claims.encounters import Encounter
from scrub837.claims.model import Claim
from scrub837.claims.values import REPLACING
from scrub837.findings import Finding, Severity
from scrub837.rules._copies import charges_of, copied_claims, first_common_day, lines_of
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope


class DuplicateClaim(Rule):
    """Two claims of the file bill the same services of one day.

    What it checks
        Claims of one patient, day and provider whose lines have the same codes, modifiers, units and
        places. With the same charges the second will be denied; with other charges it may have been meant
        as a correction. A claim that replaces or voids another is told apart.
    Why it matters
        The payer denies the second claim as a duplicate, and repeated ones draw attention.
    What to do
        Keep one of the two. A correction of a claim that was already sent goes with frequency 7 and the
        payer's claim number.
    About the fix
        None: a claim is never taken out of a file.
    Sources
        CMS Claims Processing Manual 100-04 chapter 1 section 120 (exact and suspect duplicates); X12 837P
        005010X222A1, loop 2300 CLM05-3.
    """

    code = "DUP002"
    name = "duplicate-claim"
    severity = Severity.DENY
    scope = Scope.ENCOUNTER
    examples = (
        Bad("97110:GP x2 ; 97140:GP x1 || 97140:GP x1 ; 97110:GP x2"),
        Bad("97110:GP x1 $50 || 97110:GP x1 $60", title="another charge"),
        Bad("97110:GP x1 || freq=7 f8=PAYER1 | 97110:GP x1", title="a claim and its replacement in one file"),
        Good("97110:GP x2 || 97110:GP x1"),
        Good("97110:GP x1 || patient=B | 97110:GP x1"),
        Good("97110:GP x1 || dos=2026-11-04 | 97110:GP x1"),
    )

    def check(self, subject: Encounter, context: Context) -> Iterable[Finding]:
        if subject.lines[0].claim.index == subject.lines[-1].claim.index:
            return ()
        return self._copied(subject)

    def _copied(self, subject: Encounter) -> Iterator[Finding]:
        for one, other in copied_claims(subject):
            if subject.day == first_common_day(lines_of(subject, one) + lines_of(subject, other)):
                yield self._finding(subject, one, other)

    def _finding(self, subject: Encounter, one: Claim, other: Claim) -> Finding:
        replacing = next((claim for claim in (other, one) if claim.frequency in REPLACING), None)
        equal = charges_of(lines_of(subject, one)) == charges_of(lines_of(subject, other))
        message = f"Claim {other.id} bills the same services of {subject.day} as claim {one.id}"
        if replacing:
            severity = Severity.INFO
            verb = "voids" if replacing.frequency == "8" else "replaces"
            message = f"{message}; one of them {verb} a claim."
            action = "Make sure that the claim it refers to is not the one in this file."
        else:
            severity = Severity.DENY if equal else Severity.RISK
            message = f"{message}." if equal else f"{message}, at other charges."
            action = (
                "Keep one of the two; correct a claim already sent with frequency 7 and the payer's number."
            )
        return self.finding(
            other.locate("CLM01"),
            message,
            why="Payers deny the second of two claims that say the same as a duplicate.",
            action=action,
            severity=severity,
            related=(one.locate("CLM01"),),
            facts={
                "day": subject.day,
                "claims": (one.id, other.id),
                "frequencies": (one.frequency, other.frequency),
                "same_charges": equal,
            },
        )
