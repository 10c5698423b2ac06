"""The audit as one document: what every rendering shows, in its order. Schema ``scrub837/audit-1``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

import msgspec

from scrub837 import __version__
from scrub837.audit.rates import against_norm
from scrub837.audit.tallies import CodeSums, ReasonSums, RuleSums, Sums, Tallies
from scrub837.nightly.ledger_rows import dollars
from scrub837.responses.codes import code_of
from scrub837.results import money_text
from scrub837.rules import all_rules

SCHEMA = "scrub837/audit-1"


class Row(msgspec.Struct, frozen=True):
    """Claims of a month, payer or provider, or all. Amounts as text."""

    name: str
    claims: int
    charge: str
    clean: int
    held: int
    held_charge: str
    first: int
    accepted_first: int
    decided_first: int
    paid_first: int
    rejected: int
    denied: int
    denied_charge: str
    recovered: str
    paid: str
    again: int
    no_minutes: int
    visits: int
    units: float
    manual: int
    manual_59: int
    manual_x: int
    manual_norm: str  # how its share of 59 and X compares with that of the others; providers only


class CodeRow(msgspec.Struct, frozen=True):
    """Lines of a procedure code."""

    code: str
    lines: int
    units: float
    separate: int
    decided: int
    denied: int
    denied_amount: str


class ReasonRow(msgspec.Struct, frozen=True):
    """Claims that came back for a reason. ``rules`` found fault with some of them."""

    code: str
    label: str
    claims: int
    amount: str
    foreseen: int
    rules: tuple[str, ...]  # the most frequent first


class RuleRow(msgspec.Struct, frozen=True):
    """Answered claims that a rule had found fault with."""

    code: str
    name: str
    claims: int
    failed: int
    paid: int


class Sources(msgspec.Struct, frozen=True):
    """What was read."""

    ledger: bool
    reports: int
    responses: int


class Audit(msgspec.Struct, frozen=True, rename={"schema_": "schema", "from_": "from"}):
    """The whole document."""

    schema_: str
    tool: dict[str, str]
    from_: str  # months, empty: all
    to: str
    sources: Sources
    total: Row
    months: tuple[Row, ...]
    payers: tuple[Row, ...]
    providers: tuple[Row, ...]
    codes: tuple[CodeRow, ...]
    reasons: tuple[ReasonRow, ...]
    rules: tuple[RuleRow, ...]
    unforeseen_answered: int  # answered claims without any finding
    unforeseen_failed: int
    units_of_visits: dict[int, int]  # units of a visit, 8 and more together -> visits


def document(tallies: Tallies, sources: Sources, first: str = "", last: str = "") -> Audit:
    """What was counted, in the order in which it is shown."""
    total = tallies.total
    return Audit(
        SCHEMA,
        {"name": "scrub837", "version": __version__},
        first,
        last,
        sources,
        _row("all", total),
        tuple(_row(name, sums) for name, sums in sorted(tallies.months.items())),
        tuple(_row(name, sums) for name, sums in _largest(tallies.payers, lambda one: one.charge)),
        tuple(_row(name, sums, total) for name, sums in _largest(tallies.providers, lambda one: one.charge)),
        tuple(_code(name, sums) for name, sums in _largest(tallies.codes, lambda one: one.lines)),
        tuple(
            _reason(name, sums)
            for name, sums in _largest(tallies.reasons, lambda one: one.amount * 10_000 + one.claims)
        ),
        tuple(_rule(name, sums) for name, sums in _largest(tallies.rules, lambda one: one.claims)),
        tallies.unforeseen.answered,
        tallies.unforeseen.failed,
        dict(sorted(tallies.units_of_visits.items())),
    )


_Of = TypeVar("_Of")


def _largest(sums: Mapping[str, _Of], size: Callable[[_Of], int]) -> list[tuple[str, _Of]]:
    return sorted(sums.items(), key=lambda one: (-size(one[1]), one[0]))


def _row(name: str, sums: Sums, all_: Sums | None = None) -> Row:
    values = msgspec.structs.asdict(sums)
    for field in ("charge", "held_charge", "denied_charge", "recovered", "paid"):
        values[field] = _money(values[field])
    norm = ""
    if all_ is not None and sums.manual:
        own, whole = sums.manual_59 + sums.manual_x, all_.manual_59 + all_.manual_x
        norm = against_norm(own, sums.manual, whole, all_.manual)
    return Row(name=name, manual_norm=norm, **values)


def _code(name: str, sums: CodeSums) -> CodeRow:
    return CodeRow(
        name, sums.lines, sums.units, sums.separate, sums.decided, sums.denied, _money(sums.denied_amount)
    )


def _reason(name: str, sums: ReasonSums) -> ReasonRow:
    codes = {rule.name: rule.code for rule in all_rules()}
    rules = [codes.get(rule, rule) for rule, _ in _largest(sums.rules, lambda number: number)]
    return ReasonRow(name, label_of(name), sums.claims, _money(sums.amount), sums.foreseen, tuple(rules[:6]))


def label_of(code: str) -> str:
    """Our own short label of a reason as it is written: ``CO-97``, ``A7:562``, ``IK4 7``, ``N362``."""
    group, dash, rest = code.partition("-")
    if dash and group in ("CO", "PR", "OA", "PI", "CR"):
        found = code_of("CARC", rest)
    elif ":" in code:
        found = code_of("STC", code.split(":")[1])
    elif " " in code:
        found = code_of(*code.split(" ", 1))
    else:
        found = code_of("RARC", code) or code_of("CARC", code)
    return found.label if found else ""


def _rule(name: str, sums: RuleSums) -> RuleRow:
    codes = {rule.name: rule.code for rule in all_rules()}
    return RuleRow(codes.get(name, ""), name, sums.claims, sums.failed, sums.paid)


def _money(hundredths: int) -> str:
    return money_text(dollars(hundredths))
