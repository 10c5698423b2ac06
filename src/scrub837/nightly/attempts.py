"""How often a file was begun: one that kills the program each time (no memory, say) is put aside."""

from __future__ import annotations

import json
from pathlib import Path

MOST_ATTEMPTS = 5


class Attempts:
    """The file in hand and the number of its attempt, kept where the next run finds it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            kept = json.loads(path.read_text("ascii"))
            self._before = str(kept["sha256"]), int(kept["attempt"])
        except (OSError, ValueError, KeyError, TypeError):
            self._before = "", 0

    def next(self, sha256: str) -> int:
        """The file is begun: for the how manieth time without having been finished."""
        attempt = self._before[1] + 1 if self._before[0] == sha256 else 1
        self._path.write_text(json.dumps({"sha256": sha256, "attempt": attempt}), "ascii")
        return attempt

    def clear(self) -> None:
        """All begun files were finished."""
        self._path.unlink(missing_ok=True)
        self._before = "", 0
