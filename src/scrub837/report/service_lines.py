"""Service lines as rows, one after the other, for whoever wants the data and not the findings."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import BinaryIO

import msgspec

from scrub837.claims.details import diagnoses, pointers
from scrub837.claims.model import Claim, Line
from scrub837.findings import HIDDEN
from scrub837.report.as_csv import cell
from scrub837.results import money_text

_encode = msgspec.json.Encoder().encode


class ServiceLine(msgspec.Struct, frozen=True, gc=False, rename={"from_": "from"}):
    """A service line with what its claim says of it. Amounts and units are text, as in the report."""

    file: str
    claim: str
    claim_index: int
    transaction: str | None
    patient: str
    member_id: str
    birth_date: str
    payer: str
    payer_id: str
    filing: str
    profile: str
    frequency: str
    claim_charge: str
    billing: str  # NPI
    line: int | None
    line_control: str | None
    code: str
    modifiers: tuple[str, ...]
    units: str
    unit: str
    charge: str
    from_: str | None
    to: str | None
    place: str
    rendering: str  # NPI
    pointers: tuple[str, ...]
    diagnoses: tuple[str, ...]  # the codes they point to


def service_lines(claims: Iterable[Claim], file: str, *, redact: bool) -> Iterator[ServiceLine]:
    """The service lines of ``claims``. With ``redact``, patients have no name, member id and birth date."""
    for claim in claims:
        who = (HIDDEN, HIDDEN, HIDDEN) if redact else (claim.patient_name, claim.member_id, claim.birth_date)
        codes = {str(one.number): one.code for one in diagnoses(claim)}
        for line in claim.lines:
            yield _row(file, who, claim, line, codes)


def write_csv(rows: Iterable[ServiceLine], out: BinaryIO) -> None:
    """A header and a row a line; what stands in a list is joined by blanks."""
    text = io.TextIOWrapper(out, "utf-8", newline="", write_through=True)
    try:
        table = csv.writer(text)
        table.writerow(ServiceLine.__struct_encode_fields__)
        for row in rows:
            table.writerow(map(cell, msgspec.structs.astuple(row)))
        text.flush()
    finally:
        text.detach()  # the stream belongs to the caller


def write_jsonl(rows: Iterable[ServiceLine], out: BinaryIO) -> None:
    """A JSON object a line."""
    for row in rows:
        out.write(_encode(row) + b"\n")


def _row(
    file: str, who: tuple[str, str, str], claim: Claim, line: Line, codes: dict[str, str]
) -> ServiceLine:
    procedure, dates, points = line.procedure, line.dates, tuple(pointers(line))
    return ServiceLine(
        file,
        claim.id,
        claim.index,
        claim.envelope.transaction,
        *who,
        claim.payer_name,
        claim.payer_id,
        claim.filing,
        claim.profile.name,
        claim.frequency,
        money_text(claim.charge),
        claim.billing_npi,
        line.number,
        line.control,
        procedure.code,
        procedure.modifiers,
        line.service.units_text,
        line.unit,
        money_text(line.charge),
        dates.first_text,
        dates.last_text,
        line.place,
        line.rendering,
        points,
        tuple(codes[point] for point in points if point in codes),
    )
