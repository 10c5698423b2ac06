"""``scrub837 config``: what is in force and where it came from."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Run = Callable[..., tuple[int, bytes, str]]


def shown(run: Run) -> dict[str, list[str]]:
    status, out, _ = run("config", "show")
    assert status == 0
    return {words[0]: words[1:] for words in map(str.split, out.decode().splitlines())}


def test_origins_are_the_variables_that_were_set(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCRUB837_PROFILE", "medicaid")
    monkeypatch.setenv("SCRUB837_AS_OF", "2026-11-20")
    told = shown(run)
    assert told["profile"] == ["medicaid", "SCRUB837_PROFILE"]
    assert told["as-of"] == ["2026-11-20", "SCRUB837_AS_OF"]
    assert told["fail-on"] == ["deny", "default"]


def test_jobs_are_one_a_core_unless_set(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert shown(run)["jobs"] == ["one", "a", "core", "default"]
    monkeypatch.setenv("SCRUB837_JOBS", "1")
    assert shown(run)["jobs"] == ["1", "SCRUB837_JOBS"]
