"""Judges batches as ``scrub837 check`` does, in a thread of its own, and keeps reports for the pages."""

from __future__ import annotations

import queue
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from scrub837.claims.documentation import Documentation
from scrub837.claims.timelog import TimeLog, open_time_log
from scrub837.config import Settings
from scrub837.engine import Job, scan, tasks_of
from scrub837.errors import LedgerUnusable, ScrubError, TryLater
from scrub837.reference.store import Reference
from scrub837.results import FileReport
from scrub837.review.bugs import bug_words
from scrub837.review.items import index_claims
from scrub837.review.sent_before import AWAY, NONE, SentBefore, say_not_asked, stamp_of
from scrub837.review.store import Store
from scrub837.review.workspace import Workspace
from scrub837.rules import all_rules
from scrub837.tasks import Task
from scrub837.waivers import read_waivers
from scrub837.x12.outline import read_outline
from scrub837.x12.source import Source, open_source

ATTESTED = "the times attested here"  # how findings call that log
KEPT = 4  # reports that stay open
PATIENCE = 4.0  # seconds a page waits for a batch to be judged


@dataclass(slots=True)
class Judged:
    """A batch with its report, as it was at a revision. Whoever uses it holds the lock of ``Judging``.

    ``stamp`` is that of the ledger it was compared with; ``job`` does without one, see ``Judging.asking``.
    """

    batch: int
    revision: int
    stamp: str
    source: Source
    report: FileReport
    job: Job
    tasks: Sequence[Task]
    opened: ExitStack

    def close(self) -> None:
        """Give the files back."""
        self.opened.close()


class Judging:
    """The reports of the workspace. ``lock`` is to be held while one is read."""

    def __init__(self, workspace: Workspace, store: Store, settings: Settings, reference: Reference) -> None:
        self.workspace, self.store, self.reference = workspace, store, reference
        self.settings = replace(settings, jobs=1)  # a server must not fork beside its threads
        self.sent_before = SentBefore(settings.nightly)
        self.lock = threading.RLock()
        self.failures: dict[int, str] = {}
        self._known: OrderedDict[int, Judged] = OrderedDict()
        self._wanted: queue.SimpleQueue[int | None] = queue.SimpleQueue()
        self._news = threading.Condition()
        self._thread = threading.Thread(target=self._work, name="judging", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Finish what is being judged and give everything back."""
        self._wanted.put(None)
        self._thread.join()
        with self.lock:
            for one in self._known.values():
                one.close()
            self._known.clear()

    def ask(self, batch: int, wait: float = PATIENCE) -> bool:
        """Have a batch judged if it has to be; True when that is done within ``wait`` seconds."""
        if self._is_current(batch):
            return True
        self._wanted.put(batch)
        until = time.monotonic() + wait
        with self._news:
            while not self._is_current(batch) and batch not in self.failures:
                left = until - time.monotonic()
                if left <= 0 or not self._news.wait(left):
                    return self._is_current(batch)
        return self._is_current(batch)

    def look(self, batch: int) -> bool:
        """As ``ask``, for a page that can show an older report: with one at hand it does not wait."""
        with self.lock:
            there = batch in self._known
        return self.ask(batch, 0 if there else PATIENCE)

    def refresh(self, batch: int) -> None:
        """Have a batch judged anew where the ledger tells something else of earlier files by now."""
        with self.lock:
            known = self._known.get(batch)
            stamp = known.stamp if known is not None else None
        if stamp is None:
            return
        with suppress(ScrubError), self.sent_before.reading() as ledger:
            if stamp_of(ledger) != stamp:
                self.store.touch([batch])

    @contextmanager
    def asking(self, judged: Judged) -> Iterator[Job]:
        """What a batch was judged with, the ledger included. Raises ``ScrubError`` where that is away now."""
        if judged.stamp in (NONE, AWAY):
            yield judged.job
            return
        with self.sent_before.reading() as ledger:
            yield replace(judged.job, earlier=self.sent_before.must_be_there(ledger))

    def known(self, batch: int) -> Judged | None:
        """The report of a batch as it was judged last; to be asked for with the lock held."""
        found = self._known.get(batch)
        if found is not None:
            self._known.move_to_end(batch)
        return found

    def job(self, batches: Sequence[int], stack: ExitStack) -> Job:
        """What batches are judged with: settings, waivers, and treatment times of logs and of the page."""
        logs = [self._open_log(one) for batch in batches for one in self.logs(batch)]
        notes = any(profile.line_notes for profile in self.settings.profiles.values())
        documentation = Documentation(logs, line_notes=notes)
        stack.callback(documentation.close)
        return Job(self._settings(), self.reference, documentation)

    def _open_log(self, path: Path) -> TimeLog:
        """A log by the name people know it by."""
        kept = self.store.file(int(path.stem)) if path.parent == self.workspace.files else None
        return open_time_log(path, kept.name if kept else ATTESTED)

    def logs(self, batch: int) -> list[Path]:
        """The treatment-time logs of a batch; what was attested on the page comes last."""
        logs = [self.workspace.file(one.id) for one in reversed(self.store.files("log", batch))]
        attested = self.workspace.log(batch)
        return [*logs, attested] if attested.exists() else logs

    def _settings(self) -> Settings:
        if not self.workspace.waivers.exists():
            return self.settings
        rules = {name: rule.name for rule in all_rules() for name in (rule.code, rule.name)}
        own = read_waivers([self.workspace.waivers], rules, self.settings.profiles)
        return replace(self.settings, waivers=(*self.settings.waivers, *own))

    def _is_current(self, batch: int) -> bool:
        with self.lock:
            known, kept = self._known.get(batch), self.store.batch(batch)
            return known is not None and kept is not None and known.revision == kept.revision

    def _work(self) -> None:
        while (batch := self._wanted.get()) is not None:
            if not self._is_current(batch):
                try:
                    self.failures.pop(batch, None)
                    self._judge(batch)
                except ScrubError as error:
                    self.failures[batch] = str(error)
                except Exception as error:  # noqa: BLE001 - a page says so; its text may quote a claim
                    self.failures[batch] = bug_words(error)
            with self._news:
                self._news.notify_all()

    def _judge(self, batch: int) -> None:
        kept, file = self.store.batch(batch), self.store.file(batch)
        if kept is None or file is None:
            return
        with ExitStack() as stack:
            source = stack.enter_context(closing(open_source(str(self.workspace.file(batch)))))
            source.name = file.name
            job = self.job([batch], stack)
            report, stamp = self._scan(source, job)
            stack.enter_context(closing(report))
            tasks = tasks_of(read_outline(source))[0]
            judged = Judged(batch, kept.revision, stamp, source, report, job, tasks, stack.pop_all())
        index_claims(self.store, batch, kept.revision, report, file.added)
        with self.lock:
            before = self._known.pop(batch, None)
            self._known[batch] = judged
            gone = [before] if before else []
            while len(self._known) > KEPT:
                gone.append(self._known.popitem(last=False)[1])
            for one in gone:
                with suppress(OSError):
                    one.close()

    def _scan(self, source: Source, job: Job) -> tuple[FileReport, str]:
        """The report of a batch, and the stamp of the ledger it was compared with."""
        try:
            with self.sent_before.reading() as ledger:
                stamp = stamp_of(ledger)
                return scan(source, replace(job, earlier=ledger)), stamp
        except (LedgerUnusable, TryLater):  # not the fault of the batch
            report = scan(source, job)
            say_not_asked(report)
            return report, AWAY
