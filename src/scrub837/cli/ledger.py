"""``scrub837 ledger``: what was checked and sent, night after night; and its care."""

from __future__ import annotations

import csv
import datetime
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from scrub837.cli.options import file_path, settings_of, tell
from scrub837.errors import LedgerUnusable, SettingsInvalid
from scrub837.report.words import clean, count, money

if TYPE_CHECKING:
    from scrub837.nightly.ledger import FileRow, Ledger

VARIABLE = "SCRUB837_LEDGER"
_STATES = ("seen", "published", "superseded")
_UNITS = {"d": 1, "w": 7, "m": 30, "y": 365}


def ledger_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--ledger`` and ``--config``: where the ledger is."""
    for option in (
        click.option("--config", type=file_path, metavar="PATH", help="Settings [default: scrub837.toml]."),
        click.option(
            "--ledger",
            "place",
            metavar="PATH|URL",
            help="The ledger [default: $SCRUB837_LEDGER, else that of the [nightly] settings].",
        ),
    ):
        command = option(command)
    return command


@contextmanager
def opened(place: str | None, config: Path | None, *, read_only: bool = True) -> Iterator[Ledger]:
    """The ledger that the options, the environment or the settings name."""
    from scrub837.nightly.ledger import open_ledger  # noqa: PLC0415 - a wrong option is told without it

    where = place or os.environ.get(VARIABLE)
    if not where:
        nightly = settings_of(config, {}).nightly
        if nightly is None:
            raise SettingsInvalid("name a ledger with --ledger PATH: the settings have no [nightly] table")
        where = nightly.ledger if "://" in nightly.ledger else nightly.place(nightly.ledger)
    with closing(open_ledger(where, read_only=read_only, create=False)) as ledger:
        yield ledger


@click.group()
def ledger() -> None:
    """What was checked and what was sent, night after night.

    It holds no names, member ids or birth dates: patients are told apart by keyed hashes.
    """


@ledger.command()
@ledger_options
@click.option("--run", type=int, metavar="N", help="The files of this run alone.")
@click.option("--last", type=click.IntRange(min=1), default=20, show_default=True, help="How many of each.")
def show(config: Path | None, place: str | None, run: int | None, last: int) -> None:
    """The latest runs and files, the newest first."""
    with opened(place, config) as book:
        if run is None:
            for one in book.runs(last):
                counts = ", ".join(f"{number} {name}" for name, number in one.counts.items())
                ended = one.outcome or "not finished"
                click.echo(
                    clean(f"run {one.id}  {_moment(one.started)}  {one.host}  {ended}  {counts}".rstrip())
                )
            click.echo()
        files = book.files(last, run=run)
        for file in files:
            click.echo(_file_line(file))
        if not files:
            click.echo("no files yet")


@ledger.command()
@click.argument("claim")
@ledger_options
def find(claim: str, config: Path | None, place: str | None) -> int:
    """All files that CLAIM (its CLM01) was in, with what was found. Exit status 1 when there is none."""
    with opened(place, config) as book:
        found = False
        for one in book.history(claim):
            found = True
            state = f"superseded by claim row {one.superseded_by}" if one.superseded_by else one.state
            when, where = _moment(one.file.published or one.file.started), f"file {one.file.id}"
            what = f"claim {one.position}, frequency {one.frequency}, {money(one.charge)}, payer {one.payer}"
            click.echo(clean(f"{when}  {one.file.name}  {where}, {what}: {state}, {one.verdict}"))
            for rule, severity in one.findings:
                click.echo(clean(f"    {severity:<7} {rule}"))
    if not found:
        tell(f"no file in the ledger holds a claim {claim}")
    return int(not found)


@ledger.command()
@click.argument("table", type=click.Choice(["runs", "files", "claims", "lines", "findings"]))
@ledger_options
@click.option(
    "--format",
    "format_",
    type=click.Choice(["csv", "jsonl"]),
    default="csv",
    show_default=True,
    help="How rows are written.",
)
@click.option("--output", type=file_path, metavar="PATH", help="Write there, not to standard output.")
def export(table: str, config: Path | None, place: str | None, format_: str, output: Path | None) -> None:
    """Write a TABLE of the ledger as CSV or JSON lines."""
    from scrub837.nightly.ledger_care import export as rows_of  # noqa: PLC0415

    with opened(place, config) as book:
        rows = rows_of(book.database, table)
        write = _write_csv if format_ == "csv" else _write_jsonl
        if output is None:
            write(table, rows, sys.stdout)
            return
        try:
            handle = os.open(output, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
                write(table, rows, file)
        except OSError as error:
            from scrub837.errors import OutputUnwritable  # noqa: PLC0415

            raise OutputUnwritable(f"{output} cannot be written: {error.strerror}") from error


@ledger.command()
@click.argument("file", type=int)
@click.argument("state", type=click.Choice(_STATES))
@ledger_options
def mark(file: int, state: str, config: Path | None, place: str | None) -> None:
    """Say that FILE (its number) was sent, was not, or counts no more.

    seen: it was never sent, or never arrived: its claims are no duplicates. published: it was sent by hand.
    superseded: it was sent, and no longer counts.
    """
    from scrub837.nightly.ledger import State  # noqa: PLC0415

    with opened(place, config, read_only=False) as book:
        if book.file(file) is None:
            raise LedgerUnusable(f"there is no file {file} in the ledger {book.name}")
        book.mark(file, State(state), datetime.datetime.now(datetime.UTC))
        tell(f"file {file} is {state}")


@ledger.command()
@click.option("--older-than", "age", required=True, metavar="400d", help="By d, w, m (30 days) or y.")
@click.option("--yes", is_flag=True, help="Do it; without, what would go is only told.")
@ledger_options
def forget(age: str, yes: bool, config: Path | None, place: str | None) -> None:
    """Take away files that were taken long ago.

    What is forgotten can no longer be recognised when it is sent again.
    """
    from scrub837.nightly.ledger_care import forget as forget_before  # noqa: PLC0415
    from scrub837.nightly.ledger_care import older_than  # noqa: PLC0415

    moment = datetime.datetime.now(datetime.UTC) - _age(age)
    with opened(place, config, read_only=not yes) as book:
        gone = (forget_before if yes else older_than)(book.database, moment)
    what = ", ".join(
        count(number, noun)
        for number, noun in (
            (gone.files, "file"), (gone.claims, "claim"), (gone.lines, "line"), (gone.runs, "run"),
        )
    )  # fmt: skip
    tell(f"from before {moment.date()}: {what} {'taken away' if yes else 'would go; add --yes to do it'}")


@ledger.command()
@click.argument("target", type=file_path)
@ledger_options
def backup(target: Path, config: Path | None, place: str | None) -> None:
    """Copy the ledger to TARGET, whole, while others may go on writing."""
    from scrub837.nightly.ledger_care import back_up  # noqa: PLC0415

    with opened(place, config) as book:
        back_up(book.database, target)
    tell(f"the ledger is in {target}; keep a copy of its key as well, in another place")


@ledger.command()
@ledger_options
def vacuum(config: Path | None, place: str | None) -> None:
    """Give back the room of what was forgotten, and look for damage."""
    from scrub837.nightly.database import SqliteDatabase  # noqa: PLC0415

    with opened(place, config, read_only=False) as book:
        before = book.database.size()
        if isinstance(book.database, SqliteDatabase) and (found := book.database.integrity()) != "ok":
            raise LedgerUnusable(f"the ledger {book.name} is damaged ({found}): put back the last backup")
        book.database.vacuum()
        tell(f"{book.name}: {before:,} bytes before, {book.database.size():,} now")


def _file_line(file: FileRow) -> str:
    found = ", ".join(f"{number} {severity}" for severity, number in file.findings.items() if number)
    size = f"{count(file.claims, 'claim')}, {count(file.lines, 'line')}, {money(file.charge)}"
    parts = (f"file {file.id}", _moment(file.started), file.name, file.state, file.status, file.outcome, size)
    return clean("  ".join((*parts, found or "clean")))


def _moment(text: str) -> str:
    """``2026-11-09 03:00 UTC``."""
    return f"{text[:16].replace('T', ' ')} UTC"


def _age(text: str) -> datetime.timedelta:
    match = re.fullmatch(r"(\d{1,5})([dwmy])", text)
    if match is None:
        raise click.BadParameter(f"{text!r} is not an age such as 400d or 2y", param_hint="--older-than")
    return datetime.timedelta(days=int(match[1]) * _UNITS[match[2]])


def _write_csv(table: str, rows: Iterator[dict[str, Any]], out: TextIO) -> None:
    from scrub837.nightly.ledger_care import columns_of  # noqa: PLC0415
    from scrub837.report.as_csv import cell  # noqa: PLC0415

    write = csv.writer(out, lineterminator="\r\n")
    write.writerow(columns_of(table))
    for row in rows:
        write.writerow([cell(_flat(value)) for value in row.values()])


def _write_jsonl(_table: str, rows: Iterator[dict[str, Any]], out: TextIO) -> None:
    import json  # noqa: PLC0415

    for row in rows:
        out.write(json.dumps(row, ensure_ascii=True) + "\n")


def _flat(value: Any) -> str | int | None:
    """Counts by name as ``2 deny, 1 risk``."""
    if isinstance(value, dict):
        return ", ".join(f"{number} {name}" for name, number in value.items())
    return value  # type: ignore[no-any-return] # a text, number or nothing, as the database gave it
