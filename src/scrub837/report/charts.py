"""Bar charts as values: what each bar says and how long it is. Drawn by the template, without script."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

ROW = 40  # pixels a bar takes with the words above it
LEAST = 0.8  # per cent of the width: less would not be seen


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar. ``tone`` is a severity; ``link`` is a place in the page."""

    label: str
    told: str  # the numbers, in words
    width: str  # per cent
    y: int
    tone: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars one below the other."""

    bars: tuple[Bar, ...]

    @property
    def height(self) -> int:
        """In pixels; the width is that of the page."""
        return ROW * len(self.bars)


def chart(rows: Iterable[tuple[str, str, int, str, str]]) -> Chart:
    """A chart of rows of label, words, number, tone and link. The largest number is as wide as the chart."""
    given = list(rows)
    most = max((number for _, _, number, _, _ in given), default=0)
    return Chart(
        tuple(
            Bar(label, told, _width(number, most), ROW * at, tone, link)
            for at, (label, told, number, tone, link) in enumerate(given)
        )
    )


def _width(number: int, most: int) -> str:
    return f"{max(LEAST, 100 * number / most):.1f}%" if number else "0%"
