"""Every rule is explained, sourced and shown at work: its examples are judged as a user's file would be."""

from __future__ import annotations

import importlib
import inspect
import re
from pathlib import Path

import pytest

from scrub837.claims.facets import FACETS
from scrub837.rules import all_rules
from scrub837.rules._rule import HEADINGS, Bad, Example, Good, Rule, Scope
from scrub837.testing import findings

FAMILIES = ("ENV", "IG", "CLM", "PTP", "MUE", "MOD", "TIM", "DOC", "REF", "DUP", "WVR")
RULES = all_rules()
CASES = [
    pytest.param(rule, example, id=f"{rule.code}-{type(example).__name__}-{number}")
    for rule in RULES
    for number, example in enumerate(rule.examples)
]


@pytest.mark.parametrize(("rule", "example"), CASES)
def test_example(rule: Rule, example: Example) -> None:
    found = findings(
        example.claim, rule.name, profile=example.profile, edits=example.edits, guide=rule.code[:2] == "IG"
    )
    if isinstance(example, Good):
        assert [f.message for f in found] == []
    else:
        assert found, "the rule says nothing about its own bad example"
        for finding in found:
            assert finding.message.strip()
            assert finding.location.start is None or finding.location.end is not None


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_page(rule: Rule) -> None:
    page = rule.page()
    assert page.splitlines()[0].endswith("."), "the first line is a sentence"
    for heading in HEADINGS:
        assert rule.section(heading), f"no text under {heading!r}"
    assert any(isinstance(example, Bad) for example in rule.examples)
    assert any(isinstance(example, Good) for example in rule.examples)
    assert rule.fix in ("never", "sometimes", "always")
    assert not rule.facet or (rule.scope is Scope.CLAIM and rule.facet in FACETS)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_names(rule: Rule) -> None:
    family, number = re.fullmatch(r"([A-Z]+)(\d{3})", rule.code).groups()  # type: ignore[union-attr] # a failure here is the test's
    assert family in FAMILIES
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", rule.name)
    file = Path(inspect.getfile(type(rule))).stem
    assert file == f"{family.lower()}{number}_{rule.name.replace('-', '_')}" or file.startswith(
        f"{family.lower()}{number}_"
    )


def test_codes_and_names_are_unique() -> None:
    modules = {importlib.import_module(type(rule).__module__).__name__ for rule in RULES}
    assert (
        len({rule.code for rule in RULES}) == len({rule.name for rule in RULES}) == len(RULES) == len(modules)
    )
