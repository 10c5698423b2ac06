"""Claims of a ledger, in the order they were taken, some thousands in hand at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from scrub837.audit.facts import HOLDING, RISKY, ClaimFacts, LineFacts, ReasonFacts
from scrub837.claims.values import read_number
from scrub837.nightly.database import Database
from scrub837.nightly.ledger_rows import State

CHUNK = 2_000  # claims
_CLAIMS = (
    "SELECT c.id, c.reference, c.patient, c.frequency, c.charge, c.payer, c.state, v.outcome, "
    "v.first_outcome, v.paid, v.open, v.first_open FROM claims c JOIN files f ON f.id = c.file_id "
    "LEFT JOIN verdicts v ON v.claim_id = c.id WHERE c.id > ? AND f.test = 0 ORDER BY c.id LIMIT ?"
)
_BETWEEN = "WHERE claim_id BETWEEN ? AND ?"


def ledger_claims(database: Database) -> Iterator[ClaimFacts]:
    """Every claim of files that are no tests, as often as it was taken."""
    last = 0
    while rows := database.query(_CLAIMS, (last, CHUNK)):
        first, last = rows[0][0], rows[-1][0]
        lines, providers = _lines(database, first, last)
        findings = _findings(database, first, last)
        reasons = _reasons(database, first, last)
        for row in rows:
            number, reference, patient, frequency, charge, payer, state, *verdict = row
            outcome, first_outcome, paid, still_open, first_open = (
                verdict if verdict[0] is not None else ("", "", 0, 0, 0)
            )
            own = tuple(lines.get(number, ()))
            rules = findings.get(number, [])
            yield ClaimFacts(
                payer, providers.get(number, ""), charge, frequency,
                frozenset(rule for rule, severity in rules if severity in RISKY),
                any(severity in HOLDING for _, severity in rules),
                own,
                hash((reference, patient, min((line.day for line in own if line.day), default=""))),
                state != State.SEEN.value,
                outcome, first_outcome, paid, still_open, first_open, tuple(reasons.get(number, ())),
            )  # fmt: skip


def _lines(database: Database, first: int, last: int) -> tuple[dict[int, list[LineFacts]], dict[int, str]]:
    """The lines of a stretch of claims, and who rendered the first one of each."""
    lines: dict[int, list[LineFacts]] = defaultdict(list)
    providers: dict[int, str] = {}
    for claim, code, modifiers, units, unit, day, rendering in database.query(
        "SELECT claim_id, code, modifiers, units, unit, day, rendering FROM lines "
        f"{_BETWEEN} AND nth_day = 0 ORDER BY claim_id, position",
        (first, last),
    ):
        providers.setdefault(claim, rendering)
        marks = tuple(filter(None, modifiers.split(":")))
        lines[claim].append(LineFacts(code, marks, units_of(units, unit), day or ""))
    return lines, providers


def units_of(units: str, unit: str) -> float:
    """Units of service; 0 for minutes and what cannot be read."""
    number = read_number(units)
    return float(number) if number is not None and unit == "UN" else 0.0


def _findings(database: Database, first: int, last: int) -> dict[int, list[tuple[str, str]]]:
    return _by_claim(
        database.query(
            f"SELECT claim_id, rule, severity FROM findings {_BETWEEN} AND waived = 0", (first, last)
        )
    )


def _reasons(database: Database, first: int, last: int) -> dict[int, list[ReasonFacts]]:
    found = _by_claim(
        database.query(f"SELECT claim_id, code, line, amount FROM verdict_reasons {_BETWEEN}", (first, last))
    )
    return {
        claim: [ReasonFacts(code, line, amount or 0) for code, line, amount in rows]
        for claim, rows in found.items()
    }


def _by_claim(rows: list[Any]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for claim, *rest in rows:
        found[claim].append(tuple(rest))
    return found
