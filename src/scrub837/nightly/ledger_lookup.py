"""What rules are told of earlier files. Only what was sent and still stands is told of; test files never."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import lru_cache
from itertools import islice
from typing import Any

from scrub837.claims.earlier import EarlierClaim, EarlierFile, EarlierLine
from scrub837.claims.sent import ControlNumbers, Seal, read_units
from scrub837.claims.services import Procedure
from scrub837.nightly.database import Database
from scrub837.nightly.ledger_rows import LONGEST, State

CHUNK = 500  # keys in one statement
_FILE = "f.name, f.published, f.sha256, f.claims"
_JOIN = "JOIN files f ON f.id = e.file_id"
_COUNTS = "f.state = 'published' AND f.test = 0"


class Lookup:
    """Answers from a ledger; an ``Earlier``."""

    def __init__(self, database: Database, seal: Seal) -> None:
        self.database = database
        self.seal = seal

    def label_of(self, name: str) -> str:
        """What a file is called where its name must not be told."""
        number = self.seal(b"file name", name.encode("utf-8", "surrogateescape").decode("latin-1"))
        return f"file-{number & (1 << 64) - 1:016x}"

    def file_of(self, sha256: str) -> EarlierFile | None:
        """The first file with these bytes."""
        return self._first("f.sha256 = ?", (sha256,))

    def batch_of(self, content: int) -> EarlierFile | None:
        """The first file that held these claims, as it came or as it was sent."""
        return self._first("(f.content = ? OR f.sent_content = ?)", (content, content))

    def numbers_used(
        self, numbers: Iterable[ControlNumbers]
    ) -> tuple[dict[ControlNumbers, EarlierFile], dict[ControlNumbers, EarlierFile]]:
        """Those whose ISA13, and those whose GS06, the two parties have used before, and where first."""
        interchanges, groups = {}, {}
        for one in numbers:
            if one.test:
                continue
            parties = "e.sender = ? AND e.receiver = ?"
            used = self._numbered(
                "interchange", parties, (one.interchange[:LONGEST], one.sender, one.receiver)
            )
            if used is not None:
                interchanges[one] = used
            if one.group:
                used = self._numbered(
                    "group_number", parties, (one.group[:LONGEST], one.sender, one.receiver)
                )
                if used is not None:
                    groups[one] = used
        return interchanges, groups

    def lines_of(self, encounters: Iterable[int]) -> Iterator[tuple[int, list[EarlierLine]]]:
        """The lines of each of these encounters that has any, in the order they were sent."""
        keys = iter(encounters)
        while some := list(islice(keys, CHUNK)):
            found: dict[int, list[EarlierLine]] = {}
            claims: dict[int, EarlierClaim] = {}
            for row in self.database.query(_LINES.format(",".join("?" * len(some))), some):
                found.setdefault(row[0], []).append(_line(row, claims))
            yield from ((key, found[key]) for key in some if key in found)

    def marks_since(self, file: int) -> set[object]:
        """What was sent in files after this one: bytes, contents, encounters, numbers with their parties."""
        where = f"WHERE f.id > ? AND {_COUNTS}"
        marks: set[object] = set()
        for row in self.database.rows(f"SELECT sha256, content, sent_content FROM files f {where}", (file,)):
            marks.update(row)
        sql = f"SELECT e.sender, e.receiver, e.interchange, e.group_number FROM envelopes e {_JOIN} {where}"
        for sender, receiver, interchange, group in self.database.rows(sql, (file,)):
            marks |= {(sender, receiver, interchange, None), (sender, receiver, None, group)}
        sql = f"SELECT l.encounter FROM lines l JOIN claims e ON e.id = l.claim_id {_JOIN} {where}"
        marks.update(encounter for (encounter,) in self.database.rows(sql, (file,)))
        return marks - {None}

    def _first(self, where: str, parameters: tuple[object, ...]) -> EarlierFile | None:
        rows = self.database.query(
            f"SELECT {_FILE}, (SELECT min(e.interchange) FROM envelopes e WHERE e.file_id = f.id) "
            f"FROM files f WHERE {where} AND {_COUNTS} ORDER BY f.published, f.id LIMIT 1",
            parameters,
        )
        return EarlierFile(*rows[0]) if rows else None

    def _numbered(self, column: str, parties: str, parameters: tuple[object, ...]) -> EarlierFile | None:
        rows = self.database.query(
            f"SELECT {_FILE}, e.interchange FROM envelopes e JOIN files f ON f.id = e.file_id "
            f"WHERE e.{column} = ? AND {parties} AND {_COUNTS} ORDER BY e.file_id LIMIT 1",
            parameters,
        )
        return EarlierFile(*rows[0]) if rows else None


_LINES = (
    "SELECT l.encounter, l.number, l.control, l.code, l.modifiers, l.units, l.unit, l.place, l.day, l.days, "
    "c.id, c.reference, c.frequency, c.content, f.name, f.published, f.sha256, f.claims "
    "FROM lines l JOIN claims c ON c.id = l.claim_id JOIN files f ON f.id = c.file_id "
    "WHERE l.encounter IN ({}) AND c.frequency <> '8' AND f.test = 0 "
    f"AND c.state = '{State.PUBLISHED.value}' ORDER BY l.encounter, f.published, c.id, l.position"
)


def _line(row: Sequence[Any], claims: dict[int, EarlierClaim]) -> EarlierLine:
    _, number, control, code, modifiers, units, unit, place, day, days, claim, *rest = row
    known = claims.get(claim)
    if known is None:
        reference, frequency, content, *file = rest
        known = claims[claim] = EarlierClaim(claim, reference, frequency, content, EarlierFile(*file))
    return EarlierLine(
        known, number, control, _procedure(code, modifiers), read_units(units), unit, place,
        date.fromisoformat(day), days,
    )  # fmt: skip


@lru_cache(1 << 10)
def _procedure(code: str, modifiers: str) -> Procedure:
    return Procedure("HC", code, tuple(filter(None, modifiers.split(":"))), "", "")
