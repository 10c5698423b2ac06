"""``scrub837 redact``: where the copy goes, who may read it, and when there is none."""

from __future__ import annotations

from pathlib import Path

from scrub837.testing import build

from .conftest import Run


def test_the_copy_stands_beside_the_file_for_the_owner_alone(run: Run) -> None:
    edi = build("97110:GP x1").edi
    Path("batch.837").write_bytes(edi)
    status, out, err = run("redact", "batch.837")
    copy = Path("batch.redacted.837")
    assert (status, out) == (0, b"")
    assert "replaced 2 names, 1 id, 3 parts of addresses, 1 birth date, 0 texts, 2 control numbers" in err
    assert copy.stat().st_mode & 0o777 == 0o600
    assert len(copy.read_bytes()) == len(edi)
    assert b"AVERY" not in copy.read_bytes()
    assert Path("batch.837").read_bytes() == edi
    assert sorted(path.name for path in Path().iterdir()) == ["batch.837", "batch.redacted.837"]


def test_a_file_without_claims_gives_no_copy(run: Run) -> None:
    Path("letter.txt").write_text("Dear Avery Sample")
    status, _, err = run("redact", "letter.txt", "--output", "copy.txt")
    assert status == 2
    assert "holds no 837P" in err
    assert not Path("copy.txt").exists()


def test_the_file_itself_is_never_written_over(run: Run) -> None:
    Path("batch.837").write_bytes(build("97110:GP x1").edi)
    status, _, err = run("redact", "batch.837", "-o", "batch.837")
    assert status == 2
    assert "an input is never written over" in err


def test_standard_input_needs_a_name_for_the_copy(run: Run) -> None:
    status, _, err = run("redact", "-")
    assert status == 2
    assert "--output PATH" in err
