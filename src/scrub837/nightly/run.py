"""One night: lock, take what is whole, check it, publish it, keep it in the ledger; see docs/nightly.md.

What is wrong with one file is told and never stops the next. A run may be killed anywhere: the next one finds
the folder of the dead run, finishes what was decided and begins the rest anew.
"""

from __future__ import annotations

import secrets
import shutil
import signal
import time
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from zoneinfo import ZoneInfo

from filelock import FileLock, Timeout

from scrub837 import __version__
from scrub837.config import Settings
from scrub837.engine import settle
from scrub837.errors import LedgerUnusable, OutputUnwritable, ScrubError, TryLater
from scrub837.findings import Severity
from scrub837.nightly.archive import prune
from scrub837.nightly.attempts import Attempts
from scrub837.nightly.folder import Stores
from scrub837.nightly.ledger import open_ledger
from scrub837.nightly.log import Log
from scrub837.nightly.memory import Memory
from scrub837.nightly.one_file import process_all
from scrub837.nightly.outputs import LEFT, QUARANTINED, Desk
from scrub837.nightly.publish import Publisher
from scrub837.nightly.recover import finish_decided, recover
from scrub837.nightly.session import Options, Session
from scrub837.nightly.summary import Summary, as_json, metrics, write_private
from scrub837.nightly.take import Look, Taker, groups, is_log, look, strays, wanted
from scrub837.nightly.workplace import Workplace, host_of
from scrub837.nightly_settings import Nightly, is_remote
from scrub837.reference.store import find_database, open_reference


def run_once(settings: Settings, nightly: Nightly, options: Options) -> Summary:
    """A whole run. Raises ``ScrubError`` when it cannot even begin, ``TryLater`` when another is at work."""
    state = Path(nightly.place(nightly.state))
    try:
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise OutputUnwritable(f"the folder {state} cannot be made: {error.strerror}") from error
    lock = FileLock(state / "run.lock", timeout=0, mode=0o600)
    try:
        lock.acquire()
    except Timeout:
        raise TryLater("another run is at work; nothing was done") from None
    except OSError as error:
        raise OutputUnwritable(f"{state}/run.lock cannot be written: {error.strerror}") from error
    with ExitStack() as stack:
        stack.callback(lock.release)
        session = _open(stack, settings, nightly, options, state)
        return _work(session)


def _open(stack: ExitStack, settings: Settings, nightly: Nightly, options: Options, state: Path) -> Session:
    """Open all that a run needs; ``stack`` gives it back."""
    began, run, host = datetime.now(UTC), secrets.token_hex(6), host_of(nightly)
    spool = state / "spool"
    shutil.rmtree(spool, ignore_errors=True)
    try:
        spool.mkdir(mode=0o700)
    except OSError as error:
        raise OutputUnwritable(f"{spool} cannot be made: {error.strerror}") from error
    stack.callback(shutil.rmtree, spool, ignore_errors=True)
    log = Log(nightly.log if nightly.log == "-" else nightly.place(nightly.log), run, host)
    stack.callback(log.close)
    settle()
    reference = open_reference(find_database(settings.reference))
    ledger = open_ledger(_ledger_place(nightly))
    stack.callback(ledger.close)
    stores = Stores(nightly)
    stack.callback(stores.close)
    inbox = stores.folder(nightly.inbox)
    month = began.astimezone(ZoneInfo(settings.time_zone)).strftime("%Y/%m")
    return Session(
        settings=settings,
        nightly=nightly,
        options=options,
        host=host,
        log=log,
        reference=reference,
        ledger=ledger,
        inbox=inbox,
        desk=Desk(settings, nightly, reference, ledger, spool),
        publisher=Publisher(nightly, stores, inbox, host, run, month, spool),
        spool=spool,
        memory=Memory(state / "seen.json"),
        attempts=Attempts(state / "attempts.json"),
        summary=Summary(run, host, began),
    )


def _ledger_place(nightly: Nightly) -> str:
    """Where the ledger is. Raises ``LedgerUnusable`` where one is gone: all would be sent again."""
    place = nightly.ledger_place()
    last = Path(nightly.place(nightly.summary))
    if "://" not in place and not Path(place).exists() and last.exists():
        raise LedgerUnusable(
            f"the ledger {place} is gone, and runs have been here before: put it back from your backup; or, "
            f"to begin with an empty one that knows nothing of what was sent, remove {last}"
        )
    return place


def _work(session: Session) -> Summary:
    """All of it; what it came to is in the summary, and on the disk."""
    session.log.info("run begins", version=__version__)
    later = False
    try:
        _pass(session)
    except TryLater as error:
        later = True
        session.problem(str(error))
    except ScrubError as error:
        session.problem(str(error))
    session.summary.finished = datetime.now(UTC)
    session.summary.status = _status(session, later=later)
    _finish(session)
    return session.summary


def _pass(session: Session) -> None:
    nightly, summary = session.nightly, session.summary
    place = Workplace(nightly, session.publisher.stores, session.inbox, session.host, summary.run)
    if not is_remote(nightly.inbox):
        session.inbox.store.make([session.inbox.path])
    finish_decided(session, place)
    for folder, known_as in place.left_over():
        recover(session, place, folder, known_as)
    found = _look(session, place)
    uploading = any(one.for_ == "upload" for one in found.waiting)
    if uploading and nightly.settle and not session.options.stopping():
        _sleep(session, nightly.settle)
        found = _look(session, place)
    summary.strays = len(found.strays)
    for one in found.waiting:
        summary.waiting[one.for_] = summary.waiting.get(one.for_, 0) + 1
        summary.oldest_waiting = max(summary.oldest_waiting, one.age)
    if not session.keep_place:
        place.leave()
    prune(session, session.publisher.stores.folder(nightly.archive))
    session.memory.save()


def _look(session: Session, place: Workplace) -> Look:
    """Look into the drop folder, and take what is ready."""
    nightly, inbox = session.nightly, session.inbox
    entries = inbox.store.entries(inbox.path)
    names = [entry.name for entry in entries if entry.is_file]
    if not any(wanted(name, nightly) or is_log(name, nightly) for name in names):
        return Look(strays=strays(names, nightly))
    found = look(entries, nightly, place.now(), session.memory)
    for name in found.unusable:
        session.problem(f"{session.label(name)}: its name cannot be that of a file; it was left")
    for group in groups(found.ready):
        if session.options.stopping():
            break
        place.enter()
        taker = Taker(nightly, inbox, place.mine, session.spool, session.memory, place.now())
        process_all(session, taker, taker.take(group))
        for name in taker.too_large:
            session.problem(f"{session.label(name)}: more than {nightly.most_megabytes} MB; it was left")
        for name in dict.fromkeys(taker.denied):
            session.problem(f"{session.label(name)}: cannot be read or taken; it was left")
        found.waiting += taker.waiting
    return found


def _sleep(session: Session, seconds: float) -> None:
    until = time.monotonic() + seconds + 0.2
    while (left := until - time.monotonic()) > 0 and not session.options.stopping():
        time.sleep(min(0.5, left))


def _status(session: Session, *, later: bool) -> int:
    summary = session.summary
    outcomes = summary.outcomes()
    if any(outcomes[one] for one in (*QUARANTINED, LEFT)) or (summary.problems and not later):
        return 2
    if later:
        return TryLater.exit_status
    limit = session.settings.fail_on.rank
    return int(any(n and Severity(name).rank >= limit for name, n in summary.findings().items()))


def _finish(session: Session) -> None:
    """Ledger, log, metrics and the summary of the run."""
    summary, nightly = session.summary, session.nightly
    if any(one.claims for one in summary.files):
        sources = [waiver.source for waiver in session.settings.waivers]
        summary.waivers_unused = [one for one in sources if one not in session.waivers_met]
    finished = summary.finished or summary.started
    if session.number:
        with suppress(LedgerUnusable, TryLater):
            counts = dict(summary.outcomes())
            session.ledger.finish_run(session.number, str(summary.status), finished, counts)
    session.log.info(
        "run ends",
        exit=summary.status,
        files=len(summary.files),
        waiting=summary.waiting,
        seconds=round((finished - summary.started).total_seconds(), 3),
    )
    path = Path(nightly.place(nightly.metrics))
    before = path.read_text("utf-8") if path.is_file() else ""
    today = finished.astimezone(ZoneInfo(session.settings.time_zone)).date()
    try:
        text = metrics(summary, session.reference, today, before)
        write_private(path, text.encode(), 0o644)  # the node exporter reads it; nothing in it is private
        write_private(Path(nightly.place(nightly.summary)), as_json(summary))
    except OutputUnwritable as error:
        session.problem(str(error))
        summary.status = 2


class Stop:
    """Set by SIGTERM and SIGINT: the file in hand is finished, then the run ends."""

    def __init__(self) -> None:
        self.asked = False
        self.interrupted = False  # by Ctrl-C

    def listen(self) -> None:
        """From now on."""
        signal.signal(signal.SIGTERM, self._ask)
        signal.signal(signal.SIGINT, self._ask)

    def _ask(self, number: int, _frame: FrameType | None) -> None:
        self.asked = True
        self.interrupted |= number == signal.SIGINT
