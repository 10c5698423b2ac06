"""Makes an original claim a replacement or a void: CLM05-3 and the payer's claim number in REF*F8.

Source: implementation guide 005010X222A1, loop 2300: CLM05-3 and REF Payer Claim Control Number. The segments
of the loop stand in the order CLM, DTP, PWK, CN1, AMT, REF, K3, NTE ...; REF*F8 follows REF*4N, F5, EW, 9F
and G1.
"""

from __future__ import annotations

from scrub837.findings import Edit
from scrub837.fixes.batch import Contents
from scrub837.resubmit.segments import Piece, pieces_of
from scrub837.x12.source import Source

PAYER_CLAIM = "F8"  # REF01
_BEFORE = frozenset(("CLM", "DTP", "CL1", "PWK", "CN1", "AMT"))  # stand before every REF
_REF_BEFORE = frozenset(("4N", "F5", "EW", "9F", "G1"))  # REF01 of those before REF*F8
_HEAD = frozenset((*_BEFORE, "REF", "K3", "NTE", "CR1", "CR2", "CR3", "CRC", "HI", "HCP"))  # of loop 2300


def refer(source: Source, contents: Contents, index: int, frequency: str, payer_claim: str) -> list[Edit]:
    """The changes that make the claim with this index one of ``frequency`` about ``payer_claim``."""
    place = contents.place_of(index)
    interchange = contents.task.interchange
    start, end = contents.starts[place], contents.ends[place]
    head: list[Piece] = []
    for piece in pieces_of(source, start, end, interchange.separators):
        if piece.elements[0] not in _HEAD:
            break
        head.append(piece)
    new = {head[0].start: _with_frequency(head[0], frequency)}
    numbered = [one for one in head if one.elements[0] == "REF" and one.elements[1:2] == [PAYER_CLAIM]]
    element, terminator = interchange.separators.element, interchange.separators.segment
    number = element.join(("REF", PAYER_CLAIM, payer_claim))
    if numbered:
        new[numbered[0].start] = number
        dropped = numbered[1:]
    else:
        last, dropped = _last_before(head), []
        text = new.get(last.start, last.text)
        new[last.start] = text + terminator + interchange.line_end + number
    edits = [Edit(one.start, one.end, one.text, new[one.start]) for one in head if one.start in new]
    for one in dropped:
        after = source.read_at(one.end, len(terminator + interchange.line_end)).decode("latin-1")
        tail = after if after == terminator + interchange.line_end else terminator
        edits.append(Edit(one.start, one.end + len(tail), one.text + tail, ""))
    return sorted(edits, key=lambda edit: edit.start)


def _with_frequency(clm: Piece, frequency: str) -> str:
    """CLM with this CLM05-3."""
    elements, component = clm.elements, clm.separators.component
    elements += [""] * (6 - len(elements))
    place = elements[5].split(component)
    place += [""] * (3 - len(place))
    place[2] = frequency
    elements[5] = component.join(place)
    return clm.separators.element.join(elements)


def _last_before(head: list[Piece]) -> Piece:
    """The segment that REF*F8 is to follow."""
    last = head[0]
    for piece in head[1:]:
        elements = piece.elements
        if elements[0] not in _BEFORE and not (
            elements[0] == "REF" and elements[1:2] and elements[1] in _REF_BEFORE
        ):
            break
        last = piece
    return last
