"""What was sent again and what was not, for people."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import groupby
from typing import BinaryIO, TypeVar

from scrub837 import __version__
from scrub837.report import PLAIN, View
from scrub837.report.layout import Page, Part
from scrub837.report.words import count, money, short
from scrub837.resubmit.build import Made, Written
from scrub837.resubmit.choose import Kind, LeftOut
from scrub837.resubmit.record import QUIET, Summary

_T = TypeVar("_T")
SHOWN = 20  # claims of a kind or a reason that are told, unless all are asked for
WIDTH = 24  # of a claim number
KINDS = {
    Kind.ORIGINAL: "sent as they were, as new claims",
    Kind.REPLACEMENT: "replacing the claim decided on (frequency 7)",
    Kind.VOID: "voiding the claim decided on (frequency 8)",
}
_QUIET_WORDS = {
    "paid": "paid as billed", "pending": "no decision yet", "not-named": "not among the claims named",
    "outcome": "of another outcome than asked for",
}  # fmt: skip


def write(summary: Summary, out: BinaryIO, view: View = PLAIN) -> None:
    """Write ``summary`` to ``out`` as UTF-8 text."""
    page = Page(out, view.width, colour=view.colour)
    page.line((f"scrub837 {__version__}", "strong"), "  sent again")
    page.line("=" * page.width)
    for made in summary.files:
        _file(made, page, view)
    if not summary.written:
        page.line("Nothing was written: no claim is to be sent again.")
    _left_out(summary, page, view)


def _file(made: Made, page: Page, view: View) -> None:
    if made.target is None:
        page.line(("not written", "bad"), f"  of {made.source.name} no claim may go")
        return
    numbers = list(dict.fromkeys(one.numbers.interchange for one in made.claims))
    page.line((str(made.target), "strong"))
    page.line(f"  of {made.source.name}")
    page.line(
        f"  {count(len(made.claims), 'claim')}, {money(made.charge)}, "
        f"ISA13 {', '.join(numbers[:6])}{' ...' if len(numbers) > 6 else ''}"
    )
    for kind, words in KINDS.items():
        claims = [one for one in made.claims if one.choice.kind is kind]
        if claims:
            page.line(f"  {count(len(claims), 'claim')} {words}")
            page.table([_claim(one) for one in _some(claims, view)], indent=4, right=[1])
            _more(claims, page, view)
    same = [one for one in made.claims if one.unchanged]
    if same:
        page.paragraph(
            f"{count(len(same), 'claim')} without a correction: what was objected to has to be right by "
            "other means (enrolment, eligibility, records), or the claim will come back again.",
            indent=2,
        )
    page.line()


def _claim(one: Written) -> list[Part]:
    choice = one.choice
    told = [f"payer's number {choice.payer_claim}"] if choice.payer_claim else []
    told += [f"corrected: {', '.join(one.corrected)}"] if one.corrected else []
    return [short(choice.claim, WIDTH), money(one.charge), choice.outcome.value, "; ".join(told)]


def _left_out(summary: Summary, page: Page, view: View) -> None:
    asked = sorted((one for one in summary.left_out if one.asked), key=_by_words)
    others = sorted((one for one in summary.left_out if not one.asked), key=_by_words)
    if asked:
        page.line(("To be looked at: these were to be sent again", "bad"))
        _groups(asked, page, view)
    rest = [
        (_QUIET_WORDS[why], number - sum(one.why == why for one in asked))
        for why, number in sorted(summary.counted.items())
        if why in QUIET
    ]
    if others or any(number for _, number in rest):
        page.line("Not sent again")
        _groups(others, page, view)
        page.table([[count(number, "claim"), words] for words, number in rest if number], right=[0])


def _groups(claims: Sequence[LeftOut], page: Page, view: View) -> None:
    for words, group in groupby(claims, lambda one: one.words):
        same = list(group)
        charge = sum((one.charge for one in same), Decimal(0))
        page.line(f"  {count(len(same), 'claim')}, {money(charge)}: {words}")
        page.flow("    ", [short(one.claim, WIDTH) for one in _some(same, view)])
        _more(same, page, view)


def _by_words(one: LeftOut) -> tuple[str, str, int]:
    return one.why, one.words, one.number


def _some(values: Sequence[_T], view: View) -> Sequence[_T]:
    return values if view.verbose else values[:SHOWN]


def _more(values: Sequence[object], page: Page, view: View) -> None:
    left = len(values) - len(_some(values, view))
    if left:
        page.line(f"    and {left:,} more; -v tells all")
