"""The tables of the audit in words, for text and HTML alike: what they show, and what a number means."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from scrub837.audit.document import Audit, CodeRow, ReasonRow, Row, RuleRow
from scrub837.audit.rates import share
from scrub837.report.words import money, short

SHOWN = 25  # rows of a table; CSV and JSON have all
WIDTH = 34  # of a name


@dataclass(frozen=True, slots=True)
class Table:
    """A table. ``right`` are the columns with numbers; ``more`` rows are not shown."""

    title: str
    note: str
    head: tuple[str, ...]
    rows: list[tuple[str, ...]]
    right: tuple[int, ...]
    more: int = 0


def tables(audit: Audit) -> list[Table]:
    """All tables with rows, in order."""
    made = [
        *(_fared(*group) for group in _groups(audit)),
        _denials(audit), _manual(audit), _codes(audit), _rules(audit),
    ]  # fmt: skip
    return [one for one in made if one.rows]


def _groups(audit: Audit) -> list[tuple[str, str, str, Sequence[Row]]]:
    return [
        ("By month of service", FARED_NOTE, "Month", audit.months),
        ("By payer", "", "Payer", audit.payers),
        ("By rendering provider", "", "NPI", audit.providers),
    ]


def _fared(title: str, note: str, name: str, rows: Sequence[Row]) -> Table:
    head = (
        name, "Claims", "Charges", "Clean", "Accepted first", "Paid first", "Held", "Came back", "Recovered",
    )  # fmt: skip
    return _table(title, note, head, rows, _fared_row, range(1, 9))


FARED_NOTE = (
    "Clean: no finding at risk or worse. Accepted first: not rejected, of claims sent for the first time and "
    "answered. Paid first: paid as billed, of those adjudicated. Held: charges with a finding at deny or "
    "worse. Came back: what was rejected, denied or cut. Recovered: what of it was paid later."
)


def _fared_row(row: Row) -> tuple[str, ...]:
    return (
        short(row.name, WIDTH), f"{row.claims:,}", money(row.charge), share(row.clean, row.claims),
        share(row.accepted_first, row.first), share(row.paid_first, row.decided_first),
        money(row.held_charge), money(row.denied_charge), money(row.recovered),
    )  # fmt: skip


def _denials(audit: Audit) -> Table:
    def row(one: ReasonRow) -> tuple[str, ...]:
        foreseen = share(one.foreseen, one.claims)
        return (
            short(one.code, WIDTH), one.label, f"{one.claims:,}", money(one.amount), foreseen,
            " ".join(one.rules),
        )  # fmt: skip

    note = "Foreseen: a rule had found fault with the claim, whatever it was. Labels are our own words."
    head = ("Code", "Meaning", "Claims", "Amount", "Foreseen", "Rules that spoke")
    return _table("Why claims came back", note, head, audit.reasons, row, (2, 3, 4))


def _manual(audit: Audit) -> Table:
    def row(one: Row) -> tuple[str, ...]:
        return (
            short(one.name, WIDTH), f"{one.manual:,}", share(one.manual_59, one.manual),
            share(one.manual_x, one.manual), one.manual_norm,
        )  # fmt: skip

    rows = [one for one in audit.providers if one.manual]
    total = audit.total
    note = (
        f"Of all lines of 97140 {share(total.manual_59, total.manual)} carry 59 and "
        f"{share(total.manual_x, total.manual)} XE, XP, XS or XU. A provider is above or below the others "
        "only where chance (95 %) does not explain it. It says where to look, not that anything is wrong."
    )
    head = ("NPI", "Lines of 97140", "With 59", "With X", "Beside the others")
    return _table("59 and X on manual therapy", note, head, rows, row, (1, 2, 3))


def _codes(audit: Audit) -> Table:
    def row(one: CodeRow) -> tuple[str, ...]:
        return (
            short(one.code, WIDTH), f"{one.lines:,}", f"{one.units:,.0f}", share(one.separate, one.lines),
            share(one.denied, one.decided), money(one.denied_amount),
        )  # fmt: skip

    note = "Denied: lines that the answer names, of lines on claims that were adjudicated."
    head = ("Code", "Lines", "Units", "With 59 or X", "Denied", "Amount")
    return _table("By procedure code", note, head, audit.codes, row, range(1, 6))


def _rules(audit: Audit) -> Table:
    def row(one: RuleRow) -> tuple[str, ...]:
        return (
            f"{one.code} {one.name}".strip(), f"{one.claims:,}", share(one.failed, one.claims),
            share(one.paid, one.claims),
        )  # fmt: skip

    note = (
        "Of claims that were answered, without those refused along with others. Came back: rejected, denied "
        f"or cut, for whatever reason. Without any finding {unforeseen(audit)} came back: a rule is of use "
        "as far as it is above that."
    )
    return _table("Whether rules foresee", note, ("Rule", "Claims", "Came back", "Paid as billed"),
                  audit.rules, row, (1, 2, 3))  # fmt: skip


def _table(
    title: str,
    note: str,
    head: tuple[str, ...],
    rows: Sequence[Any],
    row: Callable[[Any], tuple[str, ...]],
    right: Sequence[int],
) -> Table:
    return Table(
        title, note, head, [row(one) for one in rows[:SHOWN]], tuple(right), max(0, len(rows) - SHOWN)
    )


def headline(audit: Audit) -> list[tuple[str, str, str]]:
    """The first numbers: what, how much, of what."""
    total = audit.total
    per_visit = f"{total.units / total.visits:.1f}" if total.visits else "-"
    return [
        ("Clean claims", share(total.clean, total.claims), "nothing found at risk or worse"),
        ("Accepted first", share(total.accepted_first, total.first), "not rejected when first sent"),
        ("Paid first", share(total.paid_first, total.decided_first), "as billed, of those adjudicated"),
        ("Held", money(total.held_charge), f"{total.held:,} of {total.claims:,} claims"),
        ("Came back", money(total.denied_charge), f"{total.rejected:,} rejected, {total.denied:,} denied"),
        ("Recovered", money(total.recovered), f"{total.again:,} claims sent again"),
        ("Units a visit", per_visit, f"{total.units:,.0f} units on {total.visits:,} days of claims"),
        ("Without minutes", share(total.no_minutes, total.claims), "with a timed line the log leaves open"),
    ]  # fmt: skip


def unforeseen(audit: Audit) -> str:
    """How many claims without any finding came back."""
    return share(audit.unforeseen_failed, audit.unforeseen_answered)


def period(audit: Audit) -> str:
    """``2026-01 to 2026-11``: the months of service that are in it."""
    months = [row.name for row in audit.months if row.name[:1].isdigit()]
    if not months:
        return "no months"
    return months[0] if len(months) == 1 else f"{months[0]} to {months[-1]}"


def sources(audit: Audit) -> str:
    """What was read, in words."""
    read = audit.sources
    parts = ["the ledger"] if read.ledger else []
    for number, noun in ((read.reports, "report"), (read.responses, "file of responses")):
        if number:
            plural = "files of responses" if noun.startswith("file") else f"{noun}s"
            parts.append(f"{number:,} {noun if number == 1 else plural}")
    return ", ".join(parts)
