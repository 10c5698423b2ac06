"""Service lines as rows, one after the other, for whoever wants the data and not the findings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from scrub837.claims.details import diagnoses, pointers
from scrub837.claims.model import Claim, Line
from scrub837.findings import HIDDEN
from scrub837.report import Format
from scrub837.results import money_text

FORMATS = {
    "csv": Format("report.lines_csv", ".csv"),
    "jsonl": Format("report.lines_jsonl", ".jsonl"),
    "parquet": Format("report.lines_parquet", ".parquet", to_screen=False, extra="parquet"),
}


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
