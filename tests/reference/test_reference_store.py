"""Look-ups: which row, which edition, which program answers on a date of service."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from cms_files import limits_text, pairs_text, put

from scrub837.errors import ReferenceUnreadable
from scrub837.reference.load import load
from scrub837.reference.store import Reference, default_database, find_database, open_reference

DAY = date(2026, 11, 3)


@pytest.fixture
def known(tmp_path: Path, request: pytest.FixtureRequest) -> Reference:
    """A reference of Medicare edits alone, from the rows the test is given."""
    database = tmp_path / "reference.sqlite"
    load([put(tmp_path, "ccipra-v323r0-f1.txt", pairs_text(request.param))], database)
    return open_reference(database)


REINSTATED = """
10000 20000 20100101 20191231 0
10000 20000 20200101 20200101 9
10000 20000 20201001 * 1
"""


@pytest.mark.parametrize("known", [REINSTATED], indirect=True)
@pytest.mark.parametrize(
    ("day", "indicator"),
    [
        ("2009-12-31", None),
        ("2010-01-01", "0"),
        ("2019-12-31", "0"),  # the deletion date is the last day of the edit
        ("2020-01-01", None),  # indicator 9: never in force, not even on its own day
        ("2020-09-30", None),
        ("2020-10-01", "1"),
        ("2026-11-03", "1"),
    ],
)
def test_the_date_of_service_chooses_the_row(known: Reference, day: str, indicator: str | None) -> None:
    for a, b in (("10000", "20000"), ("20000", "10000")):
        found = known.active_pair(a, b, date.fromisoformat(day), "medicare")
        assert (found and found.indicator) == indicator
        assert found is None or (found.column1, found.column2) == ("10000", "20000")


@pytest.mark.parametrize("known", [REINSTATED], indirect=True)
def test_all_rows_of_a_pair_are_given_once_and_remembered(known: Reference) -> None:
    rows = known.pairs("20000", "10000", "medicare")
    assert [row.indicator for row in rows] == ["0", "9", "1"]
    assert known.pairs("10000", "20000", "medicare") is rows
    assert known.pairs("10000", "10000", "medicare") == ()


@pytest.mark.parametrize(
    "known",
    [
        (
            "10000 20000 20100101 * 9\n10000 20000 20100101 * 1\n"
            "20000 10000 20150101 * 0\n20000 10000 20150101 * 1"
        )
    ],
    indirect=True,
)
def test_of_several_rows_in_force_the_latest_then_the_stricter(known: Reference) -> None:
    found = known.active_pair("10000", "20000", DAY, "medicare")
    before = known.active_pair("10000", "20000", date(2014, 12, 31), "medicare")
    assert found
    assert (found.column1, found.indicator) == ("20000", "0")
    assert before
    assert (before.column1, before.indicator) == ("10000", "1")


@pytest.mark.parametrize("known", ["10000 20000 20100101 20100101 1"], indirect=True)
def test_an_edit_of_one_day(known: Reference) -> None:
    assert known.active_pair("10000", "20000", date(2010, 1, 1), "medicare") is not None
    assert known.active_pair("10000", "20000", date(2010, 1, 2), "medicare") is None


@pytest.mark.parametrize("known", ["10000 20000 20100101 * 1"], indirect=True)
def test_medicaid_is_asked_of_medicare_edits_but_never_of_its_unit_limits(
    known: Reference, tmp_path: Path
) -> None:
    found = known.active_pair("10000", "20000", DAY, "medicaid")
    assert found
    assert found.program == "medicare"
    assert known.covers("ptp", DAY, "medicaid")
    database = tmp_path / "reference.sqlite"
    load(
        [put(tmp_path, "MCR_MUE_PractitionerServices_Eff_10-01-2026.csv", limits_text("10000 4 3"))], database
    )
    both = open_reference(database)
    assert both.unit_limit("10000", DAY, "medicare") is not None
    assert both.unit_limit("10000", DAY, "medicaid") is None
    assert (both.covers("mue", DAY, "medicare"), both.covers("mue", DAY, "medicaid")) == (True, False)


def test_medicaid_edits_answer_for_medicaid_when_loaded(tmp_path: Path) -> None:
    database = tmp_path / "reference.sqlite"
    medicaid = put(tmp_path, "medicaid-q4-2026.txt", pairs_text("10000 20000 20100101 * 0", old_column=False))
    load([put(tmp_path, "ccipra-v323r0-f1.txt", pairs_text("10000 20000 20100101 * 1")), medicaid], database)
    known = open_reference(database)
    indicators = []
    for program in ("medicare", "medicaid"):
        found = known.active_pair("10000", "20000", DAY, program)
        indicators.append(found and found.indicator)
    assert indicators == ["1", "0"]
    with pytest.raises(ValueError, match="no such program"):
        known.pairs("10000", "20000", "tricare")


def test_the_newest_edition_that_has_the_code_answers(tmp_path: Path) -> None:
    """Q4 is loaded in part: codes beyond that part are asked of Q3, those within never are."""
    database = tmp_path / "reference.sqlite"
    older = [
        f"{first}0000 {first}0001 20100101 * 0\n{first}0002 {first}0003 20100101 * 0" for first in "1234"
    ]
    files = [
        put(tmp_path, f"ccipra-v322r0-f{part}.txt", pairs_text(rows)) for part, rows in enumerate(older, 1)
    ]
    newer = "20000 20001 20100101 20260930 0\n20003 20004 20100101 * 1"  # 20002 has lost its edit
    load([*files, put(tmp_path, "ccipra-v323r0-f2.txt", pairs_text(newer))], database)
    known = open_reference(database)
    assert [row.edition for row in known.pairs("20000", "20001", "medicare")] == ["2026Q4"]
    assert known.pairs("20002", "20003", "medicare") == ()
    assert [row.edition for row in known.pairs("10000", "10001", "medicare")] == ["2026Q3"]


def test_unit_limits_of_the_quarter_of_the_service(tmp_path: Path) -> None:
    database = tmp_path / "reference.sqlite"
    files = [
        put(
            tmp_path, f"MCR_MUE_PractitionerServices_Eff_{month}-01-2026.csv", limits_text(f"10000 {units} 3")
        )
        for month, units in (("01", 4), ("07", 6))
    ]
    load(files, database)
    known = open_reference(database)
    asked = {}
    for day in ("2025-12-31", "2026-01-01", "2026-03-31", "2026-04-01", "2026-09-30", "2026-10-01"):
        limit = known.unit_limit("10000", date.fromisoformat(day), "medicare")
        asked[day] = (limit and limit.units, known.covers("mue", date.fromisoformat(day), "medicare"))
    assert asked == {
        "2025-12-31": (None, False),
        "2026-01-01": (4, True),
        "2026-03-31": (4, True),
        "2026-04-01": (None, False),
        "2026-09-30": (6, True),
        "2026-10-01": (None, False),
    }
    assert known.unit_limit("10009", date(2026, 1, 1), "medicare") is None


@pytest.mark.parametrize("known", ["10000 20000 20100101 * 1"], indirect=True)
def test_edits_cover_their_past_and_their_quarter(known: Reference) -> None:
    days = [date(1999, 1, 1), date(2026, 12, 31), date(2027, 1, 1)]
    assert [known.covers("ptp", day, "medicare") for day in days] == [True, True, False]
    assert not known.covers("mue", DAY, "medicare")


@pytest.mark.parametrize("known", ["10000 20000 20100101 * 1"], indirect=True)
def test_add_on_relations_are_lent_by_the_starter_edition(known: Reference) -> None:
    found = known.add_on("97130", DAY)
    assert found
    assert (found.primaries, found.edition) == (frozenset({"97129"}), "starter")
    assert [(one.table, one.starter) for one in known.editions] == [("ptp", False), ("aoc", True)]
    assert known.covers("aoc", DAY, "medicare")


def test_a_missing_or_foreign_database(tmp_path: Path) -> None:
    with pytest.raises(ReferenceUnreadable, match="scrub837 reference load FILE"):
        open_reference(tmp_path / "none.sqlite")
    with pytest.raises(ReferenceUnreadable, match="cannot be opened as a reference database"):
        open_reference(put(tmp_path, "text.sqlite", b"hello " * 1000))
    with pytest.raises(ReferenceUnreadable, match="is not a reference database of scrub837"):
        open_reference(put(tmp_path, "empty.sqlite", b""))


@pytest.mark.parametrize("known", ["10000 20000 20100101 * 1"], indirect=True)
def test_a_database_that_breaks_later_says_so(known: Reference, tmp_path: Path) -> None:
    database = tmp_path / "reference.sqlite"
    whole = database.read_bytes()
    database.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    with pytest.raises(ReferenceUnreadable, match="is damaged"):
        open_reference(database).pairs("10000", "20000", "medicare")


def test_where_the_database_is_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SCRUB837_REFERENCE", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    own = tmp_path / "scrub837" / "reference.sqlite"
    assert default_database() == own
    assert find_database(None) is None
    own.parent.mkdir()
    own.touch()
    assert find_database(None) == own
    monkeypatch.setenv("SCRUB837_REFERENCE", "/elsewhere.sqlite")
    assert find_database(None) == Path("/elsewhere.sqlite")
    assert find_database(tmp_path) == tmp_path
    monkeypatch.delenv("XDG_DATA_HOME")
    monkeypatch.setenv("HOME", "/home/sample")
    assert default_database() == Path("/home/sample/.local/share/scrub837/reference.sqlite")
