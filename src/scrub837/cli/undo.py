"""``scrub837 undo``: from a corrected file and its journal back to the original."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import click


@click.command()
@click.argument("corrected", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--journal",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="PATH",
    help="The journal [default: CORRECTED.journal.json].",
)
@click.option(
    "--output",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="PATH",
    help="Where the original is written.",
)
def undo(corrected: Path, journal: Path | None, output: Path) -> int:
    """Write the original of a corrected file, bit for bit.

    CORRECTED and its journal are needed. The hashes of both files are checked.
    """
    from scrub837.fixes.journal import read_journal  # noqa: PLC0415 - only this command needs it
    from scrub837.fixes.journal import undo as restore  # noqa: PLC0415
    from scrub837.fixes.publish import journal_of, keep_apart  # noqa: PLC0415
    from scrub837.x12.source import open_source  # noqa: PLC0415

    journal = journal or journal_of(corrected)
    keep_apart(output, [str(corrected), str(journal)])
    record = read_journal(journal)
    with closing(open_source(str(corrected))) as source:
        restore(source, record, output)
    click.echo(
        f"{output}: the original, {record.input.bytes} bytes, {len(record.edits)} changes taken back",
        err=True,
    )
    return 0
