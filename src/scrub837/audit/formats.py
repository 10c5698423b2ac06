"""How an audit can be written. A format is one line here and a module with ``write``."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import BinaryIO, cast

from scrub837.audit.document import Audit
from scrub837.report import View

SUFFIXES = {".txt": "text", ".json": "json", ".csv": "csv", ".html": "html"}
FORMATS = tuple(SUFFIXES.values())
Writer = Callable[[Audit, BinaryIO, View], None]


def writer(name: str) -> Writer:
    """The function that writes a format."""
    assert name in FORMATS  # noqa: S101 - chosen by the caller among them
    return cast(Writer, importlib.import_module(f"scrub837.audit.as_{name}").write)
