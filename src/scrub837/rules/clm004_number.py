"""CLM004."""

from __future__ import annotations

from collections.abc import Iterable

from scrub837.claims.model import Claim
from scrub837.findings import Finding, Severity
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope

LONGEST, RETURNED = 38, 20


class ClaimNumber(Rule):
    """The patient control number is missing or too long.

    What it checks
        CLM01: at least one character and at most 38; more than 20 is mentioned.
    Why it matters
        CLM01 is how the acknowledgement and the remittance find the claim again. Payers need to keep and
        return 20 characters only, so a longer number may come back cut off.
    What to do
        Give the claim a number of at most 20 characters in the practice system.
    About the fix
        None: the number is the practice system's key.
    Sources
        X12 837P 005010X222A1, loop 2300 CLM01 (at most 38 characters; 20 is what the receiver has to store
        and return).
    """

    code = "CLM004"
    name = "clm-number"
    severity = Severity.REJECT
    scope = Scope.CLAIM
    facet = "form"
    examples = (
        Bad("97110:GP x1", edits=(("CLM*C1*", "CLM**"),)),
        Bad("id=A12345678901234567890123456789012345678 | 97110:GP x1", title="39 characters"),
        Bad("id=A12345678901234567890 | 97110:GP x1", title="21 characters are mentioned"),
        Good("id=A1234567890123456789 | 97110:GP x1"),
    )

    def check(self, subject: Claim, context: Context) -> Iterable[Finding]:
        length = len(subject.id)
        if 0 < length <= RETURNED:
            return ()
        if length == 0:
            message = "The claim has no patient control number."
        elif length > LONGEST:
            message = f"The patient control number has {length} characters; at most {LONGEST} are allowed."
        else:
            message = f"The patient control number has {length} characters; {RETURNED} are sure to come back."
        return (
            self.finding(
                subject.locate("CLM01"),
                message,
                why="Acknowledgements and remittances find the claim by this number.",
                action=f"Give the claim a number of 1 to {RETURNED} characters in the practice system.",
                severity=Severity.INFO if RETURNED < length <= LONGEST else None,
                facts={"length": length, "longest": LONGEST, "returned": RETURNED},
            ),
        )
