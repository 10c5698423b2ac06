"""The ledger as a file: its key, its versions, who may write, what a killed writer leaves, what it holds."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from ledgers import KEY, found, night, see

from scrub837 import cli
from scrub837.errors import LedgerUnusable, TryLater
from scrub837.nightly.ledger import Ledger, editions_digest, open_ledger, settings_digest
from scrub837.nightly.ledger_care import back_up
from scrub837.nightly.schema import VERSION
from scrub837.reference.store import open_reference
from scrub837.results import EditionRow
from scrub837.testing import BILLING_NPI, PATIENTS, build

SUPPORT = Path(__file__).with_name("support")
OLD = Path(__file__).with_name("ledger_v1.sql")
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a ledger with a key of its own is to be."""
    for name in ("SCRUB837_LEDGER_KEY", "SCRUB837_LEDGER_KEY_FILE", "SCRUB837_LEDGER", "SCRUB837_REFERENCE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "books" / "ledger.sqlite"


@pytest.fixture
def ledger(path: Path) -> Iterator[Ledger]:
    """A new ledger."""
    with closing(open_ledger(path)) as opened:
        yield opened


@pytest.fixture
def run(path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the program: exit status, standard output, standard error."""

    def program(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["scrub837", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.program()
        out, err = capfd.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, out, err

    return program


def everything(path: Path) -> bytes:
    """All bytes of a ledger and its write-ahead log; not of the memory that its readers share."""
    return b"".join(one.read_bytes() for one in (path, path.with_name(f"{path.name}-wal")))


# --- what it holds -----------------------------------------------------------------------------------


def test_no_patient_is_in_its_bytes(ledger: Ledger, path: Path) -> None:
    batch = " || ".join(f"id=CLAIM-{name} patient={name} | 97140:GP x1 ; 97530:GP x1" for name in PATIENTS)
    night(ledger, batch, 9)
    see(ledger, batch.replace("x1", "x2"), 10)
    ledger.database.execute("PRAGMA wal_checkpoint(FULL)")
    held = everything(path).replace(b"EXAMPLESENDER", b"").replace(b"EXAMPLERECEIVER", b"")
    sent = build(batch).edi
    for last, first, member, born, _ in PATIENTS.values():
        for secret in (last, first, member, born):
            assert secret.encode() in sent
            assert secret.encode() not in held
        for secret in (f"{born[:4]}-{born[4:6]}-{born[6:]}", last.title(), first.title(), last.lower()):
            assert secret.encode() not in held
    assert b"CLAIM-A" in held, "a biller finds the claim by the practice's own number"
    assert b"2026-11-03" in held
    assert BILLING_NPI.encode() not in held


def test_files_are_for_their_owner_alone(ledger: Ledger, path: Path) -> None:
    night(ledger, "97110:GP x1", 9)
    modes = {one.name: stat.S_IMODE(one.stat().st_mode) for one in path.parent.iterdir()}
    assert set(modes) >= {"ledger.sqlite", "ledger.key", "ledger.sqlite-wal"}
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_another_key_finds_nothing_and_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    open_ledger(path).close()
    monkeypatch.setenv("SCRUB837_LEDGER_KEY", KEY)
    with pytest.raises(LedgerUnusable, match="is not that of the ledger"):
        open_ledger(path)
    monkeypatch.setenv("SCRUB837_LEDGER_KEY", "abc")
    with pytest.raises(LedgerUnusable, match="SCRUB837_LEDGER_KEY is not 64 hexadecimal digits"):
        open_ledger(path)
    monkeypatch.delenv("SCRUB837_LEDGER_KEY")
    path.with_suffix(".key").unlink()
    with pytest.raises(LedgerUnusable, match="put it back from your backup"):
        open_ledger(path)


def test_equal_patients_have_other_numbers_under_another_key(tmp_path: Path, path: Path) -> None:
    seen = set()
    for place in (path, tmp_path / "other" / "ledger.sqlite"):
        with closing(open_ledger(place)) as ledger:
            night(ledger, "97110:GP x1", 9)
            seen |= {row[0] for row in ledger.database.query("SELECT patient FROM claims")}
    assert len(seen) == 2


def test_digests() -> None:
    from dataclasses import replace

    from ledgers import settings

    one = settings()
    assert settings_digest(one) == settings_digest(replace(one, today=None, jobs=7))
    assert settings_digest(one) != settings_digest(replace(one, ignore=frozenset(("mod-format",))))
    profiles = {**one.profiles, "default": replace(one.profiles["default"], prefers_x=True)}
    assert settings_digest(one) != settings_digest(replace(one, profiles=profiles))
    rows = [EditionRow.of(edition) for edition in open_reference(None).editions]
    assert editions_digest(rows) == editions_digest(rows[::-1]) != editions_digest(rows[1:])


# --- versions ----------------------------------------------------------------------------------------


def test_a_ledger_of_the_first_version_is_brought_up_to_date(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCRUB837_LEDGER_KEY", KEY)
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as old:
        old.executescript(OLD.read_text("utf-8"))
    with pytest.raises(LedgerUnusable, match="written by an older scrub837"):
        open_ledger(path, read_only=True)
    with closing(open_ledger(path)) as ledger:
        assert ledger.database.query("SELECT value FROM meta WHERE name = 'schema'") == [(str(VERSION),)]
        assert [(one.file.name, one.state) for one in ledger.history("A")] == [
            ("first-night.837", "published")
        ]
        (pair,) = found(ledger, "isa=000000003 gs=9 id=N | 97530:GP x1", "ptp-across-files")
        assert pair.facts["earlier"][0]["file"] == "first-night.837"
        night(ledger, "isa=000000004 id=A freq=7 f8=P1 | 97140:GP x1", 12)
        assert next(ledger.history("A")).state == "superseded"
        with closing(open_ledger(path.with_name("fresh.sqlite"))) as fresh:
            assert _tables(ledger) == _tables(fresh)
    with closing(sqlite3.connect(path.with_name("ledger.sqlite.version-1"))) as kept:
        assert kept.execute("SELECT value FROM meta WHERE name = 'schema'").fetchall() == [("1",)]
        assert kept.execute("SELECT count(*) FROM claims").fetchone() == (3,)


def _tables(ledger: Ledger) -> dict[str, list[tuple[str, str]]]:
    names = ledger.database.query("SELECT name FROM sqlite_schema WHERE type = 'table'")
    return {
        name: [(row[1], row[2]) for row in ledger.database.query(f"PRAGMA table_info({name})")]
        for (name,) in names
    } | {
        "indexes": sorted(
            ledger.database.query("SELECT name, tbl_name FROM sqlite_schema WHERE type='index'")
        )
    }


def test_a_ledger_of_a_newer_program_is_left_alone(ledger: Ledger, path: Path, run: Run) -> None:
    ledger.database.execute("UPDATE meta SET value = '99' WHERE name = 'schema'")
    with pytest.raises(LedgerUnusable, match=r"written by a newer scrub837 \(its version is 99"):
        open_ledger(path)
    status, _, err = run("ledger", "show", "--ledger", path)
    assert status == 2
    assert "go back to a backup of before" in err


# --- when it cannot be used --------------------------------------------------------------------------


def test_locked_for_too_long(ledger: Ledger, path: Path) -> None:
    number = night(ledger, "97110:GP x1", 9)
    with (
        closing(sqlite3.connect(path, isolation_level=None)) as other,
        closing(open_ledger(path, wait=0.05)) as waiting,
    ):
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(TryLater, match="being written by another process") as error:
            waiting.note(number, outcome="done")
        assert error.value.exit_status == 75
        assert waiting.known("", "", "") is None, "readers wait for nobody"
        other.execute("ROLLBACK")
        waiting.note(number, outcome="done")
    row = ledger.file(number)
    assert row is not None
    assert row.outcome == "done"


def test_damaged(path: Path, run: Run) -> None:
    with closing(open_ledger(path)) as ledger:
        night(ledger, "97110:GP x1", 9)
    bytes_ = bytearray(path.read_bytes())
    bytes_[4096:] = b"\x5a" * (len(bytes_) - 4096)
    path.write_bytes(bytes_)
    with pytest.raises(LedgerUnusable, match="put back the last backup"):
        open_ledger(path).record  # noqa: B018 - opening it reads the damaged pages
    path.write_bytes(b"this is a letter and no database" * 200)
    status, out, err = run("ledger", "show", "--ledger", path)
    assert (status, out) == (2, "")
    assert "is damaged or is no ledger" in err


def test_something_else_is_not_taken_for_a_ledger(path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE patients (name TEXT)")
    path.with_suffix(".key").write_text(KEY)
    with pytest.raises(LedgerUnusable, match="a database of something else"):
        open_ledger(path)


def test_no_ledger_there(path: Path, run: Run) -> None:
    batch = path.parent.parent / "batch.837"
    batch.write_bytes(build("97110:GP x1").edi)
    for arguments in (("ledger", "show", "--ledger", path), ("check", batch, "--ledger", path)):
        status, out, err = run(*arguments)
        assert (status, out) == (2, "")
        assert f"there is no ledger at {path}" in err
    assert not path.parent.exists(), "nothing was made"
    with pytest.raises(LedgerUnusable, match="cannot be"):
        open_ledger("/proc/ledgers/ledger.sqlite")


LOOP = """
import sys
from contextlib import closing
from ledgers import night
from scrub837.nightly.ledger import open_ledger
from scrub837.testing import build
batch = " || ".join(f"id=K{n} dos=2026-11-{n % 5 + 1:02d} | 97110:GP x1 ; 97140:GP x1" for n in range(200))
with closing(open_ledger(sys.argv[1])) as ledger:
    print("ready", flush=True)
    for n in range(1, 1000):
        night(ledger, f"isa={n:09d} " + batch, 1 + n % 25)
        print(n, flush=True)
"""


@pytest.mark.parametrize("delay", [0.05, 0.2, 0.4])
def test_a_killed_writer_leaves_whole_files(path: Path, delay: float) -> None:
    environment = os.environ | {"PYTHONPATH": str(SUPPORT)}
    writer = subprocess.Popen(
        [sys.executable, "-c", LOOP, str(path)], env=environment, stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    with writer.stdout:
        assert writer.stdout.readline() == "ready\n"
        assert writer.stdout.readline() == "1\n"
        time.sleep(delay)
        writer.send_signal(signal.SIGKILL)
        told = 1 + len(writer.stdout.read().split())
    assert writer.wait() == -signal.SIGKILL
    with closing(open_ledger(path)) as ledger:
        query = ledger.database.query
        assert query("PRAGMA integrity_check") == [("ok",)]
        assert query("PRAGMA foreign_key_check") == []
        files = ledger.files(1000)
        assert len(files) in (told, told + 1), (
            "what was told as kept is kept; the one in hand is there or not"
        )
        for file in files:
            assert query("SELECT count(*) FROM claims WHERE file_id = ?", (file.id,)) == [(200,)]
            assert query(
                "SELECT count(*) FROM lines WHERE claim_id IN (SELECT id FROM claims WHERE file_id = ?)",
                (file.id,),
            ) == [(400,)]
        night(ledger, "id=AFTER | 97110:GP x1", 9)
        assert len(list(ledger.history("AFTER"))) == 1


def test_backup_while_open(ledger: Ledger, path: Path, tmp_path: Path) -> None:
    night(ledger, "id=A | 97110:GP x1", 9)
    target = tmp_path / "backup.sqlite"
    target.write_text("an older backup")
    back_up(ledger.database, target)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert [one.name for one in tmp_path.iterdir() if "backup" in one.name] == ["backup.sqlite"]
    target.with_suffix(".key").write_bytes(path.with_suffix(".key").read_bytes())
    with closing(open_ledger(target, read_only=True)) as copy:
        assert [one.state for one in copy.history("A")] == ["published"]


# --- the command -------------------------------------------------------------------------------------


def test_the_command(ledger: Ledger, path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    number = night(
        ledger, "id=A | 97140:GP x1 ; 97530:GP x1 || id==B+1 patient=B | 97110:GP x2", 9, claims=[2]
    )
    status, out, err = run("ledger", "show", "--ledger", path)
    assert (status, err) == (0, "")
    assert (
        "file 1  2026-11-09 03:00 UTC  night-9.edi  published  held  held  2 claims, 3 lines, $200.00" in out
    )
    monkeypatch.setenv("SCRUB837_LEDGER", str(path))
    status, out, _ = run("ledger", "find", "A")
    assert status == 0
    assert "night-9.edi  file 1, claim 1, frequency 1, $100.00, payer EXMAC: seen, deny" in out
    assert "    deny    ptp-unbypassed" in out
    status, out, err = run("ledger", "find", "NOBODY")
    assert (status, out) == (1, "")
    assert "no file in the ledger holds a claim NOBODY" in err
    status, out, _ = run("ledger", "export", "claims")
    assert status == 0
    head, first, second = out.splitlines()
    assert head.startswith("id,file_id,position,reference,patient")
    assert first.split(",")[3] == "A"
    assert second.split(",")[3] == "'=B+1", "no spreadsheet takes a claim number for a formula"
    assert len(first.split(",")[4]) == 16
    status, out, _ = run("ledger", "export", "lines", "--format", "jsonl", "--output", "lines.jsonl")
    assert (status, out) == (0, "")
    rows = [json.loads(line) for line in Path("lines.jsonl").read_text("utf-8").splitlines()]
    assert [(row["code"], row["charge"], row["day"]) for row in rows] == [
        ("97140", "50.00", "2026-11-03"),
        ("97530", "50.00", "2026-11-03"),
        ("97110", "100.00", "2026-11-03"),
    ]
    assert stat.S_IMODE(Path("lines.jsonl").stat().st_mode) == 0o600
    assert run("ledger", "mark", number, "superseded")[0] == 0
    assert [one.state for one in ledger.history("=B+1")] == ["superseded"]
    assert run("ledger", "mark", 77, "seen")[0] == 2
    status, _, err = run("ledger", "forget", "--older-than", "1d")
    assert (status, len(ledger.files())) == (0, 1)
    assert "1 file, 2 claims, 3 lines, 0 runs would go; add --yes" in err
    assert run("ledger", "forget", "--older-than", "1d", "--yes")[0] == 0
    assert ledger.files() == []
    assert run("ledger", "forget", "--older-than", "soon")[0] == 2
    assert run("ledger", "vacuum")[0] == 0
    assert run("ledger", "backup", "copy.sqlite")[0] == 0


def test_check_compares_with_the_ledger_and_changes_nothing(ledger: Ledger, path: Path, run: Run) -> None:
    night(ledger, "id=A | 97140:GP x1", 9)
    batch = path.parent.parent / "batch.837"
    batch.write_bytes(build("isa=000000002 gs=2 id=B | 97530:GP x1").edi)
    before = everything(path)
    arguments = ("check", batch, "--format", "concise", "--no-guide", "--as-of", "2026-11-20")
    assert "PTP005" not in run(*arguments)[1]
    status, out, _ = run(*arguments, "--ledger", path)
    assert status == 1
    assert "PTP005 deny claim B line 1: 97530 is bundled into 97140" in out
    assert everything(path) == before
