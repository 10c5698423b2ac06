"""Amounts and quantities as sent, and what is wrong with the way they are written."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache

from scrub837.claims.values import read_number

_REMEMBERED = 1 << 14
_QUANTITY = re.compile(r"0*(\d{0,8})(?:\.(\d*))?")


def money(amount: Decimal) -> str:
    """``$1,234.50``, with more decimals only where there are more."""
    cents = amount.quantize(Decimal("0.01"))
    return f"${cents if cents == amount else amount:,}"


@lru_cache(_REMEMBERED)
def total_of(charges: tuple[str, ...]) -> Decimal | None:
    """The sum of the SV102 of a claim, ``None`` when there is none or one of them cannot be read."""
    amounts = [read_number(charge) for charge in charges]
    read = [amount for amount in amounts if amount is not None]
    return sum(read, Decimal(0)) if read and len(read) == len(amounts) else None


@lru_cache(_REMEMBERED)
def any_charge_fault(charges: tuple[str, ...]) -> bool:
    """True when one of the charges has a ``charge_fault``."""
    return any(charge_fault(charge) for charge in charges)


@lru_cache(_REMEMBERED)
def charge_fault(charge: str) -> str:
    """``missing``, ``unreadable``, ``negative``, ``decimals`` or ``zero``; empty when the charge is well.

    ``decimals`` are more than two.
    """
    amount = read_number(charge)
    if amount is None:
        return "unreadable" if charge else "missing"
    if amount < 0:
        return "negative"
    if len(charge.partition(".")[2].rstrip("0")) > 2:
        return "decimals"
    return "" if amount else "zero"


@lru_cache(_REMEMBERED)
def units_fault(units: str) -> str:
    """``missing``, ``unreadable``, ``negative``, ``zero``, ``long`` or ``untidy``; empty when it is well.

    ``long`` is more than eight digits or three decimals; ``untidy`` has zeros that say nothing.
    """
    amount = read_number(units)
    if amount is None:
        return "unreadable" if units else "missing"
    if amount < 0:
        return "negative"
    if not amount:
        return "zero"
    match = _QUANTITY.fullmatch(units)
    if match is None or len((match[2] or "").rstrip("0")) > 3:
        return "long"
    tidy = tidy_units(units)
    return "" if units in (tidy, tidy.lstrip("0")) else "untidy"


def tidy_units(units: str) -> str:
    """A positive quantity without zeros that say nothing: ``1`` for ``01.0``, ``0.5`` for ``.50``."""
    return f"{Decimal(units).normalize():f}"
