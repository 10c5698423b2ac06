"""The table of codes: short labels of our own, an action, rules that exist, a source for each row."""

from __future__ import annotations

import pytest

from scrub837.responses.codes import Action, all_codes, code_of
from scrub837.responses.worklist import TITLES
from scrub837.rules import all_rules

CODES = list(all_codes().values())
RULES = [rule.code for rule in all_rules()]


def test_every_row_is_short_and_has_a_source() -> None:
    for code in CODES:
        assert 0 < len(code.label) <= 46, code
        assert code.source, code
        assert not code.label.endswith("."), code


def test_every_rule_that_is_named_exists() -> None:
    named = {name for code in CODES for name in code.rules}
    assert [name for name in named if not any(rule.startswith(name) for rule in RULES)] == []


def test_every_action_has_a_title() -> None:
    assert set(TITLES) == set(Action) - {Action.NONE}


@pytest.mark.parametrize(
    ("list_", "code", "label", "action"),
    [
        ("CARC", "45", "above the contract or fee schedule", "none"),
        ("CARC", "b7", "provider not certified for it on the day", "appeal"),
        ("RARC", "N362", "more units than allowed", "replace"),
        ("STC", "562", "NPI", "fix"),
        ("TA1", "025", "interchange number used before", "fix"),
    ],
)
def test_codes_are_found(list_: str, code: str, label: str, action: str) -> None:
    found = code_of(list_, code)
    assert found is not None
    assert (found.list, found.code, found.label, found.action) == (list_, code.upper(), label, Action(action))
    assert code_of(list_, "") is None
