"""The answers for people: what came, what it adds up to, what could not be read, and the claims to work."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import groupby, islice
from typing import BinaryIO

from scrub837 import __version__
from scrub837.report import PLAIN, View
from scrub837.report.layout import Page, Part
from scrub837.report.words import count, money, short
from scrub837.responses.answers import Place, Remark
from scrub837.responses.codes import Action
from scrub837.responses.entries import UnknownEntry, unknown_entries
from scrub837.responses.work_block import TONES, WORDS, plain, write_item, write_short
from scrub837.responses.working import Work
from scrub837.responses.worklist import TITLES, WorkItem

SHOWN = 20  # claims of an action that are told in full
MOST = 3  # remarks of a kind, of a file, that are told; unknown answers of a kind likewise


def write(work: Work, out: BinaryIO, view: View = PLAIN) -> None:
    """Write ``work`` to ``out`` as UTF-8 text."""
    page = Page(out, view.width, colour=view.colour)
    page.line((f"scrub837 {__version__}", "strong"), "  what came back")
    _files(work, page)
    _outcomes(work, page)
    _payments(work, page)
    _remarks(work, page)
    _unknown(work, page)
    _worklist(work, page, view)


def _files(work: Work, page: Page) -> None:
    page.line("=" * page.width)
    rows: list[list[Part]] = []
    for batch in work.sent.batches:
        report = batch.report
        held = "incomplete" if report.status == "incomplete" else ""
        rows.append(
            [
                "sent",
                f"{count(len(report.claims), 'claim')} {held}".strip(),
                money(report.counts.charge),
                report.path,
            ]
        )
    for file in work.found.files:
        kinds = [f"{number:,} {kind}" for kind, number in sorted(file.kinds.items())]
        kinds += [f"{number:,} not read" for number in [file.others.total()] if number]
        note = (("cut", "bad"),) if file.cut else ("",)
        rows.append(["answer", ", ".join(kinds) or "nothing", note[0], file.source.name])
    page.table(rows, right=[2])


def _outcomes(work: Work, page: Page) -> None:
    page.line()
    rows: list[list[Part]] = [["Of the claims sent", "claims", "charged", "paid", "patient", "to work"]]
    for outcome, tally in work.tallies.items():
        if tally.claims:
            name = (f"  {WORDS[outcome]}", TONES[outcome])
            rows.append(
                [
                    name,
                    f"{tally.claims:,}",
                    *map(money, (tally.charge, tally.paid, tally.patient, tally.open)),
                ]
            )
    total = work.total
    rows.append(
        ["  sent", f"{total.claims:,}", *map(money, (total.charge, total.paid, total.patient, total.open))]
    )
    page.table(rows, indent=0, right=range(1, 6))


def _payments(work: Work, page: Page) -> None:
    told = work.remitted
    if not told.claims and not told.payments:
        return
    page.line()
    page.line(
        ("Remittances", "strong"),
        f"  {count(told.payments, 'payment')}, {count(told.claims, 'claim')} in them",
    )
    rows: list[list[Part]] = [
        ["  charged", money(told.charge), ""],
        ["  paid", money(told.paid), "sum of CLP04"],
    ]
    rows += [
        [f"  adjusted {group or '-'}", money(amount), ""] for group, amount in sorted(told.adjusted.items())
    ]
    if told.unexplained:
        rows.append(
            [("  not explained", "bad"), money(told.unexplained), "charged, neither paid nor adjusted"]
        )
    if told.provider_adjustments:
        rows.append(["  kept back", money(told.provider_adjustments), "provider adjustments (PLB)"])
    due = told.paid - told.provider_adjustments
    differs = ("DIFFERS from paid less kept back", "bad") if due != told.amount else "sum of BPR02"
    rows.append(["  received", money(told.amount), differs])
    if told.unknown_claims:
        rows.append(
            ["  not sent by us", money(told.unknown_paid), f"paid for {count(told.unknown_claims, 'claim')}"]
        )
    page.table(rows, indent=0, right=[1])


def _remarks(work: Work, page: Page) -> None:
    total = sum(file.remarks.total() for file in work.found.files)
    if not total:
        return
    page.line()
    page.line(("Not read, or does not add up", "strong"), f"  {count(total, 'remark')}")
    told: Counter[tuple[int, str]] = Counter()
    for remark in work.found.all_remarks():
        key = remark.place.file, remark.code
        told[key] += 1
        if told[key] <= MOST:
            _remark(remark, work, page)
    for (file, code), number in told.items():
        if number > MOST:
            page.line(
                f"  and {number - MOST:,} more of {code} in {short(work.found.files[file].source.name, 40)}"
            )


def _remark(remark: Remark, work: Work, page: Page) -> None:
    name = work.found.files[remark.place.file].source.name
    page.flow("      ", [_where(remark.place), short(name, 60)], lead=("  ? " + remark.code + "  ", "warn"))
    page.paragraph(f"{remark.text[:1].upper()}{remark.text[1:]}.", indent=6)


def _where(place: Place) -> str:
    words = f"ST {short(place.transaction, 12)}, " if place.transaction else ""
    words += f"segment {place.segment}, " if place.segment else ""
    return f"{words}byte {place.start:,}"


def _unknown(work: Work, page: Page) -> None:
    total = len(work.matched.unknown)
    if not total:
        return
    page.line()
    page.line(("Unknown", "strong"), f"  {count(total, 'answer')} to nothing that was sent")
    told: Counter[tuple[str, str]] = Counter()
    for entry in unknown_entries(work):
        key = entry.kind, entry.why
        told[key] += 1
        if told[key] <= MOST:
            _unknown_answer(entry, page)
    for (kind, why), number in told.items():
        if number > MOST:
            page.paragraph(f"and {number - MOST:,} more of {kind}: {why}", indent=2)


def _unknown_answer(entry: UnknownEntry, page: Page) -> None:
    parts = [f"{entry.kind} {short(entry.number, 40)}", short(entry.verdict, 20)]
    parts += [f"paid {money(entry.paid)}"] if entry.paid is not None else []
    page.flow("      ", [*parts, _where(entry.place)], lead="  ")
    page.paragraph(f"{entry.why[:1].upper()}{entry.why[1:]}.", indent=6)


def _worklist(work: Work, page: Page, view: View) -> None:
    page.line()
    if not work.items:
        page.line(("Nothing to work", "good"))
        return
    words = f"  {count(len(work.items), 'claim')}, {money(work.to_work)}"
    page.line(("Claims to work", "strong"), words)
    groups = [(action, list(items)) for action, items in groupby(work.items, key=lambda item: item.action)]
    rows: list[list[Part]] = []
    for action, items in groups:
        amount = sum((item.amount for item in items), start=items[0].amount * 0)
        rows.append([f"{len(items):,}", money(amount), TITLES[action]])
    page.table(rows, right=[0, 1])
    for action, items in groups:
        page.line()
        page.line((f"{TITLES[action]}", "strong"))
        shown = items if view.verbose else items[:SHOWN]
        if action in (Action.SEND_AGAIN, Action.WAIT):
            write_short(work, [item for item in shown if plain(item)], page)
        for item in shown:
            if action not in (Action.SEND_AGAIN, Action.WAIT) or not plain(item):
                write_item(work, item, page)
        if len(items) > len(shown):
            _rest(work, items[len(shown) :], page)


def _rest(work: Work, items: Sequence[WorkItem], page: Page) -> None:
    names = [short(work.sent.row(item.number).claim, 20) for item in islice(items, 6)]
    more = f" and {len(items) - len(names):,} more" if len(items) > len(names) else ""
    page.paragraph(f"Further {count(len(items), 'claim')}: {', '.join(names)}{more}; all with -v.", indent=2)
