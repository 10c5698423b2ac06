"""Values as people read them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrub837.findings import Location
from scrub837.report.words import box_of, clean, count, money, short


@given(st.text())
def test_clean_text_is_printable_and_stays_so(text: str) -> None:
    assert clean(text).isprintable()
    assert clean(clean(text)) == clean(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("ÉLODIE 太郎", "ÉLODIE 太郎"),
        ("\x1b[31m", r"\x1b[31m"),
        ("a\nb", r"a\x0ab"),
        ("\u202eexe", r"\u202eexe"),
        ("\u200b", r"\u200b"),
        ("\udcff", r"\udcff"),
        ("\U000e0041", r"\U000e0041"),
    ],
)
def test_clean(text: str, shown: str) -> None:
    assert clean(text) == shown


def test_short_counts_what_is_shown() -> None:
    assert short("A" * 12, 10) == "AAAAAAA..."
    assert short("\x1b" * 3, 10) == r"\x1b\x1..."
    assert short("A" * 10, 10) == "A" * 10


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("1234.50", "$1,234.50"),
        ("", "-"),
        (Decimal(-5), "-$5.00"),
        ("0.125", "$0.125"),
        (Decimal("1E+3"), "$1,000.00"),
    ],
)
def test_money(amount: str | Decimal, shown: str) -> None:
    assert money(amount) == shown


def test_count() -> None:
    assert [count(n, "claim") for n in (0, 1, 2900)] == ["0 claims", "1 claim", "2,900 claims"]


@pytest.mark.parametrize(
    ("loop", "element", "box"),
    [
        ("2400", "SV101-3", "24D"),
        ("2400", "SV104", "24G"),
        ("2400", "DTP03", "24A"),
        ("2400", "DTP01", None),
        ("2300", "CLM05-3", "22"),
        ("2300", "CLM05", None),
        ("2300", "HI02-2", "21"),
        ("2420A", "NM109", "24J"),
        ("2010BA", "NM108", None),
        ("2010BA", "NM103", "2 or 4"),
        (None, "SE01", None),
    ],
)
def test_box_of(loop: str | None, element: str, box: str | None) -> None:
    assert box_of(Location(loop=loop, element=element)) == box
