"""``scrub837 redact``: a copy of an 837P without its patients, to be shared with support."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import click

from scrub837.cli.options import file_path, open_input, tell


@click.command()
@click.argument("file", type=click.Path(allow_dash=True))
@click.option(
    "-o",
    "--output",
    type=file_path,
    metavar="PATH",
    help="Where the copy is written [default: NAME.redacted.SUFFIX beside FILE].",
)
def redact(file: str, output: Path | None) -> int:
    """Write a copy of an 837P without its patients.

    FILE is an 837P, or - for standard input. Names, addresses, ids, birth dates, free text and control
    numbers become invented ones of the same length, the same everywhere in the file. All else stays byte for
    byte, and the copy has the same findings. Providers and payers stay.
    """
    from scrub837.claims.persons import Kind  # noqa: PLC0415 - only this command needs it
    from scrub837.fixes.publish import keep_apart  # noqa: PLC0415
    from scrub837.fixes.redact import write_redacted  # noqa: PLC0415
    from scrub837.report.words import count  # noqa: PLC0415

    if output is None:
        if file == "-":
            raise click.UsageError("of standard input, name the copy: --output PATH")
        name = Path(file)
        output = name.with_name(f"{name.stem}.redacted{name.suffix}")
    keep_apart(output, [file])
    with closing(open_input(file)) as source:
        done = write_redacted(source, output)
    words = [
        count(done[Kind.NAME], "name"),
        count(done[Kind.ID], "id"),
        count(done[Kind.ADDRESS], "part of an address", "parts of addresses"),
        count(done[Kind.DATE], "birth date"),
        count(done[Kind.TEXT], "text"),
        count(done[Kind.CONTROL], "control number"),
    ]
    tell(
        f"{output}: replaced {', '.join(words)}. Providers, payers, codes, amounts and dates of service stay."
    )
    return 0
