"""What the code numbers of answers mean here: own short labels, the next action, the rules that look at it.

The table is ``codes.csv``. Its labels are this program's own words; the official descriptions are not copied.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files


class Action(StrEnum):
    """What to do next, in the order in which claims are to be worked."""

    FIX = "fix"  # correct it and send it as a new claim
    SEND_AGAIN = "send-again"  # nothing is wrong with it; send it as a new claim
    REPLACE = "replace"  # frequency 7 with the payer's claim number
    APPEAL = "appeal"  # with records
    OTHER_PAYER = "other-payer"
    PATIENT = "patient"
    WRITE_OFF = "write-off"
    WAIT = "wait"  # or ask the payer
    NONE = "none"

    @property
    def rank(self) -> int:
        """0 is to be worked first."""
        return _ORDER.index(self)


_ORDER = tuple(Action)


@dataclass(frozen=True, slots=True)
class Code:
    """A row of the table. ``rules`` are beginnings of rule codes: ``PTP`` or ``MOD025``."""

    list: str
    code: str
    label: str
    action: Action
    rules: tuple[str, ...]
    source: str


@cache
def all_codes() -> dict[tuple[str, str], Code]:
    """The table by list and code."""
    text = files(__package__).joinpath("codes.csv").read_text("utf-8")
    return {
        (row["list"], row["code"]): Code(
            row["list"],
            row["code"],
            row["label"],
            Action(row["action"]),
            tuple(row["rules"].split()),
            row["source"],
        )
        for row in csv.DictReader(text.splitlines())
    }


def code_of(list_: str, code: str) -> Code | None:
    """The row of a code; ``None`` for one that is not in the table."""
    return all_codes().get((list_, code.upper())) or all_codes().get((list_, code.lstrip("0")))
