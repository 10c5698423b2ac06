"""``scrub837 audit``: how claims fared over months."""

from __future__ import annotations

import os
import re
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scrub837.cli.options import file_path
from scrub837.cli.responses import view_of
from scrub837.errors import OutputUnwritable, SettingsInvalid
from scrub837.report import PLAIN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scrub837.audit.document import Audit

_FORMATS = ("text", "json", "csv", "html")
_SUFFIXES = {".txt": "text", ".json": "json", ".csv": "csv", ".html": "html"}
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


@click.command()
@click.argument("paths", nargs=-1, metavar="[REPORT.json|RESPONSES.json]...", type=file_path)
@click.option(
    "--ledger",
    "place",
    metavar="PATH|URL",
    help="Ledger of nightly runs, with what became of its claims (`scrub837 responses --record`).",
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
    from scrub837.audit.formats import writer  # noqa: PLC0415
    from scrub837.audit.from_json import read_responses, report_claims, sort_files  # noqa: PLC0415
    from scrub837.audit.from_ledger import ledger_claims  # noqa: PLC0415
    from scrub837.audit.tallies import Tallies  # noqa: PLC0415

    if not paths and place is None:
        raise click.UsageError("name a ledger with --ledger, or JSON reports and responses")
    if paths and place is not None:
        raise click.UsageError("a ledger and JSON files tell of the same claims: name one of the two")
    for month, name in ((first, "--from"), (last, "--to")):
        if month is not None and not _MONTH.fullmatch(month):
            raise click.BadParameter(f"{month!r} is not a month written YYYY-MM", param_hint=name)
    where = _destinations(outputs, paths)
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
    for path, name in where:
        _write_file(done, path, name)
    writer(format_)(done, sys.stdout.buffer, view_of(verbose=False))
    sys.stdout.buffer.flush()
    return 0


def _destinations(outputs: Sequence[Path], inputs: Sequence[Path]) -> list[tuple[Path, str]]:
    """Where the audit goes, and how. Raises ``SettingsInvalid`` and ``OutputUnwritable``, before the work."""
    from scrub837.fixes.publish import keep_apart  # noqa: PLC0415

    found: list[tuple[Path, str]] = []
    for path in outputs:
        name = _SUFFIXES.get(path.suffix.lower())
        if name is None:
            known = ", ".join(_SUFFIXES)
            raise SettingsInvalid(f"{path}: the suffix says how it is written, and is one of {known}")
        keep_apart(path, [str(one) for one in inputs])
        if not os.access(path.parent, os.W_OK):
            raise OutputUnwritable(f"{path}: there is no folder {path.parent} to write to")
        found.append((path, name))
    return found


def _write_file(done: Audit, path: Path, name: str) -> None:
    from scrub837.audit.formats import writer  # noqa: PLC0415
    from scrub837.fixes.publish import beside  # noqa: PLC0415

    with beside(path) as draft:
        writer(name)(done, draft.file, PLAIN)
        draft.publish()
