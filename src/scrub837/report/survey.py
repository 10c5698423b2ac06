"""What a report says at a glance, from the index of its findings: none is read back, memory stays flat."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from decimal import Decimal

from scrub837.findings import Safety, Severity
from scrub837.found import SAFETIES
from scrub837.results import FileReport

RISK, DENY = Severity.RISK.rank, Severity.DENY.rank


@dataclass(slots=True)
class RuleTally:
    """How often a rule spoke."""

    name: str
    first: int  # number of its first finding
    rank: int  # of its worst finding
    findings: int = 0
    claims: int = 0
    charge: Decimal = Decimal(0)  # of those claims
    examples: list[int] = field(default_factory=list)  # the claims of most money, at most three
    seen: bytearray = field(default_factory=bytearray)  # a bit a claim


@dataclass(slots=True)
class Survey:
    """The claims to work and the rest in numbers. A finding is to be worked from ``risk`` on."""

    to_work: list[int] = field(
        default_factory=list
    )  # claims: held ones first, then by charge, then file order
    held: int = 0  # how many of them are held; they come first
    held_charge: Decimal = Decimal(0)
    findings: int = 0  # to be worked, those of the file included
    file_level: list[int] = field(default_factory=list)  # findings that belong to no claim, ``info`` too
    file_findings: int = 0  # those of them that are to be worked
    holds_file: bool = False  # one of them holds the file back
    applied: int = 0
    open_fixes: dict[Safety, int] = field(default_factory=lambda: dict.fromkeys(Safety, 0))


def survey(file: FileReport) -> Survey:
    """Look over the findings of a file."""
    found, result = file.found, Survey()
    worst = bytearray(len(file.claims) + 1)  # of each claim: rank + 1, 0 without a finding
    for number in file.standing:
        rank, claim = found.rank[number], found.claim[number]
        if claim:
            worst[claim] = max(worst[claim], rank + 1)
        else:
            result.file_level.append(number)
            result.file_findings += rank >= RISK
            result.holds_file |= rank >= DENY
        result.findings += rank >= RISK
        if number in file.applied:
            result.applied += 1
        elif found.safety[number] >= 0:
            result.open_fixes[SAFETIES[found.safety[number]]] += 1
    charge = file.claim_charges
    claims = [index for index, rank in enumerate(worst) if rank > RISK]
    result.to_work = sorted(claims, key=lambda index: (worst[index] <= DENY, -charge[index - 1], index))
    held = [index for index in claims if worst[index] > DENY]
    result.held, result.held_charge = len(held), sum(map(file.charge_of, held), Decimal(0))
    return result


def tally_rules(
    file: FileReport, *, least: int, most: int = len(Severity), without: Collection[int] = ()
) -> list[RuleTally]:
    """The rules that spoke with a severity rank of ``least`` to ``most``, worst and most frequent first.

    Findings on the claims ``without`` are left out; so are, then, those of no claim.
    """
    found, rules = file.found, dict[str, RuleTally]()
    for number in file.standing:
        rank, claim = found.rank[number], found.claim[number]
        if not least <= rank <= most or (without and (claim in without or not claim)):
            continue
        rule = rules.get(found.name[number])
        if rule is None:
            rule = rules[found.name[number]] = RuleTally(found.name[number], number, rank)
            rule.seen = bytearray(len(file.claims) // 8 + 1)
        rule.rank = max(rule.rank, rank)
        rule.findings += 1
        if claim and not rule.seen[claim >> 3] & 1 << (claim & 7):
            rule.seen[claim >> 3] |= 1 << (claim & 7)
            rule.claims += 1
            rule.charge += file.charge_of(claim)
            rule.examples = sorted([*rule.examples, claim], key=lambda c: (-file.claim_charges[c - 1], c))[:3]
    return sorted(rules.values(), key=lambda rule: (-rule.rank, -rule.claims, -rule.findings, rule.name))


def findings_of(file: FileReport, claims: Collection[int], *, least: int) -> dict[int, list[int]]:
    """The findings of some claims, waived ones too, in file order."""
    wanted: dict[int, list[int]] = {claim: [] for claim in claims}
    for number in file.order:
        if file.found.rank[number] >= least and (numbers := wanted.get(file.found.claim[number])) is not None:
            numbers.append(number)
    return wanted
