"""Ledgers for tests: nights in the notation of ``scrub837.testing``, and a PostgreSQL server of our own."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from scrub837.claims.documentation import Documentation
from scrub837.config import Settings
from scrub837.configure import built_in_settings
from scrub837.engine import Job, scan
from scrub837.findings import Finding
from scrub837.nightly.ledger import FileEntry, Ledger
from scrub837.nightly.sent_file import sent_in
from scrub837.reference.store import Reference, open_reference
from scrub837.results import FileReport
from scrub837.testing import TODAY, Built, _invented, build
from scrub837.x12.source import Source

KEY = "ab" * 32


def settings() -> Settings:
    """The built-in ones, on the day of the examples."""
    return built_in_settings(today=TODAY, guide=False)


def at(day: int) -> datetime:
    """Three in the morning of a day of November 2026."""
    return datetime(2026, 11, day, 3, tzinfo=UTC)


def job_for(ledger: Ledger, built: Built | None = None) -> Job:
    """A job that compares with a ledger, by the edits and limits of a notation."""
    reference: Reference = open_reference(None)
    if built is not None and (built.pairs or built.limits):
        reference = _invented(built.pairs, built.limits)
    return Job(settings(), reference, Documentation([]), ledger)


@contextmanager
def checked(ledger: Ledger, notation: str | bytes, name: str = "example.edi") -> Iterator[FileReport]:
    """The report of a notation, or of a whole file, that was compared with a ledger."""
    built = build(notation) if isinstance(notation, str) else Built(notation, None)
    with tempfile.TemporaryFile() as file:
        file.write(built.edi)
        file.flush()
        with closing(scan(Source(name, file), job_for(ledger, built))) as report:
            yield report


def found(ledger: Ledger, notation: str | bytes, *rules: str) -> list[Finding]:
    """The findings of some rules on a file that is compared with a ledger."""
    with checked(ledger, notation) as report:
        return [finding for finding in report.findings() if finding.name in rules]


def see(ledger: Ledger, notation: str | bytes, day: int, name: str = "") -> int:
    """Record a file that was checked and not sent; gives its number."""
    name = name or f"night-{day}.edi"
    with checked(ledger, notation, name) as report:
        entry = FileEntry(run=None, name=name, settings="s", editions="e", outcome="held", started=at(day))
        return ledger.record(entry, report)


def night(
    ledger: Ledger,
    notation: str | bytes,
    day: int,
    *,
    claims: Sequence[int] | None = None,
    sent: str | None = None,
    name: str = "",
) -> int:
    """Record a file and send it: these claims of it, or what another notation says."""
    number = see(ledger, notation, day, name)
    if sent is None:
        ledger.mark_published(number, at(day), claims=claims)
        return number
    with tempfile.TemporaryFile() as file:
        file.write(build(sent).edi)
        file.flush()
        going = sent_in(Source("sent.edi", file), job_for(ledger))
    with closing(going.claims):
        ledger.mark_published(number, at(day), claims=claims, sent=going)
    return number


@contextmanager
def server(programs: Path) -> Iterator[str]:
    """A PostgreSQL server on a socket of its own, not as root, which it refuses; gives its URL."""
    folder = Path(tempfile.mkdtemp(prefix="scrub837-pg-", dir="/tmp"))  # the path of a socket is short
    user: list[str] = []
    if os.geteuid() == 0:
        owner = pwd.getpwnam("postgres" if _known("postgres") else "nobody")
        os.chown(folder, owner.pw_uid, owner.pw_gid)
        user = ["setpriv", f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}", "--clear-groups"]
    try:
        data = str(folder / "data")
        words = ["-A", "trust", "-U", "scrub", "-N", "--locale=C", "-E", "UTF8"]
        _run([*user, str(programs / "initdb"), "-D", data, *words])
        options = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off"
        control = [*user, str(programs / "pg_ctl"), "-D", data, "-w"]
        _run([*control, "-l", str(folder / "log"), "-o", options, "start"])
        try:
            yield f"postgresql://scrub@/postgres?host={folder}"
        finally:
            _run([*control, "-m", "immediate", "stop"])
    finally:
        shutil.rmtree(folder)


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")


def _known(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True
