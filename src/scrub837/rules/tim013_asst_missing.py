"""TIM013."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from scrub837.claims.documentation import Interval
from scrub837.claims.encounters import Encounter
from scrub837.claims.model import Line
from scrub837.claims.timing import QUARTER, assistant_units, count, more_than_a_tenth
from scrub837.findings import Finding, Severity
from scrub837.reference.tables import TimedCode, timed_code
from scrub837.rules._minutes import (
    NO_LOG,
    NOT_OF_THIS_CLAIM,
    SEVERAL_DAYS,
    SOME_MISSING,
    discipline_of,
    minutes_of,
)
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope

_MODIFIER = {"GP": "CQ", "GO": "CO"}
_ASSISTANTS = frozenset(("PTA", "OTA"))
_FROM, _MIDPOINT_FROM = date(2020, 1, 1), date(2022, 1, 1)


class AssistantMissing(Rule):
    """An assistant gave units that are billed without CQ or CO.

    What it checks
        For payers whose profile sets ``assistant-modifiers`` (Medicare): who gave the minutes of the
        lines with GP or GO. A unit of a timed code needs CQ (PTA) or CO (OTA) when the assistant gave
        more than a tenth of it; since 2022 the last unit does not when the therapist alone gave eight
        minutes or more. Untimed codes need it when the assistant gave more than a tenth of the service.
        Time of both together is the therapist's.
    Why it matters
        Medicare pays such units at 85 percent since 2022; without the modifier the claim is overpaid.
    What to do
        Add the modifier to the units the assistant gave; units with and without go on two lines.
    About the fix
        None: who gave a service is for the practice to say.
    Sources
        CMS, billing examples using CQ and CO modifiers for services furnished in whole or in part by PTAs and
        OTAs; CMS Claims Processing Manual 100-04 chapter 5 section 20.1.
    """

    code = "TIM013"
    name = "asst-missing"
    severity = Severity.RISK
    scope = Scope.ENCOUNTER
    examples = (
        Bad("97110:GP x1 @15 role=PTA"),
        Bad("97110:GP x1 0900-0905/PT 0905-0915/PTA", title="10 of 15 minutes"),
        Bad("97530:GO x2 0900-0915/OT 0915-0930/OTA", title="One of two units"),
        Bad("97012:GP x1 @15 role=PTA", title="An untimed service"),
        Bad("dos=2021-11-03 | 97110:GP x1 0900-0908/PT 0908-0915/PTA", title="Before 2022 a tenth decides"),
        Good("97110:GP:CQ x1 @15 role=PTA"),
        Good(
            "97110:GP x1 0900-0908/PT 0908-0915/PTA",
            title="The therapist gave eight minutes of the last unit",
        ),
        Good("97110:GP x1 0900-0915/PT 0900-0915/PTA", title="Both together"),
        Good("97110:GP:CQ x1 @23 role=PTA ; 97110:GP x1 @13 role=PT ; 97140:GP x2 @30 role=PT"),
        Good("payer=CI | 97110:GP x1 @15 role=PTA", title="Not a payer that asks for it"),
        Good("97110:GP x1", title="Without a log nobody knows who gave it"),
    )

    def check(self, subject: Encounter, context: Context) -> Iterable[Finding]:
        if not subject.profile.assistant_modifiers or subject.day < _FROM:
            return ()
        codes: dict[tuple[TimedCode, str], list[Line]] = {}
        for line in subject.lines:
            timed = timed_code(line.procedure.code)
            if timed is None or timed.kind in ("evaluation", "month") or line.claim.frequency == "8":
                continue
            if modifier := _MODIFIER.get(discipline_of(line)):
                codes.setdefault((timed, modifier), []).append(line)
        if not context.documentation.given:
            for lines in codes.values():
                context.not_checked(self, NO_LOG, len(lines))
            return ()
        return self._found(subject, codes, context)

    def _found(
        self, encounter: Encounter, codes: dict[tuple[TimedCode, str], list[Line]], context: Context
    ) -> Iterator[Finding]:
        for (timed, modifier), lines in codes.items():
            rows = _rows(lines, context)
            unclear = rows if isinstance(rows, str) else ""
            minutes = None if isinstance(rows, str) else _by_whom(rows)
            if minutes is None:
                context.not_checked(self, unclear or SOME_MISSING, len(lines))
                continue
            therapist, assistant = minutes
            units = int(sum(line.units or 0 for line in lines))
            if timed.minutes == QUARTER and timed.kind != "first":
                need = assistant_units(therapist, assistant, units, midpoint=encounter.day >= _MIDPOINT_FROM)
            else:
                need = units if assistant and more_than_a_tenth(assistant, therapist + assistant) else 0
            have = int(sum(line.units or 0 for line in lines if modifier in line.procedure.modifiers))
            if need > have:
                yield self._of_code(lines, (therapist, assistant), modifier, need=need, have=have)

    def _of_code(
        self, lines: list[Line], minutes: tuple[int, int], modifier: str, *, need: int, have: int
    ) -> Finding:
        therapist, assistant = minutes
        line = next(line for line in lines if modifier not in line.procedure.modifiers)
        units = int(sum(line.units or 0 for line in lines))
        code = line.procedure.code
        rest = f" and {count(units - need, 'unit')} without it, on two lines" if units > need else ""
        return self.finding(
            line.locate("SV101"),
            f"An assistant gave {assistant} of {count(therapist + assistant, 'minute')} of {code}: "
            f"{need} of {count(units, 'unit')} must carry {modifier}; billed with it: {have or 'none'}.",
            why="Medicare pays an assistant's units at 85 percent; without the modifier they are overpaid.",
            action=f"Bill {count(need, 'unit')} of {code} with {modifier}{rest}.",
            related=[other.locate("SV101") for other in lines if other is not line],
            facts={
                "code": code,
                "modifier": modifier,
                "therapist_minutes": therapist,
                "assistant_minutes": assistant,
                "units": units,
                "units_with_modifier": have,
                "units_needing_modifier": need,
            },
        )


def _rows(lines: list[Line], context: Context) -> list[Interval] | str:
    """The rows of these lines, or why they do not tell who gave what."""
    rows: list[Interval] = []
    for line in lines:
        if line.dates.days > 1:
            return SEVERAL_DAYS
        record = context.documentation.record(line)
        if record is None:
            return SOME_MISSING if context.documentation.has_any([line]) else NOT_OF_THIS_CLAIM
        rows += record.intervals
    return rows


def _by_whom(rows: list[Interval]) -> tuple[int, int] | None:
    """Minutes of the therapist and of the assistant alone; ``None`` when some are not told."""
    therapist = assistant = 0
    for row in rows:
        own = minutes_of(row)
        if own is None:
            return None
        if row.role in _ASSISTANTS:
            together = sum(_overlap(row, other) for other in rows if other.role not in _ASSISTANTS)
            assistant += max(0, own - together)
        else:
            therapist += own
    return therapist, assistant


def _overlap(one: Interval, other: Interval) -> int:
    """Minutes in which both were there."""
    if one.start is None or one.stop is None or other.start is None or other.stop is None:
        return 0
    return max(0, min(one.stop, other.stop) - max(one.start, other.start))
