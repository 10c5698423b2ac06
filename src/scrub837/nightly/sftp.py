"""An SFTP server as a store. Many files at once share one connection, which is made again when it is lost.

Nothing runs between calls: the event loop turns only while a call waits. A server that hangs up meanwhile is
connected to anew by the next call.
"""

from __future__ import annotations

import asyncio
import os
import posixpath
import stat
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar, cast

import asyncssh
from asyncssh import SFTPClient, SFTPClientFile, SFTPError

from scrub837.errors import OutputUnwritable, TryLater
from scrub837.nightly.folder import CHANGED, DENIED, DONE, FAILED, FULL, GONE, SLOW, Entry, reason_of
from scrub837.nightly.ssh_connect import connect, start_sftp
from scrub837.nightly_settings import ADDRESS, Nightly

BLOCK = 1 << 15  # bytes a request: what every server takes
WINDOW = 32  # requests on their way for one file
AT_ONCE = 32  # files
SLOWEST = 20_000  # bytes a second that a transfer has to reach in the end
PAUSE = 0.5  # seconds before the first new attempt; doubled each time
_LOST = (asyncssh.SFTPNoConnection, asyncssh.SFTPConnectionLost)
_REASONS: dict[type[SFTPError], str] = {
    asyncssh.SFTPNoSuchFile: GONE,
    asyncssh.SFTPNoSuchPath: GONE,
    asyncssh.SFTPPermissionDenied: DENIED,
    asyncssh.SFTPWriteProtect: DENIED,
    asyncssh.SFTPNoSpaceOnFilesystem: FULL,
    asyncssh.SFTPQuotaExceeded: FULL,
}
_PRIVATE_FILE, _PRIVATE_FOLDER = asyncssh.SFTPAttrs(permissions=0o600), asyncssh.SFTPAttrs(permissions=0o700)
_Answer = TypeVar("_Answer")


class SftpStore:
    """One server. See ``folder.Store``."""

    def __init__(self, server: str, nightly: Nightly) -> None:
        self.name = server
        self._nightly = nightly
        address = ADDRESS.fullmatch(f"{server}/")
        assert address is not None  # noqa: S101 - a server comes from an address that was read by it
        self._address = address
        self._loop = asyncio.new_event_loop()
        self._connection: asyncssh.SSHClientConnection | None = None
        self._client: SFTPClient | None = None

    def entries(self, folder: str) -> list[Entry]:
        try:
            found = self._simply(lambda client: client.readdir(os.fsencode(folder)))
        except SFTPError as error:
            raise OutputUnwritable(
                f"the folder {folder} of {self.name} cannot be read: {error.reason}"
            ) from error
        entries = []
        for one in found:
            name = one.filename if isinstance(one.filename, bytes) else one.filename.encode()
            if name not in (b".", b".."):
                entries.append(_entry(os.fsdecode(name), one.attrs))
        return entries

    def look(self, paths: Sequence[str]) -> list[Entry | None]:
        found: list[Entry | None] = [None] * len(paths)

        async def look(client: SFTPClient, n: int) -> str:
            attributes = await client.lstat(os.fsencode(paths[n]))
            found[n] = _entry(posixpath.basename(paths[n]), attributes)
            return DONE

        self._each(len(paths), look)
        return found

    def at(self, path: str) -> Path | None:  # noqa: ARG002 - never in place
        return None

    def fetch(self, wanted: Sequence[tuple[str, int, Path]]) -> list[str]:
        got = [0] * len(wanted)  # bytes that are here without a gap: where a broken transfer goes on

        async def fetch(client: SFTPClient, n: int) -> str:
            path, size, to = wanted[n]
            handle = os.open(to, os.O_WRONLY | os.O_CREAT | (0 if got[n] else os.O_TRUNC), 0o600)
            try:
                async with client.open(os.fsencode(path), "rb", encoding=None, block_size=0) as file:
                    while got[n] < size:
                        count = await _read_window(file, handle, got[n], size)
                        if not count:
                            return CHANGED
                        got[n] += count
            finally:
                os.close(handle)
            return DONE

        return self._each(len(wanted), fetch, [size for _, size, _ in wanted])

    def put(self, drafts: Sequence[tuple[Path, str]]) -> list[str]:
        sizes = [draft.stat().st_size for draft, _ in drafts]
        sent = [0] * len(drafts)  # bytes the server has confirmed without a gap

        async def put(client: SFTPClient, n: int) -> str:
            draft, path = drafts[n]
            resumed = sent[n] > 0
            with draft.open("rb") as data:
                mode = "r+b" if resumed else "wb"
                attributes = asyncssh.SFTPAttrs() if resumed else _PRIVATE_FILE
                async with client.open(
                    os.fsencode(path), mode, attributes, encoding=None, block_size=0
                ) as file:
                    while sent[n] < sizes[n]:
                        sent[n] += await _write_window(file, data.fileno(), sent[n])
                    with suppress(asyncssh.SFTPOpUnsupported):  # then the server's word has to do
                        await file.fsync()
                    long = resumed or sizes[n] > BLOCK  # one confirmed write is all there
                    whole = not long or (await file.stat()).size == sizes[n]
                    if not whole or (resumed and not await _same(file, data.fileno())):
                        sent[n] = 0
                        raise asyncssh.SFTPConnectionLost("the copy differs")  # once more, from the start
            return DONE

        return self._each(len(drafts), put, sizes)

    def move(self, pairs: Sequence[tuple[str, str]]) -> list[str]:
        tried = [False] * len(pairs)

        async def move(client: SFTPClient, n: int) -> str:
            old, new = (os.fsencode(path) for path in pairs[n])
            again, tried[n] = tried[n], True
            try:
                await _rename(client, old, new)
            except (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath):
                # The answer to an earlier attempt may have been lost with the connection.
                if not (again and await client.exists(new)):
                    raise
            return DONE

        return self._each(len(pairs), move)

    def restore(self, pairs: Sequence[tuple[str, str]]) -> list[str]:
        async def restore(client: SFTPClient, n: int) -> str:
            old, new = (os.fsencode(path) for path in pairs[n])
            if await client.exists(new):  # there are servers that would write over it
                return FAILED
            await client.rename(old, new)
            return DONE

        return self._each(len(pairs), restore)

    def carry(self, pairs: Sequence[tuple[str, str]]) -> list[str]:
        return self.move(pairs)

    def flush(self) -> None:
        """A server has no such request: its renames are its own to keep."""

    def make(self, folders: Iterable[str]) -> None:
        for folder in folders:
            try:
                self._simply(lambda client, folder=folder: _make(client, folder))  # type: ignore[misc] # bound in the loop
            except SFTPError as error:
                raise OutputUnwritable(
                    f"the folder {folder} of {self.name} cannot be made: {error.reason}"
                ) from error

    def remove(self, paths: Sequence[str]) -> list[str]:
        async def remove(client: SFTPClient, n: int) -> str:
            path = os.fsencode(paths[n])
            await (client.rmdir(path.rstrip(b"/")) if path.endswith(b"/") else client.remove(path))
            return DONE

        return self._each(len(paths), remove)

    def room(self, folder: str) -> int | None:
        try:
            found = self._simply(lambda client: client.statvfs(os.fsencode(folder)))
        except SFTPError:
            return None
        return int(found.bavail * found.frsize)

    def close(self) -> None:
        self._drop()
        self._loop.run_until_complete(_settled())
        self._loop.close()

    # --- asking ------------------------------------------------------------------------------------------

    def _each(
        self, count: int, work: Callable[[SFTPClient, int], Awaitable[str]], sizes: Sequence[int] = ()
    ) -> list[str]:
        """Do ``work`` for each of ``count`` files, those left again after a lost connection."""
        answers: list[str | None] = [None] * count
        slow = [0] * count

        async def one(client: SFTPClient, n: int, gate: asyncio.Semaphore) -> None:
            limit = self._nightly.transfer_limit + (sizes[n] / SLOWEST if sizes else 0)
            async with gate:
                try:
                    answers[n] = await self._within(limit, work(client, n))
                except _LOST:
                    raise
                except TimeoutError:
                    slow[n] += 1
                    if slow[n] > 1:
                        answers[n] = SLOW  # it alone: the others go on
                    raise
                except SFTPError as error:
                    answers[n] = _REASONS.get(type(error), FAILED)
                except OSError as error:  # of a file of this machine
                    if isinstance(error, ConnectionError):
                        raise
                    answers[n] = reason_of(error)

        async def rest(client: SFTPClient) -> None:
            gate = asyncio.Semaphore(AT_ONCE)
            left = [n for n in range(count) if answers[n] is None]
            done = await asyncio.gather(*(one(client, n, gate) for n in left), return_exceptions=True)
            for error in done:
                if isinstance(error, BaseException):
                    raise error

        if count:
            self._ask(rest)
        return [answer if answer is not None else FAILED for answer in answers]

    def _simply(self, work: Callable[[SFTPClient], Awaitable[_Answer]]) -> _Answer:
        """Ask one thing."""
        return self._ask(lambda client: self._within(self._nightly.transfer_limit, work(client)))

    def _ask(self, work: Callable[[SFTPClient], Awaitable[_Answer]]) -> _Answer:
        """Ask the server; connect when need be, and again with growing pauses when it hangs up."""
        pause = PAUSE
        for attempt in range(self._nightly.retries + 1):
            if attempt:
                time.sleep(pause)
                pause = min(pause * 2, 30)
            try:
                return self._loop.run_until_complete(self._work(work))
            except (*_LOST, asyncssh.ChannelOpenError, ConnectionError, TimeoutError, EOFError):
                self._drop()
            except asyncssh.DisconnectError:  # what needs a person was told apart by ``connect``
                self._drop()
            except OSError:  # no route, no such name
                self._drop()
        raise TryLater(f"{self.name} cannot be reached, or hangs up: tried {self._nightly.retries + 1} times")

    async def _work(self, work: Callable[[SFTPClient], Awaitable[_Answer]]) -> _Answer:
        if self._client is None:
            self._connection = await connect(self._address, self._nightly.sftp)
            limit = self._nightly.sftp.connect_limit
            self._client = await asyncio.wait_for(start_sftp(self._connection), limit)
        return await work(self._client)

    async def _within(self, limit: float, work: Awaitable[_Answer]) -> _Answer:
        """Wait for an answer. A server that gives none in time is hung up on: it would take no goodbye."""
        mine, late = asyncio.current_task(), False

        def hang_up() -> None:
            nonlocal late
            late = True
            if self._connection is not None:
                self._connection.abort()
            if mine is not None:
                mine.cancel()

        timer = self._loop.call_later(limit, hang_up)
        try:
            return await work
        except BaseException as error:
            if late and isinstance(error, (asyncio.CancelledError, asyncssh.Error, OSError)):
                raise TimeoutError from error
            raise
        finally:
            timer.cancel()

    def _drop(self) -> None:
        """Forget the connection."""
        connection, self._connection, self._client = self._connection, None, None
        if connection is None:
            return
        connection.abort()
        tunnel = connection.get_extra_info("scrub837_tunnel")

        async def end() -> None:
            await asyncio.wait_for(connection.wait_closed(), 5)

        with suppress(TimeoutError, OSError, asyncssh.Error):
            self._loop.run_until_complete(end())
        if tunnel is not None:
            tunnel.abort()


async def _settled() -> None:
    """Give what was hung up on the turns of the loop that it takes to close its sockets."""
    mine = asyncio.current_task()
    others = [task for task in asyncio.all_tasks() if task is not mine]
    if others:
        await asyncio.wait(others, timeout=1)
    for _ in range(3):
        await asyncio.sleep(0)


async def _read_window(file: SFTPClientFile, handle: int, start: int, size: int) -> int:
    """Copy what follows ``start``, several requests at once; gives how many bytes came without a gap."""
    places = range(start, min(size, start + WINDOW * BLOCK), BLOCK)
    blocks = await asyncio.gather(*(file.read(min(BLOCK, size - at), at) for at in places))
    count = 0
    for at, block in zip(places, blocks, strict=True):
        os.pwrite(handle, cast(bytes, block), at)
        count += len(block)
        if len(block) < min(BLOCK, size - at):
            break
    return count


async def _write_window(file: SFTPClientFile, handle: int, start: int) -> int:
    blocks = []
    for at in range(start, start + WINDOW * BLOCK, BLOCK):
        block = os.pread(handle, BLOCK, at)
        if not block:
            break
        blocks.append((block, at))
    await asyncio.gather(*(file.write(block, at) for block, at in blocks))
    return sum(len(block) for block, _ in blocks)


async def _same(file: SFTPClientFile, handle: int) -> bool:
    """Whether the server's copy is that of this machine, byte for byte."""
    at = 0
    while True:
        here = os.pread(handle, BLOCK, at)
        if here != cast(bytes, await file.read(BLOCK, at)):
            return False
        if not here:
            return True
        at += len(here)


async def _rename(client: SFTPClient, old: bytes, new: bytes) -> None:
    """Rename over what has the name, in one step where the server can do that."""
    try:
        await client.posix_rename(old, new)
        return
    except asyncssh.SFTPOpUnsupported:
        pass
    try:
        await client.rename(old, new)
    except (asyncssh.SFTPFailure, asyncssh.SFTPFileAlreadyExists):
        if not (await client.exists(new) and await client.exists(old)):
            raise
        await client.remove(new)
        await client.rename(old, new)


async def _make(client: SFTPClient, folder: str) -> None:
    path = os.fsencode(folder)
    missing = []
    while path not in (b"", b".", b"/") and not await client.exists(path):
        missing.append(path)
        path = posixpath.dirname(path)
    for path in reversed(missing):
        try:
            await client.mkdir(path, _PRIVATE_FOLDER)
        except SFTPError:
            if not await client.isdir(path):  # else another host was faster
                raise


def _entry(name: str, attributes: asyncssh.SFTPAttrs) -> Entry:
    mode = attributes.permissions
    is_file = stat.S_ISREG(mode) if mode is not None else attributes.type == asyncssh.FILEXFER_TYPE_REGULAR
    is_folder = (
        stat.S_ISDIR(mode) if mode is not None else attributes.type == asyncssh.FILEXFER_TYPE_DIRECTORY
    )
    return Entry(name, attributes.size or 0, float(attributes.mtime or 0), is_file, is_folder)
