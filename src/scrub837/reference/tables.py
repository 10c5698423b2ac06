"""Small facts about codes that CMS's files do not carry: therapy and timed codes, KX amounts, ended codes.

Each is a CSV file in ``starter/`` whose rows name their source and how certain it is (V confirmed by a named
source, High agreed by several, G general knowledge). A table is read once, when first asked.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib import resources


@dataclass(frozen=True, slots=True)
class TimedCode:
    """How a code's units relate to minutes.

    ``kind``: ``timed15``, ``timed30``, ``timed60`` one unit each so many minutes; ``first`` one unit for the
    first ``minutes``; ``addon`` each further ``minutes`` beside ``base``; ``untimed`` and ``evaluation`` one
    unit whatever the time; ``month`` counted by calendar month. ``pooled``: its minutes count into the
    therapy total of the 8-minute rule.
    """

    code: str
    kind: str
    minutes: int | None
    base: str | None
    pooled: bool
    source: str
    certainty: str


@dataclass(frozen=True, slots=True)
class PayerExclusion:
    """A code a program does not pay by itself. ``kind``: ``invalid`` (bill ``instead``), ``bundled`` or
    ``noncovered``."""

    program: str
    code: str
    kind: str
    instead: str | None
    reason: str
    source: str
    certainty: str


def starter_bytes(name: str) -> bytes:
    """A table of the starter folder as it is stored."""
    return resources.files("scrub837.reference").joinpath("starter", f"{name}.csv").read_bytes()


def starter_rows(name: str) -> list[dict[str, str]]:
    """The rows of a table of the starter folder."""
    return list(csv.DictReader(io.StringIO(starter_bytes(name).decode("utf-8"), newline="")))


@cache
def _therapy() -> dict[str, dict[str, str]]:
    return {row["code"]: row for row in starter_rows("therapy_codes")}


@cache
def _timed() -> dict[str, TimedCode]:
    return {
        row["code"]: TimedCode(
            row["code"],
            row["class"],
            int(row["minutes"]) if row["minutes"] else None,
            row["base"] or None,
            row["pooled"] == "yes",
            row["source"],
            row["certainty"],
        )
        for row in starter_rows("timed_codes")
    }


@cache
def _kx_amounts() -> dict[int, Decimal]:
    return {int(row["year"]): Decimal(row["amount"]) for row in starter_rows("kx_amounts")}


@cache
def _deleted() -> dict[str, date]:
    return {row["code"]: date.fromisoformat(row["last_valid_day"]) for row in starter_rows("deleted_codes")}


@cache
def _exclusions() -> dict[tuple[str, str], PayerExclusion]:
    return {
        (row["program"], row["code"]): PayerExclusion(
            row["program"],
            row["code"],
            row["kind"],
            row["instead"] or None,
            row["reason"],
            row["source"],
            row["certainty"],
        )
        for row in starter_rows("payer_codes")
    }


def always_therapy(code: str) -> bool:
    """Whether Medicare takes a code for therapy whoever bills it, so that it always needs GP, GO or GN."""
    return code in _therapy() and _therapy()[code]["always_therapy"] == "yes"


def sometimes_therapy(code: str) -> bool:
    """Whether a code needs GP, GO or GN only from a therapist or under a therapy plan of care."""
    return code in _therapy() and _therapy()[code]["always_therapy"] == "sometimes"


def locked_discipline(code: str) -> str | None:
    """The one discipline modifier a code can carry (GP, GO or GN), when there is only one."""
    return (_therapy()[code]["locked_discipline"] or None) if code in _therapy() else None


def timed_code(code: str) -> TimedCode | None:
    """How a code's units relate to minutes; None for a code the table does not know."""
    return _timed().get(code)


def timed_class(code: str) -> str | None:
    """The ``kind`` of :class:`TimedCode`; None for a code the table does not know."""
    found = _timed().get(code)
    return found.kind if found else None


def kx_amount(year: int) -> Decimal | None:
    """Dollars per year above which Medicare therapy lines need KX; None for a year not confirmed."""
    return _kx_amounts().get(year)


def last_valid_day(code: str) -> date | None:
    """The last date of service of a code that was ended; None for one that was not, or is not known here."""
    return _deleted().get(code)


def payer_exclusion(program: str, code: str) -> PayerExclusion | None:
    """Why a program (``medicare``, ``medicaid``) does not pay a code by itself; None: nothing known."""
    return _exclusions().get((program, code))
