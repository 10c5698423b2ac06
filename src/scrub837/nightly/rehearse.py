"""``run --dry-run``: what a run would do with what is in the drop folder now. Nothing is moved or written."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path

from scrub837.config import Settings
from scrub837.errors import InputUnreadable, ScrubError
from scrub837.nightly.folder import DONE, Stores
from scrub837.nightly.ledger import Ledger, open_ledger
from scrub837.nightly.memory import Memory
from scrub837.nightly.outputs import LEFT, Desk, display
from scrub837.nightly.take import Candidate, Taken, look, whole
from scrub837.nightly_settings import Nightly
from scrub837.reference.store import find_database, open_reference
from scrub837.report.words import clean
from scrub837.x12.outline import read_outline
from scrub837.x12.source import open_source


def rehearse(settings: Settings, nightly: Nightly) -> Iterator[str]:
    """A line for each file: its name, what it would come to, and why. Raises ``ScrubError``."""
    with ExitStack() as stack:
        spool = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="scrub837-")))
        ledger = _ledger(nightly, spool)
        stack.callback(ledger.close)
        stores = Stores(nightly)
        stack.callback(stores.close)
        inbox = stores.folder(nightly.inbox)
        desk = Desk(settings, nightly, open_reference(find_database(settings.reference)), ledger, spool)
        now = time.time()
        memory = Memory(Path(nightly.place(nightly.state)) / "seen.json")
        found = look(inbox.store.entries(inbox.path), nightly, now, memory)
        for waiting in found.waiting:
            yield f"{clean(display(waiting.name))}: waits for its {waiting.for_}"
        for candidate in found.ready:
            name = clean(display(candidate.entry.name))
            taken = _copied(candidate, spool, stores, nightly)
            if taken is None:
                yield f"{name}: cannot be read"
                continue
            with closing(open_source(str(taken.local))) as source:
                complete = whole(read_outline(source))
            if not complete and now - candidate.entry.mtime < nightly.incomplete_after:
                yield f"{name}: waits for its trailers"
                continue
            yield f"{name}: {_would_be(desk, ledger, taken)}"


def _ledger(nightly: Nightly, spool: Path) -> Ledger:
    """The ledger as it is, read-only; an empty one of our own where there is none."""
    with suppress(ScrubError):
        where = nightly.ledger_place()
        return open_ledger(where, read_only=True)
    return open_ledger(spool / "ledger.sqlite")


def _copied(candidate: Candidate, spool: Path, stores: Stores, nightly: Nightly) -> Taken | None:
    """A copy of a file and its logs to work with."""
    inbox = stores.folder(nightly.inbox)
    copies = []
    for n, entry in enumerate((candidate.entry, *candidate.logs)):
        path, copy = inbox.path_of(entry.name), spool / f"in-{n}"
        here = inbox.store.at(path)
        try:
            if here is not None:
                shutil.copyfile(here, copy)
            elif inbox.store.fetch([(path, entry.size, copy)]) != [DONE]:
                return None
        except OSError:
            return None
        copies.append((entry.name, path, copy))
    entry = candidate.entry
    return Taken(entry.name, "", entry.size, entry.mtime, copies[0][2], tuple(copies[1:]))


def _would_be(desk: Desk, ledger: Ledger, taken: Taken) -> str:
    try:
        work = desk.begin(taken)
    except InputUnreadable:
        return LEFT
    if ledger.known(work.sha256, work.settings, work.editions) is not None:
        return "again: the same file was here before"
    desk.judge(work)
    if work.report is not None:
        work.report.close()
    if work.sent is not None:
        work.sent.claims.close()
    found = ", ".join(f"{n} {severity}" for severity, n in work.findings.items() if n)
    return f"{work.outcome}{f': {work.why}' if work.why else ''}{f' ({found})' if found else ''}"
