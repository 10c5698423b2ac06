"""The same service on two lines, and claims that bill the same."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

from scrub837.claims.encounters import Encounter
from scrub837.claims.model import Claim, Line

Service = tuple[str, frozenset[str], int, str]  # code, modifiers, days, place
REPLACING = frozenset(("7", "8"))  # CLM05-3 of claims that replace or void another


def service_of(line: Line) -> Service:
    """What a payer compares to find a duplicate, but for units and charge."""
    return line.procedure.code, frozenset(line.procedure.modifiers), line.dates.days, line.place


def copied_claims(encounter: Encounter) -> list[tuple[Claim, Claim]]:
    """Pairs of claims that bill the same services and units of the day, the earlier first."""
    billed: dict[int, Counter[tuple[Service, Decimal | None]]] = {}
    claims: dict[int, Claim] = {}
    for line in encounter.lines:
        claims[line.claim.index] = line.claim
        billed.setdefault(line.claim.index, Counter())[service_of(line), line.units] += 1
    pairs: list[tuple[Claim, Claim]] = []
    for index, claim in claims.items():
        earlier = next(
            (
                other
                for other in claims
                if other != index and other < index and billed[other] == billed[index]
            ),
            None,
        )
        if earlier is not None:
            pairs.append((claims[earlier], claim))
    return pairs


def charges_of(encounter: Encounter, claim: Claim) -> list[str]:
    """The services of a claim on the day with their charges, in an order of their own, to be compared."""
    return sorted(
        f"{line.procedure.code} {sorted(line.procedure.modifiers)} {line.units} {line.charge}"
        for line in encounter.lines
        if line.claim.index == claim.index
    )
