"""Codes whose minutes have bounds of their own: psychotherapy, visits by time, first and further units.

Each row keeps where its bounds come from, and whether a named source was seen for them (``confirmed``); the
others are general billing practice, and what is found with them is a risk at most.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from scrub837.reference.tables import timed_code

PRACTICE = "general billing practice"
UTHEALTH = "UTHealth billing page on time-based codes"
AAPC = "AAPC on office visit times since 2021"
PALMETTO = "Palmetto GBA on time-based codes"
CRITICAL = (
    "codingintel and AAPC on critical care time; CMS Claims Processing Manual 100-04 chapter 12, 30.6.12"
)


@dataclass(frozen=True, slots=True)
class TimeRange:
    """The minutes in which one code of a kind is right. ``most`` is ``None`` when there is no upper end."""

    code: str
    kind: str  # codes of a kind exclude each other
    least: int
    most: int | None
    source: str
    confirmed: bool

    @property
    def words(self) -> str:
        """``38-52 minutes``, ``53 minutes or more``."""
        return f"{self.least} minutes or more" if self.most is None else f"{self.least}-{self.most} minutes"


def _ranges(kind: str, source: str, confirmed: bool, *rows: tuple[str, int, int | None]) -> list[TimeRange]:
    return [TimeRange(code, kind, least, most, source, confirmed) for code, least, most in rows]


_PSYCHOTHERAPY = {
    row.code: row
    for row in (
        *_ranges("psychotherapy", UTHEALTH, True, ("90832", 16, 37), ("90834", 38, 52), ("90837", 53, None)),
        *_ranges(
            "psychotherapy with a visit",
            PRACTICE,
            False,
            ("90833", 16, 37),
            ("90836", 38, 52),
            ("90838", 53, None),
        ),
        *_ranges("family psychotherapy without the patient", PRACTICE, False, ("90846", 26, None)),
        *_ranges("family psychotherapy with the patient", PRACTICE, False, ("90847", 26, None)),
        *_ranges("smoking cessation", PRACTICE, False, ("99406", 4, 10), ("99407", 11, None)),
    )
}

_NEW_VISITS = _ranges(
    "new patient visit",
    AAPC,
    True,
    ("99202", 15, None),
    ("99203", 30, None),
    ("99204", 45, None),
    ("99205", 60, None),
)
_VISITS = _ranges(
    "established patient visit",
    AAPC,
    True,
    ("99212", 10, None),
    ("99213", 20, None),
    ("99214", 30, None),
    ("99215", 40, None),
)
_HOSPITAL = _ranges("hospital day", PALMETTO, True, ("99221", 40, None), ("99234", 45, None))
_DISCHARGE = _ranges("hospital discharge", PALMETTO, True, ("99239", 31, None))
_BY_TIME_FROM = {  # first day on which the level may be chosen by these minutes
    **dict.fromkeys((row.code for row in (*_NEW_VISITS, *_VISITS)), date(2021, 1, 1)),
    **dict.fromkeys((row.code for row in _HOSPITAL), date(2023, 1, 1)),
    **dict.fromkeys((row.code for row in _DISCHARGE), date(1995, 1, 1)),
}
_VISIT_ROWS = {row.code: row for row in (*_NEW_VISITS, *_VISITS, *_HOSPITAL, *_DISCHARGE)}


def psychotherapy_range(code: str) -> TimeRange | None:
    """The minutes of a code that is chosen by time alone: psychotherapy and smoking cessation."""
    return _PSYCHOTHERAPY.get(code)


def visit_range(code: str, day: date) -> TimeRange | None:
    """The minutes a visit must have when its level was chosen by time; ``None`` where nothing is known."""
    row = _VISIT_ROWS.get(code)
    return row if row and day >= _BY_TIME_FROM[code] else None


def fitting(kind: str, minutes: int) -> TimeRange | None:
    """The code of a kind that so many minutes support: of several the highest."""
    rows = [row for row in (*_PSYCHOTHERAPY.values(), *_VISIT_ROWS.values()) if row.kind == kind]
    right = [row for row in rows if row.least <= minutes and (row.most is None or minutes <= row.most)]
    return max(right, key=lambda row: row.least, default=None)


@dataclass(frozen=True, slots=True)
class Steps:
    """A first code and the codes of its further units; their minutes are one service.

    ``first`` is the fewest minutes of the first code, ``None`` when it is not judged here. Further units
    begin at ``start`` minutes in all and again every ``each`` minutes. Without first codes every unit is a
    further one.
    """

    firsts: tuple[str, ...]
    further: tuple[str, ...]
    first: int | None
    start: int
    each: int
    source: str
    confirmed: bool

    @property
    def codes(self) -> tuple[str, ...]:
        """First and further codes."""
        return self.firsts + self.further

    def units(self, minutes: int) -> tuple[int, int]:
        """Units of the first code and of the further codes that so many minutes support."""
        first = 1 if self.firsts and minutes >= (self.first or 0) else 0
        return first, 0 if minutes < self.start else 1 + (minutes - self.start) // self.each

    def bound(self, further: int) -> int:
        """The minutes from which so many further units are supported; of 0 those of the first code."""
        return self.start + (further - 1) * self.each if further else self.first or 0


def _over_half(minutes: int) -> int:
    """A unit is earned when more than half of its minutes is passed: 8 of 15, 16 of 30, 31 of 60."""
    return minutes // 2 + 1


def _series(first: str, first_minutes: int, further: str, each: int) -> Steps:
    start = first_minutes + _over_half(each)
    return Steps((first,), (further,), _over_half(first_minutes), start, each, PRACTICE, False)


_SERIES = (
    _series("97129", 15, "97130", 15),
    _series("90912", 15, "90913", 15),
    _series("97545", 120, "97546", 60),
    _series("97550", 30, "97551", 15),
    _series("92607", 60, "92608", 30),
    _series("92626", 60, "92627", 15),
    _series("96112", 60, "96113", 30),
    Steps(("97810", "97813"), ("97811", "97814"), 8, 23, 15, PRACTICE, False),
    Steps(("90839",), ("90840",), 30, 75, 30, PRACTICE, False),
    Steps(("99497",), ("99498",), 16, 46, 30, PRACTICE, False),
    Steps(("96365",), ("96366",), 16, 91, 60, PRACTICE, False),
    Steps(("96413",), ("96415",), 16, 91, 60, PRACTICE, False),
    Steps(("96360",), ("96361",), 31, 91, 60, PRACTICE, False),
    Steps(("99205",), ("99417",), None, 75, 15, PRACTICE, False),
    Steps(("99215",), ("99417",), None, 55, 15, PRACTICE, False),
    Steps(("99205",), ("G2212",), None, 89, 15, PRACTICE, False),
    Steps(("99215",), ("G2212",), None, 69, 15, PRACTICE, False),
)
_CRITICAL_CARE = Steps(("99291",), ("99292",), 30, 75, 30, CRITICAL, True)
_CRITICAL_CARE_MEDICARE = Steps(("99291",), ("99292",), 30, 104, 30, CRITICAL, True)
_MEDICARE_104_FROM = date(2023, 1, 1)


def critical_care(day: date, *, medicare: bool) -> Steps:
    """Critical care: CPT adds a unit from 75 minutes, Medicare since 2023 from 104."""
    return _CRITICAL_CARE_MEDICARE if medicare and day >= _MEDICARE_104_FROM else _CRITICAL_CARE


@lru_cache(maxsize=4096)
def steps_of(code: str, day: date, *, medicare: bool) -> tuple[Steps, ...]:
    """The ways in which a code's units follow from minutes; empty when they are counted otherwise.

    A code with several (99417 behind 99205 or 99215) goes by the first code that is billed with it.
    """
    if code in ("99291", "99292"):
        return (critical_care(day, medicare=medicare),)
    found = tuple(steps for steps in _SERIES if code in steps.codes)
    if found:
        return found
    timed = timed_code(code)
    if timed is None or timed.pooled or not timed.kind.startswith("timed") or timed.minutes is None:
        return ()
    return (Steps((), (code,), None, _over_half(timed.minutes), timed.minutes, PRACTICE, False),)
