"""A transaction may hold all claims of a practice: what is known of them leaves memory as they are judged."""

from __future__ import annotations

import tempfile
from collections import Counter
from contextlib import closing

import pytest

from scrub837.claims.documentation import Documentation
from scrub837.configure import built_in_settings
from scrub837.engine import Job, tasks_of
from scrub837.reference.store import open_reference
from scrub837.scan import Judge
from scrub837.testing import TODAY, build, judge
from scrub837.x12.outline import read_outline
from scrub837.x12.source import Source

CLAIMS = 3000
EVERY_THIRD_IS_UNTIDY = build(
    " || ".join(f"id=C{n} | 97110:{'gp' if n % 3 else 'GP'} x1" for n in range(CLAIMS))
)


def test_a_transaction_is_judged_in_parts() -> None:
    settings = built_in_settings(today=TODAY, guide=False)
    judge_ = Judge(Job(settings, open_reference(None), Documentation()).context())
    with tempfile.TemporaryFile() as file:
        file.write(EVERY_THIRD_IS_UNTIDY.edi)
        file.flush()
        source = Source("large.edi", file)
        (task,), _ = tasks_of(read_outline(source))
        parts = list(judge_.transactions(source, [task]))
    sizes = [len(part.claims) for part in parts]
    assert sum(sizes) == sum(part.lines for part in parts) == CLAIMS
    assert len(parts) > 2
    assert max(sizes) < CLAIMS / 2
    assert [one for part in parts for one in part.segments] == [EVERY_THIRD_IS_UNTIDY.edi.count(b"~") - 4]


def test_the_parts_add_up() -> None:
    with closing(judge(EVERY_THIRD_IS_UNTIDY)) as report:
        assert report.counts.claims == report.counts.lines == len(report.claims) == CLAIMS
        assert [report.claim(n).claim for n in (1, 1500, CLAIMS)] == ["C0", "C1499", f"C{CLAIMS - 1}"]
        untidy = [one.location.claim for one in report.findings() if one.name == "mod-format"]
    assert untidy == [f"C{n}" for n in range(CLAIMS) if n % 3]


@pytest.mark.parametrize(
    ("notation", "pairs_alone"),
    [
        ("id=C1 | " + " ; ".join(["97140:GP x1 ; 97530:gp x1"] * 151), 0),
        (" || ".join(["97140:GP x1 ; 97530:gp x1"] * 151), 151),  # those of each claim by itself
    ],
    ids=["one claim", "many claims"],
)
def test_lines_that_cannot_be_of_one_day_are_not_compared_and_that_is_told(
    notation: str, pairs_alone: int
) -> None:
    with closing(judge(notation)) as report:
        found = Counter(one.name for one in report.findings())
        left = {one.name: (one.lines, one.reason) for one in report.not_checked}
    assert found["mod-format"] == 151  # what needs no other line is found all the same
    assert found["duplicate-line"] == found["duplicate-claim"] == 0
    assert found["ptp-unbypassed"] == pairs_alone
    for rule in ("ptp-unbypassed", "duplicate-line", "cotreat"):
        assert left[rule] == (302, "one patient has more than 300 lines on one day")


def test_as_many_lines_as_a_day_may_have_are_compared() -> None:
    with closing(judge(" || ".join(("97140:GP x1 ; 97530:GP x1",) * 150))) as report:
        found = Counter(one.name for one in report.findings())
    assert found["ptp-unbypassed"] == 150
    assert found["duplicate-claim"] == 149
