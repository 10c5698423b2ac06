"""CLM020."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from scrub837.claims.details import Diagnosis, diagnoses
from scrub837.claims.model import Claim
from scrub837.findings import Finding, Severity
from scrub837.rules._diagnosis_list import ICD_9, ICD_10, ICD_10_SINCE, MOST, diagnosis_list
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope, manual

_WHY = "The payer cannot tell what was treated."
_PRINCIPAL, _ICD_9 = ("ABK", "BK"), ("BK", "BF")


class ClaimDiagnosis(Rule):
    """The diagnosis list is missing, too long, or holds a code that cannot be one.

    What it checks
        The HI segments of the claim: at least one diagnosis and at most twelve; the first is the principal
        one (ABK), the others follow as ABF; no code twice; codes in capitals without the decimal point, in
        the shape of ICD-10-CM; no ICD-9 codes for services from 2015-10-01 on.
    Why it matters
        Every line points into this list. Payers return claims whose list they cannot read.
    What to do
        Correct the diagnoses in the practice system.
    About the fix
        Shown only, for a decimal point or small letters: a diagnosis is never changed.
    Sources
        X12 837P 005010X222A1, loop 2300 HI Health Care Diagnosis Code (required; decimal points are not
        sent); ICD-10-CM Official Guidelines (three to seven characters); CMS: ICD-10 for dates of service
        from 2015-10-01.
    """

    code = "CLM020"
    name = "clm-diagnosis"
    severity = Severity.REJECT
    scope = Scope.CLAIM
    facet = "diagnoses"
    examples = (
        Bad("97110:GP x1", edits=(("HI*ABK:M542~\n", ""),), title="none"),
        Bad("dx=M54.2 | 97110:GP x1"),
        Bad("dx=M542,M542 | 97110:GP x1", title="twice"),
        Bad("dx=724.5 | 97110:GP x1", edits=(("ABK", "BK"),), title="ICD-9"),
        Bad("dx=MM42 | 97110:GP x1"),
        Bad("dx=M542,M25511 | 97110:GP x1", edits=(("ABK", "ABF"),), title="no principal"),
        Bad("dx=M542,M25511 | 97110:GP x1", edits=(("ABF", "ABK"),), title="two principals"),
        Good("dx=M542,M25511,U071,C7A1,S72001A | 97110:GP x1"),
        Good("97110:GP x1 dos=2015-09-30", edits=(("ABK:M542", "BK:7245"),), title="ICD-9 in its time"),
    )

    def check(self, subject: Claim, context: Context) -> Iterable[Finding]:
        return () if diagnosis_list(subject).sound else self._found(subject)

    def _found(self, claim: Claim) -> Iterator[Finding]:
        listed = diagnoses(claim)
        if not listed:
            yield self.finding(
                claim.locate("CLM"),
                "The claim has no diagnosis (HI).",
                why=_WHY,
                action="Enter the diagnosis in the practice system.",
                facts={"diagnoses": 0},
            )
        days = [dates.last for dates in claim.dates if dates.last]
        late = max(days, default=date.min) >= ICD_10_SINCE
        earlier: dict[str, int] = {}
        for one in listed:
            if one.number == MOST + 1:
                message = f"The claim has {len(listed)} diagnoses; at most {MOST} are allowed."
                yield self._says(claim, one, message, "Leave out those that no line points to.")
            if (one.number == 1) != (one.qualifier in _PRINCIPAL):
                yield self._out_of_place(claim, one)
            if late and one.qualifier in _ICD_9:
                message = f"Diagnosis {one.number} is marked as ICD-9, for a service on {max(days)}."
                yield self._says(claim, one, message, "Code the diagnosis in ICD-10-CM.", Severity.DENY)
            else:
                yield from self._written(claim, one)
            first = earlier.setdefault(one.code, one.number)
            if first != one.number and one.code:
                message = f"Diagnosis {one.number} is the same as diagnosis {first}: {one.code}."
                action = "Take one of the two out and let the lines point to the other."
                yield self._says(claim, one, message, action, Severity.RISK)

    def _out_of_place(self, claim: Claim, one: Diagnosis) -> Finding:
        if one.number == 1:
            message = f"The first diagnosis is marked {one.qualifier}, not as the principal one (ABK)."
        else:
            message = (
                f"Diagnosis {one.number} is marked {one.qualifier}; only the first is the principal one."
            )
        return self._says(
            claim, one, message, "Have the practice system mark the first ABK and the others ABF."
        )

    def _written(self, claim: Claim, one: Diagnosis) -> Iterator[Finding]:
        """What is wrong with the code itself."""
        shape, system = (ICD_9, "ICD-9-CM") if one.qualifier in _ICD_9 else (ICD_10, "ICD-10-CM")
        if shape.fullmatch(one.code):
            return
        tidy = one.code.replace(".", "").upper()
        if not shape.fullmatch(tidy):
            message = f"Diagnosis {one.number} ({one.code or 'empty'}) is not an {system} code."
            yield self._says(claim, one, message, "Look the diagnosis up and enter it again.", Severity.DENY)
            return
        dotted = "." in one.code
        yield self.finding(
            claim.locate_in(claim.block, one.at, f"HI{one.element:02d}-2", loop="2300"),
            f"Diagnosis {one.number} is written {one.code}; in a claim it is {tidy}.",
            why=f"Payers {'return codes with a decimal point' if dotted else 'compare codes to the letter'}.",
            action=f"Have the practice system write {tidy}.",
            severity=Severity.REJECT if dotted else Severity.RISK,
            facts={"number": one.number, "code": one.code, "tidy": tidy},
            fix=manual(one.code, tidy, "A diagnosis is never changed in the file."),
        )

    def _says(
        self, claim: Claim, one: Diagnosis, message: str, action: str, severity: Severity | None = None
    ) -> Finding:
        return self.finding(
            claim.locate_in(claim.block, one.at, f"HI{one.element:02d}", loop="2300"),
            message,
            why=_WHY,
            action=action,
            severity=severity,
            facts={"number": one.number, "code": one.code, "qualifier": one.qualifier},
        )
