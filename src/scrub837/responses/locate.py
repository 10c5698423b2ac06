"""Finds the element a 999 means: the n-th segment of a transaction that was sent, its claim and its line."""

from __future__ import annotations

from collections.abc import Iterable

from scrub837.findings import Location
from scrub837.responses.answers import ElementError, SegmentError
from scrub837.responses.sent import Sending, SentClaims
from scrub837.tasks import body_of
from scrub837.x12.segments import Block, value

MISSING = frozenset(("3", "I6", "I7", "I8"))  # IK304: the segment is not there


class Spot:
    """A segment that was sent."""

    __slots__ = (
        "_block",
        "_index",
        "claim",
        "claims",
        "level",
        "line",
        "line_control",
        "ordinal",
        "sending",
        "tag",
    )

    def __init__(
        self, block: Block, index: int, ordinal: int, claim: int | None, level: str, sending: Sending
    ) -> None:
        self._block = block
        self._index = index
        self.ordinal = ordinal
        self.claim = claim  # number of the claim it stands in, through all batches
        self.claims: list[int] = [] if claim is None else [claim]  # those it is about
        self.level = level  # HL03 of the level it stands in, empty in the header
        self.sending = sending
        self.tag = block.segments[index][0]
        self.line, self.line_control = _line_at(block, index) if claim is not None else (None, None)

    def location(
        self, error: SegmentError, element: ElementError | None, claim_id: str | None, index: int | None
    ) -> Location:
        """The place of the element in the file that was sent; of the segment, where none is meant."""
        same = self.tag == error.segment and error.code not in MISSING
        at = element.element if element and same else None
        component = element.component if element and same else None
        start, end = self._block.span(self._index, at, component)
        name = error.segment if error.segment.isalnum() and len(error.segment) < 4 else self.tag
        if element is not None and element.element is not None:
            name += f"{element.element:02d}"
            name += f"-{element.component}" if element.component else ""
        loop = error.loop or (None if self.claim is None else "2400" if self.line is not None else "2300")
        return Location(
            interchange=self.sending.interchange,
            group=self.sending.group,
            transaction=self.sending.transaction,
            claim=claim_id,
            claim_index=index,
            line=self.line,
            line_control=self.line_control,
            loop=loop,
            segment=self.ordinal,
            element=name,
            start=start,
            end=end,
        )

    def text(self, location: Location) -> str:
        """What stands there, as sent."""
        if location.start is None or location.end is None:
            return ""
        at = location.start - self._block.start
        return self._block.text[at : at + location.end - location.start]


def find_spots(sent: SentClaims, sending: Sending, positions: Iterable[int]) -> dict[int, Spot]:
    """The segments at these ordinals (ST is 1), in one reading of the transaction.

    What stands in a level above claims is about all claims below it, what stands in the header about all.
    """
    wanted = sorted(set(positions), reverse=True)
    found: dict[int, Spot] = {}
    above: list[Spot] = []  # spots whose claims are still to come
    batch, number, level = sent.batches[sending.batch], sending.claims.start - 1, ""
    for block in body_of(batch.source, sending.task, sent.context).blocks():
        head = block.pieces[0].split(block.separators.element)
        is_claim = head[0] == "CLM"
        number += is_claim
        if head[0] == "HL":
            level = value(head, 3)
            above = [spot for spot in above if spot.level < level]
        if is_claim:
            for spot in above:
                spot.claims.append(number)
        ordinal = block.ordinal - 1
        for index, piece in enumerate(block.pieces):
            ordinal += bool(piece)
            if wanted and piece and ordinal == wanted[-1]:
                spot = Spot(block, index, wanted.pop(), number if is_claim else None, level, sending)
                found[spot.ordinal] = spot
                if not is_claim:
                    above.append(spot)
        if not wanted and not above:
            break
    return found


def _line_at(block: Block, at: int) -> tuple[int | None, str | None]:
    """LX01 and REF*6R of the line that a segment of a claim belongs to."""
    segments = block.segments
    first = next((n for n in range(at, 0, -1) if segments[n][0] == "LX"), None)
    if first is None:
        return None, None
    number = value(segments[first], 1)
    after = next((n for n in range(first + 1, len(segments)) if segments[n][0] == "LX"), len(segments))
    controls = (value(s, 2) for s in segments[first:after] if s[0] == "REF" and value(s, 1) == "6R")
    return (int(number) if number.isdecimal() and len(number) < 7 else None), next(controls, None) or None
