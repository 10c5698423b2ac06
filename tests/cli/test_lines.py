"""``scrub837 lines``: service lines as data."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet
import pytest

from scrub837.report.service_lines import ServiceLine
from scrub837.testing import build

Run = Callable[..., tuple[int, bytes, str]]
NOTATION = (
    "id=C1 dx=M542,M25511 | 97140:GP:59 x2 $90 ptr=2:1 ; 97530:GP x1 $45"
    " || id=C2 patient=B payer=CI | 98941 x1 $70"
)


@pytest.fixture
def batch(tmp_path: Path) -> Path:
    path = tmp_path / "batch.edi"
    path.write_bytes(build(NOTATION).edi)
    return path


def test_a_row_holds_the_line_and_its_claim(run: Run, batch: Path) -> None:
    status, out, err = run("lines", batch)
    rows = list(csv.DictReader(io.StringIO(out.decode(), newline="")))
    assert (status, err) == (0, "")
    assert [(row["claim"], row["line"], row["code"]) for row in rows] == [
        ("C1", "1", "97140"),
        ("C1", "2", "97530"),
        ("C2", "1", "98941"),
    ]
    assert rows[0] == rows[0] | {
        "file": str(batch), "claim_index": "1", "transaction": "0001", "patient": "SAMPLE, AVERY",
        "member_id": "1EG4TE5MK73", "birth_date": "19500315", "payer_id": "EXMAC", "filing": "MB",
        "profile": "medicare", "frequency": "1", "claim_charge": "135.00", "billing": "1999000015",
        "line_control": "C1L1", "modifiers": "GP 59", "units": "2", "unit": "UN", "charge": "90.00",
        "from": "2026-11-03", "to": "2026-11-03", "place": "11", "rendering": "1999001013", "pointers": "2 1",
        "diagnoses": "M25511 M542",
    }  # fmt: skip
    assert rows[2]["profile"] == "default"


def test_json_lines_by_suffix(run: Run, batch: Path) -> None:
    status, out, _ = run("lines", batch, "--output", "lines.jsonl")
    rows = [json.loads(line) for line in Path("lines.jsonl").read_text().splitlines()]
    assert (status, out) == (0, b"")
    assert rows[0]["modifiers"] == ["GP", "59"]
    assert rows[0]["line"] == 1
    assert len(rows) == 3


def test_parquet_has_days_as_days_and_amounts_as_decimals(run: Run, batch: Path) -> None:
    edi = batch.read_bytes().replace(b"SV1*HC:98941*70*UN*1*", b"SV1*HC:98941*7O*UN*1*")
    batch.write_bytes(edi.replace(b"SV1*HC:97530:GP*45*UN*1*", b"SV1*HC:97530:GP*45.125*UN*0.5*"))
    status, out, err = run("lines", batch, batch, "--output", "lines.parquet")
    assert (status, out, err) == (0, b"", "")
    table = pyarrow.parquet.read_table("lines.parquet")
    rows = table.to_pylist()
    assert [row["charge"] for row in rows[:3]] == [Decimal("90.0000"), Decimal("45.1250"), None]
    assert [row["units"] for row in rows[:3]] == [Decimal("2.0000"), Decimal("0.5000"), Decimal("1.0000")]
    assert rows[0] == rows[0] | {
        "claim": "C1", "claim_index": 1, "line": 1, "modifiers": ["GP", "59"], "pointers": ["2", "1"],
        "from": date(2026, 11, 3), "to": date(2026, 11, 3), "claim_charge": Decimal("135.0000"),
    }  # fmt: skip
    assert [row["claim"] for row in rows] == ["C1", "C1", "C2"] * 2
    assert table.column_names == list(ServiceLine.__struct_encode_fields__)


def test_parquet_is_for_a_file(run: Run, batch: Path) -> None:
    status, out, err = run("lines", batch, "--format", "parquet")
    assert (status, out) == (2, b"")
    assert "--output" in err


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_redacted_lines_name_no_patient(run: Run, batch: Path, form: str) -> None:
    status, out, _ = run("lines", batch, "--format", form, "--redact")
    assert status == 0
    assert b"97140" in out
    assert [word for word in (b"AVERY", b"1EG4TE5", b"19500315", b"BLAKE", b"19480722") if word in out] == []


def test_half_a_claim_is_left_out_and_told(run: Run, batch: Path) -> None:
    batch.write_bytes(batch.read_bytes().partition(b"SV1*HC:98941")[0] + b"SV1*HC:989")
    status, out, err = run("lines", batch)
    assert status == 2
    assert [row.split(b",")[1] for row in out.splitlines()[1:]] == [b"C1", b"C1"]
    assert "incomplete" in err


def test_what_is_no_claim_file_is_2(run: Run, batch: Path) -> None:
    batch.write_bytes(b"%PDF-1.7")
    status, out, err = run("lines", batch, "missing.edi")
    assert status == 2
    assert len(out.splitlines()) == 1
    assert "holds no 837P claims" in err
    assert "missing.edi" in err


def test_lines_are_never_written_over_an_input_or_in_an_unknown_format(run: Run, batch: Path) -> None:
    before = batch.read_bytes()
    assert run("lines", batch, "--format", "csv", "--output", batch)[0] == 2
    assert run("lines", batch, "--output", "lines.xls")[0] == 2
    assert batch.read_bytes() == before
