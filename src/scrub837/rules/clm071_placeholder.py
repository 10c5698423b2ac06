"""CLM071."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from scrub837.claims.model import Claim
from scrub837.findings import Finding, Severity
from scrub837.rules._elements import elements, place_of
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope

_WORDS = frozenset(
    ("None", "NONE", "none", "NULL", "null", "Null", "NaN", "nan", "undefined", "UNDEFINED", "(null)")
)
_WORD = re.compile(r"[Nn](?:one|ull|aN|an)\b|undefined")
_FREE_TEXT = ("NTE", "K3")


class Placeholder(Rule):
    """A value of the claim is a word that programs write where they have no value.

    What it checks
        All elements of the claim and of the levels above it, but for notes: ``None``, ``NULL``, ``NaN``,
        ``undefined`` and the like, standing alone.
    Why it matters
        An export that found nothing wrote the word for nothing. Payers take it for a name, a number or a
        code, and find neither patient nor authorization by it.
    What to do
        Enter the value in the practice system, or have the export leave the element empty.
    About the fix
        None: the word may be somebody's name.
    Sources
        X12 837P 005010X222A1 (an element without a value is empty); files of exports seen in the field.
    """

    code = "CLM071"
    name = "placeholder-value"
    severity = Severity.RISK
    scope = Scope.CLAIM
    facet = "writing"
    examples = (
        Bad("97110:GP x1", edits=(("N3*12 PLACEHOLDER AVE", "N3*None"),)),
        Bad("97110:GP x1", edits=(("MI*1EG4TE5MK73", "MI*NULL"),)),
        Bad("97110:GP x1", edits=(("HI*ABK", "REF*G1*nan~\nHI*ABK"),)),
        Good("97110:GP x1", edits=(("HI*ABK", "NTE*ADD*NONE~\nHI*ABK"),)),
        Good("97110:GP x1", edits=(("SAMPLE*AVERY", "NONESUCH*NANCY"),)),
    )

    def check(self, subject: Claim, context: Context) -> Iterable[Finding]:
        name, text = subject.patient_name, subject.block.text
        if subject.subscriber is not None:
            text += subject.subscriber.block.text
        if subject.patient is not None:
            text += subject.patient.block.text
        if subject.leads and subject.billing is not None:
            text += subject.billing.block.text
        small = "n" in text or "l" in text or "a" in text  # most claims are in capitals throughout
        if small and _WORD.search(text):
            return self._found(subject)
        if subject.member_id in _WORDS or "NULL" in name or "NONE" in name:
            return self._found(subject)
        return ()

    def _found(self, claim: Claim) -> Iterator[Finding]:
        for element in elements(claim):
            word = element.text.strip(" ")
            if word in _WORDS and element.tag not in _FREE_TEXT:
                yield self.finding(
                    place_of(claim, element),
                    f"{element.designator} is {word}: a program wrote it where it had no value.",
                    why="Payers take the word for a value and find nothing by it.",
                    action="Enter the value or leave the element empty, unless it is a name.",
                    facts={"element": element.designator, "word": word},
                )
