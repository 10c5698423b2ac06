"""The envelope of claims that are sent again: new control numbers, the day they are made, a new BHT03.

ISA13 and GS06 count on from a first number, ST02 from 0001 in each interchange; BHT03 is ISA13 and ST02.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from scrub837.claims.sent import ControlNumbers
from scrub837.errors import SettingsInvalid
from scrub837.findings import Edit
from scrub837.fixes.batch import Batch, Contents
from scrub837.nightly.ledger_answers import HIGHEST
from scrub837.resubmit.segments import Piece, pieces_of
from scrub837.x12.outline import Interchange, Mark
from scrub837.x12.source import Source

ISA_DAY, ISA_NUMBER = 9, 13
GS_DAY, GS_NUMBER = 4, 6
BHT_NUMBER, BHT_DAY = 3, 4


@dataclass(slots=True)
class Counter:
    """Gives out numbers for ISA13 and GS06."""

    interchange: int
    group: int

    @classmethod
    def starting(cls, number: int) -> Counter:
        """Both from one number on."""
        return cls(number, number)

    def next_interchange(self) -> str:
        """ISA13. Raises ``SettingsInvalid`` when there is none left."""
        self.interchange += 1
        return f"{_possible(self.interchange - 1):09d}"

    def next_group(self) -> str:
        """GS06. Raises ``SettingsInvalid`` when there is none left."""
        self.group += 1
        return str(_possible(self.group - 1))


def _possible(number: int) -> int:
    if number > HIGHEST:
        raise SettingsInvalid(
            "the control numbers have run out of nine digits: name one with --control-number"
        )
    return number


@dataclass(frozen=True, slots=True)
class Renumbered:
    """The changes of an envelope, and the numbers it has then, by transaction of the batch."""

    edits: list[Edit]
    numbers: dict[int, ControlNumbers]  # place of a transaction in the batch -> numbers


def renumber(
    source: Source, batch: Batch, chosen: Collection[int], counter: Counter, day: date
) -> Renumbered:
    """New numbers for the parts of ``batch`` that hold chosen claims (by index in the file)."""
    edits: list[Edit] = []
    numbers: dict[int, ControlNumbers] = {}
    wanted = [
        (at, one)
        for at, one in enumerate(batch.transactions)
        if any(index in chosen for index in one.indexes)
    ]
    for _, inside in groupby(wanted, lambda one: id(one[1].task.interchange)):
        members = list(inside)
        interchange = members[0][1].task.interchange
        isa = interchange.isa
        number = counter.next_interchange()
        edits += _changed(isa, {ISA_DAY: f"{day:%y%m%d}", ISA_NUMBER: number}, source)
        transactions = 0
        for _, grouped in groupby(members, lambda one: id(one[1].task.group)):
            group_members = list(grouped)
            gs = group_members[0][1].task.group.gs
            group = counter.next_group()
            if gs is not None:
                edits += _changed(gs, {GS_DAY: f"{day:%Y%m%d}", GS_NUMBER: group}, source)
            for at, contents in group_members:
                transactions += 1
                edits += _header(source, contents, interchange, number, f"{transactions:04d}", day)
                parties = isa.at(6), isa.at(8)
                numbers[at] = ControlNumbers(number, group, *parties, isa.at(15) == "T")
    return Renumbered(edits, numbers)


def _header(
    source: Source, contents: Contents, interchange: Interchange, number: str, transaction: str, day: date
) -> Iterator[Edit]:
    """ST02 and BHT03, BHT04."""
    for piece in pieces_of(source, *contents.header, interchange.separators):
        elements = piece.elements
        if elements[0] == "ST":
            yield _edit(piece, {2: transaction})
        elif elements[0] == "BHT":
            yield _edit(piece, {BHT_NUMBER: number + transaction, BHT_DAY: f"{day:%Y%m%d}"})


def _edit(piece: Piece, values: dict[int, str]) -> Edit:
    elements = list(piece.elements)
    elements += [""] * (max(values) + 1 - len(elements))
    for at, value in values.items():
        elements[at] = value
    return Edit(piece.start, piece.end, piece.text, piece.separators.element.join(elements))


def _changed(mark: Mark, values: dict[int, str], source: Source) -> Iterator[Edit]:
    """Elements of a header where it stands, each by itself: what pads or wraps the others stays."""
    for at, value in values.items():
        start, end = mark.span(at)
        if at < len(mark.segment):
            yield Edit(start, end, source.read_at(start, end - start).decode("latin-1"), value)
