"""Dates and times of the envelope: can they be, and are they past?"""

from __future__ import annotations

import re
from datetime import date

_TIME = re.compile(r"([01]\d|2[0-3])[0-5]\d(?:[0-5]\d(?:\d{1,2})?)?")


def fault_of_date(text: str, today: date, *, short: bool = False) -> str | None:
    """``impossible``, ``future`` or ``None``. ``short`` dates are YYMMDD of this century, others CCYYMMDD."""
    full = "20" + text if short else text
    if not re.fullmatch(r"[0-9]{8}", full):
        return "impossible"
    try:
        day = date(int(full[:4]), int(full[4:6]), int(full[6:]))
    except ValueError:
        return "impossible"
    return "future" if day > today else None


def is_time(text: str) -> bool:
    """True for HHMM, HHMMSS and HHMMSSD to HHMMSSDD."""
    return bool(_TIME.fullmatch(text))
