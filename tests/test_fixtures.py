"""Every folder of ``fixtures/edi``, through the program as a user starts it.

``before.edi`` is checked on 2026-11-20, with ``minutes.csv`` as its treatment-time log and
``scrub837.toml`` as its settings where there are such.
``expect.json`` names its status, what ``--apply`` is given, exactly the findings above ``info``, and under
``allow`` rules that may say more. The corrected file is ``after.edi``; where there is none it is
``before.edi`` again, or absent for a file that is not corrected.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from scrub837.cli import main

FOLDERS = Path(__file__).parents[1] / "fixtures" / "edi"
CASES = sorted(path.parent for path in FOLDERS.glob("*/*/before.edi"))


@pytest.fixture(autouse=True)
def empty_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings and no reference database of the user's own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.delenv("SCRUB837_REFERENCE", raising=False)


def check(path: Path, folder: Path, target: str, safety: str) -> tuple[int, dict[str, Any]]:
    """Exit status and report of one file."""
    words = ["check", str(path), "--as-of", "2026-11-20", "--format", "json", "--jobs", "1"]
    words += ["--corrected", target, "--apply", safety]
    if (folder / "minutes.csv").exists():
        words += ["--documentation", str(folder / "minutes.csv")]
    if (folder / "scrub837.toml").exists():
        words += ["--config", str(folder / "scrub837.toml")]
    result = CliRunner().invoke(main, words, standalone_mode=False, catch_exceptions=False)
    [file] = json.loads(result.stdout)["files"]
    return result.return_value, file


def told(file: dict[str, Any]) -> list[tuple[str, str, str | None, int | None]]:
    return [
        (f["severity"], f["name"], f["location"]["claim"], f["location"]["line"])
        for f in file["findings"]
        if f["severity"] != "info"
    ]


@pytest.mark.parametrize("folder", CASES, ids=lambda path: str(path.relative_to(FOLDERS)))
def test_case(folder: Path, tmp_path: Path) -> None:
    expect = json.loads((folder / "expect.json").read_text("utf-8"))
    safety = expect.get("apply", "safe")
    status, file = check(folder / "before.edi", folder, "corrected.edi", safety)
    assert file["status"] == expect["status"]
    assert status == {"ready": 0, "held": 1, "incomplete": 2, "refused": 2}[expect["status"]]
    wanted = [(f["severity"], f["name"], f["claim"], f["line"]) for f in expect["findings"]]
    found = [one for one in told(file) if one[1] not in expect.get("allow", ())]
    assert sorted(found, key=str) == sorted(wanted, key=str)

    corrected = tmp_path / "corrected.edi"
    if status == 2:
        assert not corrected.exists()
        return
    after = folder / "after.edi"
    assert corrected.read_bytes() == (after if after.exists() else folder / "before.edi").read_bytes()
    check(corrected, folder, "twice.edi", safety)
    assert (tmp_path / "twice.edi").read_bytes() == corrected.read_bytes()


def test_there_are_cases() -> None:
    assert len(CASES) >= 12
    assert all((folder / "expect.json").exists() for folder in CASES)
