"""Service lines as JSON lines."""

from __future__ import annotations

from collections.abc import Iterable
from typing import BinaryIO

import msgspec

from scrub837.report import PLAIN, View
from scrub837.report.service_lines import ServiceLine

_encode = msgspec.json.Encoder().encode


def write(rows: Iterable[ServiceLine], out: BinaryIO, _view: View = PLAIN) -> None:
    """A JSON object a line."""
    for row in rows:
        out.write(_encode(row) + b"\n")
