"""``scrub837 check``: the main job. Options in, calls out; what is printed is the report package's work."""

from __future__ import annotations

import sys
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from scrub837.cli.change import NEVER, Changing, Targets, change_options
from scrub837.cli.judge import Judging, judging_options
from scrub837.cli.options import once, open_input, tell
from scrub837.cli.progress import progress_bar
from scrub837.cli.reports import report_options, view_of, write_files
from scrub837.cli.waive import Waiving, waiver_options
from scrub837.errors import InputUnreadable
from scrub837.findings import Severity
from scrub837.report import FORMATS, writer

if TYPE_CHECKING:
    from scrub837.engine import Job
    from scrub837.nightly.ledger import Ledger
    from scrub837.results import FileReport
    from scrub837.spread import Ahead
    from scrub837.x12.outline import Outline
    from scrub837.x12.source import Source


@dataclass(frozen=True, slots=True)
class Begun:
    """An input that is open, with its outline on the way."""

    source: Source
    outline: Ahead[Outline]


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", type=click.Path(allow_dash=True))
@report_options(FORMATS)
@change_options
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
@judging_options(
    guide="Judge by the implementation guide [default: on].",
    redact="No patient name, member id, birth date or address in any report.",
    as_of="The day to judge by [default: today].",
)
@click.option("-v", "--verbose", is_flag=True, help="Tell of findings that are only good to know, too.")
def check(
    paths: tuple[str, ...],
    format_: str,
    outputs: tuple[Path, ...],
    fail_on: str | None,
    sent_before: str | None,
    verbose: bool,
    waiving: Waiving,
    changing: Changing,
    judging: Judging,
) -> int:
    """Check 837P files and report.

    PATH is a file, or - for standard input.

    Exit status: 0 nothing at or above --fail-on, 1 findings, 2 the job could not be done.
    """
    once(paths)
    if changing.diff and (outputs or _given("format_")):
        raise click.UsageError("--diff takes the place of the report: leave out --format and --output")
    settings = judging.settings(
        fail_on=Severity(fail_on) if fail_on else None, waiver_files=waiving.files or None
    )
    with ExitStack() as stack:
        begun = _begin(paths[0], settings.jobs, stack)
        from scrub837.engine import settle  # noqa: PLC0415 - a wrong option is told without these
        from scrub837.report.files import destinations  # noqa: PLC0415
        from scrub837.results import EditionRow, Report  # noqa: PLC0415
        from scrub837.standing import tell_of_unused  # noqa: PLC0415

        inputs, logs = [*paths], [str(log) for log in judging.logs]
        targets = changing.targets(inputs, logs)
        where = destinations(outputs, inputs + logs, [path for one in targets for path in one.all])
        write = writer(format_)
        baseline = waiving.baseline()
        ledger = _ledger(sent_before) if sent_before else None
        if ledger is not None:
            stack.callback(ledger.close)
        job = judging.job(settings, ledger)
        stack.callback(job.documentation.close)
        waiving.check(job.context(), inputs + logs)
        settle()
        files: list[FileReport] = []
        failed = False
        for number, (path, target) in enumerate(zip(paths, targets, strict=True), start=1):
            job.documentation.more_files = number < len(paths)
            file, done = _check_one(path, target, changing, job, begun if number == 1 else None)
            failed |= not done
            if file is not None:
                stack.callback(file.close)
                files.append(file)
        if files:
            tell_of_unused(files, job.context(), whole=len(files) == len(paths))
            report = Report(files, [EditionRow.of(edition) for edition in job.reference.editions])
            if baseline is not None:
                report.baseline = baseline.compare(files)
            failed |= not write_files(report, where)
            failed |= not waiving.add(files, job.context())
            if not changing.diff:
                write(report, sys.stdout.buffer, view_of(verbose=verbose))
            sys.stdout.buffer.flush()
        if failed or any(file.status in NEVER for file in files):
            return 2
        return int(max(file.worst() for file in files) >= settings.fail_on.rank)


def _ledger(place: str) -> Ledger:
    """What was sent before; it is only read."""
    from scrub837.nightly.ledger import open_ledger  # noqa: PLC0415 - most checks have none

    return open_ledger(place, read_only=True)


def _given(name: str) -> bool:
    """Whether an option was given, and is not its default."""
    return click.get_current_context().get_parameter_source(name) is not ParameterSource.DEFAULT


def _begin(path: str, jobs: int, stack: ExitStack) -> Begun | None:
    """Have the outline of a large file read while this process loads the rules."""
    from scrub837.spread import Ahead, worth  # noqa: PLC0415

    try:
        if not Path(path).is_file() or worth(Path(path).stat().st_size, jobs) < 2:
            return None
        source = stack.enter_context(closing(open_input(path)))
    except (InputUnreadable, OSError):  # told when it is its turn
        return None
    from scrub837.x12.outline import read_outline  # noqa: PLC0415

    return Begun(source, stack.enter_context(closing(Ahead(partial(read_outline, source)))))


def _check_one(
    path: str, targets: Targets, changing: Changing, job: Job, begun: Begun | None
) -> tuple[FileReport | None, bool]:
    """The report of one input, and whether all that was asked for could be done; what could not is told."""
    from scrub837.engine import scan  # noqa: PLC0415

    try:
        source = begun.source if begun else open_input(path)
    except InputUnreadable as error:
        tell(str(error))
        return None, False
    with closing(source):
        with progress_bar(source.size) as progress:
            file = scan(source, job, progress, begun.outline.result() if begun else None)
        return file, changing.make(source, file, job, targets)
