"""A page of text: lines of a width, wrapped paragraphs, tables and, on a terminal, colour."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from typing import BinaryIO

from scrub837.report.words import clean

TONES = {"bad": "1;31", "warn": "33", "note": "36", "good": "32", "strong": "1", "faint": "2"}
Part = str | tuple[str, str]  # text, or text and its tone


class Page:
    """Writes text for people. Whatever is written is made inert first: only the page itself sends escapes."""

    def __init__(self, out: BinaryIO, width: int, *, colour: bool) -> None:
        self._out = out
        self.width = width
        self._colour = colour

    def line(self, *parts: Part) -> None:
        """One line of parts, as long as they are."""
        text = "".join(self._painted(part) for part in parts)
        self._out.write((text.rstrip() if not self._colour else text).encode() + b"\n")

    def flow(self, indent: str, parts: Iterable[Part], *, lead: Part = "", gap: str = "   ") -> None:
        """Parts side by side, on as many lines as they need; later lines are indented."""
        row: list[Part] = [lead or indent]
        used = start = len(_text(row[0]))
        for part in parts:
            length = len(_text(part))
            if used > start and used + len(gap) + length > self.width:
                self.line(*row)
                row = [indent]
                used = start = len(indent)
            if used > start:
                row.append(gap)
                used += len(gap)
            row.append(part)
            used += length
        self.line(*row)

    def paragraph(self, text: str, *, indent: int = 0, label: Part = "") -> None:
        """A wrapped text; ``label`` stands before its first line, within the indentation."""
        lines = self._wrapped(text, indent)
        pad = " " * (indent - len(_text(label)))
        self.line(label, pad, lines[0])
        for line in lines[1:]:
            self.line(" " * indent, line)

    def table(
        self,
        rows: Sequence[Sequence[Part]],
        *,
        indent: int = 2,
        right: Iterable[int] = (),
        below: Sequence[str] = (),
    ) -> None:
        """Columns as wide as their cells, those numbered in ``right`` flush right; the last is wrapped.

        ``below`` holds what is written under each row, wrapped as well.
        """
        if not rows:
            return
        right, last = set(right), len(rows[0]) - 1
        widths = [max(len(_text(row[n])) for row in rows) for n in range(last + 1)]
        before = indent + sum(widths[:last]) + 2 * last
        for number, row in enumerate(rows):
            parts: list[Part] = [" " * indent]
            for n in range(last):
                pad = " " * (widths[n] - len(_text(row[n])))
                parts += [pad, row[n], "  "] if n in right else [row[n], pad, "  "]
            tone = _tone(row[last])
            lines = self._wrapped(_text(row[last]), before)
            pad = " " * (widths[last] - len(lines[0])) if last in right else ""
            self.line(*parts, pad, (lines[0], tone))
            for line in lines[1:]:
                self.line(" " * before, (line, tone))
            if number < len(below) and below[number]:
                self.paragraph(below[number], indent=indent + 6)

    def _wrapped(self, text: str, indent: int) -> list[str]:
        width = max(20, self.width - indent)
        return textwrap.wrap(clean(text), width, break_on_hyphens=False) or [""]

    def _painted(self, part: Part) -> str:
        text, tone = _text(part), TONES.get(_tone(part))
        return f"\x1b[{tone}m{text}\x1b[0m" if self._colour and tone and text else text


def _text(part: Part) -> str:
    return clean(part if isinstance(part, str) else part[0])


def _tone(part: Part) -> str:
    return "" if isinstance(part, str) else part[1]
