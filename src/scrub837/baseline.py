"""Beside a former report: which findings are new, which are open still, and which are gone."""

from __future__ import annotations

import mmap
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from scrub837.errors import SettingsInvalid

if TYPE_CHECKING:
    from scrub837.results import FileReport

_REPORT = "scrub837/report-"


class _Place(msgspec.Struct, frozen=True, gc=False):
    claim: str | None = None
    line: int | None = None


class _Found(msgspec.Struct, frozen=True, gc=False):
    code: str
    name: str
    severity: str = ""
    fingerprint: str = ""
    location: _Place = _Place()


class _File(msgspec.Struct, frozen=True, gc=False):
    findings: list[_Found]


class _Report(msgspec.Struct, frozen=True, gc=False):
    schema: str
    files: list[_File]


class Gone(msgspec.Struct, frozen=True, gc=False):
    """A finding of the former report that is in none of the files now."""

    fingerprint: str
    code: str
    name: str
    severity: str
    claim: str | None
    line: int | None


class Comparison(msgspec.Struct, frozen=True):
    """How many findings are new, how many were there before, and those that were and are not."""

    new: int
    open: int
    gone: list[Gone]

    def gone_by_rule(self) -> dict[tuple[str, str], int]:
        """How many are gone of each rule, by code and name."""
        return dict(sorted(Counter((one.code, one.name) for one in self.gone).items()))


class Baseline:
    """The findings of a former JSON report, whatever version wrote it, with patients hidden or not."""

    def __init__(self, path: Path) -> None:
        """Read ``path``; of a large report only its findings get into memory. Raises ``SettingsInvalid``."""
        try:
            with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                report = msgspec.json.decode(data, type=_Report)
        except OSError as error:
            raise SettingsInvalid(f"{path} cannot be read: {error.strerror}") from error
        except (ValueError, msgspec.DecodeError) as error:  # ValueError: an empty file
            raise SettingsInvalid(f"{path} is not a JSON report of `scrub837 check`") from error
        if not report.schema.startswith(_REPORT):
            raise SettingsInvalid(f"{path} is not a JSON report of `scrub837 check`")
        self._found = [finding for file in report.files for finding in file.findings]
        if not all(finding.fingerprint for finding in self._found):
            raise SettingsInvalid(
                f"{path} has findings without fingerprints: write it anew with this version"
            )

    def compare(self, files: Sequence[FileReport]) -> Comparison:
        """Compare with the findings of a run, and have its reports say so of each."""
        left = Counter(finding.fingerprint for finding in self._found)
        new = known = 0
        for file in files:
            fresh = set()
            for number in file.order:
                fingerprint = file.fingerprint(number)
                if left[fingerprint] > 0:
                    left[fingerprint] -= 1
                    known += 1
                else:
                    fresh.add(number)
            file.fresh = frozenset(fresh)
            new += len(fresh)
        return Comparison(new, known, list(self._gone(left)))

    def _gone(self, left: Counter[str]) -> Iterator[Gone]:
        for one in self._found:
            if left[one.fingerprint] > 0:
                left[one.fingerprint] -= 1
                place = one.location
                yield Gone(one.fingerprint, one.code, one.name, one.severity, place.claim, place.line)
