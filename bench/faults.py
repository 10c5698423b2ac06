"""The faults sprinkled over a batch: each is one a payer or an audit would find, on a claim of any payer.

A fault is named for what is wrong.  The treatment-time log keeps what was really done.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

import care
from clinic import Claim, Line

BYPASS = {"59", "XS"}


def spoil(claim: Claim, rng: Random) -> Claim:
    """The claim with one fault that fits it; where there is a pair, it is often the pair."""
    names = list(FAULTS)
    weights = [8 if name == "unmodified-pair" else 1 for name in names]
    while True:  # ends: a wrong total fits every claim
        (name,) = rng.choices(names, weights)
        spoiled = FAULTS[name](claim)
        if spoiled is not None:
            return replace(spoiled, fault=name)


def _change(
    claim: Claim, index: int, *, modifiers: tuple[str, ...] | None = None, units: str | None = None
) -> Claim:
    """The claim with other modifiers or units on one line, the charge following the units."""
    line = claim.lines[index]
    service = line.service
    fee = service.fee
    if units is not None:
        fee = fee // int(service.units) * int(float(units))
    service = replace(
        service,
        modifiers=service.modifiers if modifiers is None else modifiers,
        units=units or service.units,
        fee=fee,
    )
    lines = (*claim.lines[:index], replace(line, service=service), *claim.lines[index + 1 :])
    return replace(claim, lines=lines, cents=sum(line.service.fee for line in lines))


def _first(claim: Claim, fits: Callable[[Line], bool]) -> int | None:
    return next((index for index, line in enumerate(claim.lines) if fits(line)), None)


def _bypassed(line: Line) -> bool:
    return bool(BYPASS.intersection(line.service.modifiers))


def _discipline(line: Line) -> bool:
    return bool({"GP", "GO", "GN"}.intersection(line.service.modifiers))


def _unmodified_pair(claim: Claim) -> Claim | None:
    """No 59 on the column 2 code of a pair."""
    index = _first(claim, _bypassed)
    if index is None:
        return None
    kept = tuple(modifier for modifier in claim.lines[index].service.modifiers if modifier not in BYPASS)
    return _change(claim, index, modifiers=kept)


def _modifier_on_column_1(claim: Claim) -> Claim | None:
    """The 59 stands on 97140 instead of on its column 2 code 97530."""
    one = _first(claim, lambda line: line.service.code == "97140" and not _bypassed(line))
    two = _first(claim, lambda line: line.service.code == "97530" and _bypassed(line))
    if one is None or two is None:
        return None
    moved = _unmodified_pair(claim)
    return moved and _change(moved, one, modifiers=(*claim.lines[one].service.modifiers, "59"))


def _modifier_without_pair(claim: Claim) -> Claim | None:
    """A 59 although no code of the claim makes a pair."""
    if claim.follows or claim.shares_loop or any(map(_bypassed, claim.lines)):
        return None
    index = _first(claim, lambda line: line.service.code == "97110")
    if index is None:
        return None
    return _change(claim, index, modifiers=(*claim.lines[index].service.modifiers, "59"))


def _lower_case_modifier(claim: Claim) -> Claim | None:
    index = _first(claim, lambda line: bool(line.service.modifiers))
    if index is None:
        return None
    return _change(claim, index, modifiers=tuple(m.lower() for m in claim.lines[index].service.modifiers))


def _duplicate_modifier(claim: Claim) -> Claim | None:
    index = _first(claim, lambda line: bool(line.service.modifiers))
    if index is None:
        return None
    modifiers = claim.lines[index].service.modifiers
    return _change(claim, index, modifiers=(*modifiers, modifiers[-1]))


def _units_over(claim: Claim) -> Claim | None:
    """Two units more than the minutes support."""
    index = _first(claim, lambda line: line.service.code in care.TIMED)
    if index is None:
        return None
    return _change(claim, index, units=str(int(claim.lines[index].service.units) + 2))


def _untimed_units(claim: Claim) -> Claim | None:
    """Two units of a code that is billed once a day."""
    index = _first(claim, lambda line: line.service.code not in care.TIMED)
    return None if index is None else _change(claim, index, units="2")


def _fraction_units(claim: Claim) -> Claim | None:
    """`1.0` where `1` is meant."""
    index = _first(claim, lambda line: line.service.units == "1")
    return None if index is None else _change(claim, index, units="1.0")


def _missing_discipline(claim: Claim) -> Claim | None:
    """No GP, GO or GN on a therapy code."""
    index = _first(claim, _discipline)
    if index is None:
        return None
    kept = tuple(m for m in claim.lines[index].service.modifiers if m not in ("GP", "GO", "GN"))
    return _change(claim, index, modifiers=kept)


def _wrong_discipline(claim: Claim) -> Claim | None:
    """GO on a physical therapy evaluation, which is GP by definition."""
    index = _first(claim, lambda line: line.service.code in ("97161", "97164"))
    if index is None:
        return None
    swapped = tuple("GO" if m == "GP" else m for m in claim.lines[index].service.modifiers)
    return _change(claim, index, modifiers=swapped)


def _missing_active_treatment(claim: Claim) -> Claim | None:
    """No AT on a Medicare spinal manipulation."""
    index = _first(claim, lambda line: "AT" in line.service.modifiers)
    return None if index is None else _change(claim, index, modifiers=())


def _wrong_total(claim: Claim) -> Claim:
    """CLM02 is ten dollars above the sum of the lines."""
    return replace(claim, cents=claim.cents + 1000)


FAULTS: dict[str, Callable[[Claim], Claim | None]] = {
    "unmodified-pair": _unmodified_pair,
    "modifier-on-column-1": _modifier_on_column_1,
    "modifier-without-pair": _modifier_without_pair,
    "lower-case-modifier": _lower_case_modifier,
    "duplicate-modifier": _duplicate_modifier,
    "units-over": _units_over,
    "untimed-units": _untimed_units,
    "fraction-units": _fraction_units,
    "missing-discipline": _missing_discipline,
    "wrong-discipline": _wrong_discipline,
    "missing-active-treatment": _missing_active_treatment,
    "wrong-total": _wrong_total,
}
