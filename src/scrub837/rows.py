"""Claims and timed days as the report shows them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scrub837.claims.encounters import Encounter
from scrub837.claims.model import Claim, Line
from scrub837.claims.values import read_line_number, read_service_dates
from scrub837.results import ClaimRow, LineRow, PayerRow, PersonRow, amount_text, money_text
from scrub837.rules._minutes import timed_days
from scrub837.rules._rule import Context
from scrub837.rules._series import Series, documented_minutes, series_of
from scrub837.timed import Supported, TimedLine, TimedRow


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


def timed_rows(encounter: Encounter, context: Context) -> Iterator[TimedRow]:
    """The timed days of an encounter: pooled codes by discipline, then codes with steps of their own."""
    for day in timed_days(encounter, context):
        rules = [
            Supported(support.rule, support.units, support.legal_words(), verdict)
            for support, verdict in zip(day.supports, day.verdicts, strict=True)
        ]
        yield TimedRow(
            day.day.isoformat(),
            encounter.provider,
            day.discipline,
            encounter.profile.name,
            _timed_lines(day.lines),
            day.minutes,
            day.set_aside,
            sum(day.minutes.values()),
            day.billed,
            day.units,
            rules,
            day.unclear or None,
        )
    for series in series_of(encounter, context):
        yield _series_row(encounter, series, context)


def _series_row(encounter: Encounter, series: Series, context: Context) -> TimedRow:
    minutes: dict[str, int] = {}
    for line in series.lines:
        own = documented_minutes(line, context)
        if own is not None:
            minutes[line.procedure.code] = minutes.get(line.procedure.code, 0) + own
    billed = {line.procedure.code: series.billed((line.procedure.code,)) for line in series.lines}
    units = series.steps.units(series.minutes)
    ways = zip((series.steps.firsts, series.steps.further), units, strict=True)
    legal = " + ".join(f"{'/'.join(codes)} x{own}" for codes, own in ways if own) or "none"
    return TimedRow(
        encounter.day.isoformat(),
        encounter.provider,
        "",
        encounter.profile.name,
        _timed_lines(series.lines),
        minutes,
        {},
        sum(minutes.values()),
        billed,
        sum(billed.values()),
        [] if series.unclear else [Supported("steps", sum(units), [legal], series.verdict)],
        series.unclear or None,
    )


def _timed_lines(lines: Iterable[Line]) -> list[TimedLine]:
    return [TimedLine(line.claim.id, line.claim.index, line.number, line.control) for line in lines]
