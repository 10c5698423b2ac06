"""``scrub837 resubmit``: claims that came back, made anew to be sent."""

from __future__ import annotations

import sys
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scrub837.cli.judge import Judging, judging_options
from scrub837.cli.options import batch_option, file_path, once, open_all
from scrub837.cli.reports import view_of
from scrub837.errors import InputUnreadable
from scrub837.findings import Safety

if TYPE_CHECKING:
    from scrub837.nightly.ledger import Ledger
    from scrub837.resubmit.choose import Wish

_OUTCOMES = ("rejected", "denied", "adjusted", "paid-less")


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="RESPONSE...", type=click.Path(allow_dash=True))
@batch_option
@click.option(
    "-o",
    "--output",
    "target",
    required=True,
    type=file_path,
    metavar="PATH",
    help="Write the new 837P there; a folder when several batches are given. Never over an input.",
)
@click.option("--claims", multiple=True, metavar="A,B", help="These claims alone, by CLM01. May be repeated.")
@click.option(
    "--only",
    multiple=True,
    type=click.Choice(_OUTCOMES),
    help="Claims of this outcome alone. May be repeated.",
)
@click.option("--void", is_flag=True, help="Void the claims named with --claims (frequency 8).")
@click.option(
    "--include-missing",
    metavar="REASON",
    help="Claims that were never answered as well; the reason is kept in the journal.",
)
@click.option(
    "--apply",
    "safety",
    type=click.Choice([Safety.SAFE.value, Safety.DOCUMENTED.value]),
    default=Safety.SAFE.value,
    show_default=True,
    help="Which corrections may be written.",
)
@click.option(
    "--control-number",
    "number",
    type=click.IntRange(1, 999_999_999),
    metavar="N",
    help="The first new ISA13 and GS06 [default: the next that the ledger does not know].",
)
@click.option(
    "--ledger",
    "place",
    metavar="PATH|URL",
    help="Ledger of nightly runs: what became of the claims is kept in it, and that they are sent again.",
)
@click.option("--again", is_flag=True, help="Claims that were made anew before, too: that file never left.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="What goes to standard output.",
)
@judging_options(
    guide="Judge by the implementation guide [default: on].",
    redact="No patient name or member id in messages.",
    as_of="The day the new file is made, and judged by [default: today].",
)
@click.option("-v", "--verbose", is_flag=True, help="Tell of every claim.")
def resubmit(
    paths: tuple[str, ...],
    batches: tuple[str, ...],
    target: Path,
    claims: tuple[str, ...],
    only: tuple[str, ...],
    void: bool,
    include_missing: str | None,
    safety: str,
    number: int | None,
    place: str | None,
    again: bool,
    format_: str,
    verbose: bool,
    judging: Judging,
) -> int:
    """Make a new 837P of claims that came back.

    RESPONSE is what was answered to the batches, as for `scrub837 responses`. Rejected claims go as they
    were, with new control numbers; claims that were denied or paid wrong go as replacements with the
    payer's claim number. A claim that was paid as billed, is undecided or still has a fault never goes.

    Exit status: 0 all that was to be sent again is in the file, 1 some claims are not, 2 the job could not
    be done.
    """
    from scrub837.fixes.publish import corrected_paths, keep_apart  # noqa: PLC0415 - see check
    from scrub837.responses.working import work  # noqa: PLC0415
    from scrub837.resubmit import as_text  # noqa: PLC0415
    from scrub837.resubmit.record import write_summary  # noqa: PLC0415
    from scrub837.resubmit.run import Book  # noqa: PLC0415
    from scrub837.resubmit.run import resubmit as make  # noqa: PLC0415

    once(paths)
    if again and not place:
        raise click.UsageError("--again is about what the ledger remembers; name it with --ledger")
    wish = _wish(claims, only, void, include_missing, again)
    targets = corrected_paths(batches, target)
    for one in targets:
        keep_apart(one, [*paths, *map(str, judging.logs)])
    settings = judging.settings()
    with ExitStack() as stack:
        sources, failed = open_all(paths, stack)
        sent, missing = open_all(batches, stack)
        if failed or missing:  # half the answers would make claims look as if they had none
            return 2
        job = judging.job(settings)
        stack.callback(job.documentation.close)
        ledger = stack.enter_context(closing(_open(place))) if place else None
        book = Book(ledger, datetime.now(UTC)) if ledger else None
        with closing(work(sources, sent, job)) as done:
            if any(file.cut for file in done.found.files):
                raise InputUnreadable("an answer is cut: get it whole before claims are sent again")
            summary = make(
                done,
                wish,
                replace(job, earlier=ledger),
                targets,
                safety=Safety(safety),
                number=number,
                book=book,
            )
            if format_ == "json":
                write_summary(summary, sys.stdout.buffer)
            else:
                as_text.write(summary, sys.stdout.buffer, view_of(verbose=verbose))
        sys.stdout.buffer.flush()
        return summary.status


def _wish(
    claims: tuple[str, ...], only: tuple[str, ...], void: bool, missing: str | None, again: bool
) -> Wish:
    from scrub837.responses.history import Outcome  # noqa: PLC0415
    from scrub837.resubmit.choose import Wish  # noqa: PLC0415

    named = frozenset(name.strip() for part in claims for name in part.split(",") if name.strip())
    if claims and not named:
        raise click.UsageError("--claims names no claim")
    if void and not named:
        raise click.UsageError("--void takes claims back: name them with --claims")
    if missing is not None and not missing.strip():
        raise click.UsageError("--include-missing needs the reason why they are sent again")
    outcomes = frozenset(map(Outcome, only))
    return Wish(claims=named, only=outcomes, void=void, missing=(missing or "").strip(), again=again)


def _open(place: str) -> Ledger:
    """The ledger, to be written."""
    from scrub837.nightly.ledger import open_ledger  # noqa: PLC0415 - most runs have none

    return open_ledger(place, create=False)
