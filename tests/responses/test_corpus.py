"""Real response files against a table worked out by hand; they are not part of the repository.

``SCRUB837_CORPUS`` names the folder that holds ``999``, ``277ca``, ``835`` and ``ta1``.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from scrub837.responses.answers import (
    ClaimPayment,
    GroupAnswer,
    InterchangeAnswer,
    Item,
    PaymentAnswer,
    SetAnswer,
    StatusAnswer,
)
from scrub837.responses.decisions import decide
from scrub837.responses.read import ResponseFile
from scrub837.results import ClaimRow, PayerRow, PersonRow
from scrub837.x12.source import open_source

TRUTH: dict[str, dict[str, Any]] = json.loads(
    (Path(__file__).parent / "corpus_truth.json").read_text("utf-8")
)
CORPUS = os.environ.get("SCRUB837_CORPUS", "")
NO_LINES = ClaimRow("", 1, None, PersonRow("", "", ""), PayerRow("", ""), "default", "1", "", [])

pytestmark = pytest.mark.skipif(not CORPUS, reason="SCRUB837_CORPUS names no folder of real response files")


def read(name: str) -> tuple[ResponseFile, list[Item]]:
    with closing(open_source(str(Path(CORPUS) / name))) as source:
        file = ResponseFile(source, 0)
        return file, list(file.items())


@pytest.mark.parametrize("name", TRUTH)
def test_file_is_read_as_a_person_reads_it(name: str) -> None:
    truth = TRUTH[name]
    file, items = read(name)
    assert dict(file.kinds) == truth["kinds"]
    assert dict(file.remarks) == truth["remarks"]
    assert file.cut == truth.get("cut", False)
    assert [
        [one.control, one.verdict, one.note] for one in items if isinstance(one, InterchangeAnswer)
    ] == truth.get("ta1", [])
    _check_sets(items, truth)
    _check_statuses(items, truth)
    _check_payments(items, truth)


def _check_sets(items: list[Item], truth: dict[str, Any]) -> None:
    sets = [one for one in items if isinstance(one, SetAnswer)]
    assert [one.verdict for one in items if isinstance(one, GroupAnswer)] == truth.get("groups", [])
    if "set_count" in truth:
        assert Counter(one.verdict for one in sets) == truth["set_count"]
        assert {one.functional for one in sets} == {truth.get("functional", "HC")}
    else:
        assert {f"{one.functional} {one.control}": one.verdict for one in sets} == truth.get("sets", {})
    if "errors" in truth:
        found = [[one.control, e.segment, e.position, e.code, e.claim] for one in sets for e in one.errors]
        assert found == truth["errors"]


def _check_statuses(items: list[Item], truth: dict[str, Any]) -> None:
    told = [one for one in items if isinstance(one, StatusAnswer)]
    claims = [[one.trace, _statuses(one), f"{one.amount}"] for one in told if one.level == "claim"]
    assert claims == truth.get("claims", [])
    levels: dict[str, str] = {}
    for one in told:
        if one.level != "claim":
            levels[one.level if one.level not in levels else f"{one.level} 2"] = _statuses(one)
    assert levels == truth.get("levels", {})


def _statuses(answer: StatusAnswer) -> str:
    every = [*answer.statuses, *(status for line in answer.lines for status in line.statuses)]
    return " ".join(":".join(filter(None, (one.category, one.code, one.entity))) for one in every)


def _check_payments(items: list[Item], truth: dict[str, Any]) -> None:
    paid = [one for one in items if isinstance(one, ClaimPayment)]
    found = [[c.claim, c.status, f"{c.charge}", f"{c.paid}", decide(c, NO_LINES).outcome] for c in paid]
    assert found == truth.get("paid", [])
    assert [f"{one.amount}" for one in items if isinstance(one, PaymentAnswer)] == truth.get("amount", [])


def test_no_file_is_left_out() -> None:
    folders = ("999", "277ca", "835", "ta1")
    there = {f"{folder}/{path.name}" for folder in folders for path in (Path(CORPUS) / folder).iterdir()}
    assert there == set(TRUTH)
