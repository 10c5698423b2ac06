"""What was sent again and what was not, as JSON: a journal beside each new file, the summary of a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import BinaryIO

import msgspec

from scrub837.findings import Safety
from scrub837.fixes.journal import Change, Digest, Tool, changes_of
from scrub837.resubmit.build import Made, Written
from scrub837.resubmit.choose import LeftOut
from scrub837.results import money_text

SCHEMA = "scrub837/resubmission-1"
ZERO = Decimal("0.00")
QUIET = ("paid", "pending", "not-named", "outcome")  # only counted: these claims are in no list
_encode = msgspec.json.Encoder(decimal_format="string").encode


class ClaimEntry(msgspec.Struct, frozen=True):
    """A claim of a new file. ``claim_index`` counts the claims of the batch it was sent with."""

    claim: str
    claim_index: int
    kind: str  # original | replacement | void
    outcome: str  # what became of it
    payer_claim: str  # REF*F8
    charge: str
    interchange: str  # ISA13 and GS06 it has now
    group: str | None
    corrected: tuple[str, ...]  # rules whose corrections were made
    unchanged: bool  # what was objected to has not been put right here


class LeftEntry(msgspec.Struct, frozen=True):
    """A claim that is not in the new file. ``asked``: it was to be, so somebody has to look at it."""

    claim: str
    claim_index: int
    outcome: str
    charge: str
    why: str
    words: str
    asked: bool


class FileEntry(msgspec.Struct, frozen=True):
    """A new file, or a batch of which none was made."""

    batch: str | None  # name of the input, in a summary
    sent: str  # SHA-256 of the batch
    target: str | None  # name of the new file, in a summary
    output: Digest | None
    charge: str
    claims: tuple[ClaimEntry, ...]
    left_out: tuple[LeftEntry, ...]


class Journal(msgspec.Struct, frozen=True, rename={"schema_": "schema"}):
    """Beside a new file: its claims, where each comes from, and every correction in it."""

    schema_: str
    tool: Tool
    apply: Safety
    responses: tuple[str, ...]  # SHA-256 of the answers
    file: FileEntry
    missing: str  # why claims that were never answered are in it
    edits: tuple[Change, ...]  # ``start`` counts in the new file before corrections


class WrittenTotal(msgspec.Struct, frozen=True):
    """The claims of all new files. ``kinds`` counts original, replacement and void."""

    claims: int
    charge: str
    corrected: int
    unchanged: int
    kinds: dict[str, int]


class LeftTotal(msgspec.Struct, frozen=True):
    """The claims that were left out for one reason."""

    claims: int
    charge: str


class Totals(msgspec.Struct, frozen=True):
    """Every claim of the batches, counted once. ``left_out`` is by reason."""

    written: WrittenTotal
    left_out: dict[str, LeftTotal]


class Told(msgspec.Struct, frozen=True, rename={"schema_": "schema"}):
    """What a run made, on standard output."""

    schema_: str
    tool: Tool
    apply: Safety
    responses: tuple[str, ...]  # SHA-256 of the answers
    files: tuple[FileEntry, ...]
    totals: Totals
    left_out: tuple[LeftEntry, ...]


@dataclass(slots=True)
class Summary:
    """What became of every claim of the batches."""

    safety: Safety
    responses: Sequence[str]
    missing: str = ""
    files: list[Made] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)  # those that are listed
    counted: Counter[str] = field(default_factory=Counter)  # all that were left out, by why
    charges: dict[str, Decimal] = field(default_factory=dict)

    def leave(self, claims: Iterable[LeftOut]) -> None:
        """Claims that are not sent again."""
        for one in claims:
            self.counted[one.why] += 1
            self.charges[one.why] = self.charges.get(one.why, ZERO) + one.charge
            if one.why not in QUIET or one.asked:
                self.left_out.append(one)

    @property
    def written(self) -> list[Written]:
        """The claims of all new files."""
        return [claim for made in self.files for claim in made.claims]

    @property
    def status(self) -> int:
        """Exit status: 1 when a claim that was to be sent again is not."""
        return int(any(one.asked for one in self.left_out))


def journal_of_file(summary: Summary, made: Made) -> Journal:
    """The journal of a new file."""
    return Journal(
        SCHEMA, Tool(), summary.safety, tuple(summary.responses), file_entry(made, named=False),
        summary.missing, changes_of(made.splices),
    )  # fmt: skip


def write_journal(summary: Summary, made: Made, out: BinaryIO) -> None:
    """Write the journal of a new file as JSON."""
    out.write(_encode(journal_of_file(summary, made)) + b"\n")


def write_summary(summary: Summary, out: BinaryIO) -> None:
    """Write the summary as JSON. Same input, same bytes."""
    written = summary.written
    told = Told(
        SCHEMA,
        Tool(),
        summary.safety,
        tuple(summary.responses),
        tuple(file_entry(made, named=True) for made in summary.files),
        Totals(
            WrittenTotal(
                len(written),
                money_text(sum((one.charge for one in written), ZERO)),
                sum(bool(one.corrected) for one in written),
                sum(one.unchanged for one in written),
                dict(sorted(Counter(one.choice.kind.value for one in written).items())),
            ),
            {
                why: LeftTotal(number, money_text(summary.charges[why]))
                for why, number in sorted(summary.counted.items())
            },
        ),
        tuple(left_entry(one) for one in summary.left_out),
    )
    out.write(_encode(told) + b"\n")


def file_entry(made: Made, *, named: bool) -> FileEntry:
    """A new file, with the names of files where it is ``named``."""
    return FileEntry(
        made.source.name if named else None,
        made.sha256_sent,
        str(made.target) if named and made.target else None,
        Digest(made.sha256, made.size) if made.target else None,
        money_text(made.charge),
        tuple(_claim_entry(one) for one in made.claims),
        tuple(left_entry(one) for one in made.left_out),
    )


def left_entry(one: LeftOut) -> LeftEntry:
    """A claim that is not sent again."""
    return LeftEntry(
        one.claim, one.index, one.outcome.value, money_text(one.charge), one.why, one.words, one.asked
    )


def _claim_entry(one: Written) -> ClaimEntry:
    choice = one.choice
    return ClaimEntry(
        choice.claim, choice.index, choice.kind.value, choice.outcome.value, choice.payer_claim,
        money_text(one.charge), one.numbers.interchange, one.numbers.group, one.corrected,
        one.unchanged,
    )  # fmt: skip
