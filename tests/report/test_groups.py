"""Which findings are alike, and what is told of them."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from decimal import Decimal

import pytest

from scrub837.claims.model import Claim
from scrub837.findings import Finding, Severity
from scrub837.report.groups import group_alike
from scrub837.rules._rule import Context, Rule, Scope
from scrub837.testing import judge


class Says(Rule):
    """Says of each claim what its number stands for."""

    code, name, severity, scope = "CLM996", "says", Severity.DENY, Scope.CLAIM

    def __init__(self, *sentences: str) -> None:
        self.sentences = sentences

    def check(self, subject: Claim, context: Context) -> Iterable[Finding]:  # noqa: ARG002 - as rules are asked
        yield self.finding(subject.locate("CLM02"), self.sentences[(subject.index - 1) % len(self.sentences)])


def notation(charges: Iterable[int]) -> str:
    return " || ".join(f"id=C{n} | 97110:GP x1 ${charge}" for n, charge in enumerate(charges, start=1))


ALIKE = [
    ("97140 is bundled into 97530.", "G0283 is bundled into 97530, 97110 and 97112."),
    ("The total is $5.00, not $1,234.56: too much.", "The total is $7, not $8.25: too much."),
    ("NPI '1234' is short.", "NPI 'of nobody' is short."),
    ("Dated 2026-11-03.", "Dated 2025-01-31."),
]
APART = [
    ("Modifier GP is missing.", "Modifier GO is missing."),
    ("97110 is missing.", "97110 is wrong."),
]


@pytest.mark.parametrize(("pair", "groups"), [(p, 1) for p in ALIKE] + [(p, 2) for p in APART])
def test_values_are_left_aside_and_words_are_not(
    monkeypatch: pytest.MonkeyPatch, pair: tuple[str, str], groups: int
) -> None:
    monkeypatch.setattr("scrub837.scan.all_rules", lambda: (Says(*pair),))
    with closing(judge(notation([100] * 12))) as file:
        found = group_alike(file, least=0)
    assert [(one.claims, one.varies) for one in found.groups] == [(12 // groups, groups == 1)] * groups


def test_a_group_knows_its_money_and_its_dearest_claims(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scrub837.scan.all_rules", lambda: (Says("One.", *["Many."] * 8),))
    with closing(judge(notation([50, 10, 70, 20, 70, 30, 40, 60, 15]))) as file:
        found = group_alike(file, least=0)
        [group] = found.groups
        assert (group.claims, group.charge) == (8, Decimal("315.00"))
        assert [file.finding(n).location.claim for n in group.examples] == ["C3", "C5", "C8"]
        assert [file.finding(n).location.claim for n in group.findings] == [f"C{n}" for n in range(2, 10)]
        assert found.alone == {1, 3, 5, 8}  # that of its own, and the examples
