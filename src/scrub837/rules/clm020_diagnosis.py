"""CLM020."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scrub837.claims.details import Diagnosis, diagnoses
from scrub837.claims.model import Claim
from scrub837.findings import Finding, Severity
from scrub837.rules._diagnosis_list import ICD_9, ICD_10, ICD_10_SINCE, MOST, diagnosis_list
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope, manual

_LAST = "The payer cannot tell what was treated."


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
                why=_LAST,
                action="Enter the diagnosis in the practice system.",
                facts={"diagnoses": 0},
            )
            return
        if len(listed) > MOST:
            yield self._says(
                claim, listed[MOST], f"The claim has {len(listed)} diagnoses; at most {MOST} are allowed.",
                "Leave out those that no line points to.",
            )  # fmt: skip
        version_5010 = claim.envelope.version.startswith("005010")
        days = [line.dates.first for line in claim.lines if line.dates.first]
        earlier: dict[str, int] = {}
        for one in listed:
            if version_5010:
                yield from self._qualifier(claim, one)
            if one.qualifier in ("BK", "BF") and days and max(days) >= ICD_10_SINCE:
                yield self._says(
                    claim, one, f"Diagnosis {one.number} is marked as ICD-9, for a service on {max(days)}.",
                    "Code the diagnosis in ICD-10-CM.", Severity.DENY,
                )  # fmt: skip
            yield from self._code(claim, one)
            first = earlier.setdefault(one.code, one.number)
            if first != one.number and one.code:
                yield self._says(
                    claim, one, f"Diagnosis {one.number} is the same as diagnosis {first}: {one.code}.",
                    "Take one of the two out and let the lines point to the other.", Severity.RISK,
                )  # fmt: skip

    def _qualifier(self, claim: Claim, one: Diagnosis) -> Iterator[Finding]:
        principal = one.qualifier in ("ABK", "BK")
        if one.number == 1 and not principal:
            yield self._says(
                claim, one, f"The first diagnosis is marked {one.qualifier}, not as the principal one (ABK).",
                "Choose the principal diagnosis in the practice system.",
            )  # fmt: skip
        elif one.number > 1 and principal:
            yield self._says(
                claim, one, f"Diagnosis {one.number} is marked {one.qualifier}; only the first is the principal one.",
                "Have the practice system mark the others ABF.",
            )  # fmt: skip

    def _code(self, claim: Claim, one: Diagnosis) -> Iterator[Finding]:
        shape, system = (ICD_10, "ICD-10-CM") if one.qualifier.startswith("A") else (ICD_9, "ICD-9-CM")
        if shape.fullmatch(one.code):
            return
        tidy = one.code.replace(".", "").upper()
        action = "Look the diagnosis up and enter it again."
        if not shape.fullmatch(tidy):
            yield self._says(
                claim, one, f"Diagnosis {one.number} ({one.code or 'empty'}) is not an {system} code.", action,
                Severity.DENY,
            )  # fmt: skip
            return
        dotted = "." in one.code
        yield self.finding(
            claim.locate_in(claim.block, one.at, f"HI{one.element:02d}-2", loop="2300"),
            f"Diagnosis {one.number} is written {one.code}; in a claim it is {tidy}.",
            why="Payers return codes with a decimal point."
            if dotted
            else "Payers compare codes to the letter.",
            action="Have the practice system leave out the point." if dotted else action,
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
            why=_LAST,
            action=action,
            severity=severity,
            facts={"number": one.number, "code": one.code, "qualifier": one.qualifier},
        )
