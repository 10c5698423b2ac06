"""The report as one page that needs nothing else: no network, no server, no script to be read.

It is written as a stream: the template asks for one claim after the other, and what is written is let go.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any, BinaryIO

import jinja2
from markupsafe import Markup

from scrub837 import __version__
from scrub837.report import PLAIN, View
from scrub837.report.claim_words import (
    FIX_WORDS,
    FREQUENCIES,
    billed,
    days_of,
    ordinal_of,
    patient_of,
    payer_of,
    place_words,
    quoted,
    units_of,
)
from scrub837.report.explained import explanations
from scrub837.report.html_view import FileView
from scrub837.report.overview import (
    ALL_CHECKED,
    NOT_CHECKED_NOTE,
    PROVISIONAL,
    STARTER_NOTE,
    editions_used,
    only_starter,
)
from scrub837.report.words import box_of, clean, count, line_words, money, short
from scrub837.results import Report

AT_ONCE = 64  # pieces of a page that are encoded together


def write(report: Report, out: BinaryIO, _view: View = PLAIN) -> None:
    """Write ``report`` to ``out`` as UTF-8 HTML."""
    page = _PAGES.get_template("report.html.j2")
    style, script = _part("report.css"), _part("report.js")
    stream = page.stream(
        version=__version__,
        style=style,
        script=script,
        policy=f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'",
        files=[FileView(file, at) for at, file in enumerate(report.files, 1)],
        summary=report.summary(),
        baseline=report.baseline,
        redact=any(file.redact for file in report.files),
        rules=explanations(report.files),
        starter=only_starter(report.reference),
        used=editions_used(report.reference),
    )
    stream.enable_buffering(AT_ONCE)
    for piece in stream:
        out.write(piece.encode())


def _inert(value: object) -> object:
    """What the page prints: text of the file can neither turn the page around nor break out of it."""
    return clean(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def pages_of(*packages: str) -> jinja2.Environment:
    """The templates of these packages; text of files that they print is inert."""
    pages = jinja2.Environment(
        loader=jinja2.ChoiceLoader([jinja2.PackageLoader(package) for package in packages]),
        autoescape=True,
        finalize=_inert,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    words: dict[str, Any] = {
        function.__name__: function
        for function in (
            billed, box_of, count, days_of, line_words, money, ordinal_of, patient_of, payer_of, place_words,
            quoted, short, units_of,
        )
    }  # fmt: skip
    pages.globals |= words
    pages.globals |= {
        "ALL_CHECKED": ALL_CHECKED,
        "FIX_WORDS": FIX_WORDS,
        "FREQUENCIES": FREQUENCIES,
        "NOT_CHECKED_NOTE": NOT_CHECKED_NOTE,
        "PROVISIONAL": PROVISIONAL,
        "STARTER_NOTE": STARTER_NOTE,
    }
    return pages


_PAGES = pages_of("scrub837.report")


def _part(name: str) -> Markup:
    """A style or script of ours, to stand in the page as it is."""
    assert _PAGES.loader is not None  # noqa: S101 - set above
    return Markup(_PAGES.loader.get_source(_PAGES, name)[0])  # noqa: S704 - a file of this package


def _hash(text: str) -> str:
    """What the content security policy knows an inline text by."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
