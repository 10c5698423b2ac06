"""Splices do what they say, twice in a row as well as at once, and can be taken back."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrub837.errors import CorrectionUnproven
from scrub837.fixes.compose import Splice
from scrub837.fixes.splice import compare, inverse, join, write_spliced
from scrub837.x12.source import Source

LETTERS = st.text("ab~:\xe9", max_size=4)


@contextmanager
def source_of(text: str) -> Iterator[Source]:
    with tempfile.TemporaryFile() as file:
        file.write(text.encode("latin-1"))
        file.flush()
        yield Source("text", file)


def spliced(text: str, splices: Sequence[Splice]) -> str:
    with source_of(text) as source, tempfile.TemporaryFile() as out:
        write_spliced(source, source.size, splices, out)
        out.seek(0)
        return out.read().decode("latin-1")


@st.composite
def changes(draw: st.DrawFn, text: str) -> list[Splice]:
    """Splices of a text, sorted and apart."""
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=6, unique=True)))
    pairs = list(zip(cuts[::2], cuts[1::2], strict=False))
    return [Splice(a, b, text[a:b], draw(LETTERS), ()) for a, b in pairs]


@given(st.data(), st.text("ab~:\xe9", min_size=1, max_size=40))
def test_two_rounds_are_one(data: st.DataObject, text: str) -> None:
    first = data.draw(changes(text))
    middle = spliced(text, first)
    second = data.draw(changes(middle))
    last = spliced(middle, second)
    with source_of(text) as original, source_of(middle) as between, source_of(last) as corrected:
        both = join(first, second, original, between)
        assert spliced(text, both) == last
        assert spliced(last, inverse(both)) == text
        assert all(a.end < b.start for a, b in pairwise(both))
        compare(original, original.size, corrected, both)


@given(st.data(), st.text("ab", min_size=1, max_size=30))
def test_a_change_elsewhere_is_seen(data: st.DataObject, text: str) -> None:
    splices = data.draw(changes(text))
    good = spliced(text, splices)
    at = data.draw(st.integers(0, len(good)))
    bad = good[:at] + "#" + good[at + 1 :]
    with source_of(text) as original, source_of(bad) as corrected, pytest.raises(CorrectionUnproven):
        compare(original, original.size, corrected, splices)


def test_other_bytes_than_those_read_are_not_replaced() -> None:
    with pytest.raises(CorrectionUnproven, match="at 4 "):
        spliced("HC:97530:gp", [Splice(4, 6, "GP", "gp", ())])
