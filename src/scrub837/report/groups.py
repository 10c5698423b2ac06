"""The same fault on many claims is one thing to know: told once, with a count and examples.

Two findings are alike when one rule says the same of both with the same severity, once numbers, codes and
what is quoted from the file are left aside.
"""

from __future__ import annotations

import re
from array import array
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal

import msgspec

from scrub837.findings import Severity
from scrub837.results import FileReport

FEW = 5  # claims, or places of the file, that are told one by one
EXAMPLES = 3
_VALUE = re.compile(r"""'[^']*'|"[^"]*"|\(?\S*\d\S*(?<![.,;:])""")  # quoted; amounts, days, codes, ids
_LIST = re.compile(r"#(?:(?:,| and| or| to)* #)+")  # may be longer or shorter


class _Said(msgspec.Struct):
    """The part of a finding that is compared."""

    message: str
    code: str


_said = msgspec.json.Decoder(_Said).decode


@dataclass(slots=True)
class Group:
    """Findings that are alike; numbers of the file's findings."""

    code: str
    name: str
    rank: int
    findings: array[int] = field(default_factory=lambda: array("q"))  # in file order
    claims: int = 0  # that they are on; 0 for findings on the file
    charge: Decimal = Decimal(0)  # of those claims
    examples: list[int] = field(default_factory=list)  # findings; those on the claims of most money first
    varies: bool = False  # the sentences differ in values

    @property
    def first(self) -> int:
        """The finding that stands for all."""
        return self.examples[0]


@dataclass(slots=True)
class Grouped:
    """The groups, worst and largest first, and what is told one by one."""

    groups: list[Group]
    member: dict[int, int]  # finding -> number of its group
    alone: set[int]  # claims with a finding that is in no group, or is the example of one

    @property
    def of_claims(self) -> list[Group]:
        """Groups of findings on claims."""
        return [group for group in self.groups if group.claims]

    @property
    def of_file(self) -> list[Group]:
        """Groups of findings on the file."""
        return [group for group in self.groups if not group.claims]


def group_alike(file: FileReport, *, least: int, most: int = len(Severity), few: int = FEW) -> Grouped:
    """Group findings of a severity rank from ``least`` to ``most`` alike on more than ``few`` claims.

    Findings of rules that spoke seldom are not read back, so that memory and time stay small.
    """
    found = file.found
    wanted = [number for number in file.standing if least <= found.rank[number] <= most]
    often = Counter((found.name[n], found.rank[n], found.claim[n] > 0) for n in wanted)
    kinds: dict[tuple[str, int, bool, str], Group] = {}
    sentences: dict[tuple[str, int, bool, str], str] = {}
    for number in wanted:
        rank, on_claim = found.rank[number], found.claim[number] > 0
        if often[found.name[number], rank, on_claim] <= few:
            continue
        said = _said(found.spool[number])
        key = (said.code, rank, on_claim, _shape(said.message))
        group = kinds.get(key)
        if group is None:
            group = kinds[key] = Group(said.code, found.name[number], rank)
            sentences[key] = said.message
        group.findings.append(number)
        group.varies |= sentences[key] != said.message
    groups = [group for group in kinds.values() if _many(file, group, few)]
    groups.sort(key=lambda one: (-one.rank, -one.claims, -len(one.findings), one.code))
    member = {number: at for at, group in enumerate(groups) for number in group.findings}
    alone = {found.claim[number] for number in wanted if number not in member}
    alone.update(found.claim[number] for group in groups for number in group.examples)
    return Grouped(groups, member, alone - {0})


def _shape(message: str) -> str:
    return _LIST.sub("#", _VALUE.sub("#", message))


def _many(file: FileReport, group: Group, few: int) -> bool:
    """True when a group is large enough; works out what is told of it."""
    of = file.found.claim
    first: dict[int, int] = {}  # claim -> its first finding in the group
    for number in group.findings:
        first.setdefault(of[number], number)
    if 0 in first:
        group.examples = list(group.findings[:EXAMPLES])
        return len(group.findings) > few
    group.claims = len(first)
    group.charge = sum(map(file.charge_of, first), Decimal(0))
    dearest = sorted(first, key=lambda claim: (-file.claim_charges[claim - 1], claim))[:EXAMPLES]
    group.examples = [first[claim] for claim in dearest]
    return len(first) > few
