"""What the tests of corrections share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from desk import Desk

from scrub837.rules._rule import Rule


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def rules(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let only these rules judge."""

    def only(*chosen: Rule) -> None:
        monkeypatch.setattr("scrub837.scan.all_rules", lambda: chosen)

    return only
