"""``scrub837 review``: a local web page to work what was found and what was answered."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import click

from scrub837.cli.options import file_path, settings_of, tell
from scrub837.errors import SettingsInvalid

NEEDS = "the review page needs `pip install 'scrub837[review]'`"


@click.command()
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Workspace: batches, answers, logs and decisions [default: review].",
)
@click.option("--config", type=file_path, metavar="FILE", help="Settings [default: scrub837.toml].")
@click.option("--port", type=click.IntRange(1, 65535), metavar="N", help="[default: 8370]")
@click.option(
    "--reference", type=file_path, metavar="PATH", help="Reference database [default: as for check]."
)
@click.option(
    "--add-user", metavar="NAME", help="Write a user into the settings file; asks for the password, and ends."
)
def review(
    folder: Path | None, config: Path | None, port: int | None, reference: Path | None, add_user: str | None
) -> int:
    """Work batches and answers in a browser.

    Prints an address that lets one browser of this machine in, once. Other machines are let in only with TLS
    and named users, see docs/review.md.
    """
    os.umask(0o077)
    try:
        from scrub837.review import people, serve  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        raise SettingsInvalid(NEEDS) from error
    from scrub837.configure import find_file  # noqa: PLC0415 - late, as all that is not needed to fail
    from scrub837.reference.store import find_database, open_reference  # noqa: PLC0415
    from scrub837.review_settings import Review  # noqa: PLC0415

    if add_user is not None:
        path = config or find_file() or Path("scrub837.toml")
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
        people.add_user(path, add_user, password)
        tell(f"{path}: {add_user} may come in")
        return 0
    settings = settings_of(config, {"reference": reference})
    page = settings.review or Review()
    page = replace(page, folder=folder or page.folder, port=port or page.port)
    serve.serve(page, settings, open_reference(find_database(settings.reference)), tell)
    return 0
