"""The examples for operators are tried with the programs they are for."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from nights import Night, batch
from servers import Keys

from scrub837.configure import load_settings

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_the_settings_can_be_read() -> None:
    nightly = load_settings(EXAMPLES / "scrub837.toml").nightly
    assert nightly is not None
    assert nightly.archive == "archive"
    assert nightly.working == "sftp://scrub837@drop.example.org/working"


@pytest.mark.parametrize("unit", ["scrub837.service", "scrub837.timer", "scrub837-failed@.service"])
def test_systemd_accepts_the_units(tmp_path: Path, unit: str) -> None:
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not installed")
    for path in EXAMPLES.glob("scrub837*.*"):
        text = path.read_text("utf-8").replace("/opt/scrub837/bin/scrub837", "/bin/true")
        (tmp_path / path.name).write_text(text, "utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", str(tmp_path / unit)], capture_output=True, text=True, check=False
    )
    assert unit not in done.stderr
    assert "Unknown" not in done.stderr


def test_sshd_accepts_the_partner(sshd: str, keys: Keys) -> None:
    config = keys.home / "sshd_config"
    config.write_text(
        f"HostKey {keys.home}/host_key\n{(EXAMPLES / 'sshd_partner.conf').read_text('utf-8')}", "utf-8"
    )
    Path("/run/sshd").mkdir(exist_ok=True) if os.geteuid() == 0 else None
    done = subprocess.run([sshd, "-t", "-f", str(config)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    shown = subprocess.run(
        [sshd, "-T", "-f", str(config), "-C", "user=partner,host=any,addr=192.0.2.1"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "chrootdirectory /srv/sftp/partner" in shown
    assert "passwordauthentication no" in shown


def test_logrotate_accepts_its_lines(tmp_path: Path) -> None:
    program = shutil.which("logrotate", path="/usr/sbin:/usr/bin")
    if not program:
        pytest.skip("logrotate is not installed")
    text = (EXAMPLES / "logrotate").read_text("utf-8")
    (tmp_path / "lines").write_text(re.sub(r"scrub837 scrub837", "root root", text), "utf-8")
    subprocess.run([program, "-d", "-s", str(tmp_path / "state"), str(tmp_path / "lines")], check=True)


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """The program, as it is called by its name."""
    path = tmp_path / "scrub837"
    path.write_text(f'#!/bin/sh\nexec {sys.executable} -m scrub837 "$@"\n', "utf-8")
    path.chmod(0o755)
    return path


def test_the_lines_of_the_crontab_are_silent_on_success(night: Night, program: Path, tmp_path: Path) -> None:
    lines = [line for line in (EXAMPLES / "crontab").read_text("utf-8").splitlines() if re.match(r"\d", line)]
    assert len(lines) == 3

    def run(line: str) -> tuple[int, bytes, bytes]:
        command = re.sub(r"^(?:\S+\s+){6}", "", line)
        for there, here in (
            ("/opt/scrub837/bin/scrub837", program),
            ("/etc/scrub837/backup.sh", EXAMPLES / "backup.sh"),
            ("/etc/scrub837/scrub837.toml", night.write_settings()),
            ("/srv/backup/scrub837", tmp_path / "copies"),
            ("/srv/scrub837", night.root),
        ):
            command = command.replace(there, str(here))
        done = subprocess.run(["sh", "-c", command], capture_output=True, check=False)
        return done.returncode, done.stdout, done.stderr

    status, _, words = run(lines[2])
    assert (status, b"there is no ledger" in words) == (1, True)
    assert list((tmp_path / "copies").iterdir()) == []
    night.drop("a.837", batch(1))
    night.drop("b.837", batch(2, pair=True))
    assert run(lines[0]) == (1, b"", b"")  # 1: one of them has a finding
    assert len(night.names("out")) == 1
    assert run(lines[2]) == (0, b"", b"")
    rows = night.ledger_rows()
    [copy] = (tmp_path / "copies").iterdir()
    copy.replace(night.root / "state" / "ledger.sqlite")
    for name in ("ledger.sqlite-wal", "ledger.sqlite-shm"):
        (night.root / "state" / name).unlink(missing_ok=True)
    assert night.ledger_rows() == rows
