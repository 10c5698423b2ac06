"""How answers can be written, see ``scrub837.report``; what is written is ``Work``."""

from __future__ import annotations

from scrub837.report import Format

FORMATS = {
    "text": Format("responses.as_text", ".txt"),
    "json": Format("responses.as_json", ".json"),
    "csv": Format("responses.as_csv", ".csv"),
}
