"""Text, JSON and CSV: complete, inert, and without patients where that is asked."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from desk_responses import ANSWERS, ROOT, THERAPY, as_json, worked

from scrub837.responses import as_csv, as_text
from scrub837.responses.working import Work

BATCH, LOG = THERAPY / "before.edi", THERAPY / "minutes.csv"
FILES = [ANSWERS / name for name in ("999.txt", "277ca.txt", "835.txt", "835-corrected.txt")]
ODD = sorted(path for path in (ROOT / "fixtures/edi/responses").glob("*/answer.txt"))
SECRETS = (b"AVERY", b"SPECIMEN", b"ELLIS", b"1EG4TE5MK7", b"EXM555010", b"19500315")


@pytest.fixture(scope="module")
def schema() -> jsonschema.Draft202012Validator:
    text = (ROOT / "schemas" / "responses-1.schema.json").read_text("utf-8")
    whole = json.loads(text)
    jsonschema.Draft202012Validator.check_schema(whole)
    _close(whole)
    return jsonschema.Draft202012Validator(whole)


def _close(part: Any) -> None:
    """Let no key pass that the schema does not name: it must be complete."""
    if isinstance(part, dict):
        if "properties" in part:
            part["additionalProperties"] = False
        for inner in part.values():
            _close(inner)
    elif isinstance(part, list):
        for inner in part:
            _close(inner)


def text_of(work: Work) -> str:
    out = io.BytesIO()
    as_text.write(work, out)
    return out.getvalue().decode()


def csv_of(work: Work) -> list[dict[str, str]]:
    out = io.BytesIO()
    as_csv.write(work, out)
    return list(csv.DictReader(io.StringIO(out.getvalue().decode(), newline="")))


def test_json_fits_the_schema(schema: jsonschema.Draft202012Validator) -> None:
    with worked(FILES, [BATCH], [LOG]) as done:
        schema.validate(as_json(done))
    with worked([*ODD, ANSWERS / "999-rejected.txt"], [BATCH]) as done:
        told = as_json(done)
    schema.validate(told)
    assert told["remarks"]
    assert told["unknown"]


def test_the_csv_is_a_row_a_claim_to_work_with_room_for_the_biller() -> None:
    with worked(FILES, [BATCH], [LOG]) as done:
        rows = csv_of(done)
    assert tuple(rows[0]) == as_csv.COLUMNS
    assert [row["Claim"] for row in rows][:3] == ["T-1009", "T-1003", "T-1005"]
    row = next(row for row in rows if row["Claim"] == "T-1004")
    assert row == row | {
        "Do": "Replace (frequency 7 with the payer's claim number)", "Amount": "46.00", "Status": "paid-less",
        "Patient": "PLACEHOLDER, DREW", "Payer id": "EXMAC", "Date of service": "2026-11-03", "Paid": "22.40",
        "Payer claim number": "EXPAYER1004", "Codes": "CO-236 N20", "Our rules": "PTP001", "Worked by": "",
        "Outcome": "",
    }  # fmt: skip
    assert "the record supports 59" in row["Record"]


def test_the_text_fits_eighty_columns_and_tells_the_work() -> None:
    with worked(FILES, [BATCH], [LOG]) as done:
        text = text_of(done)
    assert max(map(len, text.splitlines())) <= 80
    assert "  sent                  13  $1,202.00  $347.20   $78.80  $679.00\n" in text
    flat = " ".join(text.split())
    for words in (
        "Replace (frequency 7 with the payer's claim number) CLAIM T-1005 FIXTURE, ELLIS",
        "line 1: CO-151 number or frequency not supported, $114.00; N362 more units than allowed",
        "Rule scrub837 check finds this: TIM001",
        "45 minutes documented",
        "Do The record supports 59: replace the claim with it on the column 2 line.",
        "The payer's number is EXPAYER1004.",
        "Do No answer has come.",
        "Unknown 2 answers to nothing that was sent",
    ):
        assert words in flat


def test_every_remark_of_odd_files_is_told_or_counted() -> None:
    with worked(ODD, [BATCH]) as done:
        total = sum(file.remarks.total() for file in done.found.files)
        text = text_of(done)
    assert f"Not read, or does not add up  {total} remarks" in text


@pytest.mark.parametrize("name", ["text", "json", "csv"])
def test_redacted_reports_name_no_patient(name: str) -> None:
    with worked([*FILES, *ODD], [BATCH], [LOG], redact=True) as done:
        out = io.BytesIO()
        if name == "json":
            out.write(json.dumps(as_json(done)).encode())
        else:
            (as_text if name == "text" else as_csv).write(done, out)
    for secret in (*SECRETS, b"no text belongs here"):
        assert secret not in out.getvalue()
    assert b"T-1004" in out.getvalue()


def test_hostile_text_is_inert(tmp_path: Path) -> None:
    answer = tmp_path / "277ca.txt"
    text = (ANSWERS / "277ca.txt").read_text()
    hostile = text.replace("TRN*2*T-9999", "TRN*2*=HYPERLINK(1)\x1b[31m").replace("A7:453*", "A7:453\x1b[2J*")
    answer.write_text(hostile.replace("EXPAYER1004", "\x1b]0;x\x07<script>"))
    with worked([answer], [BATCH]) as done:
        assert "\x1b" not in text_of(done)
        assert "\\x1b[31m" in text_of(done)
        for row in csv_of(done):
            assert not any(value.startswith("=") or "\x1b" in value for value in row.values())


def test_same_input_same_bytes() -> None:
    written = []
    for _ in range(2):
        with worked([*FILES, *ODD], [BATCH], [LOG]) as done:
            written.append((json.dumps(as_json(done)), text_of(done), csv_of(done)))
    assert written[0] == written[1]


def test_lines_denied_for_the_same_are_told_together(tmp_path: Path) -> None:
    answer = tmp_path / "835.txt"
    text = (ANSWERS / "835.txt").read_text().split("CLP*")[0]
    line = "SVC*HC:{}*{}*0~\nCAS*CO*50*{}~\nREF*6R*T-1001L{}~\nLQ*HE*N115~\n"
    lines = line.format("97110:GP", 76, 76, 1) + line.format("97140:GP", 35, 35, 2)
    answer.write_text(f"{text}CLP*T-1001*4*111*0*0*MB*P1~\n{lines}SE*20*0001~\nGE*1*804~\nIEA*1*000000804~\n")
    with worked([answer], [BATCH]) as done:
        flat = " ".join(text_of(done).split())
    assert "lines 1, 2: CO-50 not seen as medically necessary, $111.00; N115 by a local coverage rule" in flat
