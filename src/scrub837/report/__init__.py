"""One report, many renderings. A format is one line in ``FORMATS`` and a module with ``write``."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

if TYPE_CHECKING:
    from scrub837.results import Report


@dataclass(frozen=True, slots=True)
class View:
    """How a report for people is laid out; other formats take no notice of it."""

    width: int = 80
    colour: bool = False
    verbose: bool = False  # tell of info findings one by one


PLAIN = View()


@dataclass(frozen=True, slots=True)
class Format:
    """The module that writes it, the suffix that asks for it, and whether it may go to standard output."""

    module: str
    suffix: str | None = None
    to_screen: bool = True
    extra: str | None = None  # what must be installed with it


FORMATS = {
    "text": Format("as_text", ".txt"),
    "concise": Format("as_concise"),
    "annotated": Format("as_annotated"),
    "json": Format("as_json", ".json"),
    "csv": Format("as_csv", ".csv"),
    "html": Format("as_html", ".html"),
    "xml": Format("as_xml", ".xml"),
    "xlsx": Format("as_xlsx", ".xlsx", to_screen=False, extra="xlsx"),
    "sarif": Format("as_sarif", ".sarif"),
}

Writer = Callable[["Report", BinaryIO, View], None]


def writer(name: str) -> Writer:
    """The function that writes a format, imported now. ``ImportError`` when an extra it needs is missing."""
    module = importlib.import_module(f"{__name__}.{FORMATS[name].module}")
    return cast(Writer, module.write)


def format_of(path: Path) -> str | None:
    """The format that a file's suffix asks for."""
    suffix = path.suffix.lower()
    return next((name for name, one in FORMATS.items() if one.suffix == suffix and suffix), None)
