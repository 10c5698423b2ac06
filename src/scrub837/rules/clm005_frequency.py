"""CLM005."""

from __future__ import annotations

from collections.abc import Iterable

from scrub837.claims.model import Claim
from scrub837.claims.values import REPLACING
from scrub837.findings import Finding, Severity
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope

_INTERIM = ("2", "3", "4", "5")


class ClaimFrequency(Rule):
    """The claim frequency code is missing, not one the payer takes, or lacks the payer's claim number.

    What it checks
        CLM05-3 is 1 (original), 7 (replacement) or 8 (void); 7 and 8 come with the payer's claim number in
        REF*F8, and 1 comes without it. Codes the profile lists under ``unaccepted-frequencies`` are denied.
    Why it matters
        Clearinghouses refuse claims without the code. A replacement whose number is missing cannot be matched
        to the claim it replaces and bounces, or is denied as a duplicate.
    What to do
        Choose the frequency in the practice system. For 7 and 8 enter the payer's claim number from the
        remittance (835 CLP07) as original reference number.
    About the fix
        None: whether a claim replaces another is not in the file.
    Sources
        X12 837P 005010X222A1, loop 2300 CLM05-3 and REF Payer Claim Control Number (required when CLM05-3
        shows a replacement or void); clearinghouse help pages on resubmission codes.
    """

    code = "CLM005"
    name = "clm-frequency"
    severity = Severity.REJECT
    scope = Scope.CLAIM
    facet = "form"
    examples = (
        Bad("97110:GP x1", edits=((":B:1*", ":B*"),), title="no frequency"),
        Bad("freq=7 | 97110:GP x1", title="replacement without the payer's number"),
        Bad("freq=8 | 97110:GP x1"),
        Bad("freq=6 | 97110:GP x1"),
        Bad("f8=PAYERNO1 | 97110:GP x1", title="the payer's number on an original claim"),
        Good("freq=7 f8=PAYERNO1 | 97110:GP x1"),
        Good("97110:GP x1"),
    )

    def check(self, subject: Claim, context: Context) -> Iterable[Finding]:
        frequency, unaccepted = subject.frequency, subject.profile.unaccepted_frequencies
        numbered = subject.layout.payer_control
        if frequency == "1" and not numbered and frequency not in unaccepted:
            return ()
        if frequency in REPLACING and numbered and frequency not in unaccepted:
            return ()
        return (self._found(subject, frequency, numbered, unaccepted=frequency in unaccepted),)

    def _found(self, claim: Claim, frequency: str, numbered: int, *, unaccepted: bool) -> Finding:
        place = claim.locate("CLM05-3")
        severity = Severity.REJECT
        action = "Choose the claim frequency in the practice system: 1 for an original claim."
        if not frequency:
            message = "The claim has no frequency code (CLM05-3)."
        elif unaccepted:
            message = f"The payer takes no claims of frequency {frequency}."
            severity = Severity.DENY
            action = "Send the correction in the way this payer asks for."
        elif frequency in REPLACING:
            what = "replaces" if frequency == "7" else "voids"
            message = f"The claim {what} an earlier one (frequency {frequency}) without its number in REF*F8."
            action = "Enter the payer's claim number from the remittance as original reference number."
        elif frequency == "1":
            place = claim.locate("REF", numbered)
            message = "The claim is an original (frequency 1), but names an earlier claim in REF*F8."
            severity = Severity.INFO
            action = "Send it with frequency 7 if it replaces the earlier claim, else take the number out."
        else:
            message = f"Claim frequency {frequency} is not 1, 7 or 8."
            severity = (
                Severity.RISK
                if frequency == "6"
                else Severity.DENY
                if frequency in _INTERIM
                else Severity.REJECT
            )
            action = "Use 7 to replace a claim and 8 to void it; most payers take nothing else."
        return self.finding(
            place,
            message,
            why="Payers match a claim to earlier ones by its frequency and their own claim number.",
            action=action,
            severity=severity,
            facts={"frequency": frequency, "payer_claim_number": bool(numbered)},
        )
