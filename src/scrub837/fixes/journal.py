"""The journal of a corrected file: every change with its reason, from which the original is rebuilt."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import msgspec

from scrub837 import __version__
from scrub837.errors import CorrectionUnproven, InputUnreadable
from scrub837.findings import Safety
from scrub837.fixes.compose import Proposal, Splice
from scrub837.fixes.publish import beside
from scrub837.fixes.splice import compare, inverse, write_spliced
from scrub837.x12.source import Source

SCHEMA = "scrub837/journal-1"


class Digest(msgspec.Struct, frozen=True):
    """A file, by its content."""

    sha256: str
    bytes: int


class Tool(msgspec.Struct, frozen=True):
    """What wrote the journal."""

    name: str = "scrub837"
    version: str = __version__


class EditionUsed(msgspec.Struct, frozen=True):
    """An edition of the reference data the rules went by."""

    program: str
    table: str
    edition: str


class Reason(msgspec.Struct, frozen=True):
    """A finding that a change corrects. ``evidence`` names the log row and the person of a documented one."""

    code: str
    name: str
    safety: Safety
    evidence: str | None
    interchange: str | None
    transaction: str | None
    claim: str | None
    claim_index: int | None
    line: int | None
    element: str | None


class Change(msgspec.Struct, frozen=True):
    """Bytes from ``start`` of the original on read ``before`` and were made ``after`` (Latin-1 text)."""

    start: int
    before: str
    after: str
    reasons: tuple[Reason, ...]


class Journal(msgspec.Struct, frozen=True, rename={"schema_": "schema"}):
    """What was changed in a file, by what and why. It holds no clock, host or user."""

    schema_: str
    tool: Tool
    apply: Safety
    input: Digest
    output: Digest
    reference: tuple[EditionUsed, ...]
    edits: tuple[Change, ...]


def changes_of(splices: Sequence[Splice]) -> tuple[Change, ...]:
    """The changes of a journal."""
    return tuple(
        Change(one.start, one.before, one.after, tuple(_reason(proposal) for proposal in one.by))
        for one in splices
    )


def _reason(proposal: Proposal) -> Reason:
    place = proposal.place
    return Reason(
        proposal.code,
        proposal.name,
        proposal.safety,
        proposal.evidence,
        place.interchange,
        place.transaction,
        place.claim,
        place.claim_index,
        place.line,
        place.element,
    )


def write_journal(journal: Journal, out: BinaryIO) -> None:
    """Write it as JSON, one change a line."""
    encode = msgspec.json.Encoder().encode
    head = encode(msgspec.structs.replace(journal, edits=()))
    out.write(head.removesuffix(b"[]}") + b"[")
    for number, change in enumerate(journal.edits):
        out.write((b",\n" if number else b"\n") + encode(change))
    out.write(b"]}\n")


def read_journal(path: Path) -> Journal:
    """The journal in a file. Raises ``InputUnreadable`` when there is none."""
    try:
        journal = msgspec.json.decode(path.read_bytes(), type=Journal)
    except OSError as error:
        raise InputUnreadable(f"the journal {path} cannot be read: {error.strerror}") from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise InputUnreadable(f"{path} is not a journal of scrub837") from error
    if journal.schema_ != SCHEMA:
        raise InputUnreadable(f"{path} is not a journal this version can read: it is not {SCHEMA}")
    return journal


def undo(corrected: Source, journal: Journal, target: Path) -> None:
    """Write the original of ``corrected`` to ``target``, bit for bit.

    Raises ``CorrectionUnproven``, with nothing written, when the journal is not of this file or the result is
    not the file the journal was written for.
    """
    back = inverse([Splice(e.start, e.start + len(e.before), e.before, e.after, ()) for e in journal.edits])
    with beside(target) as draft:
        write_spliced(corrected, corrected.size, back, draft.file)
        draft.file.flush()
        restored = Source(target.name, draft.file)
        was, now = compare(corrected, corrected.size, restored, back)
        if (was, corrected.size) != (journal.output.sha256, journal.output.bytes):
            raise CorrectionUnproven("the journal is not of this file, or the file was changed since")
        if (now, restored.size) != (journal.input.sha256, journal.input.bytes):
            raise CorrectionUnproven("the journal does not lead back to the original: it was changed")
        draft.publish()
