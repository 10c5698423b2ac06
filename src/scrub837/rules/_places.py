"""Places of service as CMS lists them (Place of Service Codes for Professional Claims)."""

from __future__ import annotations

PLACES = frozenset(
    (
        *(f"{number:02d}" for number in range(1, 28)),
        *("31", "32", "33", "34", "41", "42"),
        *(str(number) for number in range(49, 59)),
        *("60", "61", "62", "65", "66", "71", "72", "81", "99"),
    )
)
