"""What has to be right before the first night, and how it stands. What is tried is taken back,
but for folders that were not there."""

from __future__ import annotations

import json
import secrets
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from filelock import FileLock, Timeout

from scrub837.config import Settings
from scrub837.errors import ScrubError, SettingsInvalid, TryLater
from scrub837.nightly.folder import DONE, Folder, Stores
from scrub837.nightly.ledger import open_ledger
from scrub837.nightly.outputs import report_writer
from scrub837.nightly.take import strays, wanted
from scrub837.nightly_settings import Nightly, is_remote
from scrub837.reference.store import find_database, open_reference

RIGHT, MIND, WRONG, LATER = "ok", "mind", "WRONG", "LATER"
LEAST_ROOM = 1 << 30  # bytes
SOON = 14  # days before an edition ends


_Moves = Callable[[Sequence[tuple[str, str]]], list[str]]  # see Store.move


@dataclass(frozen=True, slots=True)
class Answer:
    """What was looked at, how it stands, and what to do."""

    state: str
    what: str
    words: str


def examine(settings: Settings, nightly: Nightly) -> Iterator[Answer]:
    """Look at everything a run needs, one after the other."""
    with closing(Stores(nightly)) as stores:
        yield from _asked("state", lambda: _state(nightly))
        yield from _asked("formats", lambda: _formats(nightly))
        yield from _asked("ledger", lambda: _ledger(nightly))
        yield from _asked("reference", lambda: _reference(settings))
        inbox = stores.folder(nightly.inbox)
        yield from _asked("inbox", lambda: _inbox(nightly, inbox))
        others = {
            "working": [nightly.working],
            "out": nightly.out,
            "held": nightly.held,
            "reports": nightly.reports,
            "archive": [nightly.archive],
            "quarantine": [nightly.quarantine],
        }
        for what, specs in others.items():
            for spec in specs:
                yield from _asked(what, lambda spec=spec: _folder(stores.folder(spec)))  # type: ignore[misc] # bound in the loop
        working = stores.folder(nightly.working)
        for what, old, new, move in (
            ("inbox into working", inbox, working, inbox.store.move),
            ("working into archive", working, stores.folder(nightly.archive), working.store.carry),
            ("working into quarantine", working, stores.folder(nightly.quarantine), working.store.carry),
        ):
            if old.store is new.store:
                tried = partial(_moving, what, old, new, move)
                yield from _asked("moving", tried)
        yield from _asked("last run", lambda: _last_run(nightly))


def _asked(what: str, look: Callable[[], Iterator[tuple[str, str]]]) -> Iterator[Answer]:
    try:
        for state, words in look():
            yield Answer(state, what, words)
    except TryLater as error:
        yield Answer(LATER, what, str(error))
    except ScrubError as error:
        yield Answer(WRONG, what, str(error))


def _state(nightly: Nightly) -> Iterator[tuple[str, str]]:
    state = Path(nightly.place(nightly.state))
    try:
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=state):
            pass
    except OSError as error:
        raise SettingsInvalid(f"{state} cannot be written: {error.strerror}") from error
    if state.stat().st_mode & 0o077:
        yield MIND, f"{state} can be entered by others: `chmod 700 {state}`"
    try:
        with FileLock(state / "run.lock", timeout=0, mode=0o600):
            yield RIGHT, f"{state}; no run is at work"
    except Timeout:
        yield MIND, f"{state}; a run is at work now"


def _formats(nightly: Nightly) -> Iterator[tuple[str, str]]:
    for suffix in nightly.formats:
        report_writer(suffix)
    yield RIGHT, ", ".join(nightly.formats) or "no reports are written"


def _ledger(nightly: Nightly) -> Iterator[tuple[str, str]]:
    where = nightly.ledger_place()
    if "://" not in where and not Path(where).exists():
        if Path(nightly.place(nightly.summary)).exists():
            yield WRONG, f"{where} is gone, and runs have been here before: put it back from your backup"
            return
        yield RIGHT, f"{where} will be made by the first run"
        return
    with closing(open_ledger(where, read_only=True)) as ledger:
        yield RIGHT, f"{ledger.name}, with its key"


def _reference(settings: Settings) -> Iterator[tuple[str, str]]:
    reference = open_reference(find_database(settings.reference))
    today = datetime.now(ZoneInfo(settings.time_zone)).date()
    if reference.starter:
        yield MIND, "only the built-in starter edition: load the CMS files with `scrub837 reference load`"
    ends: dict[tuple[str, str], date] = {}
    for one in reference.editions:
        if one.effective_to is not None:
            key = one.program, one.table
            ends[key] = max(ends.get(key, one.effective_to), one.effective_to)
    for (program, table), last in ends.items():
        left = (last - today).days
        name = f"{program} {table}"
        if left < 0:
            yield MIND, f"{name} ended on {last}: load the edition of this quarter"
        elif left < SOON:
            yield MIND, f"{name} ends on {last}: load the next edition"
        else:
            yield RIGHT, f"{name} until {last}"


def _inbox(nightly: Nightly, inbox: Folder) -> Iterator[tuple[str, str]]:
    if not is_remote(inbox.spec):
        inbox.store.make([inbox.path])
    entries = inbox.store.entries(inbox.path)
    names = [entry.name for entry in entries if entry.is_file]
    count = sum(wanted(name, nightly) for name in names)
    yield RIGHT, f"{inbox.spec} can be read; {count} files wait in it"
    others = strays(names, nightly)
    if others:
        yield MIND, f"{len(others)} files in it have names that `pattern` does not fit: nobody will take them"


def _folder(folder: Folder) -> Iterator[tuple[str, str]]:
    """A folder can be made, written and renamed in."""
    store = folder.store
    store.make([folder.path])
    old, new = (folder.path_of(f".scrub837-doctor-{secrets.token_hex(4)}{end}") for end in (".part", ".try"))
    with tempfile.NamedTemporaryFile(prefix="scrub837-", delete=False) as draft:
        draft.write(b"try\n")
    try:
        reason = store.put([(Path(draft.name), old)])[0] or store.move([(old, new)])[0]
    finally:
        Path(draft.name).unlink(missing_ok=True)
        store.remove([new if store.look([new])[0] is not None else old])
    if reason != DONE:
        yield WRONG, f"{folder.spec} cannot be written ({reason})"
        return
    room = store.room(folder.path)
    if room is not None and room < LEAST_ROOM:
        yield MIND, f"{folder.spec} can be written, but has only {room >> 20} MiB left"
    else:
        yield RIGHT, f"{folder.spec} can be written"


def _moving(what: str, old_folder: Folder, new_folder: Folder, move: _Moves) -> Iterator[tuple[str, str]]:
    """A file can be renamed from one folder into another; to keep it, it may be copied."""
    store = old_folder.store
    name = f".scrub837-doctor-{secrets.token_hex(4)}.try"
    old, new = old_folder.path_of(name), new_folder.path_of(name)
    with tempfile.NamedTemporaryFile(prefix="scrub837-", delete=False) as draft:
        draft.write(b"try\n")
    try:
        reason = store.put([(Path(draft.name), old)])[0]
        if reason == DONE:
            reason = move([(old, new)])[0]
            store.remove([new if reason == DONE else old])
    finally:
        Path(draft.name).unlink(missing_ok=True)
    if reason == DONE:
        yield RIGHT, f"files can be moved from {what}"
    else:
        yield WRONG, f"a file cannot be moved from {what} ({reason}): are they on one file system?"


def _last_run(nightly: Nightly) -> Iterator[tuple[str, str]]:
    with suppress(OSError, ValueError, KeyError):
        kept = json.loads(Path(nightly.place(nightly.summary)).read_text("utf-8"))
        state = RIGHT if kept["status"] in (0, 1) else MIND
        yield state, f"{kept['finished']}: {len(kept['files'])} files, exit status {kept['status']}"
        return
    yield RIGHT, "none yet"
