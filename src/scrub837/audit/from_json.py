"""Claims of JSON reports, joined by batch and place to what JSON responses tell of them.

Of each file only what is counted is decoded. A report is held one at a time; of the responses what became of
the claims is kept, a few hundred bytes a claim.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from scrub837.audit.facts import HOLDING, RISKY, ClaimFacts, LineFacts, ReasonFacts
from scrub837.audit.from_ledger import units_of
from scrub837.claims.values import hundredths_of_cents
from scrub837.errors import InputUnreadable
from scrub837.responses.as_json import SCHEMA as RESPONSES
from scrub837.results import SCHEMA as REPORT


class _Place(msgspec.Struct):
    claim_index: int | None = None


class _Fix(msgspec.Struct):
    applied: bool = False


class _Finding(msgspec.Struct):
    name: str
    severity: str
    location: _Place
    fix: _Fix | None = None
    waived: dict[str, Any] | None = None


class _Line(msgspec.Struct, rename={"from_": "from"}):
    code: str
    modifiers: tuple[str, ...]
    units: str
    unit: str
    rendering: str
    from_: str | None


class _Person(msgspec.Struct):
    name: str = ""
    member_id: str = ""


class _Payer(msgspec.Struct):
    id: str = ""


class _Claim(msgspec.Struct):
    claim: str
    index: int
    patient: _Person
    payer: _Payer
    frequency: str
    charge: str
    lines: list[_Line]


class _File(msgspec.Struct):
    sha256: str
    findings: list[_Finding]
    claims: list[_Claim]


class _Report(msgspec.Struct):
    files: list[_File]


class _Reason(msgspec.Struct):
    list: str
    code: str
    group: str
    amount: str | None
    line: int | None


class _Work(msgspec.Struct):
    claim_index: int
    batch: int
    reasons: tuple[_Reason, ...]


class _Answered(msgspec.Struct):
    claim_index: int
    batch: int
    outcome: str
    paid: str
    open: str


class _Batch(msgspec.Struct):
    sha256: str


class _Responses(msgspec.Struct):
    batches: list[_Batch]
    worklist: list[_Work]
    claims: list[_Answered]


class _Head(msgspec.Struct, rename={"schema_": "schema"}):
    schema_: str = ""


class Told(msgspec.Struct, frozen=True):
    """What became of a claim."""

    outcome: str
    paid: int
    open: int
    reasons: tuple[ReasonFacts, ...]


_Of = TypeVar("_Of")
By = dict[tuple[str, int], Told]  # SHA-256 of the batch, index of the claim


def sort_files(paths: Sequence[Path]) -> tuple[list[Path], list[Path]]:
    """Reports and responses, each in the order given. Raises ``InputUnreadable`` for anything else."""
    reports: list[Path] = []
    responses: list[Path] = []
    for path in paths:
        schema = _read(path, _Head).schema_
        if schema not in (REPORT, RESPONSES):
            raise InputUnreadable(f"{path} is neither a JSON report nor JSON responses of scrub837")
        (reports if schema == REPORT else responses).append(path)
    return reports, responses


def read_responses(paths: Sequence[Path]) -> By:
    """What became of claims; a later file counts, except where it knows no answer."""
    told: By = {}
    for path in paths:
        whole = _read(path, _Responses)
        reasons = {(one.batch, one.claim_index): _reasons(one) for one in whole.worklist}
        for one in whole.claims:
            key = whole.batches[one.batch].sha256, one.claim_index
            if one.outcome != "missing" or key not in told:
                told[key] = Told(
                    one.outcome, hundredths_of_cents(one.paid), hundredths_of_cents(one.open),
                    reasons.get((one.batch, one.claim_index), ()),
                )  # fmt: skip
    return told


def _reasons(work: _Work) -> tuple[ReasonFacts, ...]:
    return tuple(
        ReasonFacts(_code(one), one.line, hundredths_of_cents(one.amount) if one.amount else 0)
        for one in work.reasons
    )


def _code(reason: _Reason) -> str:
    """As ``responses.entries.reason_code`` writes it."""
    if reason.list == "CARC":
        return f"{reason.group}-{reason.code}" if reason.group else reason.code
    return reason.code if reason.list in ("STC", "RARC") else f"{reason.list} {reason.code}"


def report_claims(paths: Sequence[Path], told: By) -> Iterator[ClaimFacts]:
    """Every claim of the reports, in the order given."""
    for path in paths:
        for file in _read(path, _Report).files:
            found: dict[int, list[tuple[str, str]]] = defaultdict(list)
            for one in file.findings:
                index = one.location.claim_index
                if index is not None and one.waived is None and not (one.fix and one.fix.applied):
                    found[index].append((one.name, one.severity))
            for claim in file.claims:
                yield _facts(claim, found.get(claim.index, ()), told.get((file.sha256, claim.index)))


def _facts(claim: _Claim, found: Sequence[tuple[str, str]], told: Told | None) -> ClaimFacts:
    lines = tuple(
        LineFacts(one.code, one.modifiers, units_of(one.units, one.unit), one.from_ or "")
        for one in claim.lines
    )
    first_day = min((line.day for line in lines if line.day), default="")
    answered = told is not None and told.outcome != "missing"
    return ClaimFacts(
        claim.payer.id,
        claim.lines[0].rendering if claim.lines else "",
        hundredths_of_cents(claim.charge),
        claim.frequency,
        frozenset(name for name, severity in found if severity in RISKY),
        any(severity in HOLDING for _, severity in found),
        lines,
        hash((claim.claim, claim.patient.name, claim.patient.member_id, first_day)),
        told is not None,
        told.outcome if told and answered else "",
        told.outcome if told and answered else "",
        told.paid if told else 0,
        told.open if told else 0,
        told.open if told else 0,
        told.reasons if told else (),
    )


def _read(path: Path, type_: type[_Of]) -> _Of:
    try:
        return msgspec.json.decode(path.read_bytes(), type=type_)
    except OSError as error:
        raise InputUnreadable(f"{path} cannot be read: {error.strerror}") from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise InputUnreadable(f"{path} is not JSON that scrub837 wrote") from error
