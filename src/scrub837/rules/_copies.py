"""The same service on two lines, and claims that bill the same."""

from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import Decimal

from scrub837.claims.encounters import Encounter
from scrub837.claims.model import Claim, Line

Service = tuple[str, frozenset[str], int, str]  # code, modifiers, days, place


def service_of(line: Line) -> Service:
    """What a payer compares to find a duplicate, but for units and charge."""
    return line.procedure.code, frozenset(line.procedure.modifiers), line.dates.days, line.place


def first_common_day(lines: list[Line]) -> date:
    """The first day that all lines of an encounter cover: what lasts several days is told of on one."""
    return max(line.dates.first for line in lines if line.dates.first)


def copied_claims(encounter: Encounter) -> list[tuple[Claim, Claim]]:
    """Pairs of claims that bill the same services and units of the day, the earlier first."""
    billed: dict[int, Counter[tuple[Service, Decimal | None]]] = {}
    for line in encounter.lines:
        billed.setdefault(line.claim.index, Counter())[service_of(line), line.units] += 1
    firsts: dict[frozenset[tuple[tuple[Service, Decimal | None], int]], Claim] = {}
    pairs: list[tuple[Claim, Claim]] = []
    for claim in encounter.claims:
        first = firsts.setdefault(frozenset(billed[claim.index].items()), claim)
        if first is not claim:
            pairs.append((first, claim))
    return pairs


def lines_of(encounter: Encounter, claim: Claim) -> list[Line]:
    """The lines of one claim in an encounter."""
    return [line for line in encounter.lines if line.claim.index == claim.index]


def charges_of(lines: list[Line]) -> list[str]:
    """The services of lines with their charges, in an order of their own, to be compared."""
    return sorted(
        f"{line.procedure.code} {sorted(line.procedure.modifiers)} {line.units} {line.charge}"
        for line in lines
    )
