"""The log of the nightly run: JSON lines, one event each, and nothing in them that is not on the list below.

The list is the guard: a key that is not named here is dropped, so that no value of a claim, no file name and
no text of an exception gets into a log by an oversight.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Any, TextIO

import structlog

from scrub837.errors import OutputUnwritable

KEYS = frozenset(
    (
        "event", "level", "timestamp", "run", "version", "host", "file", "sha256", "key", "bytes", "status",
        "outcome", "claims", "lines", "findings", "editions", "seconds", "reason", "places", "count",
        "waiting", "attempt", "exit", "age", "files",
    )
)  # fmt: skip
_WORD = re.compile(r"[\w .,:;/()%+-]{0,200}")


def allow_listed(_logger: object, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """The processor that drops keys that are not listed, and whatever is no number or short plain text."""
    return {key: kept for key, value in event.items() if key in KEYS and (kept := _plain(value)) is not None}


def _plain(value: object) -> object:
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return value if _WORD.fullmatch(value) else None
    if isinstance(value, Mapping):
        return {key: n for key, n in value.items() if isinstance(n, int) and _WORD.fullmatch(str(key))}
    if isinstance(value, tuple | list):
        return [item for item in value if isinstance(item, str) and _WORD.fullmatch(item)]
    return None


class Log:
    """An open log of one run."""

    def __init__(self, path: str, run: str, host: str) -> None:
        self._file = sys.stderr if path == "-" else _open(Path(path))
        self._log = structlog.wrap_logger(
            structlog.WriteLogger(self._file),
            processors=[
                structlog.processors.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                allow_listed,
                structlog.processors.JSONRenderer(sort_keys=True),
            ],
            wrapper_class=structlog.make_filtering_bound_logger("info"),
            cache_logger_on_first_use=True,
        ).bind(run=run, host=host)

    def info(self, event: str, **values: object) -> None:
        """Something was done."""
        self._log.info(event, **values)

    def warning(self, event: str, **values: object) -> None:
        """A person has to look."""
        self._log.warning(event, **values)

    def close(self) -> None:
        """Close the file."""
        if self._file is not sys.stderr:
            self._file.close()


def _open(path: Path) -> TextIO:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    except OSError as error:
        raise OutputUnwritable(f"the log {path} cannot be written: {error.strerror}") from error
    return os.fdopen(handle, "a", encoding="utf-8", buffering=1)
