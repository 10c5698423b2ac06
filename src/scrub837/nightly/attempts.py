"""How often a file was begun: one that kills the program each time (no memory, say) is put aside."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path

MOST_ATTEMPTS = 5
TOGETHER = "*"  # several files were in hand: they were being published
_LENGTH = 64  # of a SHA-256


class Attempts:
    """The file in hand, kept where the next run finds it, and how often each was in hand when a run died.

    The file begins with the SHA-256 of what is in hand, filled up with blanks; the rest is of earlier runs.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle = -1
        self._counts: dict[str, int] = {}
        self.careful = False  # the last run died while it published several files
        with suppress(OSError, ValueError, TypeError, AttributeError):
            text = path.read_text("ascii")
            self._counts = {str(key): int(n) for key, n in json.loads(text[_LENGTH:]).items()}
            hand = text[:_LENGTH].strip()
            self.careful = hand == TOGETHER
            if hand:
                self._counts[hand] = self._counts.get(hand, 0) + 1

    def next(self, sha256: str) -> int:
        """The file is begun: for the how manieth time without having been finished."""
        self._hold(sha256)
        return self._counts.get(sha256, 0) + 1

    def together(self) -> None:
        """Several files are in hand at once."""
        self._hold(TOGETHER)

    def clear(self) -> None:
        """All begun files were finished."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1
        self._path.unlink(missing_ok=True)
        self._counts.clear()

    def _hold(self, hand: str) -> None:
        if self._handle < 0:
            draft = self._path.with_name(f".{self._path.name}.tmp")
            draft.write_text(" " * _LENGTH + json.dumps(self._counts), "ascii")
            draft.replace(self._path)
            self._handle = os.open(self._path, os.O_WRONLY | os.O_CLOEXEC)
        os.pwrite(self._handle, hand.ljust(_LENGTH).encode("ascii"), 0)
