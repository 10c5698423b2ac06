"""The same input gives the same report, whatever the process: nothing may depend on the salt of hashes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from scrub837.testing import build

DAYS = " ; ".join(f"97110:GP x1 dos=2026-11-0{day}" for day in range(2, 8))
COPIES = (
    f"id=C1 | {DAYS} || id=C2 | {DAYS}"  # a duplicate claim on each of six days, all told of at one CLM01
)


@pytest.mark.parametrize("form", ["json", "text", "csv"])
def test_reports_of_two_processes_are_equal(tmp_path: Path, form: str) -> None:
    Path(tmp_path, "copies.edi").write_bytes(build(COPIES).edi)
    command = [sys.executable, "-m", "scrub837", "check", "copies.edi", "--no-guide", "--format", form]
    reports = {
        subprocess.run(
            [*command, "--as-of", "2026-11-20"],
            cwd=tmp_path,
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            check=False,
        ).stdout
        for seed in ("1", "2", "3", "4")
    }
    assert len(reports) == 1
    assert next(iter(reports))
