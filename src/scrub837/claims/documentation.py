"""What is documented of a line: intervals of treatment, from a treatment-time log or from line notes."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import msgspec

from scrub837.claims.model import Claim, Line


class Area(msgspec.Struct, frozen=True):
    """A body area. ``region`` is a word of the vocabulary, empty when the text names none for certain."""

    region: str
    side: str  # L, R, B or empty
    text: str  # as written

    @property
    def ambiguous(self) -> bool:
        """True for words such as "back" that may mean several regions: no evidence of a separate area."""
        return not self.region


class Interval(msgspec.Struct, frozen=True):
    """One row of the log: one interval of treatment. Clock times are minutes after local midnight."""

    source: str  # file name of the log, or "NTE"
    row: int  # row of the log, the header is row 1
    claim_id: str
    line_ref: str
    day: date
    code: str
    start: int | None
    stop: int | None
    minutes: int | None  # as stated, else stop - start
    stated: bool  # the row states minutes of its own
    mode: str  # one_on_one, group, supervised, eval, cotreat; empty when the row says nothing
    npi: str
    role: str
    areas: tuple[Area, ...]
    session: str
    reason: str
    doc_ref: str
    attested_by: str
    attested_at: str
    total_timed: int | None
    total_treatment: int | None
    ytd_allowed_before: Decimal | None


class Record(msgspec.Struct, frozen=True):
    """All intervals of one line. ``minutes`` is ``None`` when none of them tells."""

    intervals: tuple[Interval, ...]
    from_notes: bool = False

    @property
    def minutes(self) -> int | None:
        """Minutes of treatment, all intervals together."""
        known = [i.minutes for i in self.intervals if i.minutes is not None]
        return sum(known) if known else None

    @property
    def areas(self) -> tuple[Area, ...]:
        """The areas of all intervals, each once."""
        return tuple(dict.fromkeys(area for i in self.intervals for area in i.areas))

    @property
    def area(self) -> str | None:
        """The areas as written, for people."""
        words = dict.fromkeys(f"{area.text} {area.side}".strip() for area in self.areas)
        return "; ".join(words) or None


class Documentation:
    """All that is documented of a batch. This one documents nothing."""

    given = False  # a log was supplied, or a payer profile reads line notes

    def record(self, line: Line) -> Record | None:  # noqa: ARG002
        """What is documented of a line; rows of another code or day than the line's are not part of it."""
        return None

    def has_any(self, lines: Sequence[Line]) -> bool:
        """True when something is documented of one of the lines, or done for their claims and not billed."""
        return any(self.record(line) is not None or self.unbilled(line.claim) for line in lines)

    def unbilled(self, claim: Claim) -> tuple[Interval, ...]:  # noqa: ARG002
        """What was done for a claim and not billed on it (rows without ``line_ref``)."""
        return ()

    def take_joined(self) -> array[int]:
        """Numbers of the rows that found their claim since the last call; a worker process hands them back."""
        return array("q")

    def add_joined(self, rows: array[int]) -> None:
        """Rows that found their claim in another process."""


def open_documentation(logs: Sequence[Path]) -> Documentation:  # noqa: ARG001
    """The documentation in treatment-time logs."""
    return Documentation()
