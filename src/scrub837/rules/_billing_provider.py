"""What is said once of a billing provider, for all claims below it."""

from __future__ import annotations

import msgspec

from scrub837.claims.details import Party, level_parties
from scrub837.claims.model import Claim
from scrub837.findings import Location

ALL_BELOW = "This holds for all claims of this billing provider."


def billing_party(claim: Claim) -> Party | None:
    """Loop 2010AA. One that stands below the subscriber is none."""
    level = claim.billing
    found = (party for party in level_parties(claim) if party.role == "85")
    return next((party for party in found if level is not None and party.block is level.block), None)


def place_above(claim: Claim, at: int, element: str, loop: str) -> Location:
    """A place in the level of the billing provider, which belongs to no claim alone."""
    level = claim.billing
    assert level is not None  # noqa: S101 - asked for after a look at the level
    return msgspec.structs.replace(
        claim.locate_in(level.block, at, element, loop=loop), claim=None, claim_index=None
    )
