"""Body areas as notes have them."""

from __future__ import annotations

import pytest

from scrub837.claims.areas import REGIONS, Area, overlaps, read_areas, read_side, same_area


def areas(text: str, side: str = "") -> list[tuple[str, str]]:
    return [(area.region, area.side) for area in read_areas(text, side)]


@pytest.mark.parametrize(
    ("text", "side", "wanted"),
    [
        ("cervical", "", [("cervical", "")]),
        ("Neck", "", [("cervical", "")]),
        ("C-Spine", "", [("cervical", "")]),
        ("low back", "", [("lumbar", "")]),
        ("L spine", "", [("lumbar", "")]),  # not the left one
        ("SI joint", "R", [("pelvic", "R")]),
        ("L shoulder", "", [("shoulder", "L")]),
        ("shoulder, left", "", [("shoulder", "")]),  # a side alone is no area
        ("knee R", "", [("knee", "R")]),
        ("bilateral knees", "", [("knee", "B")]),
        ("L/R hips", "", [("hip", "B")]),
        ("left and right hip", "", [("hip", "B")]),
        ("rt. knee", "", [("knee", "R")]),
        ("knee", "right", [("knee", "R")]),
        ("left knee", "R", [("knee", "")]),  # they contradict each other: nothing certain
        ("neck; left shoulder", "", [("cervical", ""), ("shoulder", "L")]),
        ("cervical/thoracic", "", [("cervical", ""), ("thoracic", "")]),
        ("knee and ankle", "L", [("knee", "L"), ("ankle", "L")]),
        ("back", "", [("", "")]),
        ("spine", "", [("", "")]),
        ("upper quarter", "R", [("", "R")]),
        ("neck; neck", "", [("cervical", "")]),
        (" ; ", "", []),
    ],
)
def test_read_areas(text: str, side: str, wanted: list[tuple[str, str]]) -> None:
    assert areas(text, side) == wanted


def test_the_words_are_kept_without_the_side() -> None:
    assert read_areas("Left Low-Back") == (Area("lumbar", "L", "low back"),)


@pytest.mark.parametrize(
    ("text", "wanted"), [("L", "L"), ("lt.", "L"), ("Right", "R"), ("b/l", "B"), ("mid", "")]
)
def test_read_side(text: str, wanted: str) -> None:
    assert read_side(text) == wanted


def test_a_word_means_one_region() -> None:
    words = [word for region, others in REGIONS.items() for word in (region, *others)]
    assert len(words) == len(set(words))


@pytest.mark.parametrize(
    ("one", "other", "wanted"),
    [
        ("knee R", "knee R", True),
        ("knee R", "knee L", False),
        ("knee R", "knee", True),  # a side that is not told meets any
        ("bilateral knee", "knee L", True),
        ("knee", "ankle", False),
        ("back", "back", False),  # nothing is certain of either
    ],
)
def test_overlaps(one: str, other: str, wanted: bool) -> None:
    (a,), (b,) = read_areas(one), read_areas(other)
    assert overlaps(a, b) is wanted
    assert overlaps(b, a) is wanted


@pytest.mark.parametrize(
    ("one", "other", "wanted"),
    [
        ("neck", "cervical", True),
        ("neck", "shoulder R", False),
        ("neck; knee", "knee", True),
        ("neck; back", "neck", True),  # certainly shared, whatever "back" is
        ("back", "neck", None),
        ("neck", "", None),
        ("", "", None),
    ],
)
def test_same_area(one: str, other: str, wanted: bool | None) -> None:
    assert same_area(read_areas(one), read_areas(other)) is wanted
    assert same_area(read_areas(other), read_areas(one)) is wanted
