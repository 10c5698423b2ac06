"""Records in a temporary file, so that memory does not grow with them."""

from __future__ import annotations

import io
import os
import shutil
import tempfile
from array import array
from collections.abc import Sequence
from itertools import accumulate
from typing import BinaryIO


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
