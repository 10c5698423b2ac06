"""Service lines as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import BinaryIO

import msgspec

from scrub837.report import PLAIN, View
from scrub837.report.as_csv import cell
from scrub837.report.service_lines import ServiceLine


def write(rows: Iterable[ServiceLine], out: BinaryIO, _view: View = PLAIN) -> None:
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
