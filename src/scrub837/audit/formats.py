"""How an audit can be written, see ``scrub837.report``; what is written is ``Audit``."""

from __future__ import annotations

from scrub837.report import Format

FORMATS = {
    "text": Format("audit.as_text", ".txt"),
    "json": Format("audit.as_json", ".json"),
    "csv": Format("audit.as_csv", ".csv"),
    "html": Format("audit.as_html", ".html"),
}
