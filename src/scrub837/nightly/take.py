"""Which files of the drop folder are whole, and taking them: by a rename into a folder of this run's own.

A rename is the claim: of several hosts that share a folder one succeeds. Until then nothing is changed there.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from fnmatch import fnmatch, translate
from functools import cache
from glob import escape
from pathlib import Path

from scrub837.nightly.folder import CHANGED, DONE, GONE, Entry, Folder, Store
from scrub837.nightly.memory import Memory
from scrub837.nightly_settings import Nightly
from scrub837.x12.outline import Outline, read_outline
from scrub837.x12.source import open_source

GROUP, GROUP_BYTES = 32, 64 << 20  # files taken at once: enough to share round trips, few enough to lose
HEAD = "ISA"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that may be taken, with the treatment-time logs that belong to it."""

    entry: Entry
    logs: tuple[Entry, ...] = ()
    marker: str | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A file that is left where it is for now. ``for_`` says what is waited for."""

    name: str
    age: float  # seconds since it was last written
    for_: str  # upload | marker | time log | trailers; batch: of a log


@dataclass(frozen=True, slots=True)
class Taken:
    """A file of this run: where it is, and where it can be read."""

    name: str
    path: str  # in the folder of the run
    size: int
    mtime: float
    local: Path
    logs: tuple[tuple[str, str, Path], ...] = ()  # name, path, where it can be read


@dataclass(slots=True)
class Look:
    """What a look at the drop folder found."""

    ready: list[Candidate] = field(default_factory=list)
    waiting: list[Waiting] = field(default_factory=list)
    unusable: list[str] = field(default_factory=list)  # names that cannot be those of files
    strays: list[str] = field(default_factory=list)  # names that no pattern fits


def wanted(name: str, nightly: Nightly) -> bool:
    """Whether a name is one of a batch: by pattern, and no temporary name of whoever writes it."""
    return not _fits(name, nightly.ignore) and _fits(name, nightly.pattern)


def _fits(name: str, patterns: tuple[str, ...]) -> bool:
    return _any_of(patterns).match(name.lower()) is not None


@cache
def _any_of(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(translate(pattern.lower()) for pattern in patterns) or r"(?!)")


def logs_of(name: str, names: Iterable[str], nightly: Nightly) -> list[str]:
    """The names among ``names`` that are treatment-time logs of a batch."""
    stem = posixpath.splitext(name)[0]
    patterns = [
        pattern.replace("{stem}", escape(stem)).replace("{name}", escape(name)).lower()
        for pattern in nightly.time_log
    ]
    return [
        one for one in names if one != name and any(fnmatch(one.lower(), pattern) for pattern in patterns)
    ]


def is_log(name: str, nightly: Nightly) -> bool:
    """Whether a name is one of a log, of whatever batch."""
    patterns = [pattern.replace("{stem}", "*").replace("{name}", "*").lower() for pattern in nightly.time_log]
    return any(fnmatch(name.lower(), pattern) for pattern in patterns)


def strays(names: Iterable[str], nightly: Nightly) -> list[str]:
    """Names that nobody will ever take, and that are no temporary ones either."""
    known = tuple(filter(None, (nightly.done_marker,)))
    return [
        name
        for name in names
        if not wanted(name, nightly)
        and not _fits(name, nightly.ignore)
        and not name.endswith(known)
        and not is_log(name, nightly)
    ]


def look(entries: Sequence[Entry], nightly: Nightly, now: float, memory: Memory) -> Look:
    """Sort the files of the drop folder; ``now`` is by its clock."""
    found = Look()
    files = {entry.name: entry for entry in entries if entry.is_file}
    for name in list(files):
        if "/" in name or "\0" in name or name in (".", ".."):
            found.unusable.append(name)
            del files[name]
    names = [name for name in files if wanted(name, nightly)]
    others = [name for name in files if not name.startswith(".")]
    logs = {name: logs_of(name, others, nightly) for name in names} if nightly.time_log else {}
    given = {log for some in logs.values() for log in some}
    found.strays = strays(files, nightly)
    for name in set(others) - given - set(names):
        if is_log(name, nightly):
            found.waiting.append(Waiting(name, now - files[name].mtime, "batch"))
    for name in sorted(set(names) - given):
        own = [files[log] for log in sorted(logs.get(name, ()))]
        entry = files[name]
        marker = _marker(name, files, nightly)
        if nightly.done_marker and marker is None:
            found.waiting.append(Waiting(name, now - entry.mtime, "marker"))
        elif not nightly.done_marker and not all(
            _settled(one, nightly, now, memory) for one in (entry, *own)
        ):
            found.waiting.append(Waiting(name, now - entry.mtime, "upload"))
        elif nightly.time_log and not own and now - entry.mtime < nightly.time_log_wait:
            found.waiting.append(Waiting(name, now - entry.mtime, "time log"))
        elif memory.unfinished(entry) and now - entry.mtime < nightly.incomplete_after:
            found.waiting.append(Waiting(name, now - entry.mtime, "trailers"))
        else:
            found.ready.append(Candidate(entry, tuple(own), marker))
    return found


def _marker(name: str, files: dict[str, Entry], nightly: Nightly) -> str | None:
    if not nightly.done_marker:
        return None
    known = (name + nightly.done_marker, posixpath.splitext(name)[0] + nightly.done_marker)
    return next((one for one in known if one in files and one != name), None)


def _settled(entry: Entry, nightly: Nightly, now: float, memory: Memory) -> bool:
    """Unchanged for long enough, by the clock of the folder or, when that is odd, by ours."""
    return now - entry.mtime >= nightly.settle or memory.unchanged_for(entry) >= nightly.settle


def groups(candidates: Sequence[Candidate]) -> Iterator[list[Candidate]]:
    """Candidates in portions that are taken together."""
    group: list[Candidate] = []
    size = 0
    for candidate in candidates:
        if group and (len(group) == GROUP or size + candidate.entry.size > GROUP_BYTES):
            yield group
            group, size = [], 0
        group.append(candidate)
        size += candidate.entry.size
    if group:
        yield group


def whole(outline: Outline) -> bool:
    """Whether a file ends where it should, or is none that has trailers at all (it will be refused)."""
    if outline.interchanges:
        return not outline.cut
    head = outline.head.lstrip("\xef\xbb\xbf \t\r\n\0")
    return bool(head) and not (head.startswith(HEAD) or HEAD.startswith(head))


@dataclass(slots=True)
class Taker:
    """Takes files of one drop folder into the folder of one run."""

    nightly: Nightly
    inbox: Folder
    mine: str  # path of the folder of this run
    spool: Path
    memory: Memory
    now: float
    waiting: list[Waiting] = field(default_factory=list)
    denied: list[str] = field(default_factory=list)  # names of files that could not be read or renamed
    too_large: list[str] = field(default_factory=list)  # names of files that are not even fetched
    _count: int = 0

    @property
    def store(self) -> Store:
        return self.inbox.store

    def take(self, group: Sequence[Candidate]) -> list[Taken]:
        """The files of a group that are whole and ours now."""
        group = [candidate for candidate in group if not self._not_fetched(candidate.entry)]
        entries = [candidate.entry for candidate in group]
        copies = self._copies([(self.inbox.path_of(one.name), one.size) for one in entries])
        chosen = [
            (candidate, copy)
            for candidate, copy in zip(group, copies, strict=True)
            if copy is not None and (self._is_large(candidate.entry) or self._is_whole(candidate.entry, copy))
        ]
        pairs = [(self.inbox.path_of(c.entry.name), self._path(c.entry.name)) for c, _ in chosen]
        moved = self.store.move(pairs)
        ours = []
        for (candidate, copy), answer in zip(chosen, moved, strict=True):
            if answer == DONE:
                ours.append((candidate, copy))
            elif answer != GONE:  # gone: another host was faster, or it was taken back
                self.denied.append(candidate.entry.name)
        listed = {entry.name: entry for entry in self.store.entries(self.mine)} if ours else {}
        now_there = [listed.get(candidate.entry.name) for candidate, _ in ours]
        taken = []
        for (candidate, copy), there in zip(ours, now_there, strict=True):
            before = candidate.entry
            if there is None or not there.is_file or not _same(there, before):
                self._give_back(before, there)  # somebody is still writing it
                continue
            path = self._path(before.name)
            local = self.store.at(path) or copy
            taken.append(Taken(before.name, path, before.size, before.mtime, local, self._logs(candidate)))
        self.store.remove([self.inbox.path_of(one.marker) for one, _ in ours if one.marker])
        return taken

    def again(self, names: Sequence[str], there: Sequence[Entry]) -> list[Taken]:
        """Files that an earlier run had taken into this folder: ``names`` are the batches among ``there``."""
        entries = {entry.name: entry for entry in there}
        in_inbox = [entry for entry in self.store_entries() if entry.is_file and entry.name not in entries]
        taken = []
        for name in names:
            entry, path = entries[name], self._path(name)
            local = self.store.at(path) or self._copies([(path, entry.size)])[0]
            if local is None:
                continue
            here = logs_of(name, entries, self.nightly)
            late = [one for one in in_inbox if one.name in set(logs_of(name, [one.name], self.nightly))]
            logs = [*(self._log(log, entries[log].size) for log in here)]
            logs += list(self._logs(Candidate(entry, tuple(late))))
            if self.nightly.done_marker:
                self.store.remove(
                    [
                        self.inbox.path_of(one.name)
                        for one in in_inbox
                        if one.name == name + self.nightly.done_marker
                    ]
                )
            taken.append(Taken(name, path, entry.size, entry.mtime, local, tuple(filter(None, logs))))
        return taken

    def store_entries(self) -> list[Entry]:
        """What is in the drop folder now."""
        return self.store.entries(self.inbox.path)

    def unchanged(self, taken: Taken) -> bool:
        """Whether a file is still as it was when it was taken: a writer may hold it open.

        Of a file on a server a copy is judged, which was compared with the file after the rename.
        """
        if self.store.at(taken.path) is None:
            return True
        there = self.store.look([taken.path])[0]
        return there is not None and (there.size, there.mtime) == (taken.size, taken.mtime)

    def put_back(self, taken: Taken) -> None:
        """Leave a file where it was found, with its logs."""
        pairs = [(taken.path, self.inbox.path_of(taken.name))]
        pairs += [(path, self.inbox.path_of(name)) for name, path, _ in taken.logs]
        self.store.restore(pairs)

    def _is_large(self, entry: Entry) -> bool:
        """Whether a file is larger than any that is checked: it is not read to see whether it is whole."""
        return entry.size > self.nightly.most_megabytes * 1_000_000

    def _not_fetched(self, entry: Entry) -> bool:
        """Whether a file is left on its server, for it is too large."""
        large = self._is_large(entry) and self.store.at(self.inbox.path_of(entry.name)) is None
        if large:
            self.too_large.append(entry.name)
        return large

    def _path(self, name: str) -> str:
        return posixpath.join(self.mine, name)

    def _give_back(self, before: Entry, there: Entry | None) -> None:
        self.waiting.append(Waiting(before.name, self.now - before.mtime, "upload"))
        if there is not None:
            self.store.restore([(self._path(before.name), self.inbox.path_of(before.name))])

    def _logs(self, candidate: Candidate) -> tuple[tuple[str, str, Path], ...]:
        """Take the logs of a batch as well."""
        pairs = [(self.inbox.path_of(log.name), self._path(log.name)) for log in candidate.logs]
        moved = self.store.move(pairs)
        logs = [
            self._log(log.name, log.size)
            for log, answer in zip(candidate.logs, moved, strict=True)
            if answer == DONE
        ]
        return tuple(log for log in logs if log is not None)

    def _log(self, name: str, size: int) -> tuple[str, str, Path] | None:
        path = self._path(name)
        local = self.store.at(path) or self._copies([(path, size)])[0]
        return (name, path, local) if local is not None else None

    def _copies(self, wanted_: Sequence[tuple[str, int]]) -> list[Path | None]:
        """Where files can be read: in place, else a copy."""
        here = [self.store.at(path) for path, _ in wanted_]
        if all(path is not None for path in here):
            return here
        copies = [self._draft() for _ in wanted_]
        answers = self.store.fetch(
            [(path, size, copy) for (path, size), copy in zip(wanted_, copies, strict=True)]
        )
        for (path, _), answer in zip(wanted_, answers, strict=True):
            if answer not in (DONE, GONE, CHANGED):
                self.denied.append(posixpath.basename(path))
        return [copy if answer == DONE else None for copy, answer in zip(copies, answers, strict=True)]

    def _draft(self) -> Path:
        self._count += 1
        return self.spool / f"in-{self._count}"

    def _is_whole(self, entry: Entry, copy: Path) -> bool:
        """Whether a file may be taken as far as its end tells. What cannot be read is told and left."""
        if self.now - entry.mtime >= self.nightly.incomplete_after:
            return True  # however it ends
        try:
            with closing(open_source(str(copy))) as source:
                done = whole(read_outline(source))
        except Exception:  # noqa: BLE001 - whatever a file may do, the others go on
            if self.store.look([self.inbox.path_of(entry.name)])[0] is not None:
                self.denied.append(entry.name)
            return False
        if done:
            return True
        self.memory.remember_unfinished(entry)
        self.waiting.append(Waiting(entry.name, self.now - entry.mtime, "trailers"))
        return False


def _same(one: Entry, other: Entry) -> bool:
    return (one.size, one.mtime) == (other.size, other.mtime)
