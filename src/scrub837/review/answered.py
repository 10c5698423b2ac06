"""What payers answered to a claim, as it is kept beside it."""

from __future__ import annotations

import msgspec

from scrub837.responses.entries import ClaimEntry, WorkEntry


class Answered(msgspec.Struct, frozen=True):
    """What became of a claim, and what there is to do; ``work`` is ``None`` where there is nothing."""

    claim: ClaimEntry
    work: WorkEntry | None
