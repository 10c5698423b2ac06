"""Options of verbs that write a report: to standard output in one format, to files in others."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

from scrub837.cli.options import Decorator, colour_wanted, file_path, tell
from scrub837.errors import OutputUnwritable
from scrub837.report import Formats, View

if TYPE_CHECKING:
    from scrub837.report.files import Destination

NARROWEST, WIDEST = 60, 110  # columns


def report_options(formats: Formats) -> Decorator:
    """``--format`` and ``--output``, as ``format_`` and ``outputs``."""
    to_screen = [name for name, one in formats.items() if one.to_screen]
    suffixes = " ".join(one.suffix for one in formats.values() if one.suffix)

    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        with_output = click.option(
            "--output",
            "outputs",
            multiple=True,
            type=file_path,
            metavar="PATH",
            help=f"Write it there, too; {suffixes} says how. May be repeated.",
        )(command)
        return click.option(
            "--format",
            "format_",
            type=click.Choice(to_screen),
            default="text",
            show_default=True,
            help="What goes to standard output.",
        )(with_output)

    return add


def write_files(report: object, where: Sequence[Destination]) -> bool:
    """Write the report files, before standard output may break. One that fails is told; the others go on."""
    from scrub837.report.files import write_file  # noqa: PLC0415 - a wrong option is told without it

    done = True
    for destination in where:
        try:
            write_file(report, destination)
        except OutputUnwritable as error:
            tell(str(error))
            done = False
    return done


def view_of(*, verbose: bool = False) -> View:
    """How a text report is laid out here: colour and width are a terminal's."""
    if not sys.stdout.isatty():
        return View(verbose=verbose)
    width = min(max(shutil.get_terminal_size().columns, NARROWEST), WIDEST)
    return View(width, colour_wanted(), verbose)
