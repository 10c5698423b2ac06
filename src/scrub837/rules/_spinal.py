"""Spinal manipulation as Medicare knows it."""

from __future__ import annotations

from scrub837.claims.model import Line

SPINAL_MANIPULATIONS = frozenset(
    ("98940", "98941", "98942")
)  # the only chiropractic services Medicare covers
NOT_EXPECTED_TO_BE_PAID = frozenset(("GA", "GX", "GY", "GZ"))  # what a provider says beforehand


def is_medicare_manipulation(line: Line) -> bool:
    """Whether a line bills spinal manipulation to Medicare."""
    return line.procedure.code in SPINAL_MANIPULATIONS and line.claim.profile.medicare
