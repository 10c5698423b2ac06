"""Bar charts as values: what each bar says and how long it is. Drawn by the template, without script."""

from __future__ import annotations

from dataclasses import dataclass

LEAST = 0.8  # per cent of the width: less would not be seen


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar. ``tone`` is a severity; ``link`` is a place in the page."""

    label: str
    told: str  # the number, in words
    number: int
    tone: str
    link: str = ""
    more: str = ""  # told when the bar is pointed at


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars one below the other; the longest is as wide as the chart."""

    bars: tuple[Bar, ...]
    row = 40  # pixels a bar takes with the words above it

    @property
    def height(self) -> int:
        """In pixels; the width is that of the page."""
        return self.row * len(self.bars)

    def width(self, bar: Bar) -> str:
        """How long a bar is, in per cent."""
        most = max(one.number for one in self.bars)
        return f"{max(LEAST, 100 * bar.number / most):.1f}%" if bar.number else "0%"
