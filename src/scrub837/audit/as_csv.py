"""The audit as one table: a row a number, so that a spreadsheet can turn it as it likes."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from scrub837.audit.document import Audit
from scrub837.report import PLAIN, View
from scrub837.report.as_csv import cell

COLUMNS = ("By", "Name", "Measure", "Value")


def write(audit: Audit, out: BinaryIO, _view: View = PLAIN) -> None:
    """Write ``audit`` to ``out`` as CSV (RFC 4180, UTF-8)."""
    text = io.TextIOWrapper(out, "utf-8", newline="", write_through=True)
    try:
        table = csv.writer(text)
        table.writerow(COLUMNS)
        for row in _rows(audit):
            table.writerow([cell(value) for value in row])
        text.flush()
    finally:
        text.detach()  # the stream belongs to the caller


def _rows(audit: Audit) -> Iterator[tuple[str, str, str, str]]:
    for by, rows in (
        ("total", (audit.total,)), ("month", audit.months), ("payer", audit.payers),
        ("provider", audit.providers), ("code", audit.codes), ("reason", audit.reasons),
        ("rule", audit.rules),
    ):  # fmt: skip
        for row in rows:
            values = msgspec.structs.asdict(row)
            name = next(iter(values.values()))
            if by == "rule":
                name = f"{values.pop('code')} {values['name']}".strip()
            for measure, value in list(values.items())[1:]:
                if value != "":
                    yield by, name, measure, " ".join(value) if isinstance(value, tuple) else f"{value}"
    for units, visits in audit.units_of_visits.items():
        yield "units of a visit", f"{units}", "visits", f"{visits}"
    yield "no finding", "all", "answered", f"{audit.unforeseen_answered}"
    yield "no finding", "all", "failed", f"{audit.unforeseen_failed}"
