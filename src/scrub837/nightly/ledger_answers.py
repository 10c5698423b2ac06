"""What payers said of the claims of a ledger, and which of them were made anew to be sent again.

A claim of a batch is found by its CLM01, by what it bills and by the interchange it went with. A claim that
was rejected never reached a decision: it no longer counts as sent, so that sending it again is no duplicate.
When every claim of a file was rejected, neither does the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

import msgspec

from scrub837.claims.sent import ControlNumbers
from scrub837.errors import TryLater
from scrub837.nightly.database import Database
from scrub837.nightly.ledger_rows import LONGEST, State

REJECTED = "rejected"
UNDECIDED = ("accepted", "missing")
HIGHEST = 999_999_999  # of ISA13


class SentKey(msgspec.Struct, frozen=True):
    """A claim as it was sent: CLM01, what it bills, and the ISA13 it went with."""

    reference: str
    content: int  # see claims.sent
    interchange: str


class VerdictReason(msgspec.Struct, frozen=True):
    """Why a claim was not paid as billed. ``line`` counts the lines of the claim from 1."""

    code: str  # "CO-97", "A7:562", "IK4 7"
    line: int | None
    amount: int | None  # hundredths of a cent


class Verdict(msgspec.Struct, frozen=True):
    """What became of a claim; amounts in hundredths of a cent."""

    key: SentKey
    outcome: str
    layer: int  # 1: TA1 or 999, 2: 277, 3: 835; what a higher one says counts more
    day: str  # of the last answer, ISO 8601; empty where none is told
    paid: int
    patient: int
    open: int
    reasons: tuple[VerdictReason, ...]


class Resent(msgspec.Struct, frozen=True):
    """A claim that was made anew."""

    key: SentKey
    frequency: str
    numbers: ControlNumbers  # it went, or is to go, with


def keep_verdicts(database: Database, verdicts: Iterable[Verdict]) -> tuple[int, int]:
    """Keep what became of claims; gives how many the ledger knows, and how many it does not.

    An answer that says less than the one that is kept, or is older, changes nothing. One transaction.
    """
    known = unknown = 0
    files: set[int] = set()
    with database.transaction():
        for verdict in verdicts:
            found = _claim_of(database, verdict.key)
            if found is None:
                unknown += 1
                continue
            known += 1
            claim, file, state, superseded = found
            before = _outcome(database, claim)
            if not _keep(database, claim, verdict):
                continue
            if verdict.outcome == REJECTED and state == State.PUBLISHED:
                _set_state(database, claim, State.SUPERSEDED)
                files.add(file)
            elif verdict.outcome != REJECTED == before and state == State.SUPERSEDED and superseded is None:
                _set_state(database, claim, State.PUBLISHED)  # it was taken in after all
                files.add(file)
        for file in sorted(files):
            _settle_file(database, file)
    return known, unknown


def _claim_of(database: Database, key: SentKey) -> tuple[int, int, str, int | None] | None:
    rows = database.query(
        "SELECT c.id, c.file_id, c.state, c.superseded_by FROM claims c "
        "WHERE c.reference = ? AND c.content = ? AND c.state <> ? AND EXISTS (SELECT 1 FROM envelopes e "
        "WHERE e.file_id = c.file_id AND ltrim(e.interchange, '0') = ?) ORDER BY c.id DESC LIMIT 1",
        (key.reference[:LONGEST], key.content, State.SEEN.value, _bare(key.interchange)),
    )
    return tuple(rows[0]) if rows else None


def _outcome(database: Database, claim: int) -> str:
    """What is kept of a claim; empty where nothing is."""
    rows = database.query("SELECT outcome FROM verdicts WHERE claim_id = ?", (claim,))
    return str(rows[0][0]) if rows else ""


def _keep(database: Database, claim: int, new: Verdict) -> bool:
    """Write a verdict unless a better one is there; says whether it was written."""
    rows = database.query(
        "SELECT layer, day, first_outcome, first_open FROM verdicts WHERE claim_id = ?", (claim,)
    )
    first = (new.outcome, new.open)
    if rows:
        layer, day, first_outcome, first_open = rows[0]
        if (new.layer, new.day) < (layer, day):
            return False
        if first_outcome not in UNDECIDED:
            first = (first_outcome, first_open)
        database.execute("DELETE FROM verdicts WHERE claim_id = ?", (claim,))
        database.execute("DELETE FROM verdict_reasons WHERE claim_id = ?", (claim,))
    columns = (
        "claim_id", "outcome", "layer", "day", "paid", "patient", "open", "first_outcome", "first_open",
    )  # fmt: skip
    row = (claim, new.outcome, new.layer, new.day, new.paid, new.patient, new.open, *first)
    database.insert("verdicts", columns, [row])
    database.insert(
        "verdict_reasons",
        ("claim_id", "code", "line", "amount"),
        [(claim, one.code[:LONGEST], one.line, one.amount) for one in new.reasons],
    )
    return True


def _set_state(database: Database, claim: int, state: State) -> None:
    database.execute("UPDATE claims SET state = ? WHERE id = ?", (state.value, claim))


def _settle_file(database: Database, file: int) -> None:
    """A file counts as sent as long as one of its claims does."""
    standing = database.query(
        "SELECT 1 FROM claims WHERE file_id = ? AND state = ? LIMIT 1", (file, State.PUBLISHED.value)
    )
    database.execute(
        "UPDATE files SET state = ? WHERE id = ?",
        ((State.PUBLISHED if standing else State.SUPERSEDED).value, file),
    )


# --- claims that were made anew ----------------------------------------------------------------------


def made_before(database: Database, keys: Iterable[SentKey]) -> Iterator[tuple[SentKey, str]]:
    """Those of the claims that were made anew before, each with the ISA13 it was given then."""
    for key in keys:
        rows = database.query(
            "SELECT sent_with FROM resubmissions WHERE reference = ? AND content = ? AND interchange = ? "
            "ORDER BY made DESC LIMIT 1",
            (key.reference[:LONGEST], key.content, _bare(key.interchange)),
        )
        if rows:
            yield key, str(rows[0][0])


def next_number(database: Database, parties: Iterable[tuple[str, str]]) -> int:
    """The lowest number above every ISA13 and GS06 that these senders used for these receivers."""
    highest = 0
    for sender, receiver in sorted(set(parties)):
        for table, columns in (
            ("envelopes", "interchange, group_number"),
            ("resubmissions", "sent_with, group_number"),
        ):
            rows = database.rows(
                f"SELECT DISTINCT {columns} FROM {table} WHERE sender = ? AND receiver = ?",
                (sender, receiver),
            )
            for row in rows:
                highest = max([highest, *(int(one) for one in row if _is_number(one))])
    return highest + 1


def used_numbers(database: Database, numbers: Iterable[ControlNumbers]) -> list[str]:
    """Those of these ISA13 that their sender used for their receiver, in whatever file of the ledger."""
    found = []
    for one in numbers:
        for table, column in (("envelopes", "interchange"), ("resubmissions", "sent_with")):
            if database.query(
                f"SELECT 1 FROM {table} WHERE sender = ? AND receiver = ? AND ltrim({column}, '0') = ? "
                "LIMIT 1",
                (one.sender, one.receiver, _bare(one.interchange)),
            ):
                found.append(one.interchange)
                break
    return found


def keep_resubmissions(database: Database, claims: Sequence[Resent], sha256: str, at: datetime) -> None:
    """Keep that these claims were made anew, in a file with this digest. One transaction.

    Raises ``TryLater`` when another process took one of the numbers meanwhile.
    """
    made = at.astimezone(UTC).isoformat(timespec="seconds")
    with database.transaction():
        if used_numbers(database, dict.fromkeys(one.numbers for one in claims)):
            raise TryLater("another process has just used the control numbers; nothing was written")
        database.insert(
            "resubmissions",
            (
                "reference", "content", "interchange", "frequency", "sent_with", "group_number", "sender",
                "receiver", "sha256", "made",
            ),
            [
                (
                    one.key.reference[:LONGEST], one.key.content, _bare(one.key.interchange), one.frequency,
                    one.numbers.interchange, one.numbers.group or "", one.numbers.sender,
                    one.numbers.receiver, sha256, made,
                )
                for one in claims
            ],
        )  # fmt: skip


def take_back(database: Database, sha256: str) -> None:
    """The file with this digest was not written after all."""
    with database.transaction():
        database.execute("DELETE FROM resubmissions WHERE sha256 = ?", (sha256,))


def _bare(number: str) -> str:
    return number.strip().lstrip("0")


def _is_number(text: str | None) -> bool:
    return text is not None and text.isascii() and text.isdecimal() and int(text) <= HIGHEST
