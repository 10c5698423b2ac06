"""Therapy disciplines: which modifier stands for which, and which one a log shows."""

from __future__ import annotations

from collections.abc import Iterable

from scrub837.claims.documentation import Interval, Record
from scrub837.claims.model import Line
from scrub837.reference.tables import locked_discipline

DISCIPLINES = {"GP": "physical therapy", "GO": "occupational therapy", "GN": "speech-language pathology"}
ASSISTANTS = {"CQ": "GP", "CO": "GO"}  # assistant modifier -> the discipline it belongs to
EVALUATIONS = frozenset(f"9716{digit}" for digit in range(1, 9))  # and re-evaluations; PT 1-4, OT 5-8
_OF_ROLE = {"PT": "GP", "PTA": "GP", "OT": "GO", "OTA": "GO", "SLP": "GN"}


def disciplines_of(line: Line) -> tuple[str, ...]:
    """GP, GO and GN of a line, each once."""
    return tuple(dict.fromkeys(m for m in line.procedure.modifiers if m in DISCIPLINES))


def discipline_shown(line: Line, record: Record | None) -> tuple[str, str] | None:
    """The one discipline a line can belong to and what shows it, or ``None`` when nothing does.

    A code bound to one discipline shows it by itself unless the log names another. Otherwise every row of the
    line must name a therapist's role of the same discipline and who attested it.
    """
    intervals = record.intervals if record else ()
    roles = _roles(record)
    locked = locked_discipline(line.procedure.code)
    if locked:
        if roles - {None, locked}:
            return None
        return locked, f"{line.procedure.code} is bound to {locked} by CMS change request 10176"
    if len(roles) != 1 or not all(interval.attested_by for interval in intervals):
        return None
    discipline = roles.pop()
    return (discipline, evidence(intervals)) if discipline else None


def discipline_given(record: Record | None) -> str | None:
    """The one discipline whose therapists or assistants gave all that is documented, if there is one."""
    roles = _roles(record)
    return roles.pop() if len(roles) == 1 else None


def _roles(record: Record | None) -> set[str | None]:
    return {_OF_ROLE.get(interval.role.strip().upper()) for interval in record.intervals} if record else set()


def evidence(intervals: Iterable[Interval]) -> str:
    """The rows that show something, for people: ``log minutes.csv row 12, attested by PT-101``."""
    return "; ".join(
        f"log {interval.source} row {interval.row}, attested by {interval.attested_by}"
        for interval in intervals
    )
