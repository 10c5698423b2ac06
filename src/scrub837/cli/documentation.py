"""``scrub837 documentation``: the treatment-time log, before it is used."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scrub837.cli.options import file_path, open_input, tell
from scrub837.errors import InputUnreadable

if TYPE_CHECKING:
    from scrub837.claims.model import Claim


@click.group()
def documentation() -> None:
    """The treatment-time log: begin one, check one.

    A log tells minutes, times and body areas, which an 837P does not carry. It is CSV or JSONL; see
    docs/time-log.md.
    """


@documentation.command()
@click.argument("path", metavar="FILE", type=click.Path(allow_dash=True))
@click.option("--output", type=file_path, metavar="PATH", help="Write there instead of standard output.")
def template(path: str, output: Path | None) -> int:
    """Write a log to be filled in for an 837P.

    It has a row for each timed line of FILE (- is standard input).

    A line over several days gets a row for each. Claim, line, day and code are filled in; minutes, or start
    and stop, and all else are left empty.
    """
    from scrub837.fixes.publish import beside, keep_apart  # noqa: PLC0415 - a wrong option is told without it

    if output is None:
        for rows in _template(path):
            sys.stdout.buffer.write(rows)
        sys.stdout.buffer.flush()
        return 0
    keep_apart(output, [path])
    with beside(output) as draft:
        for rows in _template(path):
            draft.file.write(rows)
        draft.publish()
    return 0


@documentation.command()
@click.argument("logs", nargs=-1, required=True, metavar="LOG...", type=click.Path(allow_dash=True))
def check(logs: tuple[str, ...]) -> int:
    """Say which rows cannot be used, and why.

    LOG is a file, or - for standard input.

    Whether the rows fit the lines of a batch is told by `scrub837 check --documentation LOG`. Exit status: 0
    all rows can be used, 1 some cannot, 2 a log cannot be read.
    """
    from scrub837.claims.intervals import BadRow  # noqa: PLC0415 - a wrong option is told without these
    from scrub837.claims.timelog import open_time_log  # noqa: PLC0415

    if logs.count("-") > 1:
        raise click.UsageError("standard input can be read only once")
    bad = 0
    for path in logs:
        with closing(open_time_log(path)) as log:
            wrong = 0
            for row in log.every_row():
                if isinstance(row, BadRow):
                    wrong += 1
                    click.echo(f"{row.source} row {row.row}: {'; '.join(row.problems)}")
            tell(f"{log.name}: {log.rows} rows, {wrong} of them cannot be used")
            if log.unknown_columns:
                tell(f"{log.name}: columns that are not read: {', '.join(log.unknown_columns)}")
            bad += wrong
    return int(bad > 0)


def _template(path: str) -> Iterator[bytes]:
    """The rows of a log as CSV, claim by claim, the header first."""
    from scrub837.claims.documentation import Documentation  # noqa: PLC0415 - as above
    from scrub837.claims.intervals import COLUMNS  # noqa: PLC0415
    from scrub837.configure import built_in_settings  # noqa: PLC0415
    from scrub837.engine import Job, tasks_of  # noqa: PLC0415
    from scrub837.reference.store import open_reference  # noqa: PLC0415
    from scrub837.tasks import body_of  # noqa: PLC0415
    from scrub837.x12.outline import read_outline  # noqa: PLC0415

    context = Job(built_in_settings(), open_reference(None), Documentation()).context()
    empty = [""] * (len(COLUMNS) - 4)
    with closing(open_input(path)) as source:
        tasks, _ = tasks_of(read_outline(source))
        if not tasks:
            raise InputUnreadable(f"{source.name} holds no 837P claims: `scrub837 check` says what it is")
        yield _rows([list(COLUMNS)])
        for task in tasks:
            for claim in body_of(source, task, context).claims():
                if not claim.cut:
                    yield _rows([[*row, *empty] for row in _timed_rows(claim)])


def _rows(rows: list[list[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def _timed_rows(claim: Claim) -> Iterator[list[str]]:
    from scrub837.claims.encounters import LONGEST_RANGE  # noqa: PLC0415 - as above
    from scrub837.claims.provider_work import is_timed  # noqa: PLC0415

    for line in claim.lines:
        code, first = line.procedure.code, line.dates.first
        if first is None or not is_timed(code):
            continue
        reference = line.control or (f"LX:{line.number}" if line.number else "")
        if not reference:
            continue  # nothing names such a line
        for n in range(min(line.dates.days, LONGEST_RANGE)):
            yield [claim.id, reference, (first + timedelta(n)).isoformat(), code]
