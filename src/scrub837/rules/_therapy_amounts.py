"""Dollars a patient has used of the year's therapy amounts, as far as the treatment-time log tells."""

from __future__ import annotations

from decimal import Decimal

from scrub837.claims.encounters import Encounter
from scrub837.claims.model import Line
from scrub837.reference.tables import always_therapy, locked_discipline
from scrub837.rules._disciplines import disciplines_of
from scrub837.rules._rule import Context

_POOLS = {"GP": "PT and SLP", "GN": "PT and SLP", "GO": "OT"}  # physical and speech therapy share one amount


def is_therapy(line: Line) -> bool:
    """Whether a line counts into the therapy amounts."""
    return always_therapy(line.procedure.code) or bool(disciplines_of(line))


def pool_of(line: Line) -> str:
    """The amount a therapy line counts into; empty when nothing tells."""
    sent = disciplines_of(line)
    return _POOLS.get(sent[0] if sent else locked_discipline(line.procedure.code) or "", "")


def used_before(encounter: Encounter, context: Context) -> dict[str, Decimal]:
    """Dollars allowed in the year before these lines, by pool. A pool the log says nothing of is missing."""
    used: dict[str, Decimal] = {}
    for line in encounter.lines:
        record = context.documentation.record(line)
        for interval in record.intervals if record else ():
            amount = interval.ytd_allowed_before
            if amount is not None:
                pool = pool_of(line)
                used[pool] = max(amount, used.get(pool, amount))
    return used
