"""In the text report: findings that somebody answers for, and what has changed since a former run."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from scrub837.report.claim_words import NAME, place_words
from scrub837.report.layout import Page, Part
from scrub837.report.words import count, short
from scrub837.results import FileReport

if TYPE_CHECKING:
    from scrub837.baseline import Comparison, Gone
    from scrub837.findings import Waived

EXAMPLES = 3


def waived_words(waived: Waived) -> str:
    """``Dana Quill until 2026-12-31: letter of the payer``."""
    return f"{waived.person} until {waived.expires}: {waived.reason}"


def write_waived(file: FileReport, page: Page, most: int) -> None:
    """The waived findings of a file, at most so many."""
    if not file.waived:
        return
    page.line()
    page.line(("Waived", "strong"), f"  {count(len(file.waived), 'finding')} that somebody answers for")
    rows: list[list[Part]] = []
    below = []
    for number in islice((number for number in file.order if number in file.waived), most):
        finding = file.finding(number)
        assert finding.waived is not None  # noqa: S101 - that is how they were chosen
        rows.append([(finding.severity.value.upper(), "faint"), finding.code, place_words(finding, None)])
        below.append(f"{finding.message} {waived_words(finding.waived)}")
    page.table(rows, below=below)
    if len(file.waived) > most:
        page.line(f"  and {len(file.waived) - most:,} more: --format concise, csv or json")


def write_comparison(compared: Comparison, page: Page) -> None:
    """What is new, open and gone since a former report, and of which rules what is gone was."""
    page.line()
    page.line("=" * page.width)
    told = f"{compared.new:,} new, {compared.open:,} open, {len(compared.gone):,} gone"
    page.line(("Since the former report", "strong"), f"  {told}")
    gone: dict[tuple[str, str], list[Gone]] = {}
    for one in compared.gone:
        gone.setdefault((one.code, one.name), []).append(one)
    by_rule = sorted(gone.items())
    rows: list[list[Part]] = [[*rule, f"{len(all_):,} gone"] for rule, all_ in by_rule]
    page.table(rows, right=[2], below=[_examples(all_) for _, all_ in by_rule])


def _examples(gone: list[Gone]) -> str:
    claims = list(dict.fromkeys(short(one.claim, NAME) for one in gone if one.claim is not None))
    more = f" and {count(len(claims) - EXAMPLES, 'more claim')}" if len(claims) > EXAMPLES else ""
    return f"of {', '.join(claims[:EXAMPLES])}{more}" if claims else ""
