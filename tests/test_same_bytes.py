"""The same input gives the same report, whatever the process: nothing may depend on the salt of hashes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from scrub837.testing import build

RANGES = "||".join(
    f"id=C{n} patient={patient} | 97110:GP x3 to=2026-11-05 ; 97012:GP x2 to=2026-11-05"
    for n, patient in enumerate("AABBCC", start=1)
)


@pytest.mark.parametrize("form", ["json", "text", "csv"])
def test_reports_of_two_processes_are_equal(tmp_path: Path, form: str) -> None:
    Path(tmp_path, "ranges.edi").write_bytes(build(RANGES).edi)
    command = [sys.executable, "-m", "scrub837", "check", "ranges.edi", "--no-guide", "--format", form]
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
