"""Options that several verbs share, and what they come to: settings, reference, words on standard error."""

from __future__ import annotations

import datetime
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scrub837.errors import InputUnreadable
from scrub837.report.words import clean
from scrub837.x12.source import Source, open_source

if TYPE_CHECKING:
    from scrub837.config import Settings

file_path = click.Path(path_type=Path)
batch_option = click.option(
    "--batch",
    "batches",
    multiple=True,
    required=True,
    type=click.Path(),
    metavar="837P",
    help="A batch that was sent. May be repeated.",
)


class Day(click.ParamType[datetime.date]):
    """A date written YYYY-MM-DD."""

    name = "YYYY-MM-DD"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime.date:
        if isinstance(value, datetime.date):
            return value
        try:
            return datetime.date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a date written YYYY-MM-DD", param, ctx)


Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def settings_options(*, redact: str) -> Decorator:
    """``--config``, ``--profile`` and ``--redact``."""
    options = (
        click.option("--config", type=file_path, metavar="PATH", help="Settings [default: scrub837.toml]."),
        click.option("--profile", metavar="NAME", help="Judge every claim by this payer profile."),
        click.option("--redact", is_flag=True, default=None, help=redact),
    )

    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            command = option(command)
        return command

    return add


def settings_of(config: Path | None, given: Mapping[str, object]) -> Settings:
    """The settings of a run; the options ``given`` win. Raises ``SettingsInvalid``."""
    from scrub837.cli.config import checked_settings  # noqa: PLC0415 - late, as all that is not needed to fail
    from scrub837.spread import cores  # noqa: PLC0415

    settings = checked_settings(config, dict(given))
    return replace(settings, jobs=cores()) if settings.origins.get("jobs") == "default" else settings


def open_input(path: str) -> Source:
    """Open an input, named so that any report can hold the name. Raises ``InputUnreadable``."""
    source = open_source(path)
    source.name = source.name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return source


def open_all(paths: Sequence[str], stack: ExitStack) -> tuple[list[Source], bool]:
    """The inputs that can be opened, and whether one could not; that is told."""
    found: list[Source] = []
    failed = False
    for path in paths:
        try:
            found.append(stack.enter_context(closing(open_input(path))))
        except InputUnreadable as error:
            tell(str(error))
            failed = True
    return found, failed


def once(paths: Sequence[str]) -> None:
    """Raises ``UsageError`` where standard input is named twice."""
    if paths.count("-") > 1:
        raise click.UsageError("standard input can be read only once")


def colour_wanted() -> bool:
    """Whether standard output is a terminal on which colour is welcome."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def tell(text: str) -> None:
    """Words for people: to standard error, inert."""
    click.echo(f"scrub837: {clean(text)}", err=True)
