"""``scrub837 reference``: load CMS's tables, list what is loaded, look codes up."""

from __future__ import annotations

import datetime
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from scrub837.reference.load import Outcome
    from scrub837.reference.sources import Progress

_database_option = click.option(
    "--reference",
    "database",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="PATH",
    help="The reference database [default: $SCRUB837_REFERENCE, else the user's data folder].",
)


_program = click.Choice(["medicare", "medicaid"])


@click.group()
def reference() -> None:
    """CMS's tables: load them, look codes up.

    They are edits between codes, unit limits and add-on codes.

    Download the practitioner files of a quarter from CMS (the Medicare edits sit behind a licence click) and
    load them as they are. Without them a small built-in starter edition answers.
    """


@reference.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@_database_option
@click.option("--program", type=_program, help="Whose tables these are, when the file name does not tell.")
@click.option("--edition", metavar="2026Q4", help="The quarter, when the file name does not tell.")
def load(files: tuple[Path, ...], database: Path | None, program: str | None, edition: str | None) -> None:
    """Load FILEs as CMS publishes them: zip, txt, csv or xlsx.

    All of the load or nothing of it: a damaged file leaves the database as it was. A file loaded before
    changes nothing; a changed one takes the place of the earlier.
    """
    from scrub837.reference.load import load as load_files  # noqa: PLC0415  # only this command needs it
    from scrub837.reference.store import default_database, named_database  # noqa: PLC0415

    target = named_database(database) or default_database()
    with _progress() as progress:
        editions = load_files(files, target, program, edition, progress, outcome=_tell)
    for one in editions:
        if not one.complete:
            click.echo(
                f"{one.program} {one.edition}: only {', '.join(one.parts)} of f1 to f4 so far", err=True
            )
    click.echo(f"The reference is in {target}", err=True)


def _tell(outcome: Outcome) -> None:
    facts = outcome.facts
    what = " ".join(filter(None, (facts.program, facts.table.upper(), facts.edition, facts.part)))
    click.echo(f"{facts.source}: {what}, {outcome.rows:,} rows, {outcome.did}", err=True)


@contextmanager
def _progress() -> Iterator[Progress | None]:
    """A bar on a terminal; nothing in a log."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console  # noqa: PLC0415  # costs time that other commands need not spend
    from rich.progress import Progress as Bar  # noqa: PLC0415

    with Bar(console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, object] = {}

        def show(name: str, done: int, total: int) -> None:
            if name not in tasks:
                tasks[name] = bar.add_task(name, total=total or None)
            bar.update(tasks[name], completed=done)  # type: ignore[arg-type]  # a task id, opaque here

        yield show


@reference.command("list")
@_database_option
def list_editions(database: Path | None) -> None:
    """Show the editions that are loaded.

    With their parts, and the files they came from.
    """
    from scrub837.reference.store import find_database, open_reference  # noqa: PLC0415
    from scrub837.reference.words import edition_words  # noqa: PLC0415

    path = find_database(database)
    click.echo(f"Database: {path}" if path else "No database: the built-in starter edition answers.")
    for edition in open_reference(path).editions:
        for line in edition_words(edition):
            click.echo(line)


@reference.command()
@click.argument("codes", nargs=-1, required=True, metavar="CODE [CODE]")
@click.option("--date", "day", metavar="YYYY-MM-DD", help="Date of service [default: today].")
@click.option(
    "--program", type=_program, default="medicare", show_default=True, help="Whose tables are asked."
)
@_database_option
def lookup(codes: tuple[str, ...], day: str | None, program: str, database: Path | None) -> None:
    """Say what is known of one code, or of the edit between two."""
    from scrub837.reference.store import find_database, open_reference  # noqa: PLC0415
    from scrub837.reference.words import code_words, pair_words  # noqa: PLC0415

    wanted = [code.strip().upper() for code in codes]
    if len(wanted) > 2 or not all(re.fullmatch(r"[A-Z0-9]{5}", code) for code in wanted):
        raise click.UsageError("give one or two procedure codes of five characters")
    try:
        service = datetime.date.fromisoformat(day) if day else datetime.date.today()  # noqa: DTZ011  # local day
    except ValueError:
        raise click.BadParameter(f"{day!r} is not a date written YYYY-MM-DD", param_hint="--date") from None
    known = open_reference(find_database(database))
    if len(wanted) == 1:
        lines = code_words(known, wanted[0], service, program)
    else:
        lines = pair_words(known, wanted[0], wanted[1], service, program)
    for line in lines:
        click.echo(line)
