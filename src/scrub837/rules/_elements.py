"""The values of a claim and of the levels above it, one by one, each judged with one claim alone."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from scrub837.claims.details import CLAIM_ROLES, LEVEL_ROLES, LINE_ROLES
from scrub837.claims.model import Claim, Line
from scrub837.findings import Finding, Location
from scrub837.rules._rule import Rule, replace
from scrub837.x12.segments import Block, value
from scrub837.x12.separators import WHITESPACE

_LEVEL_LOOPS = {"20": "2000A", "22": "2000B", "23": "2000C"}


class Element(msgspec.Struct, frozen=True):
    """An element without components, or one component of an element that has some."""

    block: Block
    at: int  # index of its segment
    tag: str
    number: int  # of the element
    component: int  # 0 for an element without components
    text: str  # as sent, with blanks
    start: int  # byte offset

    @property
    def designator(self) -> str:
        """Such as ``SV101-2``."""
        return f"{self.tag}{self.number:02d}" + (f"-{self.component}" if self.component else "")


def elements(claim: Claim) -> Iterator[Element]:
    """The values of the claim and of the levels of which it is the first claim."""
    for block in own_blocks(claim):
        yield from elements_of(block)


def own_blocks(claim: Claim) -> list[Block]:
    """The claim, and the levels above it that no earlier claim stands below."""
    blocks = [claim.block]
    for level in (claim.patient, claim.subscriber, claim.billing):
        if level is not None:
            block = level.block
            if block.start + block.length != blocks[-1].start:
                break
            blocks.append(block)
    return blocks


def place_of(claim: Claim, element: Element) -> Location:
    """Where a value stands; its range is the value as sent."""
    line = _line_at(claim, element) if element.block is claim.block else None
    return claim.spot(
        element.block,
        element.at,
        element.designator,
        element.start,
        element.start + len(element.text),
        loop=_loop_of(claim, element, line),
        line=line,
    )


def elements_of(block: Block) -> Iterator[Element]:
    """The values of a block."""
    separators = block.separators
    for at, piece in enumerate(block.raw):
        text = piece.strip(WHITESPACE.replace(" ", "")).lstrip(WHITESPACE)
        tag, *values = text.split(separators.element)
        start = block.offset(at) + len(tag) + 1
        tag = tag.strip()
        for number, sent in enumerate(values, start=1):
            if separators.component not in sent:
                yield Element(block, at, tag, number, 0, sent, start)
            else:
                inner = start
                for component, part in enumerate(sent.split(separators.component), start=1):
                    yield Element(block, at, tag, number, component, part, inner)
                    inner += len(part) + 1
            start += len(sent) + 1


def _line_at(claim: Claim, element: Element) -> Line | None:
    return next((line for line in claim.lines if line.at <= element.at < line.end), None)


def _loop_of(claim: Claim, element: Element, line: Line | None) -> str:
    """The loop of a segment: that of the last NM1 before it, else of the line, claim or level."""
    segments = element.block.segments
    if element.block is claim.block:
        roles, own, first = (LINE_ROLES, "2400", line.at) if line else (CLAIM_ROLES, "2300", 0)
    else:
        roles, own, first = LEVEL_ROLES, _LEVEL_LOOPS.get(value(segments[0], 3), "2000"), 0
    named = next((n for n in range(element.at, first, -1) if segments[n][0] == "NM1"), None)
    return own if named is None else roles.get(value(segments[named], 1), own)


def with_blanks(rule: Rule, element: Element, place: Location, readers: str) -> Finding:
    """A finding on a value with blanks around it, which ``readers`` may take for another."""
    sent, tidy = element.text, element.text.strip(" ")
    return rule.finding(
        place,
        f"{element.designator} has blanks {'before' if sent[0] == ' ' else 'behind'} its value.",
        why=f"X12 does not allow them, and {readers} take the value for another.",
        action="Write the corrected file, and clear the blanks in the practice system.",
        facts={"element": element.designator, "blanks": len(sent) - len(tidy)},
        fix=replace(place, sent, tidy),
    )
