"""What is said of a claim and its findings, in words and before any layout."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from scrub837.findings import HIDDEN, Finding, Location, Safety, Severity
from scrub837.report.words import line_words, short
from scrub837.results import ClaimRow, LineRow

LONG = 12  # lines; of a longer claim only those with findings are shown at once
MANY = 12  # findings on one claim that are shown at once
NAME = 40  # characters of a name or claim number in a line of text
FREQUENCIES = {"7": "replaces a claim (frequency 7)", "8": "voids a claim (frequency 8)"}
FIX_WORDS = {Safety.SAFE: "safe", Safety.DOCUMENTED: "documented", Safety.MANUAL: "by hand"}
_DONE = "Done in the corrected file; correct it in the practice system too."


def patient_of(claim: ClaimRow) -> str:
    """The patient's name, empty where there is none or it is not to be shown."""
    return "" if claim.patient.name == HIDDEN else claim.patient.name


def payer_of(claim: ClaimRow) -> str:
    """The payer and the profile its claims are judged by."""
    return f"{short(claim.payer.name or claim.payer.id or 'no payer', NAME)} (profile {claim.profile})"


def ordinal_of(claim: ClaimRow) -> str:
    """``claim 17 in ST 0001``."""
    return f"claim {claim.index}" + (f" in ST {short(claim.transaction, 12)}" if claim.transaction else "")


def days_of(lines: Sequence[LineRow]) -> str:
    """The day or days of service."""
    firsts = [line.from_ for line in lines if line.from_]
    lasts = [line.to for line in lines if line.to]
    if not firsts:
        return "none"
    first, last = min(firsts), max(lasts, default="")
    return first if last <= first else f"{first} to {last}"


def units_of(line: LineRow) -> str:
    """``2 units``; minutes where those are billed."""
    units = short(line.units, 12) or "-"
    if line.unit == "MJ":
        return f"{units} minutes"
    return f"{units} {'unit' if units == '1' else 'units'}"


def billed(line: LineRow) -> str:
    """Procedure and modifiers."""
    modifiers = ":".join(short(modifier, 8) for modifier in line.modifiers)
    return f"{short(line.code or '-', 12)} {modifiers}".rstrip()


def line_marks(claim: ClaimRow, findings: Iterable[Finding]) -> dict[int | None, Severity]:
    """The lines findings are on or about, each with the worst that is said of it."""
    marks: dict[int | None, Severity] = {}
    for finding in findings:
        for place in (finding.location, *finding.related):
            if place.line is not None and place.claim_index == claim.index:
                known = marks.get(place.line)
                if known is None or (place is finding.location and known.rank < finding.severity.rank):
                    marks[place.line] = finding.severity
    return marks


def alike(findings: Iterable[Finding]) -> Iterator[list[Finding]]:
    """Neighbours that differ only in place and sentence, so that why and what to do can be said once."""
    for _, group in groupby(findings, key=lambda one: (one.code, one.severity, one.why, to_do(one))):
        yield list(group)


def to_do(finding: Finding) -> str:
    """The action; once the correction is written, what is left of it."""
    return _DONE if finding.fix and finding.fix.applied else finding.action


def place_words(finding: Finding, claim: int | None) -> str:
    """The line or other place with the places it is about besides, as seen from claim ``claim``."""
    place = finding.location
    words = line_words(place)
    told = dict.fromkeys(_other(one, place) for one in finding.related)
    others = [one for one in told if one != words]
    if len(others) > 3:
        others[3:] = [f"{len(others) - 3} more"]
    words += f" with {', '.join(others)}" if others else ""
    if claim is None and place.claim_index is not None:
        words = f"claim {short(place.claim or '?', NAME)} {words}"
    return words


def _other(other: Location, place: Location) -> str:
    words = line_words(other)
    return (
        words
        if other.claim_index == place.claim_index
        else f"{words} of claim {short(other.claim or '?', NAME)}"
    )


def quoted(text: str) -> str:
    """What a correction takes out or puts in; in quotes where blanks would not be seen."""
    if not text:
        return "(nothing)"
    return f'"{text}"' if text != text.strip() or "  " in text else text
