"""Settings and payer profiles: one frozen value each, knowing nothing of claims or rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from scrub837.findings import Finding, Severity

if TYPE_CHECKING:
    from scrub837.nightly_settings import Nightly
    from scrub837.review_settings import Review

EMPTY: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Profile:
    """What a payer wants. The built-in ones are in ``scrub837/profiles``."""

    name: str
    payer_ids: frozenset[str] = frozenset()  # NM1*PR NM109
    filing: frozenset[str] = frozenset()  # SBR09
    program: str = "medicare"  # whose NCCI tables apply: medicare | medicaid
    medicare: bool = False  # original Medicare: its own coverage rules apply (AT, 454, KX, CQ/CO)
    timed_units: str = "unknown"  # cms | ama | full15 | none | unknown (both are worked out)
    modifier_line: str = "column-2"  # where 59/X is to be put
    column_1_from: date | None = None  # first service date on which 59/X on column 1 counts
    same_provider: str = "rendering"  # rendering | group-specialty | billing
    requires_discipline: bool = False  # GP/GO/GN on always-therapy codes
    prefers_x: bool = False  # XE/XS before 59
    ignores_59: bool = False  # known to deny therapy pairs whatever the modifier
    assistant_modifiers: bool = False  # CQ/CO
    line_notes: bool = False  # read minutes and areas from NTE
    strict_documentation: bool = False
    lower_units: bool = False  # units may be lowered to what is documented
    unaccepted_frequencies: frozenset[str] = frozenset()
    denied_codes: Mapping[str, str] = field(default_factory=lambda: EMPTY)  # code -> why


@dataclass(frozen=True, slots=True)
class Waiver:
    """A finding that somebody answers for, see waivers.py."""

    rule: str  # its name
    reason: str
    person: str
    expires: date  # the last day it holds
    claim: str | None = None  # CLM01, or "*" for all claims of a profile; None: findings of no claim
    line: str | None = None  # REF*6R, else LX:n; None: wherever in the claim
    profile: str | None = None
    source: str = ""  # file and number


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a run depends on but the input and the reference data."""

    profiles: Mapping[str, Profile]
    forced_profile: str | None = None
    fail_on: Severity = Severity.DENY
    ignore: frozenset[str] = frozenset()  # rule names and codes
    severity: Mapping[str, Severity] = field(default_factory=dict)  # rule name or code -> severity
    today: date | None = None  # the day on which the batch is judged; None: today in ``time_zone``
    time_zone: str = "UTC"
    redact: bool = False
    guide: bool = True
    jobs: int = 1
    expect_usage: str | None = None  # ISA15 that is expected: P or T
    reference: Path | None = None
    waiver_files: tuple[Path, ...] = ()
    waivers: tuple[Waiver, ...] = ()  # what they hold
    nightly: Nightly | None = None  # the unattended run, where a settings file has such a table
    review: Review | None = None  # the review page, likewise
    origins: Mapping[str, str] = field(default_factory=lambda: EMPTY)  # setting -> where its value came from

    def weighed(self, finding: Finding) -> Finding:
        """A finding with the severity that the settings give its rule."""
        changed = self.severity.get(finding.name) or self.severity.get(finding.code)
        return finding.with_severity(changed) if changed else finding

    def profile_for(self, payer_id: str, filing: str) -> Profile:
        """The profile of a claim: forced, else by payer id, else by claim filing code, else ``default``."""
        if self.forced_profile:
            return self.profiles[self.forced_profile]
        by_filing = None
        for profile in self.profiles.values():
            if payer_id and payer_id in profile.payer_ids:
                return profile
            if by_filing is None and filing in profile.filing:
                by_filing = profile
        return by_filing or self.profiles["default"]
