"""``scrub837 resubmit``: claims that came back, made anew to be sent."""

from __future__ import annotations

import sys
from contextlib import ExitStack, closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scrub837.cli.options import Day, file_path, settings_of, settings_options
from scrub837.cli.responses import open_all, view_of
from scrub837.errors import InputUnreadable
from scrub837.findings import Safety

if TYPE_CHECKING:
    from scrub837.nightly.ledger import Ledger
    from scrub837.resubmit.choose import Wish

_OUTCOMES = ("rejected", "denied", "adjusted", "paid-less")


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
    "--documentation",
    "logs",
    multiple=True,
    type=file_path,
    metavar="PATH",
    help="Treatment-time log (CSV or JSONL) of the batches. May be repeated.",
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
@click.option(
    "--reference", type=file_path, metavar="PATH", help="Reference database [default: as for check]."
)
@click.option("--guide/--no-guide", default=None, help="Judge by the implementation guide [default: on].")
@settings_options(redact="No patient name or member id in messages.")
@click.option("--as-of", type=Day(), help="The day the new file is made, and judged by [default: today].")
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Processes [default: one a core].")
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
    logs: tuple[Path, ...],
    number: int | None,
    place: str | None,
    again: bool,
    format_: str,
    reference: Path | None,
    guide: bool | None,
    config: Path | None,
    profile: str | None,
    redact: bool | None,
    as_of: date | None,
    jobs: int | None,
    verbose: bool,
) -> int:
    """Make a new 837P of claims that came back.

    RESPONSE is what was answered to the batches, as for `scrub837 responses`. Rejected claims go as they
    were, with new control numbers; claims that were denied or paid wrong go as replacements with the
    payer's claim number. A claim that was paid as billed, is undecided or still has a fault never goes.

    Exit status: 0 all that was to be sent again is in the file, 1 some claims are not, 2 the job could not
    be done.
    """
    from scrub837.claims.documentation import open_documentation  # noqa: PLC0415
    from scrub837.engine import Job  # noqa: PLC0415 - a wrong option is told without loading all this
    from scrub837.fixes.publish import corrected_paths, keep_apart  # noqa: PLC0415
    from scrub837.reference.store import find_database, open_reference  # noqa: PLC0415
    from scrub837.responses.working import work  # noqa: PLC0415
    from scrub837.resubmit import as_text  # noqa: PLC0415
    from scrub837.resubmit.record import write_summary  # noqa: PLC0415
    from scrub837.resubmit.run import Book  # noqa: PLC0415
    from scrub837.resubmit.run import resubmit as make  # noqa: PLC0415

    if paths.count("-") > 1:
        raise click.UsageError("standard input can be read only once")
    if again and not place:
        raise click.UsageError("--again is about what the ledger remembers; name it with --ledger")
    wish = _wish(claims, only, void, include_missing, again)
    targets = corrected_paths(batches, target)
    for one in targets:
        keep_apart(one, [*paths, *map(str, logs)])
    given = {
        "forced_profile": profile, "today": as_of, "redact": redact, "guide": guide, "jobs": jobs,
        "reference": reference,
    }  # fmt: skip
    settings = settings_of(config, given)
    with ExitStack() as stack:
        sources, failed = open_all(paths, stack)
        sent, missing = open_all(batches, stack)
        if failed or missing:  # half the answers would make claims look as if they had none
            return 2
        documentation = open_documentation(logs, settings.profiles.values())
        stack.callback(documentation.close)
        ledger = stack.enter_context(closing(_open(place))) if place else None
        book = Book(ledger, datetime.now(UTC)) if ledger else None
        reference_ = open_reference(find_database(settings.reference))
        with closing(work(sources, sent, Job(settings, reference_, documentation))) as done:
            if any(file.cut for file in done.found.files):
                raise InputUnreadable("an answer is cut: get it whole before claims are sent again")
            job = Job(settings, reference_, documentation, ledger)
            summary = make(done, wish, job, targets, safety=Safety(safety), number=number, book=book)
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
