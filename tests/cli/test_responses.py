"""``scrub837 responses``: what became of a batch, on the command line."""

from __future__ import annotations

import json
import stat
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from desk_responses import ANSWERS, THERAPY

from scrub837.claims.documentation import open_documentation
from scrub837.configure import built_in_settings
from scrub837.engine import Job
from scrub837.nightly.ledger import open_ledger
from scrub837.reference.store import open_reference
from scrub837.testing import TODAY, build, send

Run = Callable[..., tuple[int, bytes, str]]
BATCH = THERAPY / "before.edi"
ACCEPTED, STATUSES, PAID = (ANSWERS / name for name in ("999.txt", "277ca.txt", "835.txt"))
DAY = ("--as-of", "2026-11-20")


def test_work_to_do_is_status_1_and_reports_are_private(run: Run, tmp_path: Path) -> None:
    outputs = [tmp_path / name for name in ("work.json", "work.csv", "work.txt")]
    options = [part for path in outputs for part in ("--output", path)]
    status, out, err = run("responses", ACCEPTED, STATUSES, PAID, "--batch", BATCH, *DAY, *options)
    assert (status, err) == (1, "")
    assert out == outputs[2].read_bytes()
    assert json.loads(outputs[0].read_bytes())["totals"]["sent"]["claims"] == 13
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in outputs)


def test_nothing_to_do_is_status_0(run: Run) -> None:
    status, out, _ = run("responses", ACCEPTED, "--batch", BATCH, *DAY, "--format", "json")
    assert status == 0
    assert {one["outcome"] for one in json.loads(out)["claims"]} == {"accepted"}


def test_what_cannot_be_opened_is_status_2_and_the_rest_is_done(run: Run, tmp_path: Path) -> None:
    status, out, err = run("responses", ACCEPTED, tmp_path / "none.txt", "--batch", BATCH, *DAY)
    assert status == 2
    assert "none.txt cannot be read" in err
    assert b"accepted, not decided" in out
    status, out, err = run("responses", ACCEPTED, "--batch", ACCEPTED)
    assert (status, out) == (2, b"")
    assert "holds no 837P claims" in err
    status, _, err = run("responses", ACCEPTED, "--batch", BATCH, "--output", tmp_path / "work.doc")
    assert status == 2
    assert "one of .txt, .json, .csv" in err
    assert run("responses", ACCEPTED)[0] == 2  # no batch


@pytest.mark.parametrize(
    "content",
    [b"", b"%PDF-1.7", b"\x00" * 300, BATCH.read_bytes(), b"ISA", b"ST*835*1~", b"\xff\xfe\x00S\x00T"],
)
def test_what_is_no_response_is_told_and_never_passes(run: Run, tmp_path: Path, content: bytes) -> None:
    odd = tmp_path / "odd.txt"
    odd.write_bytes(content)
    status, out, err = run("responses", odd, "--batch", BATCH, *DAY)
    assert (status, err) == (2, "")
    assert b"Not read, or does not add up  1 remark" in out
    assert b"missing" in out


def test_no_patient_is_named_with_redact(run: Run) -> None:
    for format_ in ("text", "json", "csv"):
        _, out, _ = run("responses", STATUSES, PAID, "--batch", BATCH, *DAY, "--redact", "--format", format_)
        assert b"PLACEHOLDER" not in out
        assert b"1EG4TE5MK7" not in out
        assert b"T-1004" in out


def test_a_ledger_tells_with_what_file_an_unknown_claim_was_sent(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    with closing(open_ledger(path)) as ledger:
        settings = built_in_settings(today=TODAY, guide=False)
        job = Job(settings, open_reference(None), open_documentation([]), earlier=ledger)
        send(ledger, build("id=T-9999 | 97110:GP x1").edi, job, name="monday.edi", day=2)
    _, out, _ = run("responses", STATUSES, "--batch", BATCH, *DAY, "--ledger", path, "--format", "json")
    (unknown,) = json.loads(out)["unknown"]
    assert unknown["why"] == "the ledger knows this claim from monday.edi of 2026-11-02: name it with --batch"


def test_a_bug_shows_no_patient(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ValueError("SPECIMEN, BLAKE")

    monkeypatch.setattr("scrub837.responses.working.match", broken)
    status, _, err = run("responses", STATUSES, "--batch", BATCH)
    assert status == 2
    assert "internal error (ValueError)" in err
    assert "BLAKE" not in err


def test_standard_input_is_read_once(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with tempfile.TemporaryFile("w+b") as file:
        file.write(ACCEPTED.read_bytes())
        file.seek(0)
        monkeypatch.setattr("sys.stdin", type("Input", (), {"buffer": file}))
        status, out, _ = run("responses", "-", "--batch", BATCH, *DAY)
    assert status == 0
    assert b"13  $1,202.00" in out
    assert run("responses", "-", "-", "--batch", BATCH)[0] == 2
