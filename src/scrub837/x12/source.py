"""The bytes of an input, read by position so that several processes can share one open file."""

from __future__ import annotations

import os
import shutil
import stat
import sys
import tempfile
from pathlib import Path
from typing import BinaryIO

from scrub837.errors import InputUnreadable


class Source:
    """An open input. ``name`` is what reports call it; standard input is copied to a nameless file first."""

    def __init__(self, name: str, stream: BinaryIO) -> None:
        self.name = name
        self._stream = stream
        self._fd = stream.fileno()
        self.size = os.fstat(self._fd).st_size

    def read_at(self, start: int, count: int) -> bytes:
        """Up to ``count`` bytes from offset ``start``; fewer only at the end of the file."""
        parts = []
        while count > 0:
            data = os.pread(self._fd, count, start)
            if not data:
                break
            parts.append(data)
            start += len(data)
            count -= len(data)
        return b"".join(parts)

    def again(self) -> Source:
        """The same bytes, open by themselves."""
        return Source(self.name, os.fdopen(os.dup(self._fd), "rb"))

    def close(self) -> None:
        self._stream.close()


def open_source(path: str) -> Source:
    """Open a file, or standard input for ``-``.

    Raises ``InputUnreadable`` when that cannot be done.
    """
    if path == "-":
        return _copied("-", sys.stdin.buffer, "standard input")
    try:
        mode = Path(path).stat().st_mode
        if stat.S_ISDIR(mode):
            raise InputUnreadable(f"{path} is a folder; name the files in it")
        if stat.S_ISFIFO(mode) and not Path(path).resolve().exists():  # as a shell's <(command) gives it
            with Path(path).open("rb") as pipe:
                return _copied(path, pipe, path)
        if not stat.S_ISREG(mode) and not Path(path).samefile(os.devnull):
            raise InputUnreadable(f"{path} is a pipe or a device, not a file; to read from it: - < {path}")
        return Source(path, Path(path).open("rb"))
    except OSError as error:
        raise InputUnreadable(f"{path} cannot be read: {error.strerror}") from error


def _copied(name: str, stream: BinaryIO, what: str) -> Source:
    """What a stream holds, in a nameless file: it cannot be read by position."""
    copy = tempfile.TemporaryFile(prefix="scrub837-")  # noqa: SIM115 - closed by Source.close
    try:
        shutil.copyfileobj(stream, copy)
        copy.flush()
    except OSError as error:
        raise InputUnreadable(f"{what} cannot be read: {error.strerror}") from error
    return Source(name, copy)
