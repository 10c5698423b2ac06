"""The audit for people at a terminal."""

from __future__ import annotations

from typing import BinaryIO

from scrub837 import __version__
from scrub837.audit.document import Audit
from scrub837.audit.sections import headline, period, sources, tables
from scrub837.report import PLAIN, View
from scrub837.report.layout import Page, Part


def write(audit: Audit, out: BinaryIO, view: View = PLAIN) -> None:
    """Write ``audit`` to ``out`` as UTF-8 text."""
    page = Page(out, view.width, colour=view.colour)
    page.line((f"scrub837 {__version__}", "strong"), f"  audit of {period(audit)}, from {sources(audit)}")
    page.line("=" * page.width)
    page.table([[what, number, of] for what, number, of in headline(audit)])
    for table in tables(audit):
        page.line()
        page.line((table.title, "strong"))
        if table.note:
            page.paragraph(table.note, indent=2)
        rows: list[list[Part]] = [[(name, "faint") for name in table.head]]
        rows += [list[Part](row) for row in table.rows]
        page.table(rows, right=table.right)
        if table.more:
            page.line(f"  and {table.more:,} more; CSV and JSON have all")
