"""Writes files, claims, lines and findings to the ledger. Called inside a transaction."""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

import msgspec

from scrub837.claims.sent import ControlNumbers, Sendings, SentClaim, batch_content
from scrub837.claims.values import REPLACING, hundredths_of_cents
from scrub837.findings import Severity
from scrub837.nightly.database import Database
from scrub837.nightly.ledger_rows import LONGEST, State

if TYPE_CHECKING:
    from scrub837.results import FileReport

CHUNK = 10_000  # claims in hand
CLEAN = "clean"
_SEVERITIES = {severity.rank: severity.value for severity in Severity}
_CLAIM = (
    "id", "file_id", "position", "reference", "patient", "content", "frequency", "charge", "payer", "profile",
    "verdict", "state",
)  # fmt: skip
_LINE = (
    "claim_id", "position", "nth_day", "encounter", "number", "control", "code", "modifiers", "units", "unit",
    "charge", "day", "days", "place", "rendering",
)  # fmt: skip


class FileEntry(msgspec.Struct, frozen=True, kw_only=True):
    """What the run knows of a file and its report does not tell."""

    run: int | None
    name: str  # as it came; hashed by the caller where partners put names of patients into it
    settings: str  # see settings_digest
    editions: str  # see editions_digest
    outcome: str
    started: datetime
    finished: datetime | None = None
    outputs: Mapping[str, str] = {}


def write_file(
    database: Database, number: int, first_claim: int, entry: FileEntry, report: FileReport
) -> None:
    """Add a file as ``seen``. Raises ``ValueError`` when its report was made without a ledger."""
    sent, counts = report.sent, report.counts
    if sent is None:
        raise ValueError("the report was made without a ledger: nothing can be recorded of its claims")
    row = {
        "id": number, "run_id": entry.run, "name": _readable(entry.name),
        "sha256": report.sha256, "bytes": report.bytes,
        "settings": entry.settings, "editions": entry.editions, "status": report.status,
        "outcome": entry.outcome, "state": State.SEEN.value, "test": int(sent.test), "claims": counts.claims,
        "lines": counts.lines, "charge": int(counts.charge.scaleb(4)),
        "findings": json.dumps(dict(report.severities()), sort_keys=True),
        "content": batch_content(claim.content for claim in sent.rows()), "started": _text(entry.started),
        "finished": _text(entry.finished) if entry.finished else None,
        "outputs": json.dumps(dict(entry.outputs), sort_keys=True),
    }  # fmt: skip
    database.insert("files", tuple(row), [tuple(row.values())])
    _write_numbers(database, number, sent.numbers)
    verdicts = _verdicts(report)
    rows = sent.rows()
    at = first_claim
    while claims := list(islice(rows, CHUNK)):
        database.insert(
            "claims",
            _CLAIM,
            (_claim(n, number, claim, verdicts[claim.index]) for n, claim in enumerate(claims, at)),
        )
        lines = [row for n, claim in enumerate(claims, at) for row in _lines(n, claim)]
        lines.sort(
            key=_by_encounter
        )  # in the order of the index, which is then written from one end to the other
        database.insert("lines", _LINE, lines)
        at += len(claims)
    database.insert(
        "findings",
        ("file_id", "claim_id", "rule", "severity", "fingerprint", "waived"),
        _findings(number, first_claim, report),
    )


def publish_claims(
    database: Database, file: int, claims: Sequence[int] | None, sent: Sendings | None
) -> None:
    """Set the state of the claims that were sent, and write what was sent of them where it is another."""
    if sent is not None:
        _replace_content(database, file, claims, sent)
        database.execute("DELETE FROM envelopes WHERE file_id = ?", (file,))
        _write_numbers(database, file, sent.numbers)
    if claims is None:
        database.execute("UPDATE claims SET state = ? WHERE file_id = ?", (State.PUBLISHED.value, file))
    else:
        for some in _chunked(list(claims), 500):
            database.execute(
                f"UPDATE claims SET state = ? WHERE file_id = ? AND position IN ({_marks(some)})",
                (State.PUBLISHED.value, file, *some),
            )
    contents = database.query(
        "SELECT content FROM claims WHERE file_id = ? AND state = ? ORDER BY position",
        (file, State.PUBLISHED.value),
    )
    database.execute(
        "UPDATE files SET sent_content = ? WHERE id = ?", (batch_content(row[0] for row in contents), file)
    )
    _supersede(database, file)


def unpublish_claims(database: Database, file: int, state: State) -> None:
    """A file is not, or no longer, sent: what its claims had superseded stands again."""
    database.execute(
        "UPDATE claims SET state = ?, superseded_by = NULL "
        "WHERE superseded_by IN (SELECT id FROM claims WHERE file_id = ?)",
        (State.PUBLISHED.value, file),
    )
    database.execute(
        "UPDATE claims SET state = ? WHERE file_id = ? AND state <> ?",
        (state.value, file, State.SEEN.value),
    )


def _replace_content(database: Database, file: int, claims: Sequence[int] | None, sent: Sendings) -> None:
    known = database.query(
        "SELECT position, id, content FROM claims WHERE file_id = ? ORDER BY position", (file,)
    )
    wanted = set(claims) if claims is not None else None
    targets = [row for row in known if wanted is None or row[0] in wanted]
    if len(targets) != len(sent):
        raise ValueError(f"{len(sent)} claims were sent, and {len(targets)} are named")
    for (_, number, content), claim in zip(targets, sent.rows(), strict=True):
        if content == claim.content:
            continue
        database.execute(
            "UPDATE claims SET reference = ?, patient = ?, content = ?, frequency = ?, charge = ?, "
            "payer = ?, profile = ? WHERE id = ?",
            (
                claim.reference[:LONGEST], claim.patient, claim.content, claim.frequency,
                hundredths_of_cents(claim.charge), claim.payer, claim.profile, number,
            ),
        )  # fmt: skip
        database.execute("DELETE FROM lines WHERE claim_id = ?", (number,))
        database.insert("lines", _LINE, list(_lines(number, claim)))


def _supersede(database: Database, file: int) -> None:
    """Replacements and voids take the place of the claim they refer to.

    That is the claim with their CLM01, as the payer's claim number is not known here. Where none has it, it
    is the one that billed one of their codes for the same patient, day and provider.
    """
    replacing = database.query(
        f"SELECT id, reference, patient FROM claims WHERE file_id = ? AND state = ? "
        f"AND frequency IN ({_marks(REPLACING)}) ORDER BY position",
        (file, State.PUBLISHED.value, *REPLACING),
    )
    change = "UPDATE claims SET state = ?, superseded_by = ? WHERE state = ? AND id < ? AND "
    for number, reference, patient in replacing:
        values = (State.SUPERSEDED.value, number, State.PUBLISHED.value, number)
        by_reference = "reference = ? AND patient = ?"
        if database.execute(change + by_reference, (*values, reference, patient)):
            continue
        database.execute(
            change + "id IN (SELECT o.claim_id FROM lines o JOIN lines m ON m.encounter = o.encounter "
            "AND m.code = o.code WHERE m.claim_id = ?)",
            (*values, number),
        )


def _write_numbers(database: Database, file: int, numbers: Sequence[ControlNumbers]) -> None:
    database.insert(
        "envelopes",
        ("file_id", "interchange", "group_number", "sender", "receiver"),
        [
            (file, one.interchange[:LONGEST], one.group and one.group[:LONGEST], one.sender, one.receiver)
            for one in numbers
        ],
    )


def _verdicts(report: FileReport) -> list[str]:
    """The worst severity found of each claim, at its index."""
    worst = array("b", [-1]) * (report.counts.claims + 1)
    for number in report.standing:
        claim, rank = report.found.claim[number], report.found.rank[number]
        if claim and rank > worst[claim]:
            worst[claim] = rank
    return [_SEVERITIES.get(rank, CLEAN) for rank in worst]


def _claim(number: int, file: int, claim: SentClaim, verdict: str) -> tuple[Any, ...]:
    return (
        number, file, claim.index, claim.reference[:LONGEST], claim.patient, claim.content, claim.frequency,
        hundredths_of_cents(claim.charge), claim.payer, claim.profile, verdict, State.SEEN.value,
    )  # fmt: skip


def _lines(number: int, claim: SentClaim) -> Iterator[tuple[Any, ...]]:
    for position, line in enumerate(claim.lines, start=1):
        for nth, encounter in enumerate(line.encounters or [None]):
            yield (
                number, position, nth, encounter, line.number, line.control, line.code, line.modifiers,
                line.units, line.unit, hundredths_of_cents(line.charge), line.first, line.days, line.place,
                line.rendering,
            )  # fmt: skip


def _by_encounter(line: tuple[Any, ...]) -> int:
    return line[3] or 0


def _findings(file: int, first_claim: int, report: FileReport) -> Iterator[tuple[Any, ...]]:
    found = report.found
    for number in report.order:
        claim = found.claim[number]
        yield (
            file, first_claim + claim - 1 if claim else None, found.name[number],
            _SEVERITIES[found.rank[number]], report.fingerprint(number), int(number in report.waived),
        )  # fmt: skip


def _readable(name: str) -> str:
    """The name of a file as text, where it is not UTF-8."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _chunked(values: list[int], size: int) -> Iterator[list[int]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]


def _marks(values: Sequence[object]) -> str:
    return ",".join("?" * len(values))


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")
