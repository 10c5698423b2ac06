"""Waivers: findings that a person answers for, with the reason and until when. X12 has no place for comments,
so they stand in TOML files of their own, see docs/waivers.md.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path

from scrub837.config import Waiver
from scrub837.configure import a_day, a_text, nearest, read_toml
from scrub837.errors import SettingsInvalid
from scrub837.findings import Finding, Location, Severity

EVERY = "*"  # as a claim: all claims of a payer profile
NUMBERED = "LX:"  # before a line number, where the line has no REF*6R
HEAD = """\
# Findings that somebody answers for. Each waiver needs a rule, a reason, a person and the last day it holds.
# claim is CLM01; without it, findings that belong to no claim. line is REF*6R, else LX:n; without it, all.
"""
_KEYS = tuple(one.name for one in fields(Waiver) if one.name != "source")
_NEEDED = ("rule", "reason", "person", "expires")
_OURS = "wvr-"


@dataclass(slots=True)
class WaiverUse:
    """What became of a waiver in a file; the subject of waiver rules."""

    waiver: Waiver
    expired: bool
    waived: int = 0  # findings that it waives
    missed: list[Location] = field(default_factory=list)  # findings it is for that stand all the same
    barred: bool = False  # they may not be waived
    over: bool = False  # told at the end of a run, in which it was for no finding
    claim_seen: bool = False  # then: the claim was in the run


class Waivers:
    """The waivers of a run, found by rule and claim."""

    def __init__(self, waivers: Sequence[Waiver], today: date) -> None:
        self.uses = [WaiverUse(one, one.expires < today) for one in waivers]
        self._by_claim: dict[tuple[str, str | None], list[WaiverUse]] = {}
        for use in self.uses:
            self._by_claim.setdefault((use.waiver.rule, use.waiver.claim), []).append(use)

    @property
    def rules(self) -> frozenset[str]:
        """The rules that waivers name."""
        return frozenset(rule for rule, _ in self._by_claim)

    def waiver_of(self, finding: Finding, profile: str | None) -> Waiver | None:
        """The waiver that holds for a finding on a claim of this profile; what others missed is noted."""
        place, found = finding.location, None
        claim = place.claim if place.claim is None else place.claim.strip()
        expired = []
        for use in self._named(finding.name, claim):
            if not _covers(use.waiver, place, profile):
                continue
            if use.expired:
                expired.append(use)
            elif waivable(finding, every=use.waiver.claim == EVERY):
                use.waived += 1
                found = found or use.waiver
            else:
                use.barred = True
                use.missed.append(place)
        if found is None:  # an expired waiver that was renewed is missed by nobody
            for use in expired:
                use.missed.append(place)
        return found

    def _named(self, rule: str, claim: str | None) -> Iterator[WaiverUse]:
        yield from self._by_claim.get((rule, claim), ())
        if claim is not None:
            yield from self._by_claim.get((rule, EVERY), ())


def waivable(finding: Finding, *, every: bool = False) -> bool:
    """Whether a person may waive a finding.

    Not what makes the whole file bounce, for that is decided elsewhere; nor what is said of waivers. What
    bounces a claim is waived claim by claim, never for ``every`` claim of a payer.
    """
    claim = finding.location.claim
    if finding.name.startswith(_OURS) or (claim is not None and not claim.strip()):
        return False  # the second has no number to be named by
    return finding.severity is not Severity.REJECT or (claim is not None and not every)


def _covers(waiver: Waiver, place: Location, profile: str | None) -> bool:
    if waiver.profile is not None and waiver.profile != profile:
        return False
    return waiver.line is None or waiver.line in _names_of_line(place)


def _names_of_line(place: Location) -> Iterator[str]:
    if place.line_control is not None:
        yield place.line_control
    if place.line is not None:
        yield f"{NUMBERED}{place.line}"


# --- files --------------------------------------------------------------------------------------------


def read_waivers(
    paths: Iterable[Path], rules: Mapping[str, str], profiles: Iterable[str]
) -> tuple[Waiver, ...]:
    """The waivers of files. ``rules`` gives the name of each rule, by its code and by its name.

    Raises ``SettingsInvalid``, naming the file and the entry, for what cannot be used.
    """
    profiles = tuple(profiles)
    return tuple(waiver for path in paths for waiver in _read_file(path, rules, profiles))


def _read_file(path: Path, rules: Mapping[str, str], profiles: Sequence[str]) -> Iterator[Waiver]:
    table = read_toml(path)
    for key in table:
        if key != "waiver":
            raise SettingsInvalid(f"{path}: there is no {key!r}; each waiver begins with [[waiver]]")
    entries = table.get("waiver", [])
    if not isinstance(entries, list) or not all(isinstance(one, dict) for one in entries):
        raise SettingsInvalid(f"{path}: each waiver begins with [[waiver]], in two brackets")
    for number, entry in enumerate(entries, start=1):
        yield _read_entry(f"{path}: waiver {number}", entry, rules, profiles)


def _read_entry(
    where: str, entry: Mapping[str, object], rules: Mapping[str, str], profiles: Sequence[str]
) -> Waiver:
    for key in entry:
        if key not in _KEYS:
            raise SettingsInvalid(f"{where}: there is no {key!r}{nearest(key, _KEYS)}")
    for key in _NEEDED:
        if key not in entry:
            raise SettingsInvalid(f"{where} has no {key}: no waiver without {', '.join(_NEEDED)}")
    text = {key: a_text(f"{where}: {key}", entry[key]) for key in _KEYS if key in entry and key != "expires"}
    rule = rules.get(text["rule"])
    if rule is None:
        raise SettingsInvalid(
            f"{where}: there is no rule {text['rule']!r}{nearest(text['rule'], rules)}"[:400]
        )
    if rule.startswith(_OURS):
        raise SettingsInvalid(f"{where}: {text['rule']} tells of waivers and cannot be waived itself")
    profile, claim, line = text.get("profile"), text.get("claim"), text.get("line")
    if profile is not None and profile not in profiles:
        raise SettingsInvalid(f"{where}: there is no profile {profile!r}{nearest(profile, profiles)}")
    if claim is None and (line or profile):
        raise SettingsInvalid(f"{where} names a {'line' if line else 'profile'} but no claim")
    if claim == EVERY and (profile is None or line is not None):
        raise SettingsInvalid(
            f'{where}: claim = "*" stands for all claims of a payer: it needs a profile, and no line'
        )
    if line is not None and line.startswith(NUMBERED):
        line = NUMBERED + _number(where, line.removeprefix(NUMBERED))
    expires = a_day(f"{where}: expires", entry["expires"])
    claim = claim.strip() if claim else None
    return Waiver(rule, text["reason"], text["person"], expires, claim, line, profile, where)


def _number(where: str, text: str) -> str:
    if not (text.isascii() and text.isdecimal()):
        raise SettingsInvalid(f"{where}: line is REF*6R of the line, else LX:n, as in LX:2")
    return str(int(text[:9]))


def waiver_for(finding: Finding, reason: str, person: str, expires: date) -> Waiver:
    """The waiver of one finding: its rule, claim and line."""
    place = finding.location
    control = place.line_control
    if control is None or not control.strip() or control.startswith(NUMBERED):
        control = None if place.line is None else f"{NUMBERED}{place.line}"
    claim = None if place.claim is None else place.claim.strip()
    return Waiver(finding.name, reason, person, expires, claim, control)


def as_toml(waivers: Iterable[Waiver]) -> str:
    """Waivers as they stand in a file."""
    return "".join(map(_entry, waivers))


def _entry(waiver: Waiver) -> str:
    lines = ["", "[[waiver]]"]
    for key in ("rule", "claim", "line", "profile", "reason", "person"):
        value = getattr(waiver, key)
        if value is not None:
            lines.append(f"{key} = {_quoted(value)}")
    return "\n".join([*lines, f"expires = {waiver.expires.isoformat()}", ""])


def _quoted(text: str) -> str:
    """A TOML basic string; JSON escapes the same, but for one character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
