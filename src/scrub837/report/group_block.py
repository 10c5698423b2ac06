"""A group of findings that are alike, as text: how many, one of them, and where the others are."""

from __future__ import annotations

from scrub837.report.claim_block import TONES, write_fix, write_reasons
from scrub837.report.groups import Group
from scrub837.report.layout import Page
from scrub837.report.words import BY_RANK, MARKS, count, money, short
from scrub837.results import FileReport

LISTED = 9  # claims of a group that are named


def write_group(file: FileReport, group: Group, page: Page) -> None:
    """A group with the example on the claim of most money, and the numbers of its first claims."""
    severity, example = BY_RANK[group.rank], file.finding(group.first)
    head = count(group.claims, "claim")
    if len(group.findings) > group.claims:
        head = f"{count(len(group.findings), 'finding')} on {head}"
    page.flow(
        "      ",
        [head, money(group.charge)],
        lead=(f"  {MARKS[severity]} {severity.value.upper():<6} {group.code}  ", TONES[severity]),
    )
    page.paragraph(f"{'For example: ' if group.varies else ''}{example.message}", indent=6)
    write_reasons(example, page)
    write_fix(example.fix, page)
    page.paragraph(_claims(file, group), indent=12, label="       On ")


def write_more(group: Group, shown: int, page: Page) -> None:
    """That there are more findings on the file like those that were told."""
    page.line(f"  and {count(len(group.findings) - shown, 'more finding')} of {group.code} like it")


def _claims(file: FileReport, group: Group) -> str:
    of = file.found.claim
    examples = [of[number] for number in group.examples]
    others = [
        claim for claim in dict.fromkeys(of[number] for number in group.findings) if claim not in examples
    ]
    named = others[: LISTED - len(examples)]
    names = ", ".join(short(file.claim(claim).claim, 24) for claim in named)
    below = ", ".join(short(file.claim(claim).claim, 24) for claim in examples)
    text = f"{below}, {names}" if names else below
    left = len(others) - len(named)
    return f"{text} and {left:,} more" if left else text
