"""The days on which the lines of a claim were done."""

from __future__ import annotations

from datetime import date

from scrub837.claims.model import Claim, Line
from scrub837.x12.segments import value


def first_day(claim: Claim) -> date | None:
    """The earliest first day of its lines; lines without a readable date do not count."""
    dates = claim.dates
    if len(dates) == 1:
        return dates[0].first
    return min([one.first for one in dates if one.first is not None], default=None)


def date_at(line: Line) -> int | None:
    """Index of the DTP*472 of a line in the claim's block; of the last one, which is the one that is read."""
    segments = line.claim.block.segments
    found = [
        n for n in range(line.at, line.end) if segments[n][0] == "DTP" and value(segments[n], 1) == "472"
    ]
    return found[-1] if found else None
