"""Records in a temporary file, so that memory does not grow with them."""

from __future__ import annotations

import fcntl
import io
import os
import shutil
import tempfile
from array import array
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import BinaryIO, NamedTuple


class Spool:
    """JSON records in a file without a name (so a killed run leaves nothing), read back in any order."""

    SEPARATOR = b",\n"  # before each record, so that the file can be copied into a JSON list as it is

    def __init__(self) -> None:
        self._file: BinaryIO = tempfile.TemporaryFile(prefix="scrub837-")  # noqa: SIM115 - see close
        self._ends = array("q", [0])
        self._written = True  # nothing waits to be written

    def __len__(self) -> int:
        return len(self._ends) - 1

    def append(self, record: bytes) -> None:
        """Add one record."""
        self.extend((record,))

    def extend(self, records: Sequence[bytes]) -> None:
        """Add records."""
        if not records:
            return
        self._file.write(self.SEPARATOR + self.SEPARATOR.join(records))
        self._written = False
        gap = len(self.SEPARATOR)
        ends = accumulate([len(record) + gap for record in records], initial=self._ends[-1])
        next(ends)
        self._ends.extend(ends)

    def __getitem__(self, number: int) -> bytes:
        if not self._written:
            self._file.flush()
            self._written = True
        start = self._ends[number] + len(self.SEPARATOR)
        return os.pread(self._file.fileno(), self._ends[number + 1] - start, start)

    def copy_to(self, out: BinaryIO) -> None:
        """Write all records, in order and separated, to ``out``."""
        self._file.seek(len(self.SEPARATOR))
        shutil.copyfileobj(self._file, out, 1 << 20)
        self._file.seek(0, io.SEEK_END)

    def close(self) -> None:
        """Give the file back."""
        self._file.close()


class Placed(NamedTuple):
    """Records that are written to a shelf: where, and how long each is with its separator."""

    start: int
    lengths: array[int]


class Shelf(Spool):
    """A spool that forked processes write to by themselves; who asked them keeps the order."""

    def __init__(self) -> None:
        super().__init__()
        self._firsts = array("q")  # of each batch of records: number of its first one
        self._starts = array("q")  # where it is in the file

    def put(self, records: Sequence[bytes]) -> Placed:
        """Write records, in any process; ``add`` takes them up in the process that reads."""
        data = self.SEPARATOR + self.SEPARATOR.join(records) if records else b""
        descriptor = self._file.fileno()
        fcntl.lockf(descriptor, fcntl.LOCK_EX)
        try:
            start = os.fstat(descriptor).st_size
            os.ftruncate(descriptor, start + len(data))  # the place is taken: nobody waits for the writing
        finally:
            fcntl.lockf(descriptor, fcntl.LOCK_UN)
        rest = memoryview(data)
        at = start
        while rest:
            written = os.pwrite(descriptor, rest, at)
            rest, at = rest[written:], at + written
        gap = len(self.SEPARATOR)
        return Placed(start, array("q", [len(record) + gap for record in records]))

    def add(self, placed: Placed) -> None:
        """The next records."""
        if placed.lengths:
            self._firsts.append(len(self))
            self._starts.append(placed.start)
            ends = accumulate(placed.lengths, initial=self._ends[-1])
            next(ends)
            self._ends.extend(ends)

    def extend(self, records: Sequence[bytes]) -> None:
        """Add records of this process."""
        self.add(self.put(records))

    def __getitem__(self, number: int) -> bytes:
        batch = bisect_right(self._firsts, number) - 1
        start = self._starts[batch] - self._ends[self._firsts[batch]] + self._ends[number]
        gap = len(self.SEPARATOR)
        return os.pread(self._file.fileno(), self._ends[number + 1] - self._ends[number] - gap, start + gap)

    def copy_to(self, out: BinaryIO) -> None:
        """Write all records, in order and separated, to ``out``."""
        for batch, start in enumerate(self._starts):
            last = self._firsts[batch + 1] if batch + 1 < len(self._firsts) else len(self)
            end = start + self._ends[last] - self._ends[self._firsts[batch]]
            at = start if batch else start + len(self.SEPARATOR)  # nothing is before the first record
            while at < end:
                data = os.pread(self._file.fileno(), min(1 << 20, end - at), at)
                if not data:
                    raise OSError(f"a temporary file that should have {end} bytes ends at {at}")
                out.write(data)
                at += len(data)
