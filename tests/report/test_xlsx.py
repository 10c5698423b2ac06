"""The workbook, read by another library: types of cells, filters, and rows that do not fit on a sheet."""

from __future__ import annotations

import io
import sys
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.workbook import Workbook

from scrub837.errors import SettingsInvalid
from scrub837.reference.store import open_reference
from scrub837.report.as_xlsx import write
from scrub837.report.files import destinations
from scrub837.report.worklist import CLAIMS, FINDINGS
from scrub837.results import EditionRow, Report
from scrub837.rules.mod001_format import ModifierFormat
from scrub837.testing import build, judge

Row = dict[str, Any]


@pytest.fixture(autouse=True)
def one_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scrub837.scan.all_rules", lambda: (ModifierFormat(),))


def written(notation: str, *edits: tuple[str, str]) -> bytes:
    with closing(judge(build(notation, edits))) as file:
        out = io.BytesIO()
        write(Report([file], [EditionRow.of(one) for one in open_reference(None).editions]), out)
    return out.getvalue()


def opened(data: bytes) -> Workbook:
    return openpyxl.load_workbook(io.BytesIO(data))


def rows(book: Workbook, sheet: str) -> list[Row]:
    head, *rest = book[sheet].iter_rows(values_only=True)
    return [dict(zip(map(str, head), row, strict=True)) for row in rest]


def test_findings_and_claims_with_numbers_days_and_text_as_such() -> None:
    book = opened(written("id=00123 | 97140:GP x1 $45 ; 97530:gp:59 x2 $90.50 || id=C2 | 97110 x1"))
    assert book.sheetnames == ["Findings", "Claims", "Summary"]
    [finding] = rows(book, "Findings")
    assert tuple(finding) == tuple(column.title for column in FINDINGS)
    assert finding == finding | {
        "Severity": "deny", "Code": "MOD001", "Claim": "00123", "Claim number": 1, "Transaction": "0001",
        "Patient": "SAMPLE, AVERY", "Date of service": datetime(2026, 11, 3),  # noqa: DTZ001 - a cell has no zone
        "Claim charge": 135.5, "Line": 2, "Procedure": "97530", "Units": 2, "Line charge": 90.5,
        "Before": "gp", "After": "GP", "Worked by": None, "Outcome": None,
    }  # fmt: skip
    claims = rows(book, "Claims")
    assert tuple(claims[0]) == tuple(column.title for column in CLAIMS)
    assert [(c["Claim"], c["Lines"], c["State"], c["Worst finding"], c["Findings"]) for c in claims] == [
        ("00123", 2, "held", "deny", 1),
        ("C2", 1, "clean", None, 0),
    ]
    sheet = book["Findings"]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:AN2"
    assert sheet["M2"].number_format == "yyyy-mm-dd"


def test_the_summary_says_verdict_counts_what_was_not_checked_and_the_tables() -> None:
    summary = rows(opened(written("97530:gp x1 $90.50")), "Summary")
    told = {(row["What"], row["Which"]): (row["Number"], row["Remark"]) for row in summary}
    assert ("Verdict", "held") in told
    assert told["Charges", "held"] == (90.5, None)
    assert told["Counted", "segments"] == (27, "declared in SE01: 27")
    assert told["Findings", "deny"] == (1, None)
    assert told["Not checked", "implementation-guide"] == (1, "lines: switched off (--no-guide)")
    assert any(what == "Reference medicare ptp" for what, _ in told)


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("=1+1", "=1+1"),
        ("+1", "+1"),
        ("-2", "-2"),
        ("@SUM(A1)", "@SUM(A1)"),
        ("\x7f=1", r"\x7f=1"),
        ("http://x.example", "http://x.example"),
        ("0012", "0012"),
        ("1E5", "1E5"),
        ("TRUE", "TRUE"),
        ("\x1b[2J\x00", r"\x1b[2J\x00"),
        ("A" * 40_000, "A" * 32_727 + " ... (cut, the JSON report holds it all)"),
    ],
)
def test_what_the_file_holds_stays_text(sent: str, shown: str) -> None:
    book = opened(written("id=X | 97530:gp x1", ("CLM*X*", f"CLM*{sent}*"), ("AVERY", ""), ("SAMPLE", sent)))
    for sheet, column in (("Findings", "E"), ("Claims", "E")):
        cell = book[sheet][f"{column}2"]
        assert (cell.data_type, cell.value, cell.hyperlink) == ("s", shown.strip(), None)
    if sent[0] in "=+-@":
        assert book["Findings"]["E2"].quotePrefix, "it stays text when somebody edits the cell"


def test_more_rows_than_a_sheet_holds_go_on_in_a_further_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scrub837.report.as_xlsx.ROWS", 3)
    book = opened(written(" || ".join(["97530:gp x1"] * 5)))
    sheets = [name for name in book.sheetnames if name.startswith("Findings")]
    assert sheets == ["Findings", "Findings 2", "Findings 3"]
    claims = [row["Claim"] for name in sheets for row in rows(book, name)]
    assert claims == ["C1", "C2", "C3", "C4", "C5"]
    assert [row["Claim"] for n in ("Claims", "Claims 2", "Claims 3") for row in rows(book, n)] == claims


def test_the_same_report_is_the_same_bytes() -> None:
    assert written("97530:gp x1") == written("97530:gp x1")


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    monkeypatch.delitem(sys.modules, "scrub837.report.as_xlsx")
    with pytest.raises(SettingsInvalid, match=r"pip install 'scrub837\[xlsx\]'"):
        destinations([Path("x.xlsx")], [])
