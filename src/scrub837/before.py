"""Compares a file with what was sent before: first as a whole, then the encounters that are billed again."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from scrub837.again import Again
from scrub837.claims.earlier import Earlier, EarlierClaim, EarlierLine, SentDay, SentFile
from scrub837.claims.encounters import Encounter, patient_days
from scrub837.claims.model import Claim
from scrub837.claims.sent import (
    ControlNumbers,
    Seal,
    Sendings,
    SentClaim,
    batch_content,
    encounter_key,
    patient_text,
    sent_claim,
)
from scrub837.claims.values import REPLACING
from scrub837.rules._rule import Scope
from scrub837.scan import Judge
from scrub837.tasks import Part, Task
from scrub837.x12.outline import Outline


@dataclass(slots=True)
class _Billed:
    contents: array[int] = field(default_factory=lambda: array("q"))  # of each claim
    claims: dict[int, array[int]] = field(default_factory=dict)  # encounter -> claim indexes
    replaced: dict[str, set[int]] = field(default_factory=dict)  # CLM01 of replacements and voids -> patients


def ask_ledger(
    earlier: Earlier, sent: Sendings, outline: Outline, tasks: Sequence[Task], again: Again, judge: Judge
) -> Part:
    """Findings of the rules that compare with earlier files. A test file is compared with nothing.

    Of a batch that was sent before as a whole that is said once, and not of each of its claims again.
    """
    if not tasks or sent.test:
        return Part()
    billed = _gather(sent)
    file = _sent_file(earlier, outline, tasks, billed.contents)
    part = judge.earlier(Scope.EARLIER_FILE, [file])
    if file.same_bytes is None and file.same_claims is None:
        days = judge.earlier(Scope.EARLIER, _sent_days(earlier, billed, again, earlier.seal))
        part.findings += days.findings
        part.notes.update(days.notes)
    return part


def numbers_of(tasks: Iterable[Task]) -> list[ControlNumbers]:
    """The control numbers of the groups that hold claims, in file order."""
    return list(dict.fromkeys(_numbers(task) for task in tasks))


def _numbers(task: Task) -> ControlNumbers:
    isa, gs = task.interchange.isa, task.group.gs
    number = gs.at(6) if gs else None
    return ControlNumbers(isa.at(13), number, isa.at(6), isa.at(8), isa.at(15) == "T")


def _gather(sent: Sendings) -> _Billed:
    """What of the kept claims is needed to compare them."""
    billed = _Billed()
    for claim in sent.rows():
        billed.contents.append(claim.content)
        if claim.frequency in REPLACING:
            billed.replaced.setdefault(claim.reference, set()).add(claim.patient)
        for key in dict.fromkeys(key for line in claim.lines for key in line.encounters):
            billed.claims.setdefault(key, array("q")).append(claim.index)
    return billed


def _sent_file(
    earlier: Earlier, outline: Outline, tasks: Sequence[Task], contents: Sequence[int]
) -> SentFile:
    groups = {id(task.group): (_numbers(task), task.interchange, task.group) for task in tasks}
    content = batch_content(contents)
    same_bytes = earlier.file_of(outline.sha256)
    same_claims = earlier.batch_of(content) if content is not None and same_bytes is None else None
    interchanges, numbers = earlier.numbers_used(one for one, _, _ in groups.values())
    return SentFile(len(contents), list(groups.values()), same_bytes, same_claims, interchanges, numbers)


def _sent_days(earlier: Earlier, billed: _Billed, again: Again, seal: Seal) -> Iterator[SentDay]:
    """The encounters of the file for which earlier files billed, too; their claims are read again."""
    for key, lines in earlier.lines_of(billed.claims):
        claims = [again.claim(index) for index in billed.claims[key]]
        encounter = _encounter(claims, key, seal)
        kept = [(claim, sent_claim(claim, seal)) for claim in claims]
        by_content = {line.claim.content: line.claim for line in reversed(lines)}
        copied = {claim.index: by_content[one.content] for claim, one in kept if one.content in by_content}
        joining = [
            line
            for claim, mine in _by_claim(lines)
            if claim not in copied.values()
            and claim.reference
            not in {ref for ref, who in billed.replaced.items() if kept[0][1].patient in who}
            and not _corrected(claim, mine, encounter, lines)
            for line in mine
        ]
        told = {index: claim for index, claim in copied.items() if _begins(kept, index, key)}
        yield SentDay(encounter, lines, joining, frozenset(copied), told)
        for claim in claims:
            claim.let_go()


def _encounter(claims: Sequence[Claim], key: int, seal: Seal) -> Encounter:
    for day in patient_days(claims):
        for encounter in day.encounters:
            if encounter_key(seal, patient_text(claims[0]), encounter.day, encounter.provider) == key:
                return encounter
    raise LookupError("a claim that is read again bills other days than it did")


def _by_claim(lines: Iterable[EarlierLine]) -> list[tuple[EarlierClaim, list[EarlierLine]]]:
    claims: dict[int, tuple[EarlierClaim, list[EarlierLine]]] = {}
    for line in lines:
        claims.setdefault(line.claim.number, (line.claim, []))[1].append(line)
    return list(claims.values())


def _corrected(
    claim: EarlierClaim, mine: Sequence[EarlierLine], encounter: Encounter, lines: Iterable[EarlierLine]
) -> bool:
    """Whether a later claim bills in place of an earlier one.

    It does when it has the same CLM01 and one of the same codes (a claim that came back and was corrected),
    or a frequency of 7 or 8 and one of the same codes. The same CLM01 alone says little: some practices use
    the patient's account number, the same for all claims.
    """
    codes = {line.procedure.code for line in mine}
    later = [(line.claim.id, line.claim.frequency, line.procedure.code) for line in encounter.lines] + [
        (line.claim.reference, line.claim.frequency, line.procedure.code)
        for line in lines
        if line.claim.number > claim.number
    ]
    return any(
        code in codes and (reference == claim.reference or frequency in REPLACING)
        for reference, frequency, code in later
    )


def _begins(kept: Iterable[tuple[Claim, SentClaim]], index: int, key: int) -> bool:
    """Whether an encounter is the first of a claim."""
    one = next(one for claim, one in kept if claim.index == index)
    return key == next(first for line in one.lines for first in line.encounters)
