"""Documentation rules: rows that fit no line, rows that cannot be read, and what separated pairs lack."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

import pytest

from scrub837.findings import Finding
from scrub837.testing import Built, build, findings, judge

PAIR = "97140:GP x1 0900-0915 [cervical] ; 97530:GP:59 x1 0915-0930 [shoulder R] reason=separate_goal"
TOTALS = " timed=30 treatment=35"


def documentation_of(found: list[Finding]) -> list[str]:
    names = ("doc-", "sidecar-", "log-row", "note-", "time-impossible")
    return sorted(f"{f.name} {f.severity}" for f in found if f.name.startswith(names))


def with_log(notation: str, *rows: str) -> Built:
    """A notation with further rows in its log."""
    built = build(notation)
    assert built.log
    return replace(built, log=built.log + "".join(f"{row}\n" for row in rows))


# --- rows and lines -----------------------------------------------------------------------------------


def test_a_row_of_another_code_is_told_and_no_evidence() -> None:
    (found,) = findings("97140:GP:59 x1 @15 logcode=97124", "sidecar-mismatch")
    assert found.message == "Row 2 of log.csv documents 97124 for a line that bills 97140."
    assert (found.severity, found.location.element) == ("risk", "SV101-2")
    with closing(judge("97140:GP:59 x1 @15 logcode=97124")) as report:
        assert report.claim(1).lines[0].minutes is None


def test_orphans_are_gathered_by_claim() -> None:
    built = with_log(
        "97110:GP x1 @15",
        "C9,C9L1,2026-11-03,97110,,,15",
        "C1,C1L7,2026-11-03,97140,,,15",
        "C9,C9L2,2026-11-03,97140,,,15",
        "C1,,2026-11-03,97530,,,8",  # done and not billed
    )
    found = findings(built, "sidecar-orphan")
    assert [f.message for f in found] == [
        "2 rows name claim C9, which is not in the batch.",
        "1 row names line C1L7 of claim C1, which it does not have.",
    ]
    assert [row["row"] for f in found for row in f.facts["rows"]] == [3, 5, 4]
    assert {f.severity for f in found} == {"risk"}


def test_a_log_of_another_batch_is_not_told_a_thousand_times() -> None:
    rows = [f"Z{n},L1,2026-11-03,97110,,,15" for n in range(250)]
    found = findings(with_log("97110:GP x1 @15", *rows), "sidecar-orphan")
    assert len(found) == 101
    assert found[-1].facts["row_count"] == 150


def test_bad_rows_are_named_and_the_others_count() -> None:
    built = with_log("97110:GP x2 @15", "C1,C1L1,2026-11-03,97110,,,-5", "C1,C1L1,2026-11-03,97110,,,16")
    (found,) = findings(built, "log-row-invalid")
    assert (found.facts["log"], found.facts["row"]) == ("log.csv", 3)
    assert "minutes -5 is not a whole number" in found.message
    with closing(judge(built)) as report:
        assert report.claim(1).lines[0].minutes == 31


def test_many_bad_rows_end_in_a_count() -> None:
    found = findings(with_log("97110:GP x1 @15", *["C1,C1L1,?,97110,,,15"] * 120), "log-row-invalid")
    assert len(found) == 101
    assert found[-1].facts["row_count"] == 20


# --- separated pairs ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("claim", "wanted"),
    [
        (PAIR + TOTALS, []),
        (PAIR, ["doc-no-total info"]),
        (PAIR.replace(" [cervical]", "") + TOTALS, ["doc-no-area info"]),
        (PAIR.replace("cervical", "back") + TOTALS, ["doc-ambiguous-area info"]),
        (PAIR.replace(" reason=separate_goal", "") + TOTALS, ["doc-no-reason info"]),
        (PAIR + TOTALS + " unattested", ["doc-unattested info"]),
        (
            "with=strict-documentation | " + PAIR.replace("cervical", "back") + TOTALS,
            ["doc-ambiguous-area risk"],
        ),
        # nothing rests on what two lines without 59 lack
        ("97140:GP x1 0900-0915 [back] timed=30 treatment=30 ; 97110:GP x1 0915-0930 unattested", []),
        # a pair of which one line is not documented is the business of m59-undoc
        ("97140:GP x1 0900-0915 timed=15 treatment=15 ; 97530:GP:59 x1", []),
        ("payer=CI | 97110:GP x1 @15", []),  # only Medicare asks for totals
    ],
)
def test_what_a_separated_pair_lacks(claim: str, wanted: list[str]) -> None:
    assert documentation_of(findings(claim)) == wanted


def test_a_log_without_the_columns_of_totals_is_not_judged() -> None:
    built = build("97110:GP x1 @15 ; 97140:GP x1 @15")
    assert built.log
    short = [",".join(line.split(",")[:17]) for line in built.log.splitlines()]
    with closing(judge(replace(built, log="\n".join(short) + "\n"))) as report:
        assert [f for f in report.findings() if f.name == "doc-no-total"] == []
        assert [n.lines for n in report.not_checked if n.name == "doc-no-total"] == [2]


def test_pairs_without_any_log_are_not_checked() -> None:
    with closing(
        judge(PAIR.replace("0900-0915 [cervical]", "").replace("0915-0930 [shoulder R]", ""))
    ) as report:
        notes = {note.name: note.lines for note in report.not_checked if note.name.startswith("doc-")}
    assert notes == {
        "doc-no-area": 1, "doc-ambiguous-area": 1, "doc-no-reason": 1, "doc-unattested": 1, "doc-no-total": 2,
    }  # fmt: skip


# --- line notes ---------------------------------------------------------------------------------------


def noted(claim: str, note: str) -> Built:
    return build(f"with=line-notes | {claim}", (("REF*6R*C1L1~", f"REF*6R*C1L1~\nNTE*ADD*{note}~"),))


@pytest.mark.parametrize(
    ("claim", "note", "minutes", "wanted"),
    [
        ("97110:GP x1", "START 0900 STOP 0915", 15, []),
        ("97110:GP x1", "START 0900 STOP 0915; 0920-0930", 25, []),
        ("97110:GP x1", "START 0900 STOP 0915 MIN 15", 15, []),
        ("97110:GP x1", "START 0900 STOP 0915 MIN 30", 30, ["note-conflict risk"]),
        ("97110:GP x1", "START 0900 STOP 1461", None, ["time-impossible risk"]),
        ("97110:GP x1", "PATIENT DOING WELL", None, []),
        ("97110:GP x1 @15", "START 0900 STOP 0915", 15, []),
        ("97110:GP x1 @15", "START 0900 STOP 0916", 15, []),  # a minute may be rounding
        ("97110:GP x1 @15", "START 0900 STOP 0925", 15, ["note-conflict risk"]),  # the log counts
    ],
)
def test_notes(claim: str, note: str, minutes: int | None, wanted: list[str]) -> None:
    built = noted(claim, note)
    assert [name for name in documentation_of(findings(built)) if "no-total" not in name] == wanted
    with closing(judge(built)) as report:
        assert report.claim(1).lines[0].minutes == minutes


def test_notes_are_read_only_where_a_profile_says_so() -> None:
    built = replace(noted("97110:GP x1", "START 0900 STOP 1461"), true=frozenset())
    with closing(judge(built)) as report:
        assert report.claim(1).lines[0].minutes is None
        assert documentation_of(list(report.findings())) == []
