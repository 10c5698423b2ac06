"""Values as people read them: money, counts, places on the claim form. And what makes hostile text inert."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

from scrub837.findings import Location, Severity

MARKS = {Severity.REJECT: "X", Severity.DENY: "!", Severity.RISK: "?", Severity.INFO: "i"}
BY_RANK = {severity.rank: severity for severity in Severity}

# Where an element stands on the CMS-1500 paper form, which is how billers name it. The longest key that fits
# counts. Source: NUCC 1500 Claim Form Reference Instruction Manual and its 837P crosswalk.
_BOXES = {
    "2000B": {"SBR03": "11", "SBR04": "11c", "SBR09": "1"},
    "2010AA": {"NM109": "33a", "NM1": "33", "N3": "33", "N4": "33"},
    "2010BA": {"NM109": "1a", "NM1": "2 or 4", "N3": "5 or 7", "N4": "5 or 7", "DMG": "3 or 11a"},
    "2010BB": {"NM1": "top right", "N3": "top right", "N4": "top right"},
    "2010CA": {"NM1": "2", "N3": "5", "N4": "5", "DMG": "3"},
    "2300": {
        "CLM01": "26", "CLM02": "28", "CLM05-1": "24B", "CLM05-3": "22", "CLM06": "31", "CLM07": "27",
        "CLM08": "13", "CLM11": "10", "HI": "21", "NTE": "19",
    },
    "2310A": {"NM109": "17b", "NM1": "17"},
    "2310B": {"NM109": "24J", "PRV": "24J"},
    "2310C": {"NM109": "32a", "NM1": "32", "N3": "32", "N4": "32"},
    "2330A": {"NM109": "9a", "NM1": "9"},
    "2330B": {"NM1": "9d"},
    "2400": {
        "SV101": "24D", "SV102": "24F", "SV103": "24G", "SV104": "24G", "SV105": "24B", "SV107": "24E",
        "SV111": "24H", "DTP": "24A",
    },
    "2410": {"LIN": "24", "CTP": "24"},
    "2420A": {"NM109": "24J", "PRV": "24J"},
}  # fmt: skip
_QUALIFIERS = ("NM101", "NM102", "NM108", "PRV01", "PRV02", "DMG01", "DTP01", "DTP02")  # not on paper


@lru_cache(4096)
def clean(text: str) -> str:
    """Text that can do nothing to a terminal, a log or a table.

    Control characters, escape sequences, line ends, marks that turn the reading direction, invisible and
    undecodable characters are spelt out (``\\x1b``); everything else stays.
    """
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else _spelt(ord(one)) for one in text)


def _spelt(number: int) -> str:
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def short(text: str, width: int) -> str:
    """Inert text of at most ``width`` characters; what is cut off is shown by dots."""
    text = clean(text)
    return text if len(text) <= width else text[: width - 3] + "..."


def money(amount: Decimal | str) -> str:
    """``$1,234.50``; nothing at all is a dash. Fractions of a cent are kept."""
    if amount == "":
        return "-"
    amount = Decimal(amount)
    cents = amount.quantize(Decimal("0.01"))
    return f"{'-' if amount < 0 else ''}${abs(cents if cents == amount else amount):,f}"


def count(number: int, noun: str, plural: str = "") -> str:
    """``1 claim``, ``2,900 claims``."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def box_of(place: Location) -> str | None:
    """The CMS-1500 box of a place, where it has one."""
    boxes = _BOXES.get(place.loop or "", {})
    element = place.element or ""
    if element[:5] in _QUALIFIERS:
        return None
    fits = [key for key in boxes if element.startswith(key)]
    return boxes[max(fits, key=len)] if fits else None


def line_words(place: Location) -> str:
    """``line 2``; a claim or an envelope where no line is meant."""
    if place.line is not None:
        return f"line {place.line}"
    if place.claim_index is not None:
        return "claim"
    if place.transaction is not None:
        return f"ST {place.transaction}"
    return f"interchange {place.interchange}" if place.interchange else "file"
