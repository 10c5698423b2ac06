"""The program as a shell sees it: arguments in; exit status, standard output and standard error out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from scrub837 import cli

Run = Callable[..., tuple[int, bytes, str]]


@pytest.fixture
def run(capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Runs the program in an empty folder, without the user's settings and reference."""
    for name in ("SCRUB837_REFERENCE", "SCRUB837_PROFILE", "SCRUB837_FAIL_ON", "SCRUB837_JOBS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")

    def program(*arguments: object) -> tuple[int, bytes, str]:
        monkeypatch.setattr("sys.argv", ["scrub837", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.program()
        out, err = capfdbinary.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, out, err.decode()

    return program
