"""The folder that files are taken into: one of each run, ``working/HOST.RUN``, and what dead runs left there.

Beside the files stands ``.alive``, written anew with each group of files. Its time tells, by the clock of the
folder, what time it is there, and whether a run of another host still lives.
"""

from __future__ import annotations

import hashlib
import os
import posixpath
import re
import secrets
import socket
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from scrub837.nightly.folder import DONE, GONE, Entry, Folder, Stores
from scrub837.nightly.publish import Move, Plan, as_text
from scrub837.nightly.take import wanted
from scrub837.nightly_settings import Nightly

ALIVE = ".alive"


def host_of(nightly: Nightly) -> str:
    """The name of this host among those that share a folder; another one for each state folder on it."""
    if nightly.host:
        return nightly.host
    name = re.sub(r"[^A-Za-z0-9_-]", "-", socket.gethostname())[:40] or "host"
    state = hashlib.sha256(os.fsencode(nightly.place(nightly.state))).hexdigest()
    return f"{name}-{state[:6]}"


class Workplace:
    """The working folder, as a run sees it."""

    def __init__(self, nightly: Nightly, stores: Stores, inbox: Folder, host: str, run: str) -> None:
        self._nightly, self._inbox, self._host = nightly, inbox, host
        self._folder = stores.folder(nightly.working)
        self._store = self._folder.store
        self._run = run
        self.mine = self._folder.path_of(f"{host}.{run}")
        self._entered = False
        self._offset: float | None = None  # of the folder's clock against ours

    def enter(self) -> None:
        """Make the folder of this run, and show that it lives."""
        if not self._entered:
            self._store.make([self.mine])
            self._entered = True
        self._touch()

    def now(self) -> float:
        """The time by the clock of the folder."""
        if self._offset is None:
            self.enter()
        return time.time() + (self._offset or 0.0)

    def leave(self) -> None:
        """Remove the folder of this run, unless something is left in it."""
        if self._entered:
            self.clear(self.mine)

    def left_over(self) -> list[tuple[str, list[str]]]:
        """Folders of dead runs, ours now, each with the names (``HOST.RUN``) it was known by."""
        if self._store.look([self._folder.path])[0] is None:
            return []
        found = []
        for entry in self._store.entries(self._folder.path):
            name = entry.name
            if not entry.is_folder or "." not in name or name == posixpath.basename(self.mine):
                continue
            path = self._folder.path_of(name)
            if name.rpartition(".")[0] == self._host:
                found.append((path, [name]))  # the lock is ours, so that run is dead
            elif self._is_stale(entry):
                adopted = f"{self._host}.{secrets.token_hex(6)}"
                if self._store.move([(path, self._folder.path_of(adopted))]) == [DONE]:
                    found.append((self._folder.path_of(adopted), [name]))
        return found

    def with_names(self, plan: Plan, folder: str, label: Callable[[str], str]) -> Plan:
        """A plan out of the ledger, with the names that the originals have and where they are now."""
        folder = folder or self._folder.path_of(plan.place)
        there = self._store.look([folder])[0]
        entries = self._store.entries(folder) if there is not None and there.is_folder else []
        names = {label(one.name): as_text(one.name) for one in entries if one.name != ALIVE}
        known = plan.unveiled(names)
        moves = [
            Move(one.spec, f"{as_text(folder)}/{posixpath.basename(one.old)}", one.new)
            for one in known.originals
        ]
        return msgspec.structs.replace(known, originals=moves)

    def batches_in(self, folder: str) -> tuple[list[str], list[Entry]]:
        """The files that a dead run had taken, and all that is in its folder."""
        there = [entry for entry in self._store.entries(folder) if entry.is_file and entry.name != ALIVE]
        return sorted(entry.name for entry in there if wanted(entry.name, self._nightly)), there

    def clear(self, folder: str) -> None:
        """Give back what is left in a folder of a run (a log without its batch), and remove it."""
        names = [entry.name for entry in self._store.entries(folder) if entry.name != ALIVE]
        if names:
            pairs = [(posixpath.join(folder, name), self._inbox.path_of(name)) for name in names]
            if any(answer not in (DONE, GONE) for answer in self._store.restore(pairs)):
                return
        self._store.remove([posixpath.join(folder, ALIVE)])
        self._store.remove([folder + "/"])

    def _touch(self) -> None:
        handle, name = tempfile.mkstemp(prefix="scrub837-")
        os.close(handle)
        path = posixpath.join(self.mine, ALIVE)
        try:
            self._store.put([(Path(name), path)])
        finally:
            Path(name).unlink(missing_ok=True)
        there = self._store.look([path])[0]
        if there is not None:
            self._offset = there.mtime - time.time()

    def _is_stale(self, entry: Entry) -> bool:
        alive = self._store.look([self._folder.path_of(entry.name, ALIVE)])[0]
        last = max(entry.mtime, alive.mtime if alive else 0.0)
        return self.now() - last > self._nightly.stale_after
