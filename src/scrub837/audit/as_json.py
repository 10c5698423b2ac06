"""The audit as JSON, schema ``scrub837/audit-1``."""

from __future__ import annotations

from typing import BinaryIO

import msgspec

from scrub837.audit.document import Audit
from scrub837.report import PLAIN, View


def write(audit: Audit, out: BinaryIO, _view: View = PLAIN) -> None:
    """Write ``audit`` to ``out`` as UTF-8 JSON. Same input, same bytes."""
    out.write(msgspec.json.format(msgspec.json.encode(audit), indent=1) + b"\n")
