"""What the log tells of services billed as separate by 59 or X. Shared by the documentation rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from scrub837.claims.documentation import Interval
from scrub837.claims.encounters import Encounter
from scrub837.claims.model import Line
from scrub837.findings import Severity
from scrub837.rules._clock import NO_LOG
from scrub837.rules._pairs import pairings
from scrub837.rules._rule import Context, Rule

Lacking = tuple[Line, Line, list[Line]]  # column 2, column 1, and those of the two that lack something


def separated(
    rule: Rule, encounter: Encounter, context: Context, lacks: Callable[[list[list[Interval]]], list[bool]]
) -> Iterator[Lacking]:
    """Pairs kept apart by 59 or X of which a line lacks something; each column 2 line once.

    ``lacks`` is given the rows of column 2 and column 1 and says which of them lack it. Pairs of which the
    log knows only one line are left to the rule that judges the modifier. Without a log they are not checked.
    """
    found = [pairing for pairing in pairings(encounter, context) if pairing.separated]
    if not found:
        return
    if not context.documentation.given:
        context.not_checked(rule, NO_LOG, len({id(pairing.second) for pairing in found}))
        return
    told: set[int] = set()
    for pairing in found:
        lines = (pairing.second, pairing.first)
        rows = [_rows(line, encounter, context) for line in lines]
        if not all(rows) or id(pairing.second) in told:
            continue
        lacking = [line for line, lacks_it in zip(lines, lacks(rows), strict=True) if lacks_it]
        if lacking:
            told.add(id(pairing.second))
            yield pairing.second, pairing.first, lacking


def weight(encounter: Encounter) -> Severity:
    """What incomplete documentation weighs: more for a payer whose profile wants it strict."""
    return Severity.RISK if encounter.profile.strict_documentation else Severity.INFO


def codes_words(lines: list[Line]) -> str:
    """``97530``, ``97530 and 97140``."""
    return " and ".join(line.procedure.code for line in lines)


def _rows(line: Line, encounter: Encounter, context: Context) -> list[Interval]:
    record = context.documentation.record(line)
    return [i for i in record.intervals if i.day == encounter.day] if record else []
