"""Claims as the report shows them."""

from __future__ import annotations

from collections.abc import Iterable

from scrub837.claims.model import Claim, Line
from scrub837.claims.values import read_line_number, read_service_dates
from scrub837.results import ClaimRow, LineRow, PayerRow, PersonRow, amount_text, money_text
from scrub837.rules._rule import Context


def claim_row(claim: Claim, context: Context) -> ClaimRow:
    """A claim as the report shows it."""
    redact = context.settings.redact
    if redact:
        person = PersonRow("(redacted)", "(redacted)", "")
    else:
        person = PersonRow(claim.patient_name, claim.member_id, claim.birth_date)
    return ClaimRow(
        claim.id,
        claim.index,
        claim.envelope.transaction,
        person,
        PayerRow(claim.payer_name, claim.payer_id),
        claim.profile.name,
        claim.frequency,
        amount_text(claim.charge_text),
        plain_rows(claim)
        if claim.plain and not context.documentation.given
        else line_rows(claim.lines, context),
    )


def plain_rows(claim: Claim) -> list[LineRow]:
    """The lines of a plain claim with nothing documented, without making them."""
    element, rendering = claim.block.separators.element, claim.rendering
    rows = []
    for (number, _, text, control), service in zip(claim.plain, claim.services, strict=True):
        procedure, dates = service.procedure, read_service_dates(text, element)
        rows.append(
            LineRow(
                read_line_number(number), control.strip() or None, procedure.code, procedure.modifiers,
                service.units_text, service.unit, money_text(service.charge), dates.first_text,
                dates.last_text, service.place or claim.place, rendering, None, None,
            )
        )  # fmt: skip
    return rows


def line_rows(lines: Iterable[Line], context: Context) -> list[LineRow]:
    """Service lines as the report shows them."""
    documentation = context.documentation
    rows = []
    for line in lines:
        procedure, dates = line.procedure, line.dates
        known = documentation.record(line) if documentation.given else None
        row = LineRow(
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
            known.minutes if known else None,
            known.area if known else None,
        )
        rows.append(row)
    return rows
