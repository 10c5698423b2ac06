"""``scrub837 resubmit`` on the command line."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from answered import remittance, statuses
from ledgers import KEY, night

from scrub837.nightly.ledger import open_ledger
from scrub837.testing import build

Run = Callable[..., tuple[int, bytes, str]]
BATCH = "id=A | 97110:GP x1 || id=B patient=B | 97112:GP x1 || id=C patient=C | 97110:GP x2"
DAY = ("--as-of", "2026-12-01", "--no-guide")


@pytest.fixture
def came(tmp_path: Path) -> tuple[Path, Path, Path]:
    """A batch, its 277CA and its 835."""
    paths = tmp_path / "batch.837", tmp_path / "277.txt", tmp_path / "835.txt"
    paths[0].write_bytes(build(BATCH).edi)
    paths[1].write_text(statuses(("A", "A", "A7:562:85", ""), ("B", "B", "A2:20", "PB")), "ascii")
    paid = remittance(
        ("B", "B", "PB", "HC:97112:GP 50 0 CO-16-50"), ("C", "C", "PC", "HC:97110:GP 100 80 CO-45-20")
    )
    paths[2].write_text(paid, "ascii")
    return paths


def test_a_new_file_and_what_it_is(run: Run, came: tuple[Path, Path, Path], tmp_path: Path) -> None:
    batch, status_file, paid = came
    new = tmp_path / "new.837"
    arguments = ("resubmit", status_file, paid, "--batch", batch, "-o", new, "--control-number", 77, *DAY)
    status, out, err = run(*arguments)
    assert (status, err) == (0, "")
    assert b"2 claims, $100.00, ISA13 000000077" in out
    assert b"payer's number PB" in out
    assert b"2 claims without a correction" in out
    assert stat.S_IMODE(new.stat().st_mode) == 0o600
    first = new.read_bytes()
    status, out, _ = run(*arguments, "--format", "json")
    assert (status, new.read_bytes()) == (0, first)
    told = json.loads(out)
    assert told["totals"]["written"] == {
        "claims": 2, "charge": "100.00", "corrected": 0, "unchanged": 2,
        "kinds": {"original": 1, "replacement": 1},
    }  # fmt: skip
    assert told["totals"]["left_out"] == {"paid": {"claims": 1, "charge": "100.00"}}
    assert run("check", new, *DAY)[0] == 0


def test_a_claim_that_was_asked_for_and_may_not_go_is_status_1(
    run: Run, came: tuple[Path, Path, Path], tmp_path: Path
) -> None:
    new = tmp_path / "new.837"
    numbers = ("--control-number", 77, *DAY)
    status, out, _ = run(
        "resubmit",
        *came[1:],
        "--batch",
        came[0],
        "-o",
        new,
        "--claims",
        "A,C",
        "--only",
        "rejected",
        *numbers,
    )
    assert status == 1
    assert b"1 claim, $100.00: it was paid as billed" in out
    status, out, _ = run("resubmit", came[1], "--batch", came[0], "-o", new, "--only", "denied", *numbers)
    assert status == 0
    assert b"Nothing was written" in out


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((), "--control-number"),
        (("--control-number", "1"), "used already"),
        (("--control-number", "77", "--void"), "name them with --claims"),
        (("--control-number", "77", "--claims", "Z"), "no batch holds a claim Z"),
        (("--control-number", "77", "--include-missing", " "), "needs the reason"),
        (("--control-number", "77", "--again"), "name it with --ledger"),
    ],
)
def test_what_cannot_be_done_is_status_2_and_writes_nothing(
    run: Run, came: tuple[Path, Path, Path], tmp_path: Path, options: tuple[str, ...], words: str
) -> None:
    new = tmp_path / "new.837"
    status, out, err = run("resubmit", *came[1:], "--batch", came[0], "-o", new, *options, *DAY)
    assert (status, out, new.exists()) == (2, b"", False)
    assert words in err


def test_an_answer_that_is_cut_is_not_acted_on(
    run: Run, came: tuple[Path, Path, Path], tmp_path: Path
) -> None:
    came[2].write_bytes(came[2].read_bytes()[:-60])
    new = tmp_path / "new.837"
    status, _, err = run("resubmit", *came[1:], "--batch", came[0], "-o", new, "--control-number", 77, *DAY)
    assert (status, new.exists()) == (2, False)
    assert "an answer is cut" in err


def test_the_ledger_gives_the_numbers_and_remembers(
    run: Run, came: tuple[Path, Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCRUB837_LEDGER_KEY", KEY)
    place, new = tmp_path / "ledger.sqlite", tmp_path / "new.837"
    with closing(open_ledger(place)) as ledger:
        night(ledger, BATCH, 9)
    arguments = ("resubmit", *came[1:], "--batch", came[0], "-o", new, "--ledger", place, *DAY)
    status, out, _ = run(*arguments)
    assert status == 0
    assert b"ISA13 000000002" in out
    assert run("check", new, "--ledger", place, *DAY)[0] == 0
    status, out, _ = run(*arguments)
    assert status == 0
    assert b"it was made anew before; --again makes it once more" in out
    status, out, _ = run(*arguments, "--again")
    assert b"ISA13 000000003" in out


def test_several_batches_go_to_a_folder(run: Run, came: tuple[Path, Path, Path], tmp_path: Path) -> None:
    other = tmp_path / "other.837"
    other.write_bytes(build("isa=000000002 gs=2 id=F patient=D | 97110:GP x1").edi)
    refused = tmp_path / "other.txt"
    refused.write_text(statuses(("F", "D", "A7:562:85", "")), "ascii")
    folder = tmp_path / "new"
    status, _, _ = run(
        "resubmit", *came[1:], refused, "--batch", came[0], "--batch", other, "-o", folder,
        "--control-number", 77, *DAY,
    )  # fmt: skip
    assert status == 0
    assert sorted(path.name for path in folder.iterdir()) == [
        "batch.837", "batch.837.journal.json", "other.837", "other.837.journal.json"
    ]  # fmt: skip
    assert b"*000000077*" in (folder / "batch.837").read_bytes()
    assert b"*000000078*" in (folder / "other.837").read_bytes()
