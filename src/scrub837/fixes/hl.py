"""HL segments of a transaction from which levels were taken out: counted anew, with parents and child codes.

Source: implementation guide 005010X222A1, loops 2000A, 2000B and 2000C: HL01 counts from 1 within the ST,
HL02 is the HL01 of the level above, HL04 is 1 when a level below follows, else 0.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from scrub837.fixes.batch import Contents
from scrub837.x12.segments import value
from scrub837.x12.separators import WHITESPACE, Separators


@dataclass(frozen=True, slots=True)
class Number:
    """What an HL must say of itself."""

    own: int  # HL01
    parent: int  # HL02; 0 is empty
    child: bool  # HL04


def kept_levels(contents: Contents, claims: Iterable[int]) -> list[int]:
    """The levels that these claims of a transaction stand in, in order."""
    kept: set[int] = set()
    for claim in claims:
        for level in contents.levels_of(claim):
            if level in kept:  # then those above it are as well
                break
            kept.add(level)
    return sorted(kept)


def number_levels(contents: Contents, levels: Iterable[int]) -> dict[int, Number]:
    """The numbers of the levels that stay, by where they stand in ``contents``."""
    own = {level: number for number, level in enumerate(levels, start=1)}
    parents = {contents.above[level] for level in own}
    return {
        level: Number(number, own.get(contents.above[level], 0), level in parents)
        for level, number in own.items()
    }


def numbered(text: str, separators: Separators, number: Number) -> str:
    """The text of an HL, without its terminator, with these numbers. What says so already stays as it is."""
    core = text.strip(WHITESPACE)
    lead = len(text) - len(text.lstrip(WHITESPACE))
    elements = core.split(separators.element)
    elements += [""] * (5 - len(elements))
    wanted = {1: str(number.own), 2: str(number.parent or ""), 4: str(int(number.child))}
    for at, says in wanted.items():
        there = value(elements, at).replace("\r", "").replace("\n", "")
        if there != says and (not says or there.lstrip("0") != says):
            elements[at] = says
    return text[:lead] + separators.element.join(elements) + text[lead + len(core) :]
