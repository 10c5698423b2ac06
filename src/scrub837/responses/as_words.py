"""Reasons and exhibits as sentences for a biller."""

from __future__ import annotations

from scrub837.report.words import money
from scrub837.responses.entries import ReasonEntry, reason_code
from scrub837.responses.exhibits import LineShown, PairShown, UnitsShown

_LISTS = {
    "IK3": "999, segment", "IK4": "999, element", "IK5": "999, transaction", "AK9": "999, group",
    "TA1": "interchange", "CLP": "835, status", "SVC": "835, change",
}  # fmt: skip


def reason_words(reason: ReasonEntry) -> str:
    """``line 2: CO-97 included in another service, $45.00``."""
    where = "" if reason.line is None else f"line {reason.line}: "
    amount = f", {money(reason.amount)}" if reason.amount else ""
    element = f" ({reason.sent.element}, segment {reason.sent.segment})" if reason.sent else ""
    code = reason_code(reason) if reason.list not in _LISTS else f"{_LISTS[reason.list]} {reason.code}"
    return f"{where}{code} {reason.label}{element}{amount}"


def pair_words(pair: PairShown) -> str:
    """The two lines, the row of the edit table, minutes and areas, and whether the record supports 59."""
    term = f"{pair.effective}" + (f" to {pair.deletion}" if pair.deletion else "")
    supports = "the record does not settle it"
    if pair.supports_59 is not None:
        supports = "the record supports 59" if pair.supports_59 else "the record speaks against 59"
    billed = "59 or X was billed" if pair.billed_59 else "neither 59 nor X was billed"
    return (
        f"{line_words(pair.column1)} with {line_words(pair.column2)} in column 2: NCCI indicator "
        f"{pair.indicator}, from {term} (edition {pair.edition}); {billed}; {pair.words}: {supports}"
    )


def units_words(units: UnitsShown) -> str:
    """The units and minutes of the day and the limits of the denied codes."""
    limits = [f"limit of {code} is {most} (edition {edition})" for code, most, edition in units.limits]
    told = "no minutes are documented" if units.minutes is None else f"{units.minutes} minutes documented"
    lines = ", ".join(line_words(one) for one in units.lines)
    return f"{lines}; {told}; {', '.join(limits) or 'no unit limit is loaded'}"


def line_words(line: LineShown) -> str:
    """``line 2 97140:GP:59 x1, 15 min, cervical``."""
    modifiers = "".join(f":{one[:4]}" for one in line.modifiers)
    minutes = "" if line.minutes is None else f" {line.minutes} min"
    area = "" if line.area is None else f" {line.area[:40]}"
    number = "" if line.line is None else f"line {line.line} "
    return f"{number}{line.code[:10]}{modifiers} x{line.units[:8]}{minutes}{area}"
