"""``scrub837 documentation``: a log to be filled in, and a log before it is used."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

from scrub837.claims.intervals import COLUMNS
from scrub837.testing import build

Run = Callable[..., tuple[int, bytes, str]]


def batch(folder: Path, notation: str, edits: tuple[tuple[str, str], ...] = ()) -> Path:
    path = folder / "batch.edi"
    path.write_bytes(build(notation, edits).edi)
    return path


def test_a_template_has_a_row_for_each_timed_line_and_day(run: Run, tmp_path: Path) -> None:
    path = batch(
        tmp_path,
        "97140:GP x1 ; 97012:GP x1 ; 97530:GP x3 to=2026-11-05 || id=X | 97161:GP x1 ; 97110:GP x1",
        (("REF*6R*XL2~\n", ""),),
    )
    status, out, err = run("documentation", "template", path)
    rows = list(csv.reader(io.StringIO(out.decode(), newline="")))
    assert (status, err) == (0, "")
    assert rows[0] == list(COLUMNS)
    assert [row[:4] for row in rows[1:]] == [
        ["C1", "C1L1", "2026-11-03", "97140"],
        ["C1", "C1L3", "2026-11-03", "97530"],
        ["C1", "C1L3", "2026-11-04", "97530"],
        ["C1", "C1L3", "2026-11-05", "97530"],
        ["X", "LX:2", "2026-11-03", "97110"],
    ]
    assert {cell for row in rows[1:] for cell in row[4:]} == {""}


def test_a_filled_template_documents_the_batch(run: Run, tmp_path: Path) -> None:
    path = batch(tmp_path, "97140:GP x1 ; 97110:GP x1", (("REF*6R*C1L2~\n", ""),))
    assert run("documentation", "template", path, "--output", "log.csv") == (0, b"", "")
    log = Path("log.csv")
    assert log.stat().st_mode & 0o777 == 0o600
    rows = list(csv.DictReader(io.StringIO(log.read_text(), newline="")))
    assert len(rows) == 2
    with log.open("w", newline="") as file:
        table = csv.DictWriter(file, COLUMNS)
        table.writeheader()
        table.writerows(row | {"minutes": "15"} for row in rows)
    status, out, err = run("documentation", "check", "log.csv")
    assert (status, out, err) == (0, b"", "scrub837: log.csv: 2 rows, 0 of them cannot be used\n")
    status, out, _ = run("check", path, "--documentation", "log.csv", "--format", "json", "--no-guide")
    assert out.count(b'"minutes":15') == 2


def test_problems_come_with_row_numbers(run: Run) -> None:
    Path("log.csv").write_text(
        "claim_id,line_ref,dos,code,minutes,minuts\nC1,L1,2026-11-03,97110,15,\nC1,L1,2026-11-03,97110,-5,15\n"
    )
    status, out, err = run("documentation", "check", "log.csv")
    assert status == 1
    assert out.decode() == "log.csv row 3: minutes -5 is not a whole number of minutes from 0 to 1440\n"
    assert err.splitlines() == [
        "scrub837: log.csv: 2 rows, 1 of them cannot be used",
        "scrub837: log.csv: columns that are not read: minuts",
    ]


def test_what_is_no_log_is_exit_2(run: Run, tmp_path: Path) -> None:
    status, out, err = run("documentation", "check", batch(tmp_path, "97110:GP x1"))
    assert (status, out) == (2, b"")
    assert "the first row must name the columns" in err
    assert "SAMPLE" not in err
    assert run("documentation", "check", "missing.csv")[0] == 2


def test_a_template_of_no_claims_is_exit_2(run: Run) -> None:
    Path("note.txt").write_text("hello")
    status, out, err = run("documentation", "template", "note.txt", "--output", "log.csv")
    assert (status, out) == (2, b"")
    assert "holds no 837P claims" in err
    assert not Path("log.csv").exists()
