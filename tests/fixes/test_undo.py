"""The way back: bit for bit, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from desk import Desk

from scrub837.cli import main
from scrub837.errors import CorrectionUnproven, InputUnreadable, SettingsInvalid
from scrub837.testing import build


def call(*words: str | Path) -> Result:
    return CliRunner().invoke(main, ["undo", *map(str, words)], standalone_mode=False, catch_exceptions=False)


@pytest.fixture
def corrected(desk: Desk) -> Path:
    edi = build("97530:gp x1 ; 97110:GP:gp x1").edi.replace(b"ALDER", b"ALD\xc9R")
    assert desk.correct(edi).correction.changes == 2
    return desk.folder / "out1.edi"


def test_the_original_comes_back(corrected: Path) -> None:
    back = corrected.with_name("back.edi")
    assert call(corrected, "--output", back).return_value == 0
    assert back.read_bytes() == corrected.with_name("in1.edi").read_bytes()
    assert back.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("out1.edi", b"AVERY", b"AVERI"),  # elsewhere: the hash tells
        ("out1.edi", b"97530:GP", b"97530:GO"),  # in a correction
        ("out1.edi", b"IEA*1", b"IEA*11"),
        ("out1.edi.journal.json", b'"before":"gp"', b'"before":"Gp"'),
    ],
)
def test_a_file_that_was_changed_since(corrected: Path, file: str, old: bytes, new: bytes) -> None:
    path = corrected.with_name(file)
    data = path.read_bytes()
    assert old in data
    path.write_bytes(data.replace(old, new, 1))
    with pytest.raises(CorrectionUnproven):
        call(corrected, "--output", corrected.with_name("back.edi"))
    assert not corrected.with_name("back.edi").exists()
    assert not list(corrected.parent.glob(".scrub837-*"))


def test_what_is_no_journal(corrected: Path) -> None:
    back = corrected.with_name("back.edi")
    with pytest.raises(InputUnreadable, match="is not a journal"):
        call(corrected, "--journal", corrected, "--output", back)
    with pytest.raises(InputUnreadable, match="cannot be read"):
        call(corrected, "--journal", corrected.with_name("none.json"), "--output", back)
    other = corrected.with_name("other.json")
    other.write_text(
        corrected.with_name("out1.edi.journal.json").read_text().replace("journal-1", "journal-9")
    )
    with pytest.raises(InputUnreadable, match="journal-1"):
        call(corrected, "--journal", other, "--output", back)


def test_not_over_what_it_reads(corrected: Path) -> None:
    for name in ("out1.edi", "out1.edi.journal.json"):
        with pytest.raises(SettingsInvalid, match="never written over"):
            call(corrected, "--output", corrected.with_name(name))
