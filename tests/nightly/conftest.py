"""Drop folders and servers for the tests of the nightly run."""

from __future__ import annotations

from pathlib import Path

import pytest
from nights import Night


@pytest.fixture
def night(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Night:
    """An empty drop folder on this machine."""
    for name in ("SCRUB837_REFERENCE", "SCRUB837_PROFILE", "SCRUB837_JOBS", "SCRUB837_LEDGER_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    root = tmp_path / "night"
    (root / "in").mkdir(parents=True)
    return Night(root)
