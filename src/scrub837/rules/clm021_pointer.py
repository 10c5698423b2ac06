"""CLM021."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import permutations

from scrub837.claims.details import pointers
from scrub837.claims.model import Claim, Line
from scrub837.findings import Finding, Severity
from scrub837.rules._diagnosis_list import MOST as MOST_DIAGNOSES
from scrub837.rules._diagnosis_list import diagnosis_list
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope

MOST = 4


class DiagnosisPointer(Rule):
    """A line does not point to a diagnosis of the claim.

    What it checks
        SV107 of each line: one to four numbers, none twice, each that of a diagnosis in the claim's list.
    Why it matters
        The pointers say what each service was for. A line that points nowhere is returned by payers.
    What to do
        Choose the diagnosis of the line in the practice system, or add it to the claim.
    About the fix
        None: what a service was for is never guessed.
    Sources
        X12 837P 005010X222A1, loop 2400 SV107-1 to SV107-4 (values 1 to 12; the first is required).
    """

    code = "CLM021"
    name = "diagnosis-pointer"
    severity = Severity.REJECT
    scope = Scope.CLAIM
    facet = "diagnoses"
    examples = (
        Bad("dx=M542,M25511 | 97110:GP x1 ptr=3"),
        Bad("97110:GP x1", edits=(("***1~", "~"),), title="none"),
        Bad("97110:GP x1 ptr=A"),
        Bad("97110:GP x1 ptr=0"),
        Bad("dx=M542,M25511 | 97110:GP x1 ptr=2:2"),
        Bad("dx=M542,M25511 | 97110:GP x1", edits=(("***1~", "***:2~"),), title="the first is empty"),
        Good("dx=M542,M25511 | 97110:GP x1 ptr=2:1 ; 97140:GP x1 ptr=1"),
    )

    def check(self, subject: Claim, context: Context) -> Iterable[Finding]:
        count = diagnosis_list(subject).count
        if count == 0:  # another rule says so
            return ()
        sound = _sound_pointers(min(count, MOST_DIAGNOSES), subject.block.separators.component)
        if sound.issuperset([service.pointers for service in subject.services]):
            return ()
        return self._found(subject, count)

    def _found(self, claim: Claim, count: int) -> Iterator[Finding]:
        component = claim.block.separators.component
        for line in claim.lines:
            fault = _fault(line.pointers, count, component)
            if fault:
                yield self._says(line, fault, count)

    def _says(self, line: Line, fault: str, count: int) -> Finding:
        code, sent = line.procedure.code, pointers(line)
        listed = "1 diagnosis" if count == 1 else f"{count} diagnoses"
        message = {
            "missing": f"{code} points to no diagnosis.",
            "many": f"{code} points to {len(sent)} diagnoses; at most {MOST} are allowed.",
            "range": f"{code} points to {', '.join(sent)}, but the claim has {listed}.",
            "twice": f"{code} points to the same diagnosis twice: {', '.join(sent)}.",
        }[fault]
        return self.finding(
            line.locate("SV107"),
            message,
            why="The payer cannot tell what the service was for.",
            action="Choose the diagnosis of the line in the practice system.",
            severity=Severity.RISK if fault == "twice" else None,
            facts={"code": code, "pointers": sent, "diagnoses": count, "fault": fault},
        )


@lru_cache(64)
def _sound_pointers(count: int, component: str) -> frozenset[str]:
    """Every way to point to up to four of so many diagnoses."""
    numbers = [str(number) for number in range(1, count + 1)]
    return frozenset(
        component.join(chosen) for n in range(1, MOST + 1) for chosen in permutations(numbers, n)
    )


def _fault(sent: str, count: int, component: str) -> str:
    """``missing``, ``range`` (or not a number), ``many``, ``twice`` or empty."""
    parts = [part.strip() for part in sent.split(component)]
    if not parts[0]:
        return "missing"
    given = [part for part in parts if part]
    if not all(part.isascii() and part.isdecimal() and 0 < int(part[:4]) <= count for part in given):
        return "range"
    if len(given) > MOST:
        return "many"
    return "twice" if len({int(part) for part in given}) < len(given) else ""
