"""``scrub837 explain``: pages of rules, for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Callable

from scrub837.rules import all_rules

Run = Callable[..., tuple[int, bytes, str]]


def test_all_pages_are_one_list(run: Run) -> None:
    """Each as it is by itself."""
    every = json.loads(run("explain", "--all", "--format", "json")[1])
    assert [page["code"] for page in every] == [rule.code for rule in all_rules()]
    one = json.loads(run("explain", "MOD001", "--format", "json")[1])
    assert one in every
