"""The shared vocabulary: where something is, what is wrong with it, and what would put it right.

Everything here is a value and is written to the JSON report as it stands (see docs/report.md).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any

import msgspec


class Severity(StrEnum):
    """What will happen, not how sure we are."""

    REJECT = "reject"  # the file or claim bounces
    DENY = "deny"  # the line is likely denied
    RISK = "risk"  # audit exposure, or it cannot be shown to be right
    INFO = "info"  # good to know

    @property
    def rank(self) -> int:
        """0 for ``info`` up to 3 for ``reject``."""
        return _RANK[self]

    @property
    def holds(self) -> bool:
        """True when a claim or file with such a finding is held back."""
        return self in (Severity.REJECT, Severity.DENY)


_RANK = {Severity.INFO: 0, Severity.RISK: 1, Severity.DENY: 2, Severity.REJECT: 3}


class Safety(StrEnum):
    """Who may make a correction."""

    SAFE = "safe"  # follows from the file itself and asserts nothing about care
    DOCUMENTED = "documented"  # changes what is claimed; an attested record says so
    MANUAL = "manual"  # shown, never written


class Location(msgspec.Struct, frozen=True, kw_only=True):
    """A place in the file. What does not apply is ``None``; ``start`` and ``end`` are byte offsets."""

    interchange: str | None = None  # ISA13
    group: str | None = None  # GS06
    transaction: str | None = None  # ST02
    claim: str | None = None  # CLM01
    claim_index: int | None = None  # n-th claim of the file, from 1
    line: int | None = None  # LX01
    line_control: str | None = None  # REF*6R
    loop: str | None = None
    segment: int | None = None  # ordinal in the ST, ST is 1
    element: str | None = None  # "SV101-3"
    start: int | None = None
    end: int | None = None


class Edit(msgspec.Struct, frozen=True, omit_defaults=True):
    """Replace bytes ``start:end``, which must now read ``expect``, by ``new`` (both Latin-1 text)."""

    start: int
    end: int
    expect: str
    new: str
    adds: bool = False  # of CLM02: ``new`` is ``expect`` and a difference, and differences of several add up


class Fix(msgspec.Struct, frozen=True, kw_only=True):
    """A correction. Its edits stand or fall together; ``manual`` ones have none.

    They lie inside the places its finding names: where it is, and those it is about besides.
    """

    safety: Safety
    before: str
    after: str
    applied: bool = False
    reason: str | None = None  # why it was not applied
    evidence: str | None = None  # the log row and the person that document it
    edits: tuple[Edit, ...] = ()


class Waived(msgspec.Struct, frozen=True, kw_only=True):
    """Who answers for a finding that is to stand without holding anything back, why, and until when."""

    reason: str
    person: str
    expires: date  # the last day it holds


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong or worth knowing, as a rule found it.

    The last three fields are the report's: rules leave them alone, and they stay last, because a report sets
    them in what is encoded already.
    """

    code: str  # "PTP001"
    name: str  # "ptp-unbypassed"
    severity: Severity
    message: str  # one sentence for a biller
    why: str = ""
    action: str = ""  # what to do
    location: Location
    related: tuple[Location, ...] = ()
    facts: Mapping[str, Any] = {}
    fix: Fix | None = None
    fingerprint: str = ""  # the same in every run, see fingerprints.py
    waived: Waived | None = None  # a waived finding is shown and counts for nothing
    since: str | None = None  # "new" or "open", beside a former report

    def with_severity(self, severity: Severity) -> Finding:
        """The same finding with another severity."""
        return msgspec.structs.replace(self, severity=severity)


class NotChecked(msgspec.Struct, frozen=True, kw_only=True):
    """A check that could not be made, why, and how many lines it leaves unjudged."""

    name: str
    reason: str
    lines: int


# --- what may be shown when patients are to stay unnamed --------------------------------------------

HIDDEN = "(redacted)"
_PATIENT_LOOPS = ("2000B", "2000C", "2010BA", "2010CA", "2330A")
_FREE_TEXT = ("NTE", "K3")
_ENVELOPE = ("ISA", "IEA", "GS", "GE", "ST", "SE", "TA1", "BHT", "HL")
_LOOP = re.compile(r"\d{4}[A-I]?[A-C]?")  # a loop of the guide; pyx12 names others where it lost its way


def tells_of_patient(place: Location) -> bool:
    """True when what stands at a place may name a patient: patient loops, free text, loops not known."""
    tag = re.match(r"[A-Z]+\d?(?=\d\d|$)", (place.element or "").partition("-")[0])
    segment = tag[0] if tag else ""
    if place.loop is None or not _LOOP.fullmatch(place.loop):
        return segment != "" and segment not in _ENVELOPE
    return place.loop in _PATIENT_LOOPS or segment in _FREE_TEXT or segment in ("DMG", "PAT")


def redacted(finding: Finding, words: re.Pattern[str] | None = None, *, person: bool = False) -> Finding:
    """The finding without any value of the file where that may name a patient, and without its edits.

    ``words`` matches what names the patient of its claim, and is hidden wherever it stands; ``person`` says
    that its place is one of a patient's, whatever its loop.
    """
    if words is not None:
        finding = _without(finding, words)
    if finding.waived is not None:  # its reason is what somebody typed
        finding = msgspec.structs.replace(
            finding, waived=msgspec.structs.replace(finding.waived, reason=HIDDEN)
        )
    if not person and not tells_of_patient(finding.location):
        return finding
    fix = finding.fix
    values = [value for value in finding.facts.values() if isinstance(value, str)]
    if fix is not None:
        values += [fix.before, fix.after]
        fix = msgspec.structs.replace(fix, before=HIDDEN, after=HIDDEN, edits=())
    known = ("", finding.location.loop, finding.location.element, finding.location.claim)
    secrets = sorted({value.strip() for value in values}.difference(known), key=len, reverse=True)
    texts = {"message": finding.message, "why": finding.why, "action": finding.action}
    for key, text in texts.items():
        for secret in secrets:
            if len(secret) > 1:
                text = text.replace(secret, HIDDEN)  # noqa: PLW2901 - one secret after the other
        texts[key] = text
    facts = dict.fromkeys(finding.facts, HIDDEN)
    return msgspec.structs.replace(finding, **texts, facts=facts, fix=fix)


def _without(finding: Finding, words: re.Pattern[str]) -> Finding:
    fix = finding.fix
    replaced = () if fix is None else (fix.before, fix.after, *(edit.expect for edit in fix.edits))
    if fix is not None and any(map(words.search, replaced)):
        before, after = words.sub(HIDDEN, fix.before), words.sub(HIDDEN, fix.after)
        fix = msgspec.structs.replace(fix, before=before, after=after, edits=())
    texts = {key: words.sub(HIDDEN, getattr(finding, key)) for key in ("message", "why", "action")}
    facts = {key: _hidden(value, words) for key, value in finding.facts.items()}
    return msgspec.structs.replace(finding, **texts, facts=facts, fix=fix)


def _hidden(value: Any, words: re.Pattern[str]) -> Any:
    if isinstance(value, str):
        return words.sub(HIDDEN, value)
    if isinstance(value, Mapping):
        return {key: _hidden(one, words) for key, one in value.items()}
    return [_hidden(one, words) for one in value] if isinstance(value, list | tuple) else value
