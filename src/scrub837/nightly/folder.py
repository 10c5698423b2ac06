"""Where files come from and go to: this machine or an SFTP server, behind one small interface.

Paths are texts as the system gives them, so that a name of any bytes survives. What is asked of many files at
once is answered for each: one that fails does not stop the others.
"""

from __future__ import annotations

import errno
import os
import posixpath
import shutil
import stat
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from scrub837.errors import OutputUnwritable, SettingsInvalid
from scrub837.nightly_settings import ADDRESS, Nightly, is_remote

DONE = ""  # what became of one file; all else is a reason
GONE, DENIED, FULL, FAILED, CHANGED, SLOW = "gone", "permission", "full", "failed", "changed", "slow"
_REASONS = {
    errno.ENOENT: GONE,
    errno.ENOTDIR: GONE,
    errno.EACCES: DENIED,
    errno.EPERM: DENIED,
    errno.EROFS: DENIED,
    errno.ENOSPC: FULL,
    errno.EDQUOT: FULL,
    errno.EFBIG: FULL,
}


@dataclass(frozen=True, slots=True)
class Entry:
    """What a folder says of one thing in it. ``mtime`` is by the clock of the folder, in seconds."""

    name: str
    size: int
    mtime: float
    is_file: bool  # a regular file, and no link to one
    is_folder: bool = False


class Store(Protocol):
    """This machine, or one server. Raises ``TryLater`` when it cannot be reached, else answers."""

    name: str  # for people

    def entries(self, folder: str) -> list[Entry]:
        """What is in a folder. Raises ``OutputUnwritable`` when it is not there or may not be read."""

    def look(self, paths: Sequence[str]) -> list[Entry | None]:
        """What stands at each path."""

    def at(self, path: str) -> Path | None:
        """Where the file can be read in place; ``None`` when it has to be fetched."""

    def fetch(self, wanted: Sequence[tuple[str, int, Path]]) -> list[str]:
        """Copy files of a known size to this machine."""

    def put(self, drafts: Sequence[tuple[Path, str]]) -> list[str]:
        """Bring files of this machine there, whole and on the disk. The drafts may be used up."""

    def move(self, pairs: Sequence[tuple[str, str]]) -> list[str]:
        """Rename, in place of what has the name."""

    def restore(self, pairs: Sequence[tuple[str, str]]) -> list[str]:
        """Rename files; not in place of what has the name meanwhile."""

    def carry(self, pairs: Sequence[tuple[str, str]]) -> list[str]:
        """Rename files, and copy what goes to another disk, where that can be done."""

    def flush(self) -> None:
        """Have all renames on the disk."""

    def make(self, folders: Iterable[str]) -> None:
        """Make folders, mode 0700. Raises ``OutputUnwritable``."""

    def remove(self, paths: Sequence[str]) -> list[str]:
        """Remove files, or empty folders whose path ends with a slash."""

    def room(self, folder: str) -> int | None:
        """Free bytes, where that can be told."""

    def close(self) -> None:
        """Give the connection back."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of a store."""

    store: Store
    path: str
    spec: str  # as in the settings, in full

    def path_of(self, *names: str) -> str:
        """The path of something in it."""
        return posixpath.join(self.path, *names)


class Stores:
    """Opens each store once."""

    def __init__(self, nightly: Nightly) -> None:
        self._nightly = nightly
        self._stores: dict[str, Store] = {}
        self._folders: dict[str, Folder] = {}

    def folder(self, spec: str) -> Folder:
        """The folder of the settings with this address. Nothing is connected yet."""
        known = self._folders.get(spec)
        if known is None:
            known = self._folders[spec] = self._folder(spec)
        return known

    def _folder(self, spec: str) -> Folder:
        full = self._nightly.place(spec)
        if not is_remote(full):
            store = self._stores.setdefault("", LocalStore())
            return Folder(store, full, full)
        address = ADDRESS.fullmatch(full)
        assert address is not None  # noqa: S101 - checked where settings are read
        server = address["server"]
        if server not in self._stores:
            try:
                from scrub837.nightly.sftp import SftpStore  # noqa: PLC0415 - slow, and an extra
            except ImportError as error:
                raise SettingsInvalid(
                    f"{server}: SFTP needs {error.name}, which is not installed: pip install 'scrub837[sftp]'"
                ) from error
            self._stores[server] = SftpStore(server, self._nightly)
        path = address["path"].rstrip("/") or "/"
        path = path.removeprefix("/~/") if path.startswith("/~/") else path
        return Folder(self._stores[server], "." if path == "/~" else path, full)

    def flush(self) -> None:
        """Have all renames on the disk."""
        for store in self._stores.values():
            store.flush()

    def close(self) -> None:
        """Give all connections back."""
        for store in self._stores.values():
            store.close()


class LocalStore:
    """Folders of this machine, or mounted on it."""

    name = "this machine"

    def __init__(self) -> None:
        self._renamed: set[str] = set()  # folders that may not be on the disk

    def entries(self, folder: str) -> list[Entry]:
        try:
            with os.scandir(folder) as found:
                return [entry for one in found if (entry := _entry(one.name, one.path)) is not None]
        except OSError as error:
            raise OutputUnwritable(f"the folder {folder} cannot be read: {error.strerror}") from error

    def look(self, paths: Sequence[str]) -> list[Entry | None]:
        return [_entry(posixpath.basename(path), path) for path in paths]

    def at(self, path: str) -> Path | None:
        return Path(path)

    def fetch(self, wanted: Sequence[tuple[str, int, Path]]) -> list[str]:
        return [_tried(lambda path=path, to=to: _copy(path, str(to))) for path, _, to in wanted]  # type: ignore[misc] # bound in the loop

    def put(self, drafts: Sequence[tuple[Path, str]]) -> list[str]:
        # Names first, then one flush after the other: the first brings most of the others to the disk.
        done = [_tried(lambda draft=draft, path=path: _place(str(draft), path)) for draft, path in drafts]  # type: ignore[misc] # bound in the loop
        return [
            answer or _tried(lambda path=path: _sync(path))  # type: ignore[misc] # bound in the loop
            for answer, (_, path) in zip(done, drafts, strict=True)
        ]

    def move(self, pairs: Sequence[tuple[str, str]]) -> list[str]:
        done = [_tried(lambda old=old, new=new: _rename(old, new)) for old, new in pairs]  # type: ignore[misc] # bound in the loop
        self._renamed.update(posixpath.dirname(path) for pair in pairs for path in pair)
        return done

    def restore(self, pairs: Sequence[tuple[str, str]]) -> list[str]:
        return [_tried(lambda old=old, new=new: _restore(old, new)) for old, new in pairs]  # type: ignore[misc] # bound in the loop

    def carry(self, pairs: Sequence[tuple[str, str]]) -> list[str]:
        done = [_tried(lambda old=old, new=new: _carry(old, new)) for old, new in pairs]  # type: ignore[misc] # bound in the loop
        self._renamed.update(posixpath.dirname(path) for pair in pairs for path in pair)
        return done

    def flush(self) -> None:
        for folder in self._renamed:
            with suppress(OSError):  # gone, or a file system that cannot
                _sync(folder)
        self._renamed.clear()

    def make(self, folders: Iterable[str]) -> None:
        for folder in folders:
            try:
                Path(folder).mkdir(mode=0o700, parents=True, exist_ok=True)
            except OSError as error:
                raise OutputUnwritable(f"the folder {folder} cannot be made: {error.strerror}") from error

    def remove(self, paths: Sequence[str]) -> list[str]:
        return [_tried(lambda path=path: _remove(path)) for path in paths]  # type: ignore[misc] # bound in the loop

    def room(self, folder: str) -> int | None:
        try:
            return shutil.disk_usage(folder).free
        except OSError:
            return None

    def close(self) -> None:
        """Nothing is held."""


def _entry(name: str, path: str) -> Entry | None:
    try:
        found = os.lstat(path)
    except OSError:
        return None
    return Entry(
        name, found.st_size, found.st_mtime, stat.S_ISREG(found.st_mode), stat.S_ISDIR(found.st_mode)
    )


def _tried(work: Callable[[], None]) -> str:
    try:
        work()
    except OSError as error:
        return reason_of(error)
    return DONE


def reason_of(error: OSError) -> str:
    """What kept a file from being read or written."""
    return _REASONS.get(error.errno or 0, FAILED)


def _place(draft: str, path: str) -> None:
    """Bring a draft to its folder, by renaming where it is on the same disk."""
    try:
        _rename(draft, path)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        _copy(draft, path)


def _copy(source: str, path: str) -> None:
    """A copy of a regular file, mode 0600."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "wb") as out, Path(source).open("rb") as data:
        shutil.copyfileobj(data, out, 1 << 20)


def _sync(path: str) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _rename(old: str, new: str) -> None:
    Path(old).replace(new)


def _restore(old: str, new: str) -> None:
    """Rename where nothing has the name. A file system without links cannot tell in one step."""
    try:
        Path(new).hardlink_to(old)
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK):
            raise
        if _entry("", new) is not None:
            raise FileExistsError(errno.EEXIST, "taken") from error
        _rename(old, new)
    else:
        Path(old).unlink()


def _carry(old: str, new: str) -> None:
    """Rename, or copy to another disk: the old one goes when the new one is there, whole and on the disk."""
    try:
        _rename(old, new)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        folder, name = posixpath.split(new)
        draft = posixpath.join(folder, f".scrub837-{name}.part")
        _copy(old, draft)
        shutil.copystat(old, draft)
        _sync(draft)
        _rename(draft, new)
        _sync(folder)
        Path(old).unlink()


def _remove(path: str) -> None:
    if path.endswith("/"):
        Path(path).rmdir()
    else:
        Path(path).unlink()
