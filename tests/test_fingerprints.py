"""A finding is known by the same fingerprint wherever it stands; others have another."""

from __future__ import annotations

import io
import json
import re
from contextlib import closing
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrub837.report.as_json import write
from scrub837.results import FileReport, Report
from scrub837.testing import Built, build, judge

CLAIMS = (
    "id=C1 patient=A | 97530:gp x2 ; 97140:GP:59: x1 ; 97140:GP:59: x1",
    "id=C2 patient=B dx=M542,M25511 | 97110 x1 ptr=1:9 ; 97112:GP:: x1",
    "id=C3 patient=C place=1 | 97110:GP x1 ; 97110:GP x1",
    "id=C4 patient=D total=77 | 97530:GP x1 ; 97140:GP x1",
)


def marks(report: FileReport) -> list[str]:
    """Rule and fingerprint of each finding, sorted."""
    with closing(report):
        return sorted(f"{finding.name} {finding.fingerprint}" for finding in report.findings())


def changed(edi: bytes, separators: str, line_end: str) -> bytes:
    """The same file with other separators and line ends."""
    text = edi.decode("latin-1").replace("~\n", "~")
    turned = text.translate(str.maketrans("~*:^", separators))
    return turned.replace(separators[0], separators[0] + line_end).encode("latin-1")


def test_findings_are_told_apart() -> None:
    found = marks(judge(" || ".join(CLAIMS)))
    assert len(found) > 10
    assert len({mark.split()[1] for mark in found}) == len(found)
    assert all(re.fullmatch(r"[a-z0-9-]+ [0-9a-f]{16}", mark) for mark in found)


@settings(max_examples=20, deadline=None)
@given(
    order=st.sampled_from(list(permutations(CLAIMS))),
    separators=st.sampled_from(["~*:^", "\x1e*:^", "|+>!", "'*<^"]),
    line_end=st.sampled_from(["", "\n", "\r\n"]),
    first=st.sampled_from([1, 5, 70]),
)
def test_order_separators_line_ends_and_line_numbers_do_not_count(
    order: tuple[str, ...], separators: str, line_end: str, first: int
) -> None:
    edi = build(" || ".join(order)).edi
    edi = re.sub(rb"LX\*(\d+)~", lambda lx: b"LX*%d~" % (int(lx[1]) + first - 1), edi)
    built = Built(changed(edi, separators, line_end), None)
    plain = build(" || ".join(CLAIMS))
    ours = [mark for mark in marks(judge(built)) if not mark.startswith("lx-order")]
    assert ours == [mark for mark in marks(judge(plain)) if not mark.startswith("lx-order")]


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("id=C1 | 97530:gp x2", "id=C9 | 97530:gp x2"),
        ("97530:gp x2", "97530:gp x2 dos=2026-11-02"),
        ("97530:gp x2", "97110:gp x2"),
        ("97530:gp x2 ; 97140:GP x1", "97530:GP x2 ; 97140:gp x1"),
        ("97530:gp x2", "97530:GP: x2"),
    ],
)
def test_claim_day_code_line_and_rule_count(was: str, now: str) -> None:
    def named(notation: str) -> set[str]:
        return {mark for mark in marks(judge(notation)) if mark.startswith(("mod-format", "mod-trailing"))}

    assert named(was)
    assert named(now)
    assert not named(was) & named(now)


def test_lines_without_a_control_number_are_told_by_code_and_day() -> None:
    def without(notation: str) -> list[str]:
        edi = re.sub(rb"REF\*6R\*[^~]*~\n", b"", build(notation).edi)
        return [mark for mark in marks(judge(Built(edi, None))) if mark.startswith("mod-format")]

    one, two = without("97530:gp x1 ; 97110:GP x1"), without("97110:GP x1 ; 97530:gp x1")
    assert one == two
    assert len(one) == 1
    alike = without("97530:gp x1 ; 97530:gp x1 ; 97530:gp x1")
    assert one[0] in alike
    assert len(set(alike)) == 3


def test_the_report_that_is_copied_through_says_the_same_as_the_findings() -> None:
    with closing(judge(" || ".join(CLAIMS))) as report:
        out = io.BytesIO()
        write(Report([report], []), out)
        told = json.loads(out.getvalue())["files"][0]["findings"]
        assert [one["fingerprint"] for one in told] == [one.fingerprint for one in report.findings()]
        assert all(one["waived"] is None and one["since"] is None for one in told)


def test_hidden_patients_do_not_change_it() -> None:
    with closing(judge(" || ".join(CLAIMS))) as report:
        open_ = [finding.fingerprint for finding in report.findings()]
        report.redact = True
        assert [finding.fingerprint for finding in report.findings()] == open_
