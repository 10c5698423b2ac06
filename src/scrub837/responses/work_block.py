"""A claim to be worked as a biller sees it: what was said, our rule beside it, the record, what to do."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from scrub837.report.layout import Page, Part
from scrub837.report.words import money, short
from scrub837.responses.as_words import pair_words, reason_words, units_words
from scrub837.responses.codes import Action
from scrub837.responses.entries import ReasonEntry, WorkEntry, person, reason_code, work_entry
from scrub837.responses.history import Outcome
from scrub837.responses.working import Work
from scrub837.responses.worklist import TITLES, Judged, WorkItem, rule_words

TONES = {
    Outcome.REJECTED: "bad", Outcome.DENIED: "bad", Outcome.ADJUSTED: "warn", Outcome.PAID_LESS: "warn",
    Outcome.PAID: "good", Outcome.MISSING: "warn", Outcome.ACCEPTED: "",
}  # fmt: skip
WORDS = {
    Outcome.REJECTED: "rejected", Outcome.DENIED: "denied", Outcome.ADJUSTED: "paid, adjusted",
    Outcome.PAID_LESS: "paid less", Outcome.PAID: "paid as billed", Outcome.ACCEPTED: "accepted, not decided",
    Outcome.MISSING: "missing",
}  # fmt: skip


def plain(item: WorkItem) -> bool:
    """Nothing to be told of this claim that is not so of others of its action."""
    return item.outcome is Outcome.MISSING or item.action is Action.SEND_AGAIN


def write_short(work: Work, items: Sequence[WorkItem], page: Page) -> None:
    """A line a claim, and once what to do."""
    rows: list[list[Part]] = []
    for item in items:
        row = work.sent.row(item.number)
        who = "" if work.redact else short(row.patient.name, 30)
        rows.append([short(row.claim, 30), f"ST {row.transaction}", money(item.amount), who])
    page.table(rows, right=[2])
    if items:
        page.paragraph(items[0].advice, indent=12, label="       Do ")


def write_item(work: Work, item: WorkItem, page: Page) -> None:
    """The block of one claim."""
    row, entry = work.sent.row(item.number), work_entry(work, item)
    who = person(row, work)
    name = [short(who.name, 40)] if who.name and not work.redact else []
    days = sorted({line.from_ for line in row.lines if line.from_})
    day = f"DOS {days[0]}" + (f" to {days[-1]}" if len(days) > 1 else "") if days else "no date"
    page.flow("      ", [*name, day, money(row.charge)], lead=(f"CLAIM {short(row.claim, 40)}   ", "strong"))
    about = [
        short(row.payer.name or row.payer.id or "no payer", 40),
        f"claim {row.index} in ST {row.transaction}",
    ]
    if len(work.sent.batches) > 1:
        about.append(short(work.sent.batch_of(item.number).report.path, 40))
    page.flow("      ", about, lead="      ")
    status = (f"  {WORDS[item.outcome].upper()}  ", TONES[item.outcome])
    page.flow("      ", [f"{money(item.amount)} to work", *_history(work, item)], lead=status)
    for alike in _on_lines(_by_line(item, entry)):
        _reasons(alike, item, page)
    _exhibits(entry, page)
    page.paragraph(item.advice, indent=12, label="       Do ")


_Alike = list[tuple[Judged, ReasonEntry]]


def _by_line(item: WorkItem, entry: WorkEntry) -> list[_Alike]:
    """Reasons with the remark codes that go with them."""
    groups: list[_Alike] = []
    for judged, told in zip(item.reasons, entry.reasons, strict=True):
        if told.list == "RARC" and groups and groups[-1][0][0].reason.line == judged.reason.line:
            groups[-1].append((judged, told))
        else:
            groups.append([(judged, told)])
    return groups


def _on_lines(groups: Sequence[_Alike]) -> list[list[_Alike]]:
    """Lines that were denied for the same, together."""
    alike: dict[tuple[object, ...], list[_Alike]] = {}
    for group in groups:
        first = group[0][1]
        places = () if first.line is not None and first.sent is None else (len(alike),)
        codes = tuple((told.list, told.group, told.code) for _, told in group)
        alike.setdefault((codes, group[0][0].action, *places), []).append(group)
    return list(alike.values())


def _reasons(groups: Sequence[_Alike], item: WorkItem, page: Page) -> None:
    (first, told), *rest = groups[0]
    words = [reason_words(told)]
    if len(groups) > 1:
        amounts = [Decimal(group[0][1].amount or 0) for group in groups]
        lines = ", ".join(str(group[0][1].line) for group in groups)
        total = f", {money(sum(amounts, Decimal(0)))}" if any(amounts) else ""
        words = [f"lines {lines}: {reason_code(told)} {told.label}{total}"]
    words += [f"{reason_code(more)} {more.label}" for _, more in rest]
    other = first.action not in (item.action, Action.NONE)
    page.paragraph("; ".join(words) + (f" ({TITLES[first.action].lower()})" if other else ""), indent=6)
    every = [judged for group in groups for judged, _ in group]
    found = dict.fromkeys(code for judged in every for code in judged.found)
    rules = dict.fromkeys(code for judged in every for code in judged.reason.rules)
    page.paragraph(rule_words(list(found), list(rules)), indent=12, label="       Rule")


def _history(work: Work, item: WorkItem) -> list[str]:
    steps = work.history(item.number).steps
    words = [f"{one.kind} {one.verdict} {one.day or ''}".strip() for one in steps]
    return [", ".join(short(word, 30) for word in words[-4:])] if words else ["no answer"]


def _exhibits(entry: WorkEntry, page: Page) -> None:
    for pair in entry.pairs:
        page.paragraph(pair_words(pair) + ".", indent=12, label="       Pair")
    for units in entry.units:
        page.paragraph(units_words(units) + ".", indent=12, label="       Time")
