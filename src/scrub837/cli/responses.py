"""``scrub837 responses``: TA1, 999, 277CA and 835 files joined to the batches they answer."""

from __future__ import annotations

import sys
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scrub837.cli.judge import Judging, judging_options
from scrub837.cli.options import batch_option, once, open_all, tell
from scrub837.cli.reports import report_options, view_of, write_files
from scrub837.report import writer
from scrub837.report.words import count
from scrub837.responses.formats import FORMATS

if TYPE_CHECKING:
    from scrub837.engine import Job
    from scrub837.nightly.ledger import Ledger
    from scrub837.responses.working import Work


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="RESPONSE...", type=click.Path(allow_dash=True))
@batch_option
@report_options(FORMATS)
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
@judging_options(
    guide="Judge the responses by their guides, too (advisory); --no-guide asks it of the batch neither.",
    redact="No patient name, member id or free text of an answer.",
    as_of="The day to judge the batch by [default: today].",
)
@click.option("-v", "--verbose", is_flag=True, help="Tell of every claim to work.")
def responses(
    paths: tuple[str, ...],
    batches: tuple[str, ...],
    format_: str,
    outputs: tuple[Path, ...],
    ledger: str | None,
    record: bool,
    verbose: bool,
    judging: Judging,
) -> int:
    """Say what became of the claims of a batch.

    RESPONSE is a TA1, 999, 997, 277CA or 835 file, or - for standard input; one file may hold several kinds.

    Exit status: 0 every claim is accepted or paid as billed, 1 something is to be worked or could not be
    placed, 2 the job could not be done, or a RESPONSE is cut or none at all.
    """
    from scrub837.report.files import destinations  # noqa: PLC0415 - a wrong option is told without these
    from scrub837.responses.working import work  # noqa: PLC0415

    once(paths)
    if record and ledger is None:
        raise click.UsageError("--record is about a ledger; name it with --ledger")
    where = destinations(outputs, [*paths, *batches, *map(str, judging.logs)], formats=FORMATS)
    settings = judging.settings()
    with ExitStack() as stack:
        sources, failed = open_all(paths, stack)
        sent, missing = open_all(batches, stack)
        if missing:
            return 2
        job = judging.job(settings)
        stack.callback(job.documentation.close)
        known = None
        if ledger is not None:
            from scrub837.nightly.ledger import open_ledger  # noqa: PLC0415

            known = stack.enter_context(closing(open_ledger(ledger, read_only=not record, create=False)))
        done = work(sources, sent, job, guide=bool(judging.guide), ledger=known)
        stack.callback(done.close)
        if record and known is not None:
            _record(done, known, job)
        failed |= not write_files(done, where)
        writer(format_, FORMATS)(done, sys.stdout.buffer, view_of(verbose=verbose))
        sys.stdout.buffer.flush()
        return 2 if failed or not sources else done.status


def _record(done: Work, ledger: Ledger, job: Job) -> None:
    """Keep in the ledger what became of the claims, and tell how many it knows."""
    from scrub837.nightly.ledger_answers import keep_verdicts  # noqa: PLC0415
    from scrub837.responses.verdicts import verdicts  # noqa: PLC0415

    known, unknown = keep_verdicts(ledger.database, verdicts(done, replace(job, earlier=ledger)))
    left = f"; it does not know {count(unknown, 'claim')} of these batches" if unknown else ""
    tell(f"{ledger.name}: what became of {count(known, 'claim')} is kept{left}")
