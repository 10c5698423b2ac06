"""The worklist for a spreadsheet: a row a finding, columns that stay, and two left empty for the biller."""

from __future__ import annotations

import csv
import io
import re
from functools import lru_cache
from typing import BinaryIO

from scrub837.report import PLAIN, View
from scrub837.report.words import clean
from scrub837.report.worklist import FINDINGS, finding_rows
from scrub837.results import Report

COLUMNS = tuple(column.title for column in FINDINGS)
_RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "\N{FULLWIDTH EQUALS SIGN}",
          "\N{FULLWIDTH PLUS SIGN}", "\N{FULLWIDTH HYPHEN-MINUS}", "\N{FULLWIDTH COMMERCIAL AT}")  # fmt: skip
_NUMBER = re.compile(r"-\d+(\.\d+)?", re.ASCII)


def write(report: Report, out: BinaryIO, _view: View = PLAIN) -> None:
    """Write the findings of ``report`` to ``out`` as CSV (RFC 4180, UTF-8), in file order."""
    text = io.TextIOWrapper(out, "utf-8", newline="", write_through=True)
    try:
        table = csv.writer(text)
        table.writerow(COLUMNS)
        for file in report.files:
            table.writerows(map(cell, row) for row in finding_rows(file))
        text.flush()
    finally:
        text.detach()  # the stream belongs to the caller


@lru_cache(1 << 15)
def cell(value: str | int | tuple[str, ...] | None) -> str:
    """A value no spreadsheet takes for a formula. A negative number stays one; lists are joined by blanks.

    Some spreadsheets drop blanks before a formula, and some take wide forms of its signs for them.
    """
    if value is None:
        return ""
    text = " ".join(value) if isinstance(value, tuple) else str(value)
    inert = clean(text)
    risky = text[:1] in _RISKY or text.lstrip()[:1] in _RISKY
    return f"'{inert}" if text and risky and not _NUMBER.fullmatch(text) else inert
