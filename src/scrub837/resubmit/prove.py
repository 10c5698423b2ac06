"""Is the new file what was sent, but for what was to be changed? Both are read again and compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from scrub837.claims.sent import ControlNumbers
from scrub837.errors import CorrectionUnproven
from scrub837.fixes.batch import Batch, Contents
from scrub837.resubmit.choose import Choice
from scrub837.resubmit.frequency import PAYER_CLAIM
from scrub837.resubmit.segments import Piece, pieces_of
from scrub837.x12.source import Source

Place = tuple[Contents, int]  # a transaction, and the index of a claim in it


def check_written(
    source: Source,
    batch: Batch,
    choices: Sequence[Choice],
    written: Source,
    own: Batch,
    numbers: Mapping[int, ControlNumbers],
) -> None:
    """Raise ``CorrectionUnproven`` unless ``written`` holds these claims of ``source`` and nothing else.

    Each stands below the levels it stood below, with the new control numbers, and is as it was but for
    CLM05-3 and REF*F8 where it refers to the payer's claim.
    """
    wanted = {choice.index: choice for choice in choices}
    was = [(at, one, i) for at, one in enumerate(batch.transactions) for i in one.indexes if i in wanted]
    now = [(one, i) for one in own.transactions for i in one.indexes]
    if len(was) != len(now) or own.outline.stray:
        raise CorrectionUnproven("the new file would hold other claims than were chosen")
    for (at, before, index), (after, other) in zip(was, now, strict=True):
        _check_envelope(after, numbers[at])
        if _levels(source, before, index) != _levels(written, after, other):
            raise CorrectionUnproven(f"claim {index} would stand below another patient or provider")
        _check_claim(wanted[index], _claim(source, before, index), _claim(written, after, other))


def _check_envelope(contents: Contents, numbers: ControlNumbers) -> None:
    task = contents.task
    isa, gs = task.interchange.isa, task.group.gs
    there = isa.at(13), gs.at(6) if gs else None, isa.at(6), isa.at(8)
    if there != (numbers.interchange, numbers.group, numbers.sender, numbers.receiver):
        raise CorrectionUnproven("the new file would not have the control numbers it was given")


def _check_claim(choice: Choice, before: list[Piece], after: list[Piece]) -> None:
    texts = [piece.text for piece in after]
    if choice.kind.frequency is None:
        same = texts == [piece.text for piece in before]
    else:
        numbers = [piece.elements[2:] for piece in after if _refers(piece)]
        same = numbers == [[choice.payer_claim]] and _frequency(after[0]) == choice.kind.frequency
        same &= _unchanged(before) == _unchanged(after)
    if not same:
        raise CorrectionUnproven(f"claim {choice.index} would not be written as it was sent")


def _refers(piece: Piece) -> bool:
    return piece.elements[:2] == ["REF", PAYER_CLAIM]


def _frequency(clm: Piece) -> str:
    return [*clm.elements[5].split(clm.separators.component), "", "", ""][2]


def _unchanged(pieces: Sequence[Piece]) -> list[list[str]]:
    """A claim without what makes it refer to another."""
    clm = pieces[0].elements + [""] * 6
    component = pieces[0].separators.component
    place = [*clm[5].split(component), "", ""]
    head = [*clm[:5], component.join(place[:2] + place[3:]).rstrip(component), *clm[6:]]
    while head and not head[-1]:
        head.pop()
    return [head, *(piece.elements for piece in pieces[1:] if not _refers(piece))]


def _claim(source: Source, contents: Contents, index: int) -> list[Piece]:
    place = contents.place_of(index)
    separators = contents.task.interchange.separators
    return list(pieces_of(source, contents.starts[place], contents.ends[place], separators))


def _levels(source: Source, contents: Contents, index: int) -> list[list[str]]:
    """The segments of the levels above a claim, but for HL, which is numbered anew."""
    separators = contents.task.interchange.separators
    return [
        [
            piece.text
            for piece in pieces_of(source, contents.starts[level], contents.ends[level], separators)
            if piece.elements[0] != "HL"
        ]
        for level in contents.levels_of(index)
    ]
