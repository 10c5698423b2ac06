"""The worklist: a row a finding, cells that no spreadsheet takes for formulas."""

from __future__ import annotations

import csv
import io
from contextlib import closing

import pytest

from scrub837.report.as_csv import COLUMNS, cell, write
from scrub837.results import Report
from scrub837.rules.mod001_format import ModifierFormat
from scrub837.testing import build, judge


def rows_of(notation: str, *edits: tuple[str, str]) -> list[dict[str, str]]:
    with closing(judge(build(notation, edits))) as file:
        out = io.BytesIO()
        write(Report([file], []), out)
    return list(csv.DictReader(io.StringIO(out.getvalue().decode(), newline="")))


def test_a_row_holds_the_claim_the_line_and_the_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scrub837.scan.all_rules", lambda: (ModifierFormat(),))
    rows = rows_of("97140:GP x1 $45 ; 97530:gp:59 x2 $90 || id=C2 | 97110:gp x1")
    assert [(row["Claim"], row["Line"]) for row in rows] == [("C1", "2"), ("C2", "1")]
    row = rows[0]
    assert row == row | {
        "Severity": "deny", "Code": "MOD001", "Claim number": "1", "Transaction": "0001",
        "Patient": "SAMPLE, AVERY", "Payer id": "EXMAC", "Date of service": "2026-11-03",
        "Claim charge": "135.00", "Line control": "C1L2", "Procedure": "97530", "Modifiers": "GP 59",
        "Units": "2", "Line charge": "90.00", "Box": "24D", "Element": "SV101-3", "Fix": "safe",
        "Before": "gp", "After": "GP", "Fix written": "no", "Worked by": "", "Outcome": "",
    }  # fmt: skip
    assert tuple(row) == COLUMNS


def test_hostile_claim_numbers_stay_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scrub837.scan.all_rules", lambda: (ModifierFormat(),))
    rows = rows_of(
        "id=X | 97530:gp x2", ("CLM*X*", 'CLM*=HYPERLINK("a")*'), ("*SAMPLE*AVERY*", "*@SUM(A1)**")
    )
    assert rows[0]["Claim"] == '\'=HYPERLINK("a")'
    assert rows[0]["Patient"] == "'@SUM(A1)"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("@x", "'@x"),
        ("-2+3", "'-2+3"),
        ("\t=1", "'\\x09=1"),
        ("\r=1", "'\\x0d=1"),
        ("-12.50", "-12.50"),
        ("00123", "00123"),
        (("GP", "59"), "GP 59"),
        (("=1", "59"), "'=1 59"),
        (0, "0"),
        (None, ""),
    ],
)
def test_cell(value: str | int | tuple[str, ...] | None, shown: str) -> None:
    assert cell(value) == shown
