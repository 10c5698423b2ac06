"""One report, many renderings. A format is one line in a table of formats and a module with ``write``."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast


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

    module: str  # below scrub837
    suffix: str | None = None
    to_screen: bool = True
    extra: str | None = None  # what must be installed with it


FORMATS = {
    "text": Format("report.as_text", ".txt"),
    "concise": Format("report.as_concise"),
    "annotated": Format("report.as_annotated"),
    "json": Format("report.as_json", ".json"),
    "csv": Format("report.as_csv", ".csv"),
    "html": Format("report.as_html", ".html"),
    "xml": Format("report.as_xml", ".xml"),
    "xlsx": Format("report.as_xlsx", ".xlsx", to_screen=False, extra="xlsx"),
    "sarif": Format("report.as_sarif", ".sarif"),
}

Formats = Mapping[str, Format]
Writer = Callable[[Any, BinaryIO, View], None]  # of a Report, or of what else its table of formats is for


def writer(name: str, formats: Formats = FORMATS) -> Writer:
    """The function that writes a format, imported now. ``ImportError`` when an extra it needs is missing."""
    module = importlib.import_module(f"scrub837.{formats[name].module}")
    return cast(Writer, module.write)


def format_of(path: Path, formats: Formats = FORMATS) -> str | None:
    """The format that a file's suffix asks for."""
    suffix = path.suffix.lower()
    return next((name for name, one in formats.items() if one.suffix == suffix and suffix), None)
