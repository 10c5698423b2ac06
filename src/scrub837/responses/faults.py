"""The faults a 999 names, laid on the claims of the batch: the very element, or why it was not found."""

from __future__ import annotations

from collections.abc import Sequence

from scrub837.report.words import count
from scrub837.responses.answers import SegmentError, SetAnswer
from scrub837.responses.collect import Collected
from scrub837.responses.locate import Spot, find_spots
from scrub837.responses.reasons import Reason, element_reason, segment_reason
from scrub837.responses.sent import Sending, SentClaims

UNPLACED = -1


def lay_faults(
    answers: Sequence[SetAnswer], sending: Sending, sent: SentClaims, found: Collected
) -> dict[int, list[Reason]]:
    """The faults of one transaction by the claim they are about (numbers through all batches).

    What could not be laid on any claim is under ``UNPLACED``: it may be any of them.
    """
    for answer in answers:
        if answer.verdict in ("A", "E"):
            faulty = count(len(answer.errors), "faulty segment")
            text = f"ST {sending.transaction[:12]} is accepted with {faulty}"
            found.remark("accepted-with-errors", text, answer.place)
    errors = [error for answer in answers for error in answer.errors]
    spots = find_spots(sent, sending, (one.position for one in errors if one.position is not None))
    faults: dict[int, list[Reason]] = {}
    for error in errors:
        spot = spots.get(error.position) if error.position is not None else None
        _compare(error, spot, sending, sent, found)
        named = [n for n in sent.by_id(error.claim) if n in sending.claims] if error.claim else []
        if named and spot is not None and spot.claim is not None and spot.claim not in named:
            spot = None  # the claim is named; its position was counted otherwise
        claims = named or (spot.claims if spot else [])
        for claim in claims:
            faults.setdefault(claim, []).extend(_reasons(error, spot, claim, sent))
        if not claims:
            faults.setdefault(UNPLACED, []).extend(_unplaced(error))
    return faults


def _unplaced(error: SegmentError) -> list[Reason]:
    return [element_reason(one, None, None) for one in error.elements] or [segment_reason(error, None, None)]


def _compare(
    error: SegmentError, spot: Spot | None, sending: Sending, sent: SentClaims, found: Collected
) -> None:
    if spot is None:
        text = f"ST {sending.transaction[:12]} has no segment {error.position}: its faults cannot be placed"
        found.remark("position-unknown", text, error.place)
        return
    missing = error.code in ("3", "I6", "I7", "I8", "1", "2", "6")
    if not missing and spot.tag != error.segment:
        text = f"segment {error.position} of ST {sending.transaction[:12]} is another one than the 999 names"
        found.remark("position-differs", text, error.place)
    if error.claim and spot.claim is not None and sent.row(spot.claim).claim != error.claim:
        found.remark(
            "position-differs", "the claim that is named does not stand at the position given", error.place
        )


def _reasons(error: SegmentError, spot: Spot | None, claim: int, sent: SentClaims) -> list[Reason]:
    row = sent.row(claim)
    line = None
    if spot is not None and spot.line is not None:
        line = next((n for n, one in enumerate(row.lines) if one.line == spot.line), None)
    reasons = []
    for element in error.elements:
        place = spot.location(error, element, row.claim, row.index) if spot else None
        reasons.append(element_reason(element, place, line))
    if not reasons:
        place = spot.location(error, None, row.claim, row.index) if spot else None
        reasons.append(segment_reason(error, place, line))
    return reasons
