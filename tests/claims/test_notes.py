"""Times and areas in line notes."""

from __future__ import annotations

import pytest

from scrub837.claims.notes import Notes, read_notes

NINE, QUARTER_PAST = 9 * 60, 9 * 60 + 15


def read(text: str, description: str = "") -> Notes:
    notes = read_notes(text, description)
    assert notes is not None
    return notes


@pytest.mark.parametrize(
    "text",
    [
        "START 0900 STOP 0915",
        "start 9:00 stop 9:15",
        "BEG 9:00A END 9:15A",
        "BEGIN 0900 END 0915",
        "FR 9:00 AM TO 9:15 AM",
        "FROM 900 TO 915",
        "0900-0915",
        "9:00 - 9:15",
        "PT SEEN 0900-0915, TOLERATED WELL",
        "START: 0900 STOP: 0915",
    ],
)
def test_an_interval(text: str) -> None:
    notes = read(text)
    assert notes.spans == ((NINE, QUARTER_PAST),)
    assert (notes.clock, notes.stated) == (15, None)


def test_afternoon_and_midnight_of_a_12_hour_clock() -> None:
    assert read("START 12:30P STOP 1:00P").spans == ((12 * 60 + 30, 13 * 60),)
    assert read("START 12:05A STOP 12:20A").spans == ((5, 20),)


@pytest.mark.parametrize("text", ["MIN 15", "15 MIN", "TIME 15 MIN", "15 MINUTES", "MINS: 15"])
def test_minutes(text: str) -> None:
    assert read(text) == Notes((), 15, (), "", ())


def test_all_parts_together() -> None:
    notes = read(
        "START 0900 STOP 0915;0930-0945 AREA L SHOULDER MIN 30 RSN separate goal; 2nd block 1000-1010"
    )
    assert notes.spans == ((540, 555), (570, 585))
    assert (notes.clock, notes.stated) == (30, 30)
    assert [(area.region, area.side) for area in notes.areas] == [("shoulder", "L")]
    assert notes.reason == "separate goal; 2nd block 1000-1010"


@pytest.mark.parametrize(
    "text", ["CERVICAL", "0900-0915 NECK", "15 MIN; neck", "AREA NECK START 0900 STOP 0915"]
)
def test_area(text: str) -> None:
    assert [area.region for area in read(text).areas] == ["cervical"]


def test_a_time_no_clock_shows_is_told_and_left_out() -> None:
    assert read("START 1445 STOP 1461") == Notes((), None, (), "", ("1461",))
    assert read("0900-0915; 0975-1000").spans == ((540, 555),)
    assert read("START 13:00P STOP 1:15P").impossible == ("13:00",)


def test_a_clock_that_runs_backwards_tells_no_minutes() -> None:
    assert read("START 0915 STOP 0900").clock is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "PT TOLERATED WELL",
        "CALL 555-0144",
        "SEE NOTE OF 2026-03-10",
        "0900-0915-0930",
        "AUTH 12345-67890",
        "15 MIN MANUAL, 10 MIN ULTRASOUND",  # which of the two?
        "PAIN IN THE NECK SINCE MAY",
        "START OF CARE",
    ],
)
def test_other_text_says_nothing(text: str) -> None:
    assert read_notes(text) is None


def test_a_visit_window_in_the_description() -> None:
    assert read("", "1230-1630").spans == ((12 * 60 + 30, 16 * 60 + 30),)
    assert read_notes("", "SKILLED CARE 1230-1630") is None
    assert read("0900-0915", "1230-1630").spans == ((540, 555),), "the note is the more exact"
