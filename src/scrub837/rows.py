"""Claims and timed days as the report shows them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import lru_cache
from typing import TypeVar

import msgspec

from scrub837.claims.encounters import Encounter, provider_of
from scrub837.claims.intervals import Interval
from scrub837.claims.model import Claim, Line, PlainLines
from scrub837.claims.services import Billed, Days, Service, ServiceDates
from scrub837.claims.values import read_line_number
from scrub837.results import ClaimRow, LineRow, PayerRow, PersonRow, amount_text, money_text
from scrub837.rules._minutes import timed_days
from scrub837.rules._rule import Context
from scrub837.rules._series import Series, documented_minutes, series_of
from scrub837.rules._usual import TimedText
from scrub837.timed import Supported, TimedLine, TimedRecord, TimedRow

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")
_encode = msgspec.json.Encoder().encode
_REMEMBERED = 1 << 13


class ClaimRows:
    """Claims as JSON rows. Parts that many claims have alike are encoded once, and most rows are joined."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._payers: dict[tuple[str, str, str], str] = {}  # by name, id and profile
        self._services: dict[object, list[str]] = {}  # by what is billed, with its charges
        self._days: dict[int, list[str]] = {}
        self._places: dict[object, list[str]] = {}  # by what is billed, place and provider
        self._numbers: dict[tuple[str, ...], list[str]] = {}

    def rows(self, claims: Sequence[Claim]) -> list[bytes]:
        """The row of each claim, see ``claim_row``."""
        alike = not self._context.settings.redact and _all_simple(claims)
        return [self._row(claim, simple=alike) for claim in claims]

    def _row(self, claim: Claim, *, simple: bool) -> bytes:
        """``simple``: what names the claim, its lines and its patient can stand in JSON as it was sent."""
        plain, documentation = claim.plain, self._context.documentation
        told = documentation.each(claim) if documentation.given else None
        if plain is None or (told is None and documentation.given):
            return _encode(claim_row(claim, self._context))
        if not simple and not _simple(claim, plain):
            return _encode(claim_row(claim, self._context))
        billed, insured = claim.billed, claim.insured
        lines = [
            f'{{"line":{number},"line_control":"{control[7:]}",{service},{days},{place}}}'
            for number, control, service, days, place in zip(
                self._numbers.get(plain.numbers) or self._read_numbers(plain),
                plain.controls,
                self._services.get((billed.key, billed.charges)) or self._read_services(billed),
                self._days.get(claim.days.key) or self._read_days(claim.days),
                self._places.get((billed.key, claim.place, claim.rendering)) or self._read_places(claim),
                strict=False,
            )
        ]
        if told is not None:
            lines = [f"{line[:-1]},{_told(row)}}}" for line, row in zip(lines, told, strict=True)]
        payer = (insured.payer_name, insured.payer_id, claim.profile.name)
        person = (
            f'{{"name":"{insured.patient_name}","member_id":"{insured.member_id}",'
            f'"birth_date":"{insured.birth_date}"}}'
            if simple
            else _encode(person_row(claim, redact=self._context.settings.redact)).decode()
        )
        return (
            f'{{"claim":"{claim.id}","index":{claim.index},"transaction":{_json(claim.envelope.transaction)},'
            f'"patient":{person},{self._payers.get(payer) or self._read_payer(claim)},'
            f'"frequency":"{claim.frequency}","charge":"{amount_text(claim.charge_text)}",'
            f'"lines":[{",".join(lines)}]}}'
        ).encode()

    def timed(
        self, claim: Claim, day: date, texts: Sequence[TimedText], key: int
    ) -> list[TimedRecord] | None:
        """The timed days of a plain claim of one day; ``None`` where its row could not be joined either."""
        plain = claim.plain
        if plain is None or not _simple(claim, plain):
            return None
        numbers = self._numbers.get(plain.numbers) or self._read_numbers(plain)
        profile = claim.profile
        provider = claim.rendering if profile.same_provider == "rendering" else provider_of(claim.lines[0])
        about = f'{{"day":"{day.isoformat()}","provider":{_json(provider)}'
        named = f'{{"claim":"{claim.id}","claim_index":{claim.index},"line":'
        found = []
        for text in texts:
            lines = ",".join(
                [f'{named}{numbers[n]},"line_control":"{plain.controls[n][7:]}"}}' for n in text.lines]
            )
            data = f"{about}{text.head}{lines}{text.tail}".encode()
            found.append(TimedRecord(data, (claim.index,), key))
        return found

    def _read_payer(self, claim: Claim) -> str:
        payer = payer_row(claim)
        about = _members(payer=payer, profile=claim.profile.name)
        return _kept(self._payers, (payer.name, payer.id, claim.profile.name), about)

    def _read_services(self, billed: Billed) -> list[str]:
        texts = [_service(service) for service in billed.services]
        return _kept(self._services, (billed.key, billed.charges), texts)

    def _read_days(self, days: Days) -> list[str]:
        return _kept(self._days, days.key, [_dates(dates) for dates in days.each])

    def _read_places(self, claim: Claim) -> list[str]:
        billed = claim.billed
        unknown = {} if self._context.documentation.given else {"minutes": None, "area": None}
        texts = [
            _members(place=service.place or claim.place, rendering=claim.rendering, **unknown)
            for service in billed.services
        ]
        return _kept(self._places, (billed.key, claim.place, claim.rendering), texts)

    def _read_numbers(self, plain: PlainLines) -> list[str]:
        texts = [_encode(read_line_number(number[3:])).decode() for number in plain.numbers]
        return _kept(self._numbers, plain.numbers, texts)


def _simple(claim: Claim, plain: PlainLines) -> bool:
    """Whether what names the claim and its lines can stand in JSON as it was sent."""
    return bool(plain.controls) and _stands((claim.id, claim.frequency), plain.controls)


def _all_simple(claims: Sequence[Claim]) -> bool:
    """Whether all that names these claims, their lines and patients can, asked at once."""
    names: list[str] = []
    controls: list[str] = []
    for claim in claims:
        if claim.plain is None or not claim.plain.controls:
            return False
        insured = claim.insured
        names += (claim.id, claim.frequency, insured.patient_name, insured.member_id, insured.birth_date)
        controls += claim.plain.controls
    return _stands(names, controls)


def _stands(names: Iterable[str], controls: Iterable[str]) -> bool:
    numbers = "".join(controls)
    sent = "".join((*names, numbers))
    return sent.isprintable() and '"' not in sent and "\\" not in sent and " " not in numbers


def _kept(known: dict[_Key, _Value], key: _Key, value: _Value) -> _Value:
    if len(known) > _REMEMBERED:
        known.clear()
    known[key] = value
    return value


@lru_cache(1 << 10)
def _json(text: str | None) -> str:
    return _encode(text).decode()


def _told(row: Interval | None) -> str:
    if row is None:
        return '"minutes":null,"area":null'
    minutes = row.span.minutes
    return f'"minutes":{"null" if minutes is None else minutes},"area":{_json(row.site.words)}'


def _members(**values: object) -> str:
    return _encode(values).decode()[1:-1]


def _service(service: Service) -> str:
    procedure = service.procedure
    return _members(
        code=procedure.code,
        modifiers=procedure.modifiers,
        units=service.units_text,
        unit=service.unit,
        charge=money_text(service.charge),
    )


def _dates(dates: ServiceDates) -> str:
    return _members(**{"from": dates.first_text, "to": dates.last_text})


def claim_row(claim: Claim, context: Context) -> ClaimRow:
    """A claim as the report shows it."""
    return ClaimRow(
        claim.id,
        claim.index,
        claim.envelope.transaction,
        person_row(claim, redact=context.settings.redact),
        payer_row(claim),
        claim.profile.name,
        claim.frequency,
        amount_text(claim.charge_text),
        line_rows(claim.lines, context),
    )


def person_row(claim: Claim, *, redact: bool) -> PersonRow:
    """The patient of a claim."""
    if redact:
        return PersonRow("(redacted)", "(redacted)", "")
    insured = claim.insured
    return PersonRow(insured.patient_name, insured.member_id, insured.birth_date)


def payer_row(claim: Claim) -> PayerRow:
    """The payer of a claim."""
    return PayerRow(claim.payer_name, claim.payer_id)


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
    return (row for row, _ in _timed_rows(encounter, context))


def timed_texts(encounter: Encounter, context: Context) -> tuple[TimedText, ...]:
    """The same as the JSON that is alike where claims bill and document alike, for ``ClaimRows.timed``."""
    place = {id(line): n for n, line in enumerate(encounter.lines)}
    texts = []
    for row, lines in _timed_rows(encounter, context):
        alike = msgspec.structs.replace(row, day="", provider="", lines=[])
        head, lines_of, tail = _encode(alike).decode().partition('"lines":[')
        about = head.removeprefix('{"day":"","provider":""')
        texts.append(TimedText(about + lines_of, tuple([place[id(line)] for line in lines]), tail))
    return tuple(texts)


def _timed_rows(encounter: Encounter, context: Context) -> Iterator[tuple[TimedRow, Sequence[Line]]]:
    for day in timed_days(encounter, context):
        rules = [
            Supported(support.rule, support.units, support.legal_words(), verdict)
            for support, verdict in zip(day.supports, day.verdicts, strict=True)
        ]
        row = TimedRow(
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
        yield row, day.lines
    for series in series_of(encounter, context):
        yield _series_row(encounter, series, context), series.lines


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
