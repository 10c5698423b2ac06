"""What is remembered between runs of files that wait: since when they are unchanged, which are unfinished.

Losing it costs nothing but time. Names are kept as hashes.
"""

from __future__ import annotations

import json
import os
import time
from hashlib import blake2b
from pathlib import Path

from scrub837.nightly.folder import Entry

MOST = 10_000  # files


class Memory:
    """A small file beside the ledger."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._old = _read(path)
        self._new: dict[str, list[float]] = {}

    def unchanged_for(self, entry: Entry) -> float:
        """Seconds by our clock since the file was first seen as it is."""
        return max(0.0, time.time() - self._of(entry)[0])

    def unfinished(self, entry: Entry) -> bool:
        """Whether the file, as it is, was found to end before its trailers."""
        return bool(self._of(entry)[1])

    def remember_unfinished(self, entry: Entry) -> None:
        """It ends before its trailers: it is not fetched again until it changes."""
        self._of(entry)[1] = 1

    def save(self) -> None:
        """Keep what was asked about in this run."""
        draft = self._path.with_name(f".{self._path.name}.tmp")
        draft.write_text(json.dumps(dict(list(self._new.items())[:MOST])), "ascii")
        draft.replace(self._path)

    def _of(self, entry: Entry) -> list[float]:
        text = b"%s\0%d\0%f" % (os.fsencode(entry.name), entry.size, entry.mtime)
        key = blake2b(text, digest_size=12).hexdigest()
        if key not in self._new:
            since, unfinished = self._old.get(key, [time.time(), 0])
            self._new[key] = [min(since, time.time()), unfinished]  # a clock may be set back
        return self._new[key]


def _read(path: Path) -> dict[str, list[float]]:
    try:
        kept = json.loads(path.read_text("ascii"))
        return {key: [float(since), float(flag)] for key, (since, flag) in kept.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}
