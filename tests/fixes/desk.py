"""A desk at which files are judged and corrected as the program does it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from scrub837.claims.documentation import Documentation
from scrub837.claims.timelog import open_time_log
from scrub837.configure import built_in_settings
from scrub837.engine import Job, scan
from scrub837.findings import Finding, Safety
from scrub837.fixes.split import Split, split
from scrub837.fixes.write import Correction, correct
from scrub837.reference.store import open_reference
from scrub837.testing import TODAY, Built, build
from scrub837.x12.source import open_source


@dataclass(frozen=True, slots=True)
class Done:
    """A corrected file and what its report says; ``bytes`` is ``None`` when nothing was written."""

    correction: Correction
    findings: list[Finding]
    bytes: bytes | None


@dataclass(frozen=True, slots=True)
class Divided:
    """The two parts of a batch, ``None`` where none was written, and the claims with a fault of their own."""

    split: Split
    ready: bytes | None
    held: bytes | None
    faulty: set[int]


@dataclass(slots=True)
class Desk:
    """Corrects files in a folder of its own."""

    folder: Path
    count: int = 0
    guide: bool = False

    @contextmanager
    def job(self, log: str | None = None) -> Iterator[Job]:
        """What a run needs; ``log`` is the text of a treatment-time log."""
        settings = built_in_settings(today=TODAY, guide=self.guide)
        if log is None:
            yield Job(settings, open_reference(None), Documentation())
            return
        path = self.folder / "minutes.csv"
        path.write_text(log, encoding="utf-8")
        with closing(open_time_log(path)) as rows:
            yield Job(settings, open_reference(None), Documentation([rows]))

    def correct(
        self,
        what: str | Built | bytes,
        *,
        edits: Sequence[tuple[str, str]] = (),
        safety: Safety = Safety.SAFE,
        target: Path | None = None,
    ) -> Done:
        """Judge and correct a notation, a built file or bytes."""
        built = build(what, tuple(edits)) if isinstance(what, str) else what
        edi = built if isinstance(built, bytes) else built.edi
        self.count += 1
        path = self.folder / f"in{self.count}.edi"
        path.write_bytes(edi)
        target = target or self.folder / f"out{self.count}.edi"
        with (
            self.job(None if isinstance(built, bytes) else built.log) as job,
            closing(open_source(str(path))) as source,
            closing(scan(source, job)) as report,
        ):
            correction = correct(source, report, job, target, safety)
            findings = list(report.findings())
        assert path.read_bytes() == edi
        return Done(correction, findings, target.read_bytes() if target.exists() else None)

    def split(self, what: str | bytes, *, edits: Sequence[tuple[str, str]] = ()) -> Divided:
        """Judge and divide a notation or bytes."""
        edi = build(what, tuple(edits)).edi if isinstance(what, str) else what
        self.count += 1
        path = self.folder / f"in{self.count}.edi"
        path.write_bytes(edi)
        ready, held = self.folder / f"ready{self.count}.edi", self.folder / f"held{self.count}.edi"
        with (
            self.job() as job,
            closing(open_source(str(path))) as source,
            closing(scan(source, job)) as report,
        ):
            done = split(source, report, job, ready, held)
            faulty = set(report.held_claims())
        parts = [target.read_bytes() if target.exists() else None for target in (ready, held)]
        return Divided(done, parts[0], parts[1], faulty)
