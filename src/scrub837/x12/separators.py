"""The four characters an interchange is written with, read by splitting its ISA.

Source: X12.5 (interchange control structures). The element separator is the character after ``ISA``, the
component separator is ISA16 and the segment terminator follows it. Fixed columns are not used: real files
pad ISA elements wrongly.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

WHITESPACE = " \t\r\n\v\f\x00\x1a"  # around segments: blanks, line and page ends, NUL, Ctrl-Z
ISA_ELEMENTS = 16
ISA_WIDTHS = (3, 2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1)
BLANKS = (
    r"[ \t\r\n\v\f\x00\x1a]"  # the same as a pattern; \s and strip() would take legal separators with them
)
ISA_START = re.compile(r"ISA(?=[^A-Za-z0-9 \t\r\n\v\f\x00\x1a])")
ISA_LONGEST = 1024  # an ISA is 106 characters; beyond this it is not one


@dataclass(frozen=True, slots=True)
class Separators:
    """``repetition`` is empty where ISA11 names none (before version 00402)."""

    element: str
    component: str
    segment: str
    repetition: str = ""


@dataclass(frozen=True, slots=True)
class IsaHead:
    """An ISA read from text: its elements (``ISA`` is number 0), separators and length with terminator."""

    elements: list[str]
    separators: Separators
    length: int


def read_isa(text: str, at: int) -> IsaHead | None:
    """The ISA that starts at ``text[at]``, or ``None`` when no separators can be read from it.

    An ISA with too few or too many elements is still read when the GS after it shows where it ends.
    """
    sep = text[at + 3 : at + 4]
    if not sep or sep.isalnum() or sep in WHITESPACE:
        return None
    window = text[at : at + ISA_LONGEST]
    parts = window.split(sep, ISA_ELEMENTS)
    if len(parts) == ISA_ELEMENTS + 1:
        tail = parts[-1]
        component, rest = tail[:1], tail[1:]
        if component.strip(WHITESPACE) and not component.isalnum() and component != sep:
            terminator, length = _terminator(rest, sep)
            head = "".join(parts[:-1])
            if terminator and terminator not in head and "\n" not in head:
                elements = [*parts[:-1], component]
                used = len(window) - len(rest) + length
                return IsaHead(elements, Separators(sep, component, terminator, _repetition(elements)), used)
    return _read_uneven_isa(window, sep)


def _terminator(rest: str, sep: str) -> tuple[str, int]:
    """The segment terminator at the start of ``rest`` and how many characters it takes up.

    A blank is no terminator: ``: ~`` means ``~`` (seen from generators that pad ISA16).
    """
    if rest[:1] != " ":
        return (rest[:1], 1) if rest and not rest[0].isalnum() and rest[0] != sep else ("", 0)
    bare = rest.lstrip(" ")
    return (bare[:1], len(rest) - len(bare) + 1) if bare and not bare[0].isalnum() else ("", 0)


def _read_uneven_isa(window: str, sep: str) -> IsaHead | None:
    """An ISA of which only the segment after it tells where it ends."""
    element = re.escape(sep)
    if another := re.search(rf"[^A-Za-z0-9 {element}]{BLANKS}*ISA{element}", window):
        window = window[: another.start()]
    for after in re.finditer(rf"(?:GS|TA1){element}", window):
        elements = window[: after.start()].split(sep)
        component, rest = elements[-1][:1], elements[-1][1:]
        bare = rest.lstrip(" ")
        terminator, after_it = bare[:1], bare[1:]  # a line end where nothing else is
        marks = component + terminator
        if (
            len(marks) != 2
            or not component.strip(WHITESPACE)
            or sep in marks
            or any(mark.isalnum() for mark in marks)
        ):
            continue
        if after_it.strip(WHITESPACE):
            continue
        elements[-1] = component
        length = after.start() - len(rest) + rest.index(terminator) + 1
        return IsaHead(elements, Separators(sep, component, terminator, _repetition(elements)), length)
    return None


def _repetition(elements: list[str]) -> str:
    mark = elements[11].strip(WHITESPACE) if len(elements) == ISA_ELEMENTS + 1 else ""
    return mark if len(mark) == 1 and not mark.isalnum() else ""
