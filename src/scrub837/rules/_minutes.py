"""Timed services of an encounter beside the minutes that are documented of them. Shared by the unit rules."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from scrub837.claims.documentation import Interval
from scrub837.claims.encounters import Encounter
from scrub837.claims.model import Line
from scrub837.claims.timing import Support, Verdict, legal_allocations
from scrub837.reference.tables import locked_discipline, timed_code
from scrub837.rules._rule import Context

NO_LOG = "no minutes are documented: an 837P carries units, not minutes"
NOT_OF_THIS_CLAIM = "the treatment-time log says nothing of the claim"
SOME_MISSING = "a timed line of the day has no documented minutes"
SEVERAL_DAYS = "a line covers several days: its units of one day are not known"
NOT_WHOLE = "units are not whole numbers"

DISCIPLINES = ("GP", "GO", "GN")
_DISCIPLINE_OF_ROLE = {"PT": "GP", "PTA": "GP", "OT": "GO", "OTA": "GO", "SLP": "GN"}
_UNSKILLED = {"AIDE": "given by an aide", "STUDENT": "given by a student", "TECH": "given by a technician"}
_NOT_ONE_ON_ONE = {"group": "in a group", "supervised": "supervised only", "eval": "of evaluation"}
RULES = {"cms": ("cms",), "ama": ("ama",), "full15": ("full15",), "unknown": ("cms", "ama"), "none": ()}


@dataclass(frozen=True, slots=True)
class TimedDay:
    """The pooled timed codes of one patient, day, provider and discipline, with what their minutes support.

    ``supports`` holds one answer for each rule that may be the payer's, two when that is not known, none
    when the payer has none or the day cannot be judged; ``unclear`` then says why. ``verdicts`` are
    theirs, in order.
    """

    day: date
    discipline: str  # GP, GO, GN or empty
    lines: tuple[Line, ...]
    billed: dict[str, int]  # units by code; of an unclear day as far as they are known
    minutes: dict[str, int]  # minutes that count, by code
    set_aside: dict[str, int]  # minutes that do not count, by reason
    rows: tuple[Interval, ...]  # where the minutes come from
    supports: tuple[Support, ...]
    verdicts: tuple[Verdict, ...]
    unclear: str

    @property
    def units(self) -> int:
        """Units billed."""
        return sum(self.billed.values())

    @property
    def right(self) -> bool:
        """True when every rule that may be the payer's agrees with the units."""
        return all(verdict is Verdict.OK for verdict in self.verdicts)

    @property
    def misplaced(self) -> tuple[bool, ...]:
        """By rule: whether a code has units its minutes did not earn, though the day has not too many."""
        return tuple(
            verdict is Verdict.MISALLOCATED
            or (verdict is Verdict.UNDER and bool(support.excess(self.billed)))
            for support, verdict in zip(self.supports, self.verdicts, strict=True)
        )

    @property
    def wrong(self) -> bool:
        """Whether by every rule the day or one of its codes has more units than the minutes support."""
        return bool(self.supports) and all(
            misplaced or verdict is Verdict.OVER
            for misplaced, verdict in zip(self.misplaced, self.verdicts, strict=True)
        )

    def worst_line(self, support: Support) -> Line:
        """The last line of the code with most units beyond its own; of equals that with fewest minutes."""

        def excess(code: str) -> tuple[int, int, int]:
            least, most = support.supported(code)
            return self.billed[code] - most, self.billed[code] - least, -self.minutes.get(code, 0)

        worst = max(self.billed, key=excess)
        return [line for line in self.lines if line.procedure.code == worst][-1]

    def billed_words(self) -> str:
        """``97110 x2 + 97140 x1``."""
        return " + ".join(f"{code} x{units}" for code, units in self.billed.items())

    def set_aside_words(self) -> str:
        """What was not counted, as a sentence behind another; empty when all was."""
        if not self.set_aside:
            return ""
        parts = ", ".join(f"{minutes} minutes {reason}" for reason, minutes in self.set_aside.items())
        return f" Not counted: {parts}."

    def facts(self, *supports: Support) -> dict[str, object]:
        """The numbers for the report."""
        return {
            "day": self.day,
            "discipline": self.discipline,
            "minutes": self.minutes,
            "not_counted": self.set_aside,
            "total_minutes": sum(self.minutes.values()),
            "billed": self.billed,
            "units_billed": self.units,
            "rules": [
                {"rule": s.rule, "units_supported": s.units, "legal": s.legal_words(10)} for s in supports
            ],
        }


@dataclass(slots=True)
class _Tally:
    """A timed day while it is added up."""

    lines: list[Line] = field(default_factory=list)
    billed: dict[str, int] = field(default_factory=dict)
    minutes: dict[str, int] = field(default_factory=dict)
    set_aside: dict[str, int] = field(default_factory=dict)
    rows: list[Interval] = field(default_factory=list)
    unclear: str = ""

    def add_line(self, line: Line, context: Context) -> None:
        self.lines.append(line)
        code, units = line.procedure.code, line.units
        whole = units is not None and units == units.to_integral_value() and line.unit == "UN"
        if units is not None and whole and line.dates.days == 1:
            self.billed[code] = self.billed.get(code, 0) + int(units)
        if not context.documentation.given:
            self.unclear = NO_LOG
        elif line.dates.days > 1:
            self.unclear = self.unclear or SEVERAL_DAYS
        elif not whole:
            self.unclear = self.unclear or NOT_WHOLE
        elif record := context.documentation.record(line):
            for interval in record.intervals:
                self.add_row(interval)
        elif not self.unclear:
            self.unclear = SOME_MISSING if context.documentation.has_any([line]) else NOT_OF_THIS_CLAIM

    def add_row(self, interval: Interval) -> None:
        self.rows.append(interval)
        own = minutes_of(interval)
        if own is None:
            self.unclear = self.unclear or SOME_MISSING
            return
        reason = why_not_counted(interval)
        self.minutes[interval.code] = self.minutes.get(interval.code, 0) + (0 if reason else own)
        if reason:
            self.set_aside[reason] = self.set_aside.get(reason, 0) + own

    def judged(self, day: date, discipline: str, rules: tuple[str, ...]) -> TimedDay:
        supports = () if self.unclear else tuple(legal_allocations(self.minutes, rule) for rule in rules)
        return TimedDay(
            day,
            discipline,
            tuple(self.lines),
            self.billed,
            self.minutes,
            self.set_aside,
            tuple(self.rows),
            supports,
            tuple(support.verdict(self.billed) for support in supports),
            self.unclear,
        )


_last: tuple[Encounter, Context, tuple[TimedDay, ...]] | None = None


def timed_days(encounter: Encounter, context: Context) -> tuple[TimedDay, ...]:
    """The timed services of an encounter by discipline, a void claim's left out. Also for reports."""
    global _last  # noqa: PLW0603 - several rules ask about one encounter in turn; it is worked out once
    known = _last
    if known is not None and known[0] is encounter and known[1] is context:
        return known[2]
    tallies: dict[tuple[str, bool], _Tally] = {}  # a replacement claim repeats what it replaces
    for line in encounter.lines:
        timed = timed_code(line.procedure.code)
        if timed is not None and timed.pooled and line.claim.frequency != "8":
            key = discipline_of(line), line.claim.frequency == "7"
            tallies.setdefault(key, _Tally()).add_line(line, context)
    if tallies and context.documentation.given:
        _add_unbilled(encounter, tallies, context)
    rules = RULES[encounter.profile.timed_units]
    days = tuple(tally.judged(encounter.day, key[0], rules) for key, tally in tallies.items())
    _last = encounter, context, days
    return days


def discipline_of(line: Line) -> str:
    """GP, GO or GN of a line; the first when it has several, empty when it has none."""
    return next((modifier for modifier in line.procedure.modifiers if modifier in DISCIPLINES), "")


def minutes_of(interval: Interval) -> int | None:
    """Minutes of a row; where its clock shows fewer than are stated, those of the clock."""
    return interval.span.counted


def why_not_counted(interval: Interval) -> str | None:
    """Why the minutes of a row do not count as timed treatment, if they do not."""
    care = interval.care
    return _UNSKILLED.get(care.role.upper()) or _NOT_ONE_ON_ONE.get(care.mode)


def _add_unbilled(encounter: Encounter, tallies: dict[tuple[str, bool], _Tally], context: Context) -> None:
    """Add the timed services that this provider gave that day and did not bill."""
    for claim in encounter.claims:
        for interval in context.documentation.unbilled(claim):
            timed = timed_code(interval.code)
            if timed is None or not timed.pooled or interval.day != encounter.day:
                continue
            rendering = {line.rendering for line in claim.lines}
            giver = interval.npi if interval.npi in rendering else claim.rendering
            if any(line.rendering == giver for line in encounter.lines):
                _tally_for(interval, tallies).add_row(interval)


def _tally_for(interval: Interval, tallies: dict[tuple[str, bool], _Tally]) -> _Tally:
    """Where an unbilled service belongs: to its code's own discipline, its giver's, or where it is billed."""
    own = locked_discipline(interval.code) or _DISCIPLINE_OF_ROLE.get(interval.role, "")
    for (discipline, _), tally in tallies.items():
        if own and discipline == own:
            return tally
    every = list(tallies.values())
    return next((tally for tally in every if interval.code in tally.billed), every[0])
