"""``scrub837 audit``: how claims fared over months."""

from __future__ import annotations

import re
import sys
from contextlib import closing
from pathlib import Path

import click

from scrub837.audit.formats import FORMATS
from scrub837.cli.options import file_path
from scrub837.cli.reports import report_options, view_of, write_files
from scrub837.errors import SettingsInvalid
from scrub837.report import writer

_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


@click.command()
@click.argument("paths", nargs=-1, metavar="[REPORT.json|RESPONSES.json]...", type=file_path)
@click.option(
    "--ledger",
    "place",
    metavar="PATH|URL",
    help="Ledger of nightly runs, with what became of its claims (`scrub837 responses --record`).",
)
@report_options(FORMATS)
@click.option("--from", "first", metavar="YYYY-MM", help="Claims of this month of service and later.")
@click.option("--to", "last", metavar="YYYY-MM", help="Claims of this month of service and earlier.")
def audit(
    paths: tuple[Path, ...],
    place: str | None,
    format_: str,
    outputs: tuple[Path, ...],
    first: str | None,
    last: str | None,
) -> int:
    """How claims fared: clean, accepted, paid, denied and for what, and whether our rules foresaw it.

    Read are a ledger or JSON files that `check` and `responses` wrote, the oldest first. No patient is in
    what is written.

    Exit status: 0 done, 2 the job could not be done.
    """
    from scrub837.audit.document import Sources, document  # noqa: PLC0415
    from scrub837.audit.from_json import read_responses, report_claims, sort_files  # noqa: PLC0415
    from scrub837.audit.from_ledger import ledger_claims  # noqa: PLC0415
    from scrub837.audit.tallies import Tallies  # noqa: PLC0415
    from scrub837.report.files import destinations  # noqa: PLC0415

    if not paths and place is None:
        raise click.UsageError("name a ledger with --ledger, or JSON reports and responses")
    if paths and place is not None:
        raise click.UsageError("a ledger and JSON files tell of the same claims: name one of the two")
    for month, name in ((first, "--from"), (last, "--to")):
        if month is not None and not _MONTH.fullmatch(month):
            raise click.BadParameter(f"{month!r} is not a month written YYYY-MM", param_hint=name)
    where = destinations(outputs, [*map(str, paths)], formats=FORMATS)
    tallies, months = Tallies(), (first or "", last or "")
    if place is not None:
        from scrub837.nightly.ledger import open_ledger  # noqa: PLC0415

        with closing(open_ledger(place, read_only=True)) as ledger:
            tallies.add_all(ledger_claims(ledger.database), *months)
        sources = Sources(ledger=True, reports=0, responses=0)
    else:
        reports, responses = sort_files(paths)
        if not reports:
            raise SettingsInvalid(
                "responses alone tell of no claims: name the JSON reports of the batches, too"
            )
        tallies.add_all(report_claims(reports, read_responses(responses)), *months)
        sources = Sources(ledger=False, reports=len(reports), responses=len(responses))
    done = document(tallies, sources, *months)
    written = write_files(done, where)
    writer(format_, FORMATS)(done, sys.stdout.buffer, view_of())
    sys.stdout.buffer.flush()
    return 0 if written else 2
