"""The built-in rows: each sourced, each of known shape, and the answers they were put in for."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from importlib import resources

import pytest

from scrub837.reference.store import open_reference
from scrub837.reference.tables import (
    always_therapy,
    kx_amount,
    last_valid_day,
    locked_discipline,
    payer_exclusion,
    sometimes_therapy,
    starter_rows,
    timed_class,
    timed_code,
)

TABLES = sorted(
    entry.name.removesuffix(".csv")
    for entry in resources.files("scrub837.reference").joinpath("starter").iterdir()
)
DAY = date(2026, 11, 3)


def test_every_table_is_looked_at() -> None:
    assert len(TABLES) == 8


@pytest.mark.parametrize("table", TABLES)
def test_every_row_has_a_source_and_says_how_certain_it_is(table: str) -> None:
    rows = starter_rows(table)
    assert rows
    for row in rows:
        assert len(row["source"]) > 15, row
        assert row["certainty"] in {"V", "High", "G"}, row
        assert all(value == value.strip() for value in row.values()), row
        for column in ("code", "column1", "column2", "base"):
            assert not row.get(column) or re.fullmatch(r"\d{5}|\d{4}T|G\d{4}", row[column]), row


def test_no_pair_or_limit_is_less_than_well_sourced() -> None:
    assert {row["certainty"] for row in starter_rows("pairs")} <= {"V", "High"}
    assert {row["certainty"] for row in starter_rows("unit_limits")} == {"V"}
    assert [row["year"] for row in starter_rows("kx_amounts") if row["certainty"] != "V"] == [
        "2018",
        "2019",
        "2020",
    ]


@pytest.mark.parametrize(
    ("column1", "column2", "day", "indicator"),
    [
        ("97140", "97530", "2019-03-12", "1"),
        ("97530", "97116", "2020-07-15", None),
        ("97530", "97116", "2020-10-01", "1"),
        ("97162", "97140", "2026-11-03", "1"),
        ("97113", "97164", "2026-11-03", "1"),
        ("97150", "97112", "2026-11-03", "1"),
        ("98942", "97124", "2002-03-31", None),
        ("98942", "97124", "2002-04-01", "1"),
        ("98940", "99213", "2026-11-03", "1"),
        ("97165", "97530", "2020-01-01", None),  # introduced and taken back
        ("97161", "97150", "2026-11-03", None),
        ("97110", "97140", "2026-11-03", None),  # often claimed on the web; there is no such edit
        ("97112", "97140", "2026-11-03", None),
        ("97110", "97530", "2026-11-03", None),
    ],
)
def test_starter_pairs(column1: str, column2: str, day: str, indicator: str | None) -> None:
    found = open_reference(None).active_pair(column2, column1, date.fromisoformat(day), "medicare")
    assert (found and found.indicator) == indicator
    assert found is None or (found.column1, found.column2) == (column1, column2)


def test_starter_rows_bring_their_source_along() -> None:
    rows = open_reference(None).pairs("97530", "97161", "medicaid")
    assert [(row.indicator, row.edition, row.source) for row in rows] == [
        ("9", "starter", "starter/pairs.csv")
    ]
    assert rows[0].rationale.startswith("APTA news 2020-01-16")


def test_starter_editions_say_what_they_are_and_reach_no_further() -> None:
    known = open_reference(None)
    assert known.starter
    assert [(one.program, one.table, one.edition, one.starter) for one in known.editions] == [
        ("medicare", "ptp", "starter", True),
        ("medicaid", "mue", "2026Q1", True),
        ("medicare", "aoc", "starter", True),
    ]
    assert known.covers("ptp", DAY, "medicare")
    assert not known.covers("ptp", date(2027, 1, 1), "medicare")
    assert not known.covers("mue", DAY, "medicaid")
    limit = known.unit_limit("97140", date(2026, 2, 2), "medicaid")
    assert limit
    assert (limit.units, limit.indicator) == (6, None)
    assert known.unit_limit("97140", date(2026, 2, 2), "medicare") is None
    two = known.add_on("97811", DAY)
    assert two
    assert (two.kind, two.primaries) == ("1", frozenset({"97810", "97813"}))


def test_therapy_codes() -> None:
    assert (always_therapy("97140"), sometimes_therapy("97140"), locked_discipline("97140")) == (
        True,
        False,
        None,
    )
    assert (always_therapy("97597"), sometimes_therapy("97597")) == (False, True)
    assert (always_therapy("99213"), sometimes_therapy("99213"), locked_discipline("99213")) == (
        False,
        False,
        None,
    )
    assert [locked_discipline(code) for code in ("97161", "97168", "92523")] == ["GP", "GO", "GN"]


def test_timed_codes() -> None:
    assert [timed_class(code) for code in ("97110", "97161", "G0283", "97129", "97130", "99213")] == [
        "timed15",
        "evaluation",
        "untimed",
        "first",
        "addon",
        None,
    ]
    further, hours = timed_code("97130"), timed_code("97545")
    assert further
    assert (further.minutes, further.base, further.pooled) == (15, "97129", False)
    assert hours
    assert (hours.kind, hours.minutes) == ("first", 120)
    manual = timed_code("97140")
    assert manual
    assert (manual.minutes, manual.pooled) == (15, True)


def test_amounts_ends_and_exclusions() -> None:
    assert (kx_amount(2026), kx_amount(2019), kx_amount(2017)) == (Decimal(2480), Decimal(2040), None)
    assert (last_valid_day("97001"), last_valid_day("97161")) == (date(2016, 12, 31), None)
    attended = payer_exclusion("medicare", "97014")
    packs = payer_exclusion("medicare", "97010")
    assert attended
    assert (attended.kind, attended.instead) == ("invalid", "G0283")
    assert packs
    assert (packs.kind, packs.instead) == ("bundled", None)
    assert payer_exclusion("medicaid", "97014") is None
