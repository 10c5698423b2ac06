"""A copy of an 837P without its patients, to be shared: it reads as the original and has the same findings.

What belongs to patients (``claims.persons``) is replaced by invented values of the same length; everything
else stays byte for byte, places included. Transactions that are no 837P, segments that are not known and what
belongs to nothing may name anybody: all words in them are replaced. So are the passwords of an ISA.
"""

from __future__ import annotations

import re
import secrets
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import BinaryIO

from scrub837.claims.persons import Kind, Persons
from scrub837.claims.values import read_day
from scrub837.engine import tasks_of
from scrub837.errors import InputUnreadable, OutputUnwritable
from scrub837.fixes.invented import Invented
from scrub837.fixes.publish import beside
from scrub837.x12.outline import Interchange, Outline, Transaction, read_outline
from scrub837.x12.segments import read_text
from scrub837.x12.separators import WHITESPACE, Separators
from scrub837.x12.source import Source

_TRIES = 4
_STRUCTURE = ("ST", "SE")  # of a transaction that is not read, what stays
_FIRST = re.compile(r"[\s\x00\x1a]*[A-Za-z0-9]{2,3}(?=[^A-Za-z0-9]|\Z)")  # the id of a stray segment


def write_redacted(source: Source, target: Path) -> Counter[Kind]:
    """Write the copy of ``source``, mode 0600, by a key that nobody keeps; gives how much was replaced.

    Raises ``InputUnreadable`` when the file holds no 837P, for then nobody knows where in it patients are,
    and ``OutputUnwritable``.
    """
    outline = read_outline(source)
    if not tasks_of(outline)[0]:
        raise InputUnreadable(
            f"{source.name} holds no 837P that can be read, so nothing in it can be redacted"
        )
    with beside(target) as draft:
        for _ in range(_TRIES):
            draft.file.seek(0)
            counts = redact(source, outline, secrets.token_bytes(32), draft.file)
            draft.file.flush()
            if _shape(read_outline(Source(source.name, draft.file))) == _shape(outline):
                draft.publish()
                return counts
    raise OutputUnwritable(f"{target} was not written: the copy would not be read as {source.name} is")


def _shape(outline: Outline) -> list[tuple[int, int, int]]:
    """Transactions and their claims: invented words must not look like the start of a segment."""
    return [(body.start, body.end, body.claims) for _, body in _bodies(outline)]


def redact(source: Source, outline: Outline, key: bytes, out: BinaryIO) -> Counter[Kind]:
    """Write the copy to ``out``; gives how many values of each kind were replaced.

    ``key`` decides what is invented. Whoever has it can turn the values back.
    """
    invented = Invented(key, days_of(source, outline))
    readable = {id(task.transaction) for task in tasks_of(outline)[0]}
    counts: Counter[Kind] = Counter()
    at = 0
    for interchange, transaction in _bodies(outline):
        _copy(source, at, transaction.start, _patches(source, outline, invented, at, transaction.start), out)
        persons = Persons() if id(transaction) in readable else None
        for piece, terminator in _pieces(source, transaction, interchange.separators.segment):
            text = _redacted(piece, interchange.separators, persons, invented, counts)
            out.write((text + terminator).encode("latin-1"))
        at = transaction.end
    _copy(source, at, outline.bytes, _patches(source, outline, invented, at, outline.bytes), out)
    return counts


def days_of(source: Source, outline: Outline) -> set[date]:
    """All days that a DTP of the file names: birth dates are to stay on their side of them."""
    days: set[date] = set()
    for interchange, transaction in _bodies(outline):
        for piece, _ in _pieces(source, transaction, interchange.separators.segment):
            if piece.lstrip(WHITESPACE).startswith("DTP"):
                found = map(read_day, re.findall(r"\d{8}", re.sub(r"\s", "", piece)))
                days.update(day for day in found if day is not None)
    return days


def _bodies(outline: Outline) -> Iterator[tuple[Interchange, Transaction]]:
    for interchange in outline.interchanges:
        for group in interchange.groups:
            for transaction in group.transactions:
                yield interchange, transaction


def _pieces(source: Source, transaction: Transaction, terminator: str) -> Iterator[tuple[str, str]]:
    """The text up to each terminator, and the terminator; none behind what is left at the end."""
    rest = ""
    for text in read_text(source, transaction.start, transaction.end):
        *whole, rest = (rest + text).split(terminator)
        for piece in whole:
            yield piece, terminator
    if rest:
        yield rest, ""


def _redacted(
    piece: str, separators: Separators, persons: Persons | None, invented: Invented, counts: Counter[Kind]
) -> str:
    """A segment as it stands, with the values of patients replaced."""
    parts = piece.split(separators.element)
    clean = [part.replace("\r", "").replace("\n", "").strip(WHITESPACE) for part in parts]
    if not clean[0] and len(parts) == 1:
        return piece
    if persons is not None:
        spots = list(persons.look(clean))
    else:
        spots = [(n, None, Kind.TEXT) for n in range(1, len(parts)) if clean[0] not in _STRUCTURE]
    for number, component, kind in spots:
        if number >= len(parts):
            continue
        if component is None:
            parts[number] = _another(parts[number], kind, invented, counts)
            continue
        inner = parts[number].split(separators.component)
        for n in range(component - 1, len(inner)):  # what a separator in a text cut off belongs to it
            inner[n] = _another(inner[n], kind, invented, counts)
        parts[number] = separators.component.join(inner)
    return separators.element.join(parts)


def _another(text: str, kind: Kind, invented: Invented, counts: Counter[Kind]) -> str:
    if kind is Kind.DATE:
        new = invented.day(text)
    elif kind is Kind.TEXT:
        new = invented.note(text)
    else:
        new = invented.value(text)
    counts[kind] += new != text
    return new


def _patches(
    source: Source, outline: Outline, invented: Invented, start: int, end: int
) -> list[tuple[int, int, str]]:
    """What is replaced between two transactions: passwords, and words that belong to nothing."""
    patches = []
    for interchange in outline.interchanges:
        if start <= interchange.isa.start < end:
            for element in (2, 4):
                first, last = interchange.isa.span(element)
                text = source.read_at(first, last - first).decode("latin-1")
                patches.append((first, last, invented.value(text)))
    for stray in outline.stray:
        if start <= stray.start < end and stray.kind not in ("bom", "lead", "blank"):
            text = "".join(read_text(source, stray.start, stray.end))
            pieces = text.split(stray.terminator) if stray.terminator else [text]
            new = (stray.terminator or "").join(_stray(piece, stray.kind, invented) for piece in pieces)
            patches.append((stray.start, stray.end, new))
    return sorted(patches)


def _stray(piece: str, kind: str, invented: Invented) -> str:
    """Text that belongs to nothing. Inside an interchange the id of a segment stays: it says what it is."""
    head = _FIRST.match(piece) if kind == "loose" else None
    cut = head.end() if head else 0
    return piece[:cut] + invented.note(piece[cut:])


def _copy(
    source: Source, start: int, end: int, patches: Sequence[tuple[int, int, str]], out: BinaryIO
) -> None:
    for first, last, new in patches:
        _write(source, start, first, out)
        out.write(new.encode("latin-1"))
        start = last
    _write(source, start, end, out)


def _write(source: Source, start: int, end: int, out: BinaryIO) -> None:
    for text in read_text(source, start, end):
        out.write(text.encode("latin-1"))
