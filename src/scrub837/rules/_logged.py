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


_last: tuple[Encounter, Context, list[tuple[Line, Line, list[list[Interval]]]]] | None = None


def separated(
    rule: Rule, encounter: Encounter, context: Context, lacks: Callable[[list[list[Interval]]], list[bool]]
) -> Iterator[Lacking]:
    """Pairs kept apart by 59 or X of which a line lacks something; each column 2 line once.

    ``lacks`` is given the rows of column 2 and column 1 and says which of them lack it. Pairs of which the
    log knows only one line are left to the rule that judges the modifier. Without a log they are not checked.
    """
    if not context.documentation.given:
        lines = {id(pairing.second) for pairing in pairings(encounter, context) if pairing.separated}
        if lines:
            context.not_checked(rule, NO_LOG, len(lines))
        return
    told: set[int] = set()
    for second, first, rows in _documented(encounter, context):
        lacking = [line for line, lacks_it in zip((second, first), lacks(rows), strict=True) if lacks_it]
        if lacking and id(second) not in told:
            told.add(id(second))
            yield second, first, lacking


def _documented(encounter: Encounter, context: Context) -> list[tuple[Line, Line, list[list[Interval]]]]:
    """Separated pairs of which the log knows both lines, with the rows of column 2 and column 1."""
    global _last  # noqa: PLW0603 - worked out once for the rules that ask in turn
    if _last is not None and _last[0] is encounter and _last[1] is context:
        return _last[2]
    found = []
    for pairing in pairings(encounter, context):
        if pairing.separated:
            rows = [_rows(line, encounter, context) for line in (pairing.second, pairing.first)]
            if all(rows):
                found.append((pairing.second, pairing.first, rows))
    _last = encounter, context, found
    return found


def weight(encounter: Encounter) -> Severity:
    """What incomplete documentation weighs: more for a payer whose profile wants it strict."""
    return Severity.RISK if encounter.profile.strict_documentation else Severity.INFO


def codes_words(lines: list[Line]) -> str:
    """``97530``, ``97530 and 97140``."""
    return " and ".join(line.procedure.code for line in lines)


def _rows(line: Line, encounter: Encounter, context: Context) -> list[Interval]:
    record = context.documentation.record(line)
    return [i for i in record.intervals if i.day == encounter.day] if record else []
