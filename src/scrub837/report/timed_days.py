"""Timed days for people: a line each, and a sentence under the claims that are shown."""

from __future__ import annotations

from itertools import islice

from scrub837.report.layout import Page, Part
from scrub837.report.words import count, short
from scrub837.results import FileReport
from scrub837.timed import Supported, TimedRow

AT_ONCE = 1000  # rows that are laid out together
_COLUMNS = ("", "claim", "day", "min", "sup", "bill", "by", "minutes by code")
_NUMBERS = (3, 4, 5)
_MARKS = {"ok": " ", "over": ">", "under": "<", "misallocated": "~"}
_TONES = {">": "bad", "~": "bad", "<": "note", "?": "warn"}
_SHORT = {"cms": "CMS", "ama": "CPT", "full15": "full 15", "steps": "steps"}
_RULES = {
    "cms": "the CMS 8-minute rule",
    "ama": "the CPT midpoint rule",
    "full15": "the rule of full 15 minutes",
    "steps": "steps of its own",
}


def write_days(file: FileReport, page: Page) -> None:
    """All timed days of a file that are documented, a line each, and how many are not."""
    if not file.timed.order:
        return
    page.line()
    page.line(("Timed days", "strong"), "  minutes, the units they support (sup) and the units billed")
    page.paragraph(
        "> more than supported   < fewer   ~ on other codes   ? not certain.   By CMS 8-minute rule, CPT "
        "midpoint rule (both where the payer's is not known), full 15 minutes, or steps of the code's own.",
        indent=2,
    )
    rows = (row for row in file.timed.rows() if row.documented)
    told = 0
    while part := list(islice(rows, AT_ONCE)):
        head: list[Part] = [(word, "faint") for word in _COLUMNS]
        page.table([head, *map(_cells, part)], right=_NUMBERS, below=["", *map(_remarks, part)])
        told += len(part)
    if told < len(file.timed.order):
        page.line(f"  {count(len(file.timed.order) - told, 'more timed day')} without documented minutes")


def day_words(row: TimedRow, claim: int) -> str:
    """A timed day as a sentence under the claim with this index."""
    codes = ", ".join(_code_words(row, code) for code in row.billed | row.minutes)
    parts = [": ".join(filter(None, (f"{row.day} {row.discipline}".rstrip(), codes)))]
    if row.unclear:
        parts.append(f"not judged: {row.unclear}")
    elif row.rules:
        by_rule = " or ".join(_supported(one) for one in row.rules)
        parts.append(f"{row.total_minutes} min support {by_rule}; {row.units_billed} billed")
    else:
        parts.append(f"{row.units_billed} billed; this payer does not count units by minutes")
    parts += [f"not counted: {own} min {reason}" for reason, own in row.not_counted.items()]
    others = [short(name, 40) for index, name in row.claims.items() if index != claim]
    if others:
        parts.append(f"with claim {', '.join(others)}")
    return "; ".join(parts)


def _code_words(row: TimedRow, code: str) -> str:
    name, units = short(code, 12), f"x{row.billed[code]}" if code in row.billed else "not billed"
    return (
        f"{name} {row.minutes[code]} min {units}"
        if code in row.minutes
        else f"{name} {units} without minutes"
    )


def _supported(one: Supported) -> str:
    return f"{count(one.units_supported, 'unit')} by {_RULES[one.rule]}"


def _cells(row: TimedRow) -> list[Part]:
    mark = _mark(row)
    names = list(row.claims.values())
    more = f" +{len(names) - 1}" if len(names) > 1 else ""
    return [
        (mark, _TONES.get(mark, "")),
        short(names[0], 16 - len(more)) + more,
        f"{row.day} {row.discipline}",
        str(row.total_minutes),
        "/".join(dict.fromkeys(str(one.units_supported) for one in row.rules)) or "-",
        str(row.units_billed),
        "/".join(_SHORT[one.rule] for one in row.rules) or "-",
        _by_code(row),
    ]


def _by_code(row: TimedRow) -> str:
    return ", ".join(
        f"{short(code, 12)} {own}" for code, own in row.minutes.items() if own or code in row.billed
    )


def _remarks(row: TimedRow) -> str:
    parts = [f"not counted: {own} min {reason}" for reason, own in row.not_counted.items()]
    return "; ".join([*parts, f"not judged: {row.unclear}"] if row.unclear else parts)


def _mark(row: TimedRow) -> str:
    marks = {_MARKS[one.verdict] for one in row.rules}
    return marks.pop() if len(marks) == 1 else "?" if row.unclear or marks else " "
