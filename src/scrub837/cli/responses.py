"""``scrub837 responses``: TA1, 999, 277CA and 835 files joined to the batches they answer."""

from __future__ import annotations

import os
import shutil
import sys
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scrub837.cli.options import (
    Day,
    colour_wanted,
    file_path,
    open_input,
    settings_of,
    settings_options,
    tell,
)
from scrub837.errors import InputUnreadable, OutputUnwritable, SettingsInvalid
from scrub837.report import PLAIN, View
from scrub837.report.words import count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scrub837.engine import Job
    from scrub837.nightly.ledger import Ledger
    from scrub837.responses.working import Work
    from scrub837.x12.source import Source

_FORMATS = ("text", "json", "csv")
_SUFFIXES = {".txt": "text", ".json": "json", ".csv": "csv"}
NARROWEST, WIDEST = 60, 110  # columns


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="RESPONSE...", type=click.Path(allow_dash=True))
@click.option(
    "--batch",
    "batches",
    multiple=True,
    required=True,
    type=click.Path(),
    metavar="837P",
    help="A batch that was sent. May be repeated.",
)
@click.option(
    "--documentation",
    "logs",
    multiple=True,
    type=file_path,
    metavar="PATH",
    help="Treatment-time log (CSV or JSONL) of the batches. May be repeated.",
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(_FORMATS),
    default="text",
    show_default=True,
    help="What goes to standard output.",
)
@click.option(
    "--output",
    "outputs",
    multiple=True,
    type=file_path,
    metavar="PATH",
    help=f"Write it there, too; {' '.join(_SUFFIXES)} says how. May be repeated.",
)
@click.option(
    "--ledger",
    metavar="PATH",
    help="Ledger of nightly runs, a file or a postgresql:// URL: asked of claims that no batch holds.",
)
@click.option(
    "--record",
    is_flag=True,
    help="Keep in the ledger what became of the claims: rejected ones no longer count as sent.",
)
@click.option(
    "--reference",
    type=file_path,
    metavar="PATH",
    help="Reference database [default: as for check].",
)
@click.option(
    "--guide/--no-guide",
    default=None,
    help="Judge the responses by their guides, too (advisory); --no-guide asks it of the batch neither.",
)
@settings_options(redact="No patient name, member id or free text of an answer.")
@click.option("--as-of", type=Day(), help="The day to judge the batch by [default: today].")
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Processes [default: one a core].")
@click.option("-v", "--verbose", is_flag=True, help="Tell of every claim to work.")
def responses(
    paths: tuple[str, ...],
    batches: tuple[str, ...],
    logs: tuple[Path, ...],
    format_: str,
    outputs: tuple[Path, ...],
    ledger: str | None,
    record: bool,
    reference: Path | None,
    guide: bool | None,
    config: Path | None,
    profile: str | None,
    redact: bool | None,
    as_of: date | None,
    jobs: int | None,
    verbose: bool,
) -> int:
    """Say what became of the claims of a batch.

    RESPONSE is a TA1, 999, 997, 277CA or 835 file, or - for standard input; one file may hold several kinds.

    Exit status: 0 every claim is accepted or paid as billed, 1 something is to be worked or could not be
    placed, 2 the job could not be done.
    """
    from scrub837.claims.documentation import open_documentation  # noqa: PLC0415
    from scrub837.engine import Job  # noqa: PLC0415 - a wrong option is told without loading all this
    from scrub837.reference.store import find_database, open_reference  # noqa: PLC0415
    from scrub837.responses.formats import writer  # noqa: PLC0415
    from scrub837.responses.working import work  # noqa: PLC0415

    if paths.count("-") > 1:
        raise click.UsageError("standard input can be read only once")
    if record and ledger is None:
        raise click.UsageError("--record is about a ledger; name it with --ledger")
    where = _destinations(outputs, [*paths, *batches, *map(str, logs)])
    given = {
        "forced_profile": profile,
        "today": as_of,
        "redact": redact,
        "guide": guide,
        "jobs": jobs,
        "reference": reference,
    }
    settings = settings_of(config, given)
    with ExitStack() as stack:
        sources, failed = open_all(paths, stack)
        sent, missing = open_all(batches, stack)
        if missing:
            return 2
        documentation = open_documentation(logs, settings.profiles.values())
        stack.callback(documentation.close)
        job = Job(settings, open_reference(find_database(settings.reference)), documentation)
        known = None
        if ledger is not None:
            from scrub837.nightly.ledger import open_ledger  # noqa: PLC0415

            known = stack.enter_context(closing(open_ledger(ledger, read_only=not record, create=False)))
        done = work(sources, sent, job, guide=bool(guide), ledger=known)
        stack.callback(done.close)
        if record and known is not None:
            _record(done, known, job)
        for path, name in where:
            failed |= not _write_file(done, path, name)
        writer(format_)(done, sys.stdout.buffer, view_of(verbose=verbose))
        sys.stdout.buffer.flush()
        return 2 if failed or not sources else done.status


def _record(done: Work, ledger: Ledger, job: Job) -> None:
    """Keep in the ledger what became of the claims, and tell how many it knows."""
    from scrub837.nightly.ledger_answers import keep_verdicts  # noqa: PLC0415
    from scrub837.responses.verdicts import verdicts  # noqa: PLC0415

    known, unknown = keep_verdicts(ledger.database, verdicts(done, replace(job, earlier=ledger)))
    left = f"; it does not know {count(unknown, 'claim')} of these batches" if unknown else ""
    tell(f"{ledger.name}: what became of {count(known, 'claim')} is kept{left}")


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


def _destinations(outputs: Sequence[Path], inputs: Sequence[str]) -> list[tuple[Path, str]]:
    """Where reports go, and how. Raises ``SettingsInvalid`` and ``OutputUnwritable``, before the work."""
    from scrub837.fixes.publish import keep_apart  # noqa: PLC0415

    found: list[tuple[Path, str]] = []
    for path in outputs:
        name = _SUFFIXES.get(path.suffix.lower())
        if name is None:
            known = ", ".join(_SUFFIXES)
            raise SettingsInvalid(f"{path}: the suffix says how it is written, and is one of {known}")
        if path.absolute() in [other.absolute() for other, _ in found]:
            raise SettingsInvalid(f"{path} is named twice as an output")
        keep_apart(path, inputs)
        if not os.access(path.parent, os.W_OK):
            raise OutputUnwritable(f"{path}: there is no folder {path.parent} to write to")
        found.append((path, name))
    return found


def _write_file(done: Work, path: Path, name: str) -> bool:
    from scrub837.fixes.publish import beside  # noqa: PLC0415
    from scrub837.responses.formats import writer  # noqa: PLC0415

    try:
        with beside(path) as draft:
            writer(name)(done, draft.file, PLAIN)
            draft.publish()
    except OutputUnwritable as error:
        tell(str(error))
        return False
    return True


def view_of(*, verbose: bool) -> View:
    """How text is laid out here: colour and width are a terminal's."""
    if not sys.stdout.isatty():
        return View(verbose=verbose)
    width = min(max(shutil.get_terminal_size().columns, NARROWEST), WIDEST)
    return View(width, colour_wanted(), verbose)
