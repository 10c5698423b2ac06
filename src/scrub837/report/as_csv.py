"""The worklist for a spreadsheet: a row a finding, columns that stay, and two left empty for the biller."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import BinaryIO

from scrub837.findings import Finding
from scrub837.report import PLAIN, View
from scrub837.report.words import box_of, clean
from scrub837.results import ClaimRow, FileReport, LineRow, Report

COLUMNS = (
    "File", "Severity", "Code", "Rule", "Claim", "Claim number", "Transaction", "Patient", "Member id",
    "Payer", "Payer id", "Profile", "Date of service", "Claim charge", "Line", "Line control", "Procedure",
    "Modifiers", "Units", "Minutes", "Line charge", "Box", "Element", "Loop", "Segment", "Message", "Why",
    "What to do", "Fix", "Before", "After", "Fix written", "Why not written", "Worked by", "Outcome",
)  # fmt: skip
_RISKY = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"-\d+(\.\d+)?")


def write(report: Report, out: BinaryIO, _view: View = PLAIN) -> None:
    """Write the findings of ``report`` to ``out`` as CSV (RFC 4180, UTF-8), in file order."""
    text = io.TextIOWrapper(out, "utf-8", newline="", write_through=True)
    try:
        table = csv.writer(text)
        table.writerow(COLUMNS)
        for file in report.files:
            table.writerows(rows_of(file))
        text.flush()
    finally:
        text.detach()  # the stream belongs to the caller


def rows_of(file: FileReport) -> Iterator[list[str]]:
    """The findings of a file as cells, in the order of ``COLUMNS``."""
    claim: ClaimRow | None = None
    for finding in file.findings():
        index = finding.location.claim_index
        if index is None:
            claim = None
        elif claim is None or claim.index != index:
            claim = file.claim(index)
        yield [cell(value) for value in (file.path, *_values(finding, claim), "", "")]


@lru_cache(1 << 15)
def cell(value: str | int | tuple[str, ...] | None) -> str:
    """A value no spreadsheet takes for a formula. A negative number stays one; lists are joined by blanks."""
    if value is None:
        return ""
    text = " ".join(value) if isinstance(value, tuple) else str(value)
    inert = clean(text)
    return f"'{inert}" if text[:1] in _RISKY and not _NUMBER.fullmatch(text) else inert


def _values(finding: Finding, claim: ClaimRow | None) -> Iterator[str | int | None]:
    place, fix = finding.location, finding.fix
    line = _line_of(finding, claim)
    yield from (
        finding.severity.value,
        finding.code,
        finding.name,
        place.claim,
        place.claim_index,
        place.transaction,
    )
    if claim is None:
        yield from [None] * 7
    else:
        day = line.from_ if line else min((one.from_ for one in claim.lines if one.from_), default=None)
        yield from (
            claim.patient.name,
            claim.patient.member_id,
            claim.payer.name,
            claim.payer.id,
            claim.profile,
        )
        yield from (day, claim.charge)
    yield from (place.line, place.line_control)
    if line is None:
        yield from [None] * 5
    else:
        yield from (line.code, " ".join(line.modifiers), line.units, line.minutes, line.charge)
    yield from (box_of(place), place.element, place.loop, place.segment)
    yield from (finding.message, finding.why, finding.action)
    if fix is None:
        yield from [None] * 5
    else:
        yield from (fix.safety.value, fix.before, fix.after, "yes" if fix.applied else "no", fix.reason)


def _line_of(finding: Finding, claim: ClaimRow | None) -> LineRow | None:
    number = finding.location.line
    if claim is None or number is None:
        return None
    return next((line for line in claim.lines if line.line == number), None)
