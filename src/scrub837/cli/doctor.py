"""``scrub837 doctor``: is everything right for the nightly run?"""

from __future__ import annotations

import os
from pathlib import Path

import click

from scrub837.cli.options import file_path, settings_of


@click.command()
@click.option("--config", type=file_path, metavar="PATH", help="Settings [default: scrub837.toml].")
def doctor(config: Path | None) -> int:
    """Try everything that the nightly run needs, and say how it stands.

    Servers, keys, folders, room, the ledger, the reference data. What is tried is taken back; no claim file
    is touched.

    Exit status: 0 a run can begin (what to mind is told), 2 something is wrong, 75 a server is away.
    """
    os.umask(0o077)
    settings = settings_of(config, {})
    from scrub837.cli.run import nightly_of  # noqa: PLC0415 - a wrong setting is told without all this
    from scrub837.nightly.doctor import LATER, WRONG, examine  # noqa: PLC0415
    from scrub837.report.words import clean  # noqa: PLC0415

    states = set()
    for answer in examine(settings, nightly_of(settings)):
        states.add(answer.state)
        click.echo(f"{answer.state:<6} {answer.what:<11} {clean(answer.words)}")
    if WRONG in states:
        return 2
    return 75 if LATER in states else 0
