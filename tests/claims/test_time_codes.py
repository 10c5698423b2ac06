"""Bounds of codes with minutes of their own, at the minute on either side."""

from __future__ import annotations

from datetime import date

import pytest

from scrub837.claims.time_codes import Steps, fitting, psychotherapy_range, steps_of, visit_range

DAY = date(2026, 3, 10)


def only(code: str, *, medicare: bool = False, day: date = DAY) -> Steps:
    (steps,) = steps_of(code, day, medicare=medicare)
    return steps


@pytest.mark.parametrize(
    ("minutes", "code"),
    [(15, None), (16, "90832"), (37, "90832"), (38, "90834"), (52, "90834"), (53, "90837"), (180, "90837")],
)
def test_psychotherapy(minutes: int, code: str | None) -> None:
    found = fitting("psychotherapy", minutes)
    assert (found.code if found else None) == code


def test_words_of_a_range() -> None:
    assert (psychotherapy_range("90834").words, psychotherapy_range("90837").words) == (  # type: ignore[union-attr] # both are known
        "38-52 minutes",
        "53 minutes or more",
    )


@pytest.mark.parametrize(
    ("code", "least"),
    [("99202", 15), ("99205", 60), ("99212", 10), ("99213", 20), ("99214", 30), ("99215", 40), ("99239", 31)],
)
def test_visits(code: str, least: int) -> None:
    row = visit_range(code, DAY)
    assert row
    assert row.least == least


def test_visits_had_other_times_before_2021() -> None:
    assert visit_range("99214", date(2020, 12, 31)) is None
    assert visit_range("99214", date(2021, 1, 1)) is not None
    assert visit_range("99211", DAY) is None


@pytest.mark.parametrize(
    ("code", "minutes", "units"),
    [
        ("97130", 7, (0, 0)),
        ("97130", 22, (1, 0)),
        ("97130", 23, (1, 1)),
        ("97130", 38, (1, 2)),
        ("97546", 60, (0, 0)),
        ("97546", 61, (1, 0)),
        ("97546", 150, (1, 0)),
        ("97546", 151, (1, 1)),
        ("97551", 37, (1, 0)),
        ("97551", 38, (1, 1)),
        ("92608", 75, (1, 0)),
        ("92608", 76, (1, 1)),
        ("92627", 67, (1, 0)),
        ("92627", 68, (1, 1)),
        ("97814", 23, (1, 1)),
        ("90840", 29, (0, 0)),
        ("90840", 74, (1, 0)),
        ("90840", 75, (1, 1)),
        ("90840", 105, (1, 2)),
        ("99498", 45, (1, 0)),
        ("99498", 46, (1, 1)),
        ("96366", 90, (1, 0)),
        ("96366", 91, (1, 1)),
        ("96361", 30, (0, 0)),
        ("96361", 31, (1, 0)),
        ("96125", 30, (0, 0)),
        ("96125", 31, (0, 1)),
        ("97153", 22, (0, 1)),
        ("97153", 23, (0, 2)),
        ("97804", 15, (0, 0)),
        ("97804", 16, (0, 1)),
    ],
)
def test_units(code: str, minutes: int, units: tuple[int, int]) -> None:
    assert only(code).units(minutes) == units


def test_critical_care() -> None:
    cpt, medicare = only("99292"), only("99292", medicare=True)
    assert [cpt.units(minutes) for minutes in (29, 30, 74, 75, 104, 105)] == [
        (0, 0),
        (1, 0),
        (1, 0),
        (1, 1),
        (1, 1),
        (1, 2),
    ]
    assert [medicare.units(minutes) for minutes in (103, 104, 133, 134)] == [(1, 0), (1, 1), (1, 1), (1, 2)]
    assert only("99292", medicare=True, day=date(2022, 12, 31)) == cpt
    assert [medicare.bound(further) for further in (0, 1, 2)] == [30, 104, 134]


def test_prolonged_visits_go_by_their_visit() -> None:
    by_visit = {steps.firsts[0]: steps for steps in steps_of("99417", DAY, medicare=False)}
    assert [by_visit["99205"].units(minutes)[1] for minutes in (74, 75, 89, 90)] == [0, 1, 1, 2]
    assert [by_visit["99215"].units(minutes)[1] for minutes in (54, 55)] == [0, 1]
    for_medicare = {steps.firsts[0]: steps for steps in steps_of("G2212", DAY, medicare=True)}
    assert [for_medicare["99215"].units(minutes)[1] for minutes in (68, 69)] == [0, 1]


def test_pooled_and_untimed_codes_are_counted_elsewhere() -> None:
    assert steps_of("97140", DAY, medicare=True) == ()
    assert steps_of("97161", DAY, medicare=True) == ()
    assert steps_of("98980", DAY, medicare=True) == ()
