"""How answers can be written. A format is one line here and a module with ``write``."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import BinaryIO, cast

from scrub837.report import View
from scrub837.responses.working import Work

FORMATS = ("text", "json", "csv")

Writer = Callable[[Work, BinaryIO, View], None]


def writer(name: str) -> Writer:
    """The function that writes a format."""
    assert name in FORMATS  # noqa: S101 - chosen by the caller among them
    return cast(Writer, importlib.import_module(f"scrub837.responses.as_{name}").write)
