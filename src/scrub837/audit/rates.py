"""Shares as they may be shown: never without what they are a share of, and no per cent of a few."""

from __future__ import annotations

from math import sqrt

FEW = 20  # below, a share says too little to be a per cent
Z = 1.96  # of a 95 % interval


def share(part: int, whole: int) -> str:
    """``31 of 40 (78%)``; ``3 of 4`` where there are few; a dash where there are none."""
    if not whole:
        return "-"
    counts = f"{part:,} of {whole:,}"
    return counts if whole < FEW else f"{counts} ({100 * part / whole:.0f}%)"


def interval(part: int, whole: int) -> tuple[float, float]:
    """Between which shares (0 to 1) the true one lies, by the score interval of Wilson (1927), at 95 %."""
    if not whole:
        return 0.0, 1.0
    p, n = part / whole, whole
    middle = (p + Z * Z / (2 * n)) / (1 + Z * Z / n)
    half = Z / (1 + Z * Z / n) * sqrt(p * (1 - p) / n + Z * Z / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def against_norm(part: int, whole: int, all_part: int, all_whole: int) -> str:
    """How a share compares with that of all others: ``above``, ``below``, ``like the others`` or too few."""
    others = all_whole - whole
    if whole < FEW or others < FEW:
        return "too few to compare"
    low, high = interval(part, whole)
    norm = (all_part - part) / others
    return "above the others" if low > norm else "below the others" if high < norm else "like the others"
