"""``check --ready --held --diff``: what is written, what is said, and what does not go together."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from scrub837.testing import build

Run = Callable[..., tuple[int, bytes, str]]
DAY = ("--as-of", "2026-11-20", "--no-guide", "--format", "concise")
TWO = "97110:GP x1 || patient=B total=60 | 97110:GP x1 || patient=C | 97110:gp x1"


def test_a_batch_in_two_parts(run: Run) -> None:
    Path("a.edi").write_bytes(build(TWO).edi)
    status, _, said = run("check", "a.edi", *DAY, "--ready", "go.edi", "--held", "stay.edi")
    assert status == 1
    assert said.splitlines() == [
        "scrub837: go.edi: 1 claim ($50.00) that may go",
        "scrub837: stay.edi: 2 claims ($110.00) to work first",
    ]
    assert [b"CLM*C%d*" % n in Path("go.edi").read_bytes() for n in (1, 2, 3)] == [True, False, False]
    assert [b"CLM*C%d*" % n in Path("stay.edi").read_bytes() for n in (1, 2, 3)] == [False, True, True]


def test_what_is_corrected_may_go(run: Run) -> None:
    Path("a.edi").write_bytes(build(TWO).edi)
    told = run("check", "a.edi", *DAY, "--corrected", "right.edi", "--ready", "go.edi")[2]
    assert "go.edi: 2 claims ($100.00) that may go" in told
    assert Path("go.edi").read_bytes().count(b"97110:GP") == 2
    assert sorted(os.listdir()) == ["a.edi", "go.edi", "right.edi", "right.edi.journal.json"]  # noqa: PTH208


def test_an_empty_side_is_said_and_an_old_file_is_named(run: Run) -> None:
    Path("a.edi").write_bytes(build("total=60 | 97110:GP x1").edi)
    Path("go.edi").write_text("of yesterday")
    told = run("check", "a.edi", *DAY, "--ready", "go.edi")[2]
    assert told.endswith("there is no claim that may go; the file that is there is of another run\n")
    assert Path("go.edi").read_text() == "of yesterday"


def test_why_claims_without_a_fault_of_their_own_are_held(run: Run) -> None:
    Path("a.edi").write_bytes(build("97140:GP x1 || 97530:GP x1").edi)
    Path("b.edi").write_bytes(build("97110:GP x1", (("*P*:", "*X*:"),)).edi)
    assert "1 claim held only because of another (PTP001)" in run("check", "a.edi", *DAY, "--held", "h")[2]
    assert (
        "ENV010 is a fault around 1 claim: all of them are held"
        in run("check", "b.edi", *DAY, "--held", "g")[2]
    )


def test_several_inputs_and_one_that_is_cut(run: Run) -> None:
    edi = build(TWO).edi
    Path("a.edi").write_bytes(edi)
    Path("b.edi").write_bytes(edi[:-40])
    status, _, said = run("check", "a.edi", "b.edi", *DAY, "--ready", "go", "--held", "stay")
    assert status == 2
    assert "b.edi is incomplete: it was not divided" in said
    assert (os.listdir("go"), os.listdir("stay")) == (["a.edi"], ["a.edi"])  # noqa: PTH208


def test_a_diff_takes_the_place_of_the_report_and_writes_nothing(run: Run) -> None:
    Path("a.edi").write_bytes(build(TWO).edi)
    status, shown, said = run("check", "a.edi", *DAY[:3], "--diff")
    assert status == 1
    assert shown.decode().splitlines()[2:] == [
        "@@ ST 0001, segment 56, claim C3, line 1 @@ MOD001 safe",
        "-SV1*HC:97110:gp*50*UN*1***1~",
        "+SV1*HC:97110:GP*50*UN*1***1~",
    ]
    assert said == "scrub837: a.edi: 1 change; nothing was written\n"
    assert os.listdir() == ["a.edi"]  # noqa: PTH208


@pytest.mark.parametrize(
    "options",
    [
        ("--ready", "a.edi"),
        ("--held", "a.edi"),
        ("--ready", "x.edi", "--held", "x.edi"),
        ("--ready", "x.edi", "--corrected", "x.edi"),
        ("--held", "x.journal.json", "--corrected", "x"),
        ("--ready", "x.csv", "--output", "x.csv"),
        ("--ready", "-"),
        ("--ready", "x.edi", "--apply", "documented"),
        ("--diff", "--held", "x.edi"),
        ("--diff", "--output", "x.json"),
    ],
    ids=" ".join,
)
def test_what_does_not_go_together_is_2_before_any_work(run: Run, options: tuple[str, ...]) -> None:
    Path("a.edi").write_bytes(build(TWO).edi)
    status, shown, said = run("check", "a.edi", "--no-guide", *options)
    assert (status, shown) == (2, b"")
    assert said
    assert os.listdir() == ["a.edi"]  # noqa: PTH208
