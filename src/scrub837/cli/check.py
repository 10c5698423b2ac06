"""``scrub837 check``: the main job. Options in, calls out; what is printed is the report package's work."""

from __future__ import annotations

import gc
import shutil
import sys
from collections.abc import Sequence
from contextlib import ExitStack, closing
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from scrub837.cli.change import NEVER, Changing, Targets, change_options
from scrub837.cli.options import (
    Day,
    colour_wanted,
    file_path,
    open_input,
    settings_of,
    settings_options,
    tell,
)
from scrub837.cli.progress import progress_bar
from scrub837.cli.waive import Waiving, waiver_options
from scrub837.errors import InputUnreadable, OutputUnwritable
from scrub837.findings import Severity
from scrub837.report import FORMATS, View, writer

if TYPE_CHECKING:
    from scrub837.engine import Job
    from scrub837.nightly.ledger import Ledger
    from scrub837.report.files import Destination
    from scrub837.results import FileReport, Report

NARROWEST, WIDEST = 60, 110  # columns


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", type=click.Path(allow_dash=True))
@click.option(
    "--format",
    "format_",
    type=click.Choice([name for name, one in FORMATS.items() if one.to_screen]),
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
    help=f"Write a report there, too; {' '.join(one.suffix for one in FORMATS.values() if one.suffix)} "
    "says how. May be repeated.",
)
@change_options
@click.option(
    "--documentation",
    "logs",
    multiple=True,
    type=file_path,
    metavar="PATH",
    help="Treatment-time log (CSV or JSONL). May be repeated.",
)
@click.option(
    "--reference",
    type=file_path,
    metavar="PATH",
    help="Reference database [default: $SCRUB837_REFERENCE, else the user's data folder, else built in].",
)
@click.option("--guide/--no-guide", default=None, help="Judge by the implementation guide [default: on].")
@click.option(
    "--fail-on",
    type=click.Choice([severity.value for severity in Severity]),
    help="Lowest severity that makes the exit status 1 [default: deny].",
)
@waiver_options
@click.option(
    "--ledger",
    "sent_before",
    metavar="PATH|URL",
    help="Compare with what was sent before; it is only read. See `scrub837 ledger`.",
)
@settings_options(redact="No patient name, member id, birth date or address in any report.")
@click.option("--as-of", type=Day(), help="The day to judge by [default: today].")
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Processes [default: one a core].")
@click.option("-v", "--verbose", is_flag=True, help="Tell of findings that are only good to know, too.")
def check(
    paths: tuple[str, ...],
    format_: str,
    outputs: tuple[Path, ...],
    logs: tuple[Path, ...],
    reference: Path | None,
    guide: bool | None,
    fail_on: str | None,
    sent_before: str | None,
    config: Path | None,
    profile: str | None,
    redact: bool | None,
    as_of: date | None,
    jobs: int | None,
    verbose: bool,
    waiving: Waiving,
    changing: Changing,
) -> int:
    """Check 837P files and report.

    PATH is a file, or - for standard input.

    Exit status: 0 nothing at or above --fail-on, 1 findings, 2 the job could not be done.
    """
    from scrub837.claims.documentation import open_documentation  # noqa: PLC0415
    from scrub837.engine import Job  # noqa: PLC0415 - a wrong option is told without loading all this
    from scrub837.reference.store import find_database, open_reference  # noqa: PLC0415
    from scrub837.report.files import destinations  # noqa: PLC0415
    from scrub837.results import EditionRow, Report  # noqa: PLC0415
    from scrub837.standing import tell_of_unused  # noqa: PLC0415

    if paths.count("-") > 1:
        raise click.UsageError("standard input can be read only once")
    if changing.diff and (outputs or _given("format_")):
        raise click.UsageError("--diff takes the place of the report: leave out --format and --output")
    given = {
        "forced_profile": profile,
        "fail_on": Severity(fail_on) if fail_on else None,
        "today": as_of,
        "redact": redact,
        "guide": guide,
        "jobs": jobs,
        "reference": reference,
        "waiver_files": waiving.files or None,
    }
    settings = settings_of(config, given)
    targets = changing.targets([*paths], [str(log) for log in logs])
    where = destinations(outputs, [*paths, *map(str, logs)], [path for one in targets for path in one.all])
    write = writer(format_)
    reference_ = open_reference(find_database(settings.reference))
    baseline = waiving.baseline()
    ledger = _ledger(sent_before) if sent_before else None
    job = Job(settings, reference_, open_documentation(logs, settings.profiles.values()), ledger)
    waiving.check(job.context(), [*paths, *map(str, logs)])
    _settle()
    with ExitStack() as stack:
        stack.callback(job.documentation.close)
        if ledger is not None:
            stack.callback(ledger.close)
        files: list[FileReport] = []
        failed = False
        for number, (path, target) in enumerate(zip(paths, targets, strict=True), start=1):
            job.documentation.more_files = number < len(paths)
            file, done = _check_one(path, target, changing, job)
            failed |= not done
            if file is not None:
                stack.callback(file.close)
                files.append(file)
        if files:
            tell_of_unused(files, job.context(), whole=len(files) == len(paths))
            report = Report(files, [EditionRow.of(edition) for edition in reference_.editions])
            if baseline is not None:
                report.baseline = baseline.compare(files)
            failed |= not _write_files(report, where)
            failed |= not waiving.add(files, job.context())
            if not changing.diff:
                write(report, sys.stdout.buffer, _view(verbose=verbose))
            sys.stdout.buffer.flush()
        if failed or any(file.status in NEVER for file in files):
            return 2
        return int(max(file.worst() for file in files) >= settings.fail_on.rank)


def _write_files(report: Report, where: Sequence[Destination]) -> bool:
    """Write the report files, before standard output may break. One that fails is told; the others go on."""
    from scrub837.report.files import write_file  # noqa: PLC0415

    done = True
    for destination in where:
        try:
            write_file(report, destination)
        except OutputUnwritable as error:
            tell(str(error))
            done = False
    return done


def _ledger(place: str) -> Ledger:
    """What was sent before; it is only read."""
    from scrub837.nightly.ledger import open_ledger  # noqa: PLC0415 - most checks have none

    return open_ledger(place, read_only=True)


def _settle() -> None:
    """Load the rules, then keep the cycle collector away from all that is loaded: a fifth of the time."""
    from scrub837.rules import all_rules  # noqa: PLC0415

    all_rules()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def _given(name: str) -> bool:
    """Whether an option was given, and is not its default."""
    return click.get_current_context().get_parameter_source(name) is not ParameterSource.DEFAULT


def _check_one(path: str, targets: Targets, changing: Changing, job: Job) -> tuple[FileReport | None, bool]:
    """The report of one input, and whether all that was asked for could be done; what could not is told."""
    from scrub837.engine import scan  # noqa: PLC0415

    try:
        source = open_input(path)
    except InputUnreadable as error:
        tell(str(error))
        return None, False
    with closing(source):
        with progress_bar(source.size) as progress:
            file = scan(source, job, progress)
        return file, changing.make(source, file, job, targets)


def _view(*, verbose: bool) -> View:
    """How a text report is laid out here: colour and width are a terminal's."""
    if not sys.stdout.isatty():
        return View(verbose=verbose)
    width = min(max(shutil.get_terminal_size().columns, NARROWEST), WIDEST)
    return View(width, colour_wanted(), verbose)
