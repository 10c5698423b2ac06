"""The program in surroundings that lack something: it says what, and nothing looks like findings."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from scrub837.testing import build

PROGRAM = (sys.executable, "-m", "scrub837")
CLAIM = "id=C1 | 97110:GP x1"


@pytest.fixture
def batch(tmp_path: Path) -> Path:
    path = tmp_path / "batch.edi"
    path.write_bytes(build(CLAIM).edi)
    return path


def shell(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    whole = script.replace("scrub837 ", f"{sys.executable} -m scrub837 ")
    return subprocess.run(["bash", "-c", whole], cwd=folder, capture_output=True, text=True, check=False)


def test_streams_that_are_closed(batch: Path) -> None:
    before = batch.read_bytes()
    quiet = shell("scrub837 check batch.edi --output report.json --as-of 2026-11-20 >&- 2>&-", batch.parent)
    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (0, "", "")
    assert (batch.parent / "report.json").read_bytes().startswith(b'{"schema"')
    assert batch.read_bytes() == before
    empty = shell("scrub837 check - <&-", batch.parent)
    assert empty.returncode == 2
    assert "internal" not in empty.stderr


@pytest.mark.parametrize(("kilobytes", "lack"), [(0, "No usable temporary directory"), (1, "File too large")])
def test_no_room_for_temporary_files_is_told(batch: Path, kilobytes: int, lack: str) -> None:
    batch.write_bytes(build(" || ".join(f"id=C{n} | 97110:GP x1" for n in range(40))).edi)
    script = f"ulimit -f {kilobytes}; scrub837 check batch.edi 2>&1 | cat; exit ${{PIPESTATUS[0]}}"
    done = shell(script, batch.parent)
    assert done.returncode == 2
    assert done.stdout.startswith(f"scrub837: {lack}")
    assert done.stdout.endswith("Temporary files go to the folder that TMPDIR names, else to /tmp.\n")


KILLED = (
    "scrub837: there was not enough memory (a process that judged part of the file was killed); "
    "--jobs 1 needs less\n"
)


@pytest.mark.parametrize(
    ("children", "status", "words"),
    [(1, 0, ""), (2, 2, KILLED)],
    ids=["that reads the outline, which is read again", "that judges"],
)
def test_a_worker_that_is_killed(tmp_path: Path, children: int, status: int, words: str) -> None:
    claims = " || ".join(f"id=C{n} | 97110:GP x1 ; 97140:GP x1" for n in range(40))
    one = build(claims).edi
    with (tmp_path / "large.edi").open("wb") as large:  # several interchanges, so that there is work for two
        for n in range(1, 1 + (24 << 20) // len(one)):
            large.write(
                one.replace(b"*000000001*", b"*%09d*" % n).replace(b"IEA*1*000000001", b"IEA*1*%09d" % n)
            )
    command = [*PROGRAM, "check", "large.edi", "--no-guide", "--jobs", "2", "--format", "concise"]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as program:
        found: list[int] = []
        while len(found) < children and program.poll() is None:
            time.sleep(0.001)
            listed = Path(f"/proc/{program.pid}/task/{program.pid}/children")
            found = [int(one) for one in listed.read_text().split()] if listed.exists() else []
        os.kill(found[0], signal.SIGKILL)
        _, told = program.communicate(timeout=60)
    assert (program.returncode, told) == (status, words)
