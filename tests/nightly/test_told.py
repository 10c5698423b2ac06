"""Every setting of the nightly run is told in its page, with its default."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from scrub837.nightly.summary import OUTCOMES
from scrub837.nightly_settings import NIGHTLY, SFTP, Nightly, Sftp

PAGE = (Path(__file__).parents[2] / "docs" / "nightly.md").read_text("utf-8")


def shown(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return " ".join(value) or "-"
    return "-" if value is None else str(value)


def told() -> dict[str, str]:
    rows: dict[str, str] = {}
    for keys, default in re.findall(r"^\| ((?:`[a-z-]+`(?:, )?)+) \| ([^|]*) \|", PAGE, re.MULTILINE):
        rows |= dict.fromkeys(re.findall(r"`([^`]+)`", keys), re.sub(r'[`\[\]",]', "", default))
    return rows


def test_settings_are_told_with_their_defaults() -> None:
    rows = told()
    words = {"root": "the folder of the settings", "host": "the hosts name", "key": "those of ssh"}
    for table, defaults in ((NIGHTLY, Nightly()), (SFTP, Sftp())):
        assert {name for name, _ in table.values()} == {field.name for field in fields(defaults)} - {"sftp"}
        for key, (name, _) in table.items():
            want = words.get(key, shown(getattr(defaults, name)))
            got = rows[key].replace("'", "")
            if key in ("archive", "quarantine"):
                assert want in got
            else:
                assert got == want, key


def test_outcomes_are_told() -> None:
    assert OUTCOMES.keys() <= told().keys()
