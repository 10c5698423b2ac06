"""Reads all response files into a spool: answers and remarks, in the order given, memory flat."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import date

import msgspec

from scrub837.responses.answers import (
    Answer,
    ClaimPayment,
    InterchangeAnswer,
    Item,
    PaymentAnswer,
    Place,
    Remark,
    SetAnswer,
    StatusAnswer,
)
from scrub837.responses.read import ResponseFile
from scrub837.spool import Spool
from scrub837.x12.source import Source

INTERCHANGE, SYNTAX, STATUS, PAYMENT, TOTAL = range(5)  # layers, in the order in which they answer
_encode = msgspec.json.Encoder(decimal_format="string").encode
_decode_answer: Callable[[bytes], Answer] = msgspec.json.Decoder(Answer).decode
_decode_remark = msgspec.json.Decoder(Remark).decode


@dataclass(slots=True)
class Collected:
    """All answers, by number, with what must be known of each without reading it back."""

    files: list[ResponseFile] = field(default_factory=list)
    answers: Spool = field(default_factory=Spool)
    layers: array[int] = field(default_factory=lambda: array("b"))
    days: array[int] = field(
        default_factory=lambda: array("q")
    )  # proleptic ordinals, 0 where no date is told
    remarks: Spool = field(default_factory=Spool)
    names_faults: bool = False  # a 999 or 997 names segments at fault

    def __len__(self) -> int:
        return len(self.answers)

    def add(self, item: Item) -> None:
        """The next answer or remark."""
        if isinstance(item, Remark):
            self.remarks.append(_encode(item))
            return
        self.answers.append(_encode(item))
        self.names_faults |= isinstance(item, SetAnswer) and bool(item.errors)
        layer, day = _layer_of(item)
        self.layers.append(layer)
        self.days.append(day.toordinal() if day else 0)

    def answer(self, number: int) -> Answer:
        """An answer, read back."""
        return _decode_answer(self.answers[number])

    def day(self, number: int) -> date | None:
        """The day of an answer."""
        return date.fromordinal(self.days[number]) if self.days[number] else None

    def all_remarks(self) -> Iterator[Remark]:
        """The remarks in the order of the files."""
        return (_decode_remark(self.remarks[number]) for number in range(len(self.remarks)))

    def remark(self, code: str, text: str, place: Place) -> None:
        """One more remark, made when answers were joined."""
        self.files[place.file].remarks[code] += 1
        self.remarks.append(_encode(Remark(code, text, place)))

    def close(self) -> None:
        """Give the temporary files back."""
        self.answers.close()
        self.remarks.close()


def collect(sources: Sequence[Source], *, guide: bool) -> Collected:
    """Read response files to their ends. Nothing in a file makes it fail."""
    with ExitStack() as opened:
        found = opened.enter_context(closing(Collected()))
        paid: set[bytes] = set()
        for number, source in enumerate(sources):
            file = ResponseFile(source, number, guide, paid)
            found.files.append(file)
            for item in file.items():
                found.add(item)
        opened.pop_all()
    return found


def _layer_of(answer: Answer) -> tuple[int, date | None]:
    if isinstance(answer, InterchangeAnswer):
        return INTERCHANGE, answer.source.created
    if isinstance(answer, StatusAnswer):
        return STATUS, answer.day
    if isinstance(answer, ClaimPayment):
        return PAYMENT, answer.day
    if isinstance(answer, PaymentAnswer):
        return TOTAL, answer.day
    return SYNTAX, answer.source.created
