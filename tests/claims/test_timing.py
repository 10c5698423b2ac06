"""Timed units: every worked case by name, and the 8-minute rule against brute force."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrub837.claims.timing import (
    Support,
    Verdict,
    assistant_units,
    full15,
    legal_allocations,
    units_cms,
    units_midpoint,
)

# Minutes by code; units by the 8-minute rule; its legal allocations; the allocation of the midpoint rule.
# The five examples of CMS Claims Processing Manual 100-04 chapter 5, 20.2 are marked "CMS".
WORKED = {
    "seven minutes": ("97140 7", 0, [""], ""),
    "eight minutes": ("97140 8", 1, ["97140 1"], "97140 1"),
    "last minute of one unit": ("97140 22", 1, ["97140 1"], "97140 1"),
    "first minute of two units": ("97140 23", 2, ["97140 2"], "97140 2"),
    "last minute of two units": ("97140 37", 2, ["97140 2"], "97140 2"),
    "first minute of three units": ("97140 38", 3, ["97140 3"], "97140 3"),
    "CMS 24 and 23": ("97112 24 97110 23", 3, ["97112 2 97110 1"], "97112 2 97110 2"),
    "CMS 20 and 20": ("97112 20 97110 20", 3, ["97112 2 97110 1", "97112 1 97110 2"], "97112 1 97110 1"),
    "CMS 33 and 7": ("97110 33 97140 7", 3, ["97110 2 97140 1"], "97110 2"),
    "CMS 18, 13, 10 and 8": (
        "97110 18 97140 13 97116 10 97035 8",
        3,
        ["97110 1 97140 1 97116 1"],
        "97110 1 97140 1 97116 1 97035 1",
    ),
    "CMS three times 7": ("97112 7 97110 7 97140 7", 1, ["97140 1", "97112 1", "97110 1"], ""),
    "8 and 8": ("97110 8 97140 8", 1, ["97140 1", "97110 1"], "97110 1 97140 1"),
    "10 and 10": ("97110 10 97140 10", 1, ["97140 1", "97110 1"], "97110 1 97140 1"),
    "15 and 7": ("97110 15 97140 7", 1, ["97110 1"], "97110 1"),
    "15 and 8": ("97110 15 97140 8", 2, ["97110 1 97140 1"], "97110 1 97140 1"),
    "23 and 7": ("97110 23 97140 7", 2, ["97110 2"], "97110 2"),
    "25 and 13": ("97110 25 97140 13", 3, ["97110 2 97140 1"], "97110 2 97140 1"),
    "5 and 6": ("97110 5 97140 6", 1, ["97140 1"], ""),
    "3 and 4": ("97110 3 97140 4", 0, [""], ""),
    "four times 12": (
        "97110 12 97112 12 97140 12 97530 12",
        3,
        [
            "97112 1 97140 1 97530 1",
            "97110 1 97140 1 97530 1",
            "97110 1 97112 1 97530 1",
            "97110 1 97112 1 97140 1",
        ],
        "97110 1 97112 1 97140 1 97530 1",
    ),
    "three times 8": (
        "97110 8 97112 8 97140 8",
        2,
        ["97112 1 97140 1", "97110 1 97140 1", "97110 1 97112 1"],
        "97110 1 97112 1 97140 1",
    ),
    "three times 16": (
        "97110 16 97112 16 97140 16",
        3,
        ["97110 1 97112 1 97140 1"],
        "97110 1 97112 1 97140 1",
    ),
    "38 and 22": ("97110 38 97140 22", 4, ["97110 3 97140 1"], "97110 3 97140 1"),
    "30, 15 and 8": ("97110 30 97140 15 97530 8", 4, ["97110 2 97140 1 97530 1"], "97110 2 97140 1 97530 1"),
    "30, 10 and 5": ("97110 30 97140 10 97530 5", 3, ["97110 2 97140 1"], "97110 2 97140 1"),
    "15 and 15": ("97140 15 97530 15", 2, ["97140 1 97530 1"], "97140 1 97530 1"),
    "12 and 11": ("97140 12 97530 11", 2, ["97140 1 97530 1"], "97140 1 97530 1"),
    "53": ("97110 53", 4, ["97110 4"], "97110 4"),
    "52 and 1": ("97110 52 97140 1", 4, ["97110 4"], "97110 3"),
    "8 and 22": ("97035 8 97140 22", 2, ["97035 1 97140 1"], "97035 1 97140 1"),
    "three times 22": (
        "97110 22 97112 22 97140 22",
        4,
        ["97110 1 97112 1 97140 2", "97110 1 97112 2 97140 1", "97110 2 97112 1 97140 1"],
        "97110 1 97112 1 97140 1",
    ),
}


def by_code(text: str) -> dict[str, int]:
    words = text.split()
    return {code: int(number) for code, number in zip(words[::2], words[1::2], strict=True)}


def legal(support: Support) -> set[frozenset[tuple[str, int]]]:
    return {frozenset(allocation.items()) for allocation in support.allocations()}


@pytest.mark.parametrize("name", WORKED)
def test_worked_case(name: str) -> None:
    minutes, units, allocations, midpoint = WORKED[name]
    cms, ama = legal_allocations(by_code(minutes)), legal_allocations(by_code(minutes), "ama")
    assert cms.units == units
    assert legal(cms) == {frozenset(by_code(text).items()) for text in allocations}
    assert legal(ama) == {frozenset(by_code(midpoint).items())}
    for text in allocations:
        assert cms.verdict(by_code(text)) == Verdict.OK
    assert ama.verdict(by_code(midpoint)) == Verdict.OK


def by_brute_force(minutes: dict[str, int], units: int) -> set[tuple[int, ...]]:
    """Of all ways to spread so many units, those that cover most minutes."""
    covered: dict[tuple[int, ...], int] = {}
    for cuts in itertools.combinations(range(units + len(minutes) - 1), len(minutes) - 1):
        edges = (-1, *cuts, units + len(minutes) - 1)
        spread = tuple(b - a - 1 for a, b in itertools.pairwise(edges))
        covered[spread] = sum(min(own, 15 * n) for own, n in zip(minutes.values(), spread, strict=True))
    best = max(covered.values())
    return {spread for spread, minutes_ in covered.items() if minutes_ == best}


def units_by_bounds(minutes: int) -> int:
    """The last unit whose lower bound (8, 23, 38 ...) is reached."""
    return len([bound for bound in range(8, minutes + 1, 15) if minutes >= bound])


@settings(max_examples=3000, deadline=None)
@given(st.lists(st.integers(0, 70), min_size=1, max_size=5))
def test_as_brute_force(vector: list[int]) -> None:
    minutes = {f"9700{n}": own for n, own in enumerate(vector)}
    support = legal_allocations(minutes)
    best = by_brute_force(minutes, units_by_bounds(sum(vector)))
    assert {tuple(one.get(code, 0) for code in minutes) for one in support.allocations()} == best
    for number, code in enumerate(minutes):
        column = [spread[number] for spread in best]
        assert support.supported(code) == (min(column), max(column))


@settings(max_examples=1500, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 3)), min_size=1, max_size=4))
def test_verdict_as_brute_force(vector: list[tuple[int, int]]) -> None:
    minutes = {f"9700{n}": own for n, (own, _) in enumerate(vector)}
    billed = {f"9700{n}": units for n, (_, units) in enumerate(vector)}
    units, sent = units_by_bounds(sum(minutes.values())), sum(billed.values())
    if sent != units:
        expected = Verdict.OVER if sent > units else Verdict.UNDER
    else:
        right = tuple(billed.values()) in by_brute_force(minutes, units)
        expected = Verdict.OK if right else Verdict.MISALLOCATED
    assert legal_allocations(minutes).verdict(billed) == expected


def test_bounds() -> None:
    lower = [8, 23, 38, 53, 68, 83, 98, 113, 128]
    assert [units_cms(bound) for bound in lower] == list(range(1, 10))
    assert [units_cms(bound - 1) for bound in lower] == list(range(9))
    assert [units_midpoint(minutes, 60) for minutes in (30, 31, 90, 91)] == [0, 1, 1, 2]
    assert [units_midpoint(minutes, 30) for minutes in (15, 16, 45, 46)] == [0, 1, 1, 2]
    assert [full15(minutes) for minutes in (14, 15, 29, 30)] == [0, 1, 1, 2]


def test_a_code_without_minutes_supports_nothing() -> None:
    support = legal_allocations({"97110": 30})
    assert support.supported("97140") == (0, 0)
    assert support.verdict({"97110": 1, "97140": 1}) == Verdict.MISALLOCATED
    assert support.excess({"97110": 1, "97140": 1}) == {"97140": 1}
    assert support.missing({"97110": 1, "97140": 1}) == {"97110": 1}


def test_two_of_three_tied_codes_may_not_both_have_the_last_unit() -> None:
    """37, 7 and 7 minutes: 51 are 3 units; 97110 has its two quarters, and one of three sevens is left."""
    support = legal_allocations({"97110": 37, "97112": 7, "97140": 7})
    assert support.verdict({"97110": 2, "97140": 1}) == Verdict.OK
    assert support.verdict({"97110": 3}) == Verdict.OK
    shared = {"97110": 1, "97112": 1, "97140": 1}
    assert support.verdict(shared) == Verdict.MISALLOCATED
    assert support.excess(shared) == {}


def test_midpoint_judges_code_by_code() -> None:
    support = legal_allocations({"97110": 33, "97140": 7}, "ama")
    assert support.verdict({"97110": 2, "97140": 1}) == Verdict.OVER
    assert support.verdict({"97110": 1}) == Verdict.UNDER
    assert support.verdict({"97110": 2}) == Verdict.OK
    assert legal_allocations({"97110": 29}, "full15").verdict({"97110": 2}) == Verdict.OVER


def test_ten_codes() -> None:
    """Ten times 11 minutes: 110 are 7 units of which any seven codes may have one."""
    support = legal_allocations({f"9700{n}": 11 for n in range(10)})
    assert (support.units, support.choose, len(support.tied)) == (7, 7, 10)
    assert support.is_legal({f"9700{n}": 1 for n in range(3, 10)})


@pytest.mark.parametrize(
    ("minutes", "rule", "billed", "words"),
    [
        (
            "97112 24 97110 23",
            "cms",
            "97112 2 97110 2",
            "47 timed minutes support 3 units under the CMS 8-minute rule (38-52 = 3); 4 are billed",
        ),
        (
            "97140 7",
            "cms",
            "97140 1",
            "7 timed minutes support 0 units under the CMS 8-minute rule (0-7 = 0); 1 is billed",
        ),
        (
            "97110 33 97140 7",
            "ama",
            "97110 2 97140 1",
            "7 minutes of 97140 support 0 units under the CPT midpoint rule (0-7 = 0); 1 is billed",
        ),
        (
            "97110 29",
            "full15",
            "97110 2",
            "29 minutes of 97110 support 1 unit under the rule of full 15 minutes (15-29 = 1); 2 are billed",
        ),
    ],
)
def test_words(minutes: str, rule: str, billed: str, words: str) -> None:
    assert legal_allocations(by_code(minutes), rule).words(by_code(billed)) == words


@pytest.mark.parametrize(
    ("therapist", "assistant", "units", "since_2022", "before"),
    [
        (0, 15, 1, 1, 1),
        (8, 7, 1, 0, 1),  # since 2022 eight minutes of the therapist save the last unit
        (5, 10, 1, 1, 1),
        (13, 23, 2, 1, 2),  # the assistant's full quarter; 13 and 8 are left for the last unit
        (30, 2, 2, 0, 0),
        (13, 2, 1, 0, 0),  # 2 of 15 minutes are not more than a tenth
        (7, 3, 1, 1, 1),  # 3 of 10 are, and the therapist has not eight
        (12, 12, 2, 1, 1),  # one with, one without
        (15, 30, 2, 1, 1),  # fewer units billed than given: the therapist's first
    ],
)
def test_assistant_units(therapist: int, assistant: int, units: int, since_2022: int, before: int) -> None:
    assert assistant_units(therapist, assistant, units, midpoint=True) == since_2022
    assert assistant_units(therapist, assistant, units, midpoint=False) == before
