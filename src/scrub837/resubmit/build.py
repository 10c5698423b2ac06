"""The new file of one batch: assembled, corrected, divided, proved, and only then written."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import BinaryIO

from scrub837.claims.sent import ControlNumbers
from scrub837.engine import Job, scan
from scrub837.errors import InputUnreadable, OutputUnwritable
from scrub837.findings import Edit, Safety
from scrub837.fixes.assemble import assemble
from scrub837.fixes.batch import Batch, Contents, take_apart
from scrub837.fixes.compose import Splice
from scrub837.fixes.holds import blocking
from scrub837.fixes.publish import Draft, beside, journal_of, keep_apart
from scrub837.fixes.splice import compare, write_spliced
from scrub837.fixes.split import UNPROVEN, split
from scrub837.fixes.write import preview
from scrub837.resubmit.choose import Choice, LeftOut
from scrub837.resubmit.frequency import refer
from scrub837.resubmit.numbers import Counter, renumber
from scrub837.resubmit.prove import check_written
from scrub837.results import FileReport
from scrub837.x12.source import Source

HELD = "held"  # why a claim is left out that still has a finding at deny or reject


@dataclass(frozen=True, slots=True)
class Written:
    """A claim of the new file."""

    choice: Choice
    numbers: ControlNumbers
    charge: Decimal
    corrected: tuple[str, ...]  # codes of the rules whose corrections were made

    @property
    def unchanged(self) -> bool:
        """Whether what was objected to has not been put right here."""
        return self.choice.faulted and not self.corrected


@dataclass(slots=True)
class Made:
    """What was made of one batch. ``target`` is ``None`` when no claim was left to be written."""

    source: Source  # what was sent
    sha256_sent: str
    target: Path | None = None
    sha256: str = ""
    size: int = 0
    claims: list[Written] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    splices: Sequence[Splice] = ()  # of the claims that are written

    @property
    def charge(self) -> Decimal:
        """What the claims of the new file charge."""
        return sum((one.charge for one in self.claims), Decimal("0.00"))


Publishing = Callable[[Made, BinaryIO], None]  # writes the journal, and keeps what is to be kept


def make(
    source: Source,
    report: FileReport,
    choices: Sequence[Choice],
    job: Job,
    target: Path,
    counter: Counter,
    publishing: Publishing,
    safety: Safety = Safety.SAFE,
) -> Made:
    """Write the claims chosen of ``source``, whose report is ``report``, to ``target``.

    ``publishing`` is called when everything is proved, with what is to be told and the file of the journal;
    when it has returned, journal and new file get their names. Nothing is written when it raises, when no
    claim may go, or with ``CorrectionUnproven``, ``OutputUnwritable`` or ``InputUnreadable``.
    """
    for output in (target, journal_of(target)):
        keep_apart(output, [source.name])
    batch = take_apart(source)
    if batch.outline.sha256 != report.sha256:
        raise InputUnreadable(f"{source.name} was changed while it was read; nothing was written")
    made = Made(source, report.sha256)
    going = _possible(batch, report, choices, made.left_out)
    if not going:
        return made
    with ExitStack() as stack:
        draft, numbers = _assembled(source, batch, going, counter, job, stack)
        corrected, after = _corrected(made, draft, job, safety, stack)
        try:
            folder = Path(
                stack.enter_context(tempfile.TemporaryDirectory(prefix=".scrub837-", dir=target.parent))
            )
        except OSError as error:
            raise OutputUnwritable(f"nothing can be written to {target.parent}: {error.strerror}") from error
        staged = folder / "ready"
        done = split(corrected, after, job, staged)
        kept = set(done.ready.claims)
        codes = _codes(after)
        fixed = _fixed(made.splices)
        made.splices = [splice for splice in made.splices if _is_of(splice, kept)]
        for at, choice in enumerate(going, start=1):
            if at in kept:
                charge = after.charge_of(at)
                made.claims.append(Written(choice, numbers[at - 1], charge, fixed.get(at, ())))
            else:
                found = codes.get(at) or done.joined.get(at) or (done.refused or UNPROVEN,)
                made.left_out.append(_held(choice, found))
        if not made.claims:
            return made
        made.target, made.sha256, made.size = target, done.ready.sha256, staged.stat().st_size
        with beside(journal_of(target)) as record, staged.open("rb+") as file:
            publishing(made, record.file)
            record.publish()  # first, so that there is never a new file without one
            Draft(staged, file, target).publish()
    return made


def _held(choice: Choice, codes: Iterable[str]) -> LeftOut:
    return choice.left(HELD, f"scrub837 check still finds {', '.join(codes)}")


def _possible(
    batch: Batch, report: FileReport, choices: Sequence[Choice], left_out: list[LeftOut]
) -> list[Choice]:
    """The choices that can be written; the others go to ``left_out``.

    A fault that a claim shares with one that is not sent again would not be seen in the new file.
    """
    going = {choice.index: choice for choice in choices}
    for contents in batch.transactions:
        inside = [index for index in contents.indexes if index in going]
        if inside and (why := _unwritable(contents, len(inside))):
            left_out += [going.pop(index).left(*why) for index in inside]
    for number in blocking(report):
        finding = report.finding(number)
        places = (finding.location, *finding.related)
        claims = {place.claim_index for place in places if place.claim_index is not None}
        if len(claims) > 1 and not claims <= going.keys():
            left_out += [_held(going.pop(index), [finding.code]) for index in sorted(claims & going.keys())]
    return [going[index] for index in sorted(going)]


def _unwritable(contents: Contents, chosen: int) -> tuple[str, str] | None:
    task = contents.task
    if task.transaction.st is None or task.group.gs is None:
        return "no-envelope", "its transaction has no ST or GS"
    if task.transaction.cut:
        return "cut", "the batch is cut inside its transaction"
    if not contents.sound and chosen < len(contents.claims):
        return "levels", "the HL segments of its transaction do not tell who belongs to whom"
    return None


def _assembled(
    source: Source, batch: Batch, going: Sequence[Choice], counter: Counter, job: Job, stack: ExitStack
) -> tuple[Source, list[ControlNumbers]]:
    """The new file as it is without corrections, and the numbers each claim of it has."""
    chosen = {choice.index: choice for choice in going}
    new = renumber(source, batch, chosen, counter, job.context().today)
    edits: list[Edit] = list(new.edits)
    numbers: list[ControlNumbers] = []
    for at, contents in enumerate(batch.transactions):
        for index in contents.indexes:
            choice = chosen.get(index)
            if choice is None:
                continue
            numbers.append(new.numbers[at])
            if (frequency := choice.kind.frequency) is not None:
                edits += refer(source, contents, index, frequency, choice.payer_claim)
    edits.sort(key=lambda edit: edit.start)
    file = stack.enter_context(_scratch())
    assemble(source, batch, chosen.__contains__, file, edits)
    file.flush()
    draft = Source(source.name, file)
    check_written(source, batch, going, draft, take_apart(draft), new.numbers)
    return draft, numbers


def _corrected(
    made: Made, draft: Source, job: Job, safety: Safety, stack: ExitStack
) -> tuple[Source, FileReport]:
    """The draft with corrections, made and proved as ``scrub837 check --corrected`` does, and its report."""
    before = stack.enter_context(closing(scan(draft, job)))
    made.splices = preview(draft, before, job, safety)
    if not made.splices:
        return draft, before
    file = stack.enter_context(_scratch())
    write_spliced(draft, draft.size, made.splices, file)
    file.flush()
    corrected = Source(draft.name, file)
    compare(draft, draft.size, corrected, made.splices)
    return corrected, stack.enter_context(closing(scan(corrected, job)))


def _is_of(splice: Splice, claims: Collection[int]) -> bool:
    """Whether a change is of one of these claims, or of none."""
    indexes = {proposal.place.claim_index for proposal in splice.by}
    return None in indexes or not indexes.isdisjoint(claims)


def _scratch() -> BinaryIO:
    return tempfile.TemporaryFile(prefix="scrub837-")


def _codes(report: FileReport) -> dict[int, tuple[str, ...]]:
    """The rules that hold a claim, by its index."""
    codes: dict[int, dict[str, None]] = {}
    for number in blocking(report):
        if index := report.found.claim[number]:
            codes.setdefault(index, {})[report.finding(number).code] = None
    return {index: tuple(sorted(found)) for index, found in codes.items()}


def _fixed(splices: Iterable[Splice]) -> dict[int, tuple[str, ...]]:
    """The rules whose corrections were made in a claim, by its index."""
    fixed: dict[int, set[str]] = {}
    for splice in splices:
        for proposal in splice.by:
            if (index := proposal.place.claim_index) is not None:
                fixed.setdefault(index, set()).add(proposal.code)
    return {index: tuple(sorted(codes)) for index, codes in fixed.items()}
