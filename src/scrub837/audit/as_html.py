"""The audit as one page that needs nothing else, with its plots as SVG; to read and to print."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files
from typing import BinaryIO

from markupsafe import Markup

from scrub837 import __version__
from scrub837.audit.document import Audit
from scrub837.audit.plots import manual_plot, month_plots, reasons_chart, rules_plot, visits_plot
from scrub837.audit.sections import headline, period, sources, tables
from scrub837.report import PLAIN, View
from scrub837.report.as_html import pages_of


def write(audit: Audit, out: BinaryIO, _view: View = PLAIN) -> None:
    """Write ``audit`` to ``out`` as UTF-8 HTML."""
    style = "".join(
        files(package).joinpath("templates", name).read_text("utf-8")
        for package, name in (("scrub837.report", "report.css"), ("scrub837.audit", "audit.css"))
    )
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    page = pages_of("scrub837.audit", "scrub837.report").get_template("audit.html.j2")
    text = page.render(
        version=__version__,
        style=Markup(style),  # noqa: S704 - files of this program
        policy=f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; "
        "form-action 'none'",
        period=period(audit),
        sources=sources(audit),
        headline=headline(audit),
        months=month_plots(audit),
        visits=visits_plot(audit),
        reasons=reasons_chart(audit),
        manual=manual_plot(audit),
        rules=rules_plot(audit),
        tables=tables(audit),
    )
    out.write(text.encode())
