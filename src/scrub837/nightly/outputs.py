"""What is made of one taken file, in files of this machine: reports, the file to be sent or its two halves.

Whatever goes wrong with a file ends as an ``Outcome`` with a reason; the next file is not touched by it.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
import signal
import traceback
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import BinaryIO

from scrub837.claims.documentation import Documentation
from scrub837.claims.sent import Sendings
from scrub837.claims.timelog import open_time_log
from scrub837.config import Settings
from scrub837.engine import Job, scan
from scrub837.errors import (
    CorrectionUnproven,
    DocumentationUnreadable,
    InputUnreadable,
    LedgerUnusable,
    OutputUnwritable,
    SettingsInvalid,
    TryLater,
)
from scrub837.findings import Severity
from scrub837.fixes.publish import JOURNAL, journal_of
from scrub837.fixes.split import Split, split
from scrub837.fixes.write import correct
from scrub837.nightly.ledger import Ledger, editions_digest, settings_digest
from scrub837.nightly.sent_file import sent_in
from scrub837.nightly.take import Taken
from scrub837.nightly_settings import Nightly
from scrub837.reference.store import Reference
from scrub837.report import PLAIN, Writer, format_of, writer
from scrub837.results import EditionRow, FileReport, Report
from scrub837.x12.source import Source, open_source

READY, HELD, DIVIDED = "ready", "held", "divided"  # outcomes: to be sent whole, not at all, in part
REFUSED, INCOMPLETE, FAILED = "refused", "incomplete", "failed"  # into quarantine
AGAIN, LEFT = "again", "left"  # done before; could not be done now, and left where it was
QUARANTINED = (REFUSED, INCOMPLETE, FAILED)


class _TooLong(BaseException):  # not an Exception: nothing on the way may take it for a fault of the file
    """The time limit of a file is over."""


@dataclass(frozen=True, slots=True)
class Made:
    """A file that is to be published."""

    kind: str  # for the ledger and the log
    draft: Path
    folder: str  # out | held | reports
    name: str


@dataclass(slots=True)
class Outcome:
    """What became of a taken file, so far."""

    taken: Taken
    key: str  # twelve digits: the same for the same bytes, logs, settings and editions
    sha256: str
    settings: str
    editions: str
    outcome: str = FAILED
    why: str = ""  # one of our own sentences
    places: tuple[str, ...] = ()  # of a fault of the program
    made: list[Made] = field(default_factory=list)
    report: FileReport | None = None
    claims: Sequence[int] | None = None  # that are sent, by index; None: all
    sent: Sendings | None = None  # what they are in the corrected file
    findings: dict[str, int] = field(default_factory=dict)
    worst: int = -1

    @property
    def sends(self) -> bool:
        """Whether anything of it is sent."""
        return any(one.folder == "out" for one in self.made)


class Desk:
    """Judges taken files, one after the other."""

    def __init__(
        self, settings: Settings, nightly: Nightly, reference: Reference, ledger: Ledger, spool: Path
    ) -> None:
        self._settings, self._nightly, self._reference = settings, nightly, reference
        self._ledger, self._spool = ledger, spool
        self._rows = [EditionRow.of(edition) for edition in reference.editions]
        self._editions = editions_digest(self._rows)
        waivers = "".join(map(repr, settings.waivers))
        wanted = (settings_digest(settings), nightly.write, nightly.apply.value, nightly.formats, waivers)
        self._wanted = repr(wanted)
        self._writers = [(suffix, report_writer(suffix)) for suffix in nightly.formats]
        self._count = 0

    def begin(self, taken: Taken) -> Outcome:
        """What a file is known by. Raises ``InputUnreadable``."""
        sha256 = _sha256(taken.local)
        logs = "".join(_sha256(local) for _, _, local in taken.logs)
        settings = hashlib.sha256(f"{self._wanted}{logs}".encode()).hexdigest()[:32]
        key = hashlib.sha256(f"{sha256}{settings}{self._editions}".encode()).hexdigest()[:12]
        return Outcome(taken, key, sha256, settings, self._editions)

    def judge(self, work: Outcome) -> None:
        """Check a file and make what is to be published of it; ``work`` tells what came out."""
        if work.taken.size > self._nightly.most_megabytes * 1_000_000:
            work.why = f"it has more than {self._nightly.most_megabytes} MB, the most that is taken"
            return
        try:
            with _limited(self._nightly.time_limit):
                self._judge(work)
        except (LedgerUnusable, TryLater):
            # not the file's fault: it waits for the next run
            self._failed(work, "the ledger cannot be asked")
            work.outcome = LEFT
            raise
        except _TooLong:
            self._failed(work, f"it took more than {self._nightly.time_limit} seconds to check")
        except (OutputUnwritable, InputUnreadable) as error:
            cause = error.__cause__
            why = (
                cause.strerror
                if isinstance(cause, OSError) and cause.strerror
                else "it cannot be read or written"
            )
            self._failed(work, why)
            work.outcome = LEFT
        except DocumentationUnreadable:
            self._failed(work, "its treatment-time log cannot be read")
        except CorrectionUnproven:
            self._failed(work, "what would be sent of it could not be proved to be right")
        except MemoryError:
            self._failed(work, "there was not enough memory to check it")
        except OSError as error:
            self._failed(work, error.strerror or type(error).__name__)
            work.outcome = LEFT
        except Exception as error:  # noqa: BLE001 - one bad file must not stop the rest
            self.fail(work, error)

    def fail(self, work: Outcome, error: Exception) -> None:
        """A fault of the program kept it from being done with a file."""
        work.places = _places(error)
        self._failed(work, f"the program failed ({type(error).__name__}); please report it")

    def _failed(self, work: Outcome, why: str) -> None:
        work.outcome, work.why = FAILED, why
        work.made.clear()  # a report that tells less than the whole is none
        if work.report is not None:
            work.report.close()
            work.report = None

    def _judge(self, work: Outcome) -> None:
        taken = work.taken
        with ExitStack() as stack:
            source = Source(display(taken.name), _opened(taken.local))
            stack.callback(source.close)
            logs = [open_time_log(local, display(name)) for name, _, local in taken.logs]
            notes = any(profile.line_notes for profile in self._settings.profiles.values())
            documentation = Documentation(logs, line_notes=notes)
            stack.callback(documentation.close)
            job = Job(self._settings, self._reference, documentation, self._ledger)
            work.report = report = scan(source, job)
            if report.status in (REFUSED, INCOMPLETE):
                work.outcome = report.status
                work.why = _why(report)
            elif self._nightly.write == ("corrected",):
                self._correct(work, source, report, job)
            elif self._nightly.write:
                self._divide(work, source, report, job)
            else:
                work.outcome = report.status
            self._report(work, report)
        work.findings = dict(report.severities())
        work.worst = report.worst()

    def _correct(self, work: Outcome, source: Source, report: FileReport, job: Job) -> None:
        target = self._draft()
        correct(source, report, job, target, self._nightly.apply, lasting=False)
        standing = any(
            report.found.rank[n] >= Severity.DENY.rank and n not in report.applied and n not in report.waived
            for n in report.order
        )
        work.outcome = HELD if standing else READY
        folder = "held" if standing else "out"
        stem, suffix = stem_of(work)
        work.made.append(Made("corrected", target, folder, f"{stem}{suffix}"))
        if report.applied:  # with the reports: it is not for whoever is sent the file
            work.made.append(Made("journal", journal_of(target), "reports", f"{stem}{suffix}{JOURNAL}"))
        if work.sends and report.applied:
            with closing(open_source(str(target))) as corrected:
                work.sent = sent_in(corrected, job)

    def _divide(self, work: Outcome, source: Source, report: FileReport, job: Job) -> None:
        ready = self._draft() if "ready" in self._nightly.write else None
        held = self._draft() if "held" in self._nightly.write else None
        done: Split = split(source, report, job, ready, held, lasting=False)
        if done.refused:
            work.outcome, work.why = FAILED, f"it cannot be divided: {done.refused}"
            return
        stem, suffix = stem_of(work)
        if done.ready.target is not None:
            work.made.append(Made("ready", done.ready.target, "out", f"{stem}.ready{suffix}"))
            work.claims = done.ready.claims
        if done.held.target is not None:
            work.made.append(Made("held", done.held.target, "held", f"{stem}.held{suffix}"))
        if done.ready.claims and done.held.claims:
            work.outcome = DIVIDED
        else:
            work.outcome = READY if done.ready.claims else HELD

    def _report(self, work: Outcome, report: FileReport) -> None:
        whole = Report([report], self._rows)
        stem, _ = stem_of(work)
        for suffix, write in self._writers:
            draft = self._draft()
            with draft.open("wb") as out:
                write(whole, out, PLAIN)
            work.made.append(Made(suffix, draft, "reports", f"{stem}.{suffix}"))

    def _draft(self) -> Path:
        self._count += 1
        return self._spool / f"out-{self._count}"


def report_writer(suffix: str) -> Writer:
    name = format_of(Path(f"report.{suffix}"))
    if name is None:
        raise SettingsInvalid(f"nightly: formats: no report has the suffix {suffix!r}")
    try:
        return writer(name)
    except ImportError as error:
        raise SettingsInvalid(f"nightly: formats: {suffix} needs {error.name}, not installed") from error


def display(name: str) -> str:
    """A name as any report can hold it."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def safe_name(name: str) -> tuple[str, str]:
    """Stem and suffix of a name, made of letters that are safe everywhere."""
    stem, suffix = posixpath.splitext(name)
    stem = re.sub(r"[^A-Za-z0-9._-]+", "_", stem).strip("._-")[:80] or "batch"
    suffix = re.sub(r"[^A-Za-z0-9.]+", "", suffix)[:12]
    return stem, suffix if len(suffix) > 1 else ".837"


def stem_of(work: Outcome) -> tuple[str, str]:
    """How what comes of a file is called: its name, its key, its suffix."""
    stem, suffix = safe_name(work.taken.name)
    return f"{stem}-{work.key}", suffix


def _why(report: FileReport) -> str:
    """The first thing that is said of a file that cannot be used: it is about the file, not a claim."""
    finding = next((one for one in report.findings() if one.severity is Severity.REJECT), None)
    if report.status == INCOMPLETE:
        return "it ends before its trailers: it was cut, or its upload never ended"
    return finding.message if finding and finding.location.claim is None else "it is no 837P that can be read"


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise InputUnreadable("a taken file cannot be read") from error


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with _opened(path) as file:
        while data := file.read(1 << 20):
            digest.update(data)
    return digest.hexdigest()


def _places(error: Exception) -> tuple[str, ...]:
    """Where the program failed: places in the code, no data."""
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    return tuple(f"{frame.filename.rpartition('scrub837/')[2]}:{frame.lineno}" for frame in frames)


@contextmanager
def _limited(seconds: int) -> Iterator[None]:
    """Raise ``_TooLong`` in the middle of whatever is done after so many seconds."""

    def over(_number: int, _frame: FrameType | None) -> None:
        raise _TooLong

    before = signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
