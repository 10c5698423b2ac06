"""``scrub837 check``: the main job. Options in, calls out; what is printed is the report package's work."""

from __future__ import annotations

import gc
import os
import shutil
import sys
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scrub837.cli.options import Day, file_path, open_input, settings_of, settings_options, tell
from scrub837.cli.progress import progress_bar
from scrub837.errors import InputUnreadable, OutputUnwritable, ScrubError
from scrub837.findings import Safety, Severity
from scrub837.report import FORMATS, View, writer
from scrub837.report.words import count

if TYPE_CHECKING:
    from scrub837.engine import Job
    from scrub837.fixes.write import Correction
    from scrub837.report.files import Destination
    from scrub837.results import FileReport, Report
    from scrub837.x12.source import Source

NARROWEST, WIDEST = 60, 110  # columns
NEVER = ("refused", "incomplete")  # such files are not corrected, and the job could not be done


@dataclass(frozen=True, slots=True)
class _Order:
    """One input, and where its corrected file goes."""

    path: str
    target: Path | None
    safety: Safety


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
@click.option(
    "--corrected",
    type=file_path,
    metavar="PATH",
    help="Write the corrected 837P; a folder when several inputs are given. Never over an input.",
)
@click.option(
    "--apply",
    "safety",
    type=click.Choice([Safety.SAFE.value, Safety.DOCUMENTED.value]),
    help="Which corrections may be written [default: safe].",
)
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
@settings_options(redact="No patient name, member id, birth date or address in any report.")
@click.option("--as-of", type=Day(), help="The day to judge by [default: today].")
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Processes [default: one a core].")
@click.option("-v", "--verbose", is_flag=True, help="Tell of findings that are only good to know, too.")
def check(
    paths: tuple[str, ...],
    format_: str,
    outputs: tuple[Path, ...],
    corrected: Path | None,
    safety: str | None,
    logs: tuple[Path, ...],
    reference: Path | None,
    guide: bool | None,
    fail_on: str | None,
    config: Path | None,
    profile: str | None,
    redact: bool | None,
    as_of: date | None,
    jobs: int | None,
    verbose: bool,
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

    if paths.count("-") > 1:
        raise click.UsageError("standard input can be read only once")
    if safety and not corrected:
        raise click.UsageError("--apply says what --corrected PATH may hold; name a PATH")
    given = {
        "forced_profile": profile,
        "fail_on": Severity(fail_on) if fail_on else None,
        "today": as_of,
        "redact": redact,
        "guide": guide,
        "jobs": jobs,
        "reference": reference,
    }
    settings = settings_of(config, given)
    orders = _orders(paths, corrected, Safety(safety or Safety.SAFE))
    where = destinations(
        outputs, [*paths, *map(str, logs)], [order.target for order in orders if order.target]
    )
    write = writer(format_)
    reference_ = open_reference(find_database(settings.reference))
    job = Job(settings, reference_, open_documentation(logs, settings.profiles.values()))
    _settle()
    with ExitStack() as stack:
        stack.callback(job.documentation.close)
        files: list[FileReport] = []
        failed = False
        for order in orders:
            job.documentation.more_files = order is not orders[-1]
            file, done = _check_one(order, job)
            failed |= not done
            if file is not None:
                stack.callback(file.close)
                files.append(file)
        if files:
            report = Report(files, [EditionRow.of(edition) for edition in reference_.editions])
            failed |= not _write_files(report, where)
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


def _settle() -> None:
    """Load the rules, then keep the cycle collector away from all that is loaded: a fifth of the time."""
    from scrub837.rules import all_rules  # noqa: PLC0415

    all_rules()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def _orders(paths: Sequence[str], corrected: Path | None, safety: Safety) -> list[_Order]:
    """What is to be done with each input. Raises ``SettingsInvalid`` when outputs would hit one another."""
    if corrected is None:
        return [_Order(path, None, safety) for path in paths]
    from scrub837.fixes.publish import corrected_paths  # noqa: PLC0415

    targets = corrected_paths(paths, corrected)
    return [_Order(path, target, safety) for path, target in zip(paths, targets, strict=True)]


def _check_one(order: _Order, job: Job) -> tuple[FileReport | None, bool]:
    """The report of one input, and whether all that was asked for could be done; what could not is told."""
    from scrub837.engine import scan  # noqa: PLC0415

    try:
        source = open_input(order.path)
    except InputUnreadable as error:
        tell(str(error))
        return None, False
    with closing(source):
        with progress_bar(source.size) as progress:
            file = scan(source, job, progress)
        return file, order.target is None or _correct(order, source, file, job)


def _correct(order: _Order, source: Source, file: FileReport, job: Job) -> bool:
    """Write the corrected file and say so. A report is still wanted when that cannot be done."""
    from scrub837.fixes.write import correct  # noqa: PLC0415

    assert order.target is not None  # noqa: S101 - asked for only with one
    if file.status in NEVER:
        tell(f"{source.name} is {file.status}: no corrected file was written")
    try:
        done = correct(source, file, job, order.target, order.safety)
    except ScrubError as error:
        tell(f"{source.name}: {error}")
        return False
    if done.target is not None:
        tell(f"{done.target}: {_what_was_written(done)}")
    return True


def _what_was_written(done: Correction) -> str:
    if done.applied:
        written = count(len(done.applied), "correction")
        return f"{written} written; `scrub837 undo` brings the original back"
    return f"{'no correction could be made' if done.reasons else 'nothing to correct'}; a copy was written"


def _view(*, verbose: bool) -> View:
    """How a text report is laid out here: colour and width are a terminal's."""
    if not sys.stdout.isatty():
        return View(verbose=verbose)
    colour = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    width = min(max(shutil.get_terminal_size().columns, NARROWEST), WIDEST)
    return View(width, colour, verbose)
