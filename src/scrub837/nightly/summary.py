"""What a run came to: values, a text for a mailer, JSON, a file for Prometheus. No patient data in any."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path

import msgspec

from scrub837 import __version__
from scrub837.errors import OutputUnwritable
from scrub837.findings import Severity
from scrub837.nightly.outputs import AGAIN, DIVIDED, FAILED, HELD, INCOMPLETE, LEFT, READY, REFUSED
from scrub837.reference.store import Reference

SCHEMA = "scrub837/run-1"
OUTCOMES = {
    READY: "sent whole",
    DIVIDED: "sent in part, the rest held",
    HELD: "held",
    AGAIN: "done before, not sent again",
    REFUSED: "in quarantine: no 837P that can be read",
    INCOMPLETE: "in quarantine: cut off",
    FAILED: "in quarantine: could not be checked",
    LEFT: "left in the drop folder: could not be done now",
}


class FileLine(msgspec.Struct, frozen=True):
    """One file of the run. ``file`` is a hash unless the settings say that names are plain."""

    file: str
    outcome: str
    key: str
    sha256: str
    bytes: int
    claims: int
    lines: int
    findings: dict[str, int]
    seconds: float


class Summary(msgspec.Struct):
    """A whole run. ``status`` is its exit status."""

    run: str
    host: str
    started: datetime
    finished: datetime | None = None
    status: int = 0
    files: list[FileLine] = []
    waiting: dict[str, int] = {}  # what for -> files
    oldest_waiting: float = 0.0  # seconds
    strays: int = 0  # files in the drop folder that no pattern fits
    waivers_unused: list[str] = []  # file and number of those that were for nothing in the run
    problems: list[str] = []
    recovered: int = 0  # files that an earlier run had begun
    schema: str = SCHEMA
    version: str = __version__

    def outcomes(self) -> Counter[str]:
        """How many files came to what."""
        return Counter(one.outcome for one in self.files)

    def findings(self) -> Counter[str]:
        """How many findings of each severity."""
        total: Counter[str] = Counter()
        for one in self.files:
            total.update(one.findings)
        return total


def as_json(summary: Summary) -> bytes:
    """The summary for a program."""
    return msgspec.json.format(msgspec.json.encode(summary), indent=1) + b"\n"


def as_text(summary: Summary) -> str:
    """The summary for a mail."""
    outcomes, findings = summary.outcomes(), summary.findings()
    claims = sum(one.claims for one in summary.files)
    rows = [
        f"scrub837 run {summary.run}: {len(summary.files)} files, {claims} claims, status {summary.status}"
    ]
    rows += [f"  {outcomes[one]:>6}  {words}" for one, words in OUTCOMES.items() if outcomes[one]]
    rows += [f"  {n:>6}  waiting for its {what}" for what, n in sorted(summary.waiting.items())]
    if summary.strays:
        rows.append(f"  {summary.strays:>6}  in the drop folder with names that `pattern` does not fit")
    told = [f"{findings[one.value]} {one.value}" for one in Severity if findings[one.value]]
    if told:
        rows.append(f"Findings: {', '.join(told)}")
    if summary.waivers_unused:
        rows.append(f"Waivers for nothing in this run: {', '.join(summary.waivers_unused)}")
    if summary.problems:
        rows += ["Needs a person:", *(f"  {one}" for one in summary.problems)]
    worked = [one for one in summary.files if one.outcome in (DIVIDED, HELD, REFUSED, INCOMPLETE, FAILED)]
    if worked:
        rows.append("To work (the key is part of the names of reports and files):")
        rows += [
            f"  {one.key}  {one.outcome:<10} {one.claims:>6} claims  "
            + ", ".join(f"{one.findings[s.value]} {s.value}" for s in Severity if one.findings.get(s.value))
            for one in worked
        ]
    return "\n".join(row.rstrip() for row in rows) + "\n"


def write_private(path: Path, data: bytes, mode: int = 0o600) -> None:
    """Write a small file of ours, whole or not at all. Raises ``OutputUnwritable``."""
    draft = path.with_name(f".{path.name}.tmp")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        with os.fdopen(handle, "wb") as out:
            os.fchmod(out.fileno(), mode)
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        draft.replace(path)
    except OSError as error:
        with suppress(OSError):
            draft.unlink()
        raise OutputUnwritable(f"{path} cannot be written: {error.strerror}") from error


def metrics(summary: Summary, reference: Reference, today: date, before: str) -> str:
    """A text file for Prometheus' node exporter; ``before`` is that of the last run, for its last success."""
    finished = (summary.finished or summary.started).timestamp()
    success = finished if summary.status in (0, 1) else _last_success(before)
    outcomes, findings = summary.outcomes(), summary.findings()
    started = summary.started.timestamp()
    rows: list[str] = []
    _gauge(rows, "last_run_timestamp_seconds", "When the last run ended.", [("", finished)])
    _gauge(
        rows, "last_success_timestamp_seconds", "When a run last ended with status 0 or 1.", [("", success)]
    )
    _gauge(rows, "last_run_exit_status", "Exit status of the last run.", [("", summary.status)])
    _gauge(rows, "last_run_seconds", "How long the last run took.", [("", round(finished - started, 3))])
    _gauge(
        rows,
        "files",
        "Files of the last run by outcome.",
        [(f'outcome="{o}"', outcomes[o]) for o in OUTCOMES],
    )
    severities = [(f'severity="{s.value}"', findings[s.value]) for s in Severity]
    _gauge(rows, "findings", "Findings of the last run by severity.", severities)
    _gauge(rows, "files_waiting", "Files left waiting.", [("", sum(summary.waiting.values()))])
    _gauge(rows, "oldest_waiting_seconds", "Age of the oldest one.", [("", round(summary.oldest_waiting))])
    strays = [("", summary.strays)]
    _gauge(rows, "files_stray", "Files in the drop folder that no pattern fits.", strays)
    _gauge(rows, "problems", "What needs a person after the last run.", [("", len(summary.problems))])
    _gauge(
        rows,
        "edition_days_left",
        "Days until the newest loaded edition of a table ends.",
        [(f'program="{p}",table="{t}"', (last - today).days) for (p, t), last in _ends(reference).items()],
    )
    return "".join(f"{row}\n" for row in rows)


def _gauge(rows: list[str], name: str, words: str, values: Iterable[tuple[str, float]]) -> None:
    rows += [f"# HELP scrub837_{name} {words}", f"# TYPE scrub837_{name} gauge"]
    rows += [f"scrub837_{name}{{{labels}}} {n}" if labels else f"scrub837_{name} {n}" for labels, n in values]


def _ends(reference: Reference) -> dict[tuple[str, str], date]:
    """The last day that each loaded table covers."""
    ends: dict[tuple[str, str], date] = {}
    for one in reference.editions:
        if one.effective_to is not None:
            key = one.program, one.table
            ends[key] = max(ends.get(key, one.effective_to), one.effective_to)
    return ends


def _last_success(before: str) -> float:
    found = re.search(r"^scrub837_last_success_timestamp_seconds (\d+(?:\.\d+)?)$", before, re.MULTILINE)
    return float(found[1]) if found else 0.0
