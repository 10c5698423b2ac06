"""The documented correction of too many timed units: fewer of them, with the charges of line and claim.

Units are lowered only to what the minutes support with certainty, never raised and never moved to another
code. What is missing for it is said.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from scrub837.claims.documentation import Interval
from scrub837.claims.encounters import Encounter
from scrub837.claims.model import Claim, Line
from scrub837.claims.values import amount_like
from scrub837.findings import Edit, Fix, Location, Safety
from scrub837.rules._minutes import TimedDay
from scrub837.rules._proposal import rows_named
from scrub837.rules._rule import Context, manual
from scrub837.rules._sv101 import read_only
from scrub837.x12.segments import Segment, value

_PRICED = frozenset(
    ("AMT", "CN1", "CTP", "PS1")
)  # of a line: its charge may be more than units times a price
_DECIDED = frozenset(("CAS", "MOA", "SVD"))  # another payer has adjudicated
_PAID = frozenset(("D", "A8", "EAF"))  # AMT01 of loop 2320: amounts of its decision
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class _Lowered:
    """A line with fewer units at the same unit charge."""

    line: Line
    was: Decimal
    units: int
    charge: Decimal


def lowered(day: TimedDay, encounter: Encounter, context: Context) -> tuple[Fix | None, tuple[Location, ...]]:
    """The correction of a day with too many units, and the places it changes besides the SV104 of its lines.

    There is none where it is not certain which units are too many, where a line would be left without any,
    or where a charge is not exact to the cent. It is only shown where something forbids to write it.
    """
    lines = _lines(day)
    claim = lines[0].line.claim if lines else None
    if claim is None or claim.charge is None:
        return None, ()
    total = claim.charge + sum((one.charge - one.was for one in lines), Decimal(0))
    before = _words([(one.line, one.line.units or 0, one.was) for one in lines], claim.charge)
    after = _words([(one.line, one.units, one.charge) for one in lines], total)
    edits = tuple(_edits(lines, claim, total))
    reason = _barred(day, lines, encounter, context)
    if reason is None and not all(edit.end - edit.start == len(edit.expect) for edit in edits):
        reason = "the segment is wrapped inside an element"
    if reason is not None:
        return manual(before, after, reason), ()
    evidence = rows_named(day.rows)
    fix = Fix(safety=Safety.DOCUMENTED, before=before, after=after, evidence=evidence, edits=edits)
    return fix, (*(one.line.locate("SV102") for one in lines), claim.locate("CLM02"))


def _lines(day: TimedDay) -> list[_Lowered]:
    """The lines that change; none where that is not certain or not exact, or they are of several claims."""
    fewer = day.supports[0].lowered(day.billed) if len(day.supports) == 1 else None
    found = []
    for line in day.lines if fewer else ():
        code, charge, units = line.procedure.code, line.charge, int(line.units or 0)
        left = fewer[code] if fewer else 0
        if left == day.billed[code]:
            continue
        each = (charge / units).quantize(_CENT) if charge and units else None
        if left < 1 or units != day.billed[code] or charge is None or each is None or each * units != charge:
            return []
        found.append(_Lowered(line, charge, left, each * left))
    return found if len({one.line.claim.index for one in found}) == 1 else []


def _words(lines: list[tuple[Line, Decimal | int, Decimal]], total: Decimal) -> str:
    """``SV104 3, SV102 150.00, CLM02 200.00``; with several lines each by its number."""
    parts = []
    for line, units, charge in lines:
        name = f"line {line.number}: " if len(lines) > 1 else ""
        parts.append(f"{name}SV104 {int(units)}, SV102 {charge:.2f}")
    return "; ".join(parts) + f"{';' if len(lines) > 1 else ','} CLM02 {total:.2f}"


def _edits(lines: list[_Lowered], claim: Claim, total: Decimal) -> Iterator[Edit]:
    for one in lines:
        sv1 = one.line.sv1
        yield _edit(one.line.locate("SV104"), sv1[4], str(one.units))
        yield _edit(one.line.locate("SV102"), sv1[2], amount_like(one.charge, sv1[2]))
    sent = claim.clm[2]
    edit = _edit(claim.locate("CLM02"), sent, amount_like(total, sent))
    yield Edit(edit.start, edit.end, edit.expect, edit.new, adds=True)


def _edit(place: Location, sent: str, new: str) -> Edit:
    return Edit(place.start or 0, place.end or 0, sent, new)


def _barred(day: TimedDay, lines: list[_Lowered], encounter: Encounter, context: Context) -> str | None:
    """Why the correction may only be shown, if it may."""
    claim = lines[0].line.claim
    if not claim.profile.lower_units:
        return f"profile {claim.profile.name} does not allow it (lower-units)"
    for one in lines:
        if reason := read_only(one.line):
            return reason
        if any(segment[0] in _PRICED for segment in one.line.segments):
            return "the line carries amounts besides its charge"
    if any(other.frequency != "1" for other in encounter.claims):
        return "a claim of the day is not an original one"
    if claim.first("CN1"):
        return "the claim carries a contract amount"
    if any(map(_decides, claim.block.segments)):
        return "another payer has already decided on this claim"
    if sum((line.charge or Decimal(0) for line in claim.lines), Decimal(0)) != claim.charge:
        return "the line charges do not add up to CLM02"
    return _undocumented(day, encounter, context)


def _decides(segment: Segment) -> bool:
    """Whether a segment is part of another payer's decision: on a line, or in loop 2320 or 2330B."""
    tag, qualifier = segment[0], value(segment, 1)
    return tag in _DECIDED or (tag == "AMT" and qualifier in _PAID) or (tag == "DTP" and qualifier == "573")


def _undocumented(day: TimedDay, encounter: Encounter, context: Context) -> str | None:
    """What the log would have to say better."""
    if not all(context.documentation.placed(claim) for claim in encounter.claims):
        return "a log row of the claim could not be used, so minutes may be missing"
    if any(context.documentation.note_conflict(line) for line in day.lines):
        return "the log and a line note tell different minutes"
    if not all(row.attested_by for row in day.rows):
        return "not every log row of the day is attested"
    if not all(map(_agrees, day.rows)):
        return "a log row states other minutes than its clock shows"
    told = sum(day.minutes.values()) + sum(day.set_aside.values())
    if any((row.total_timed or 0) > told for row in day.rows):
        return "more timed minutes are charted for the day than its log rows hold"
    return None


def _agrees(row: Interval) -> bool:
    """Whether the minutes of a row are those between its start and stop, where it has both."""
    if row.start is None or row.stop is None:
        return row.minutes is not None
    return row.minutes == row.stop - row.start
