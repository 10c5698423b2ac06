"""Waivers in words: what several rules say of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scrub837.findings import Location
from scrub837.waivers import EVERY, NUMBERED

if TYPE_CHECKING:
    from scrub837.config import Waiver


def of_waiver(waiver: Waiver) -> str:
    """``The waiver of mod-gap on claim C1, line L2 (waivers.toml: waiver 3)``."""
    if waiver.claim is None:
        where = "on the file"
    elif waiver.claim == EVERY:
        where = f"on all claims of profile {waiver.profile}"
    else:
        where = f"on claim {waiver.claim}" + (f", line {waiver.line}" if waiver.line else "")
    return f"The waiver of {waiver.rule} {where} ({waiver.source})"


def place_of(waiver: Waiver) -> Location:
    """What a waiver names, where no finding was met."""
    claim, line = None if waiver.claim == EVERY else waiver.claim, waiver.line
    if line is not None and line.startswith(NUMBERED):
        return Location(claim=claim, line=int(line.removeprefix(NUMBERED)))
    return Location(claim=claim, line_control=line)


def facts_of(waiver: Waiver) -> dict[str, Any]:
    """The waiver itself."""
    return {
        "rule": waiver.rule,
        "claim": waiver.claim,
        "line": waiver.line,
        "profile": waiver.profile,
        "person": waiver.person,
        "expires": waiver.expires,
        "waiver": waiver.source,
    }
