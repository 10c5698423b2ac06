"""``scrub837 run``: the unattended run over a drop folder."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scrub837.cli.options import file_path, settings_of, tell
from scrub837.errors import ScrubError, SettingsInvalid

if TYPE_CHECKING:
    from scrub837.config import Settings
    from scrub837.nightly.summary import Summary
    from scrub837.nightly_settings import Nightly

TOLD = 5  # lines on standard error; all are in the summary


@click.command()
@click.option("--config", type=file_path, metavar="PATH", help="Settings [default: scrub837.toml].")
@click.option("--once/--watch", default=True, help="One run [default], or one after the other until stopped.")
@click.option("--dry-run", is_flag=True, help="Say what would be done; nothing is moved or written.")
@click.option(
    "--summary",
    "summary_form",
    is_flag=False,
    flag_value="text",
    type=click.Choice(["text", "json"]),
    metavar="[text|json]",
    help="Print what the run came to, as a text for a mailer or as JSON.",
)
@click.option(
    "--on-finding",
    metavar="COMMAND",
    help="Called for each file with findings at or above fail-on; it finds words in SCRUB837_... variables.",
)
def run(
    config: Path | None, once: bool, dry_run: bool, summary_form: str | None, on_finding: str | None
) -> int:
    """Check what lies in the drop folder and publish what comes of it.

    Folders and all else are in the [nightly] table of the settings; see docs/nightly.md. Silent when nothing
    needs a person.

    Exit status: 0 nothing at or above fail-on, 1 findings, 2 a file or the run needs a person, 75 another run
    is at work or a server is away.
    """
    os.umask(0o077)
    settings = settings_of(config, {})
    nightly = nightly_of(settings)
    from scrub837.nightly.run import Stop, run_once  # noqa: PLC0415 - a wrong setting is told without it
    from scrub837.nightly.session import Options  # noqa: PLC0415

    if dry_run:
        from scrub837.nightly.rehearse import rehearse  # noqa: PLC0415

        for line in rehearse(settings, nightly):
            click.echo(line)
        return 0
    stop = Stop()
    stop.listen()
    options = Options(on_finding, lambda: stop.asked)
    if once:
        summary = run_once(settings, nightly, options)
        _told(summary, summary_form)
        return 130 if stop.interrupted else summary.status
    worst = 0
    while not stop.asked:
        try:
            summary = run_once(settings, nightly, options)
            _told(summary, summary_form)
            worst = 2 if summary.status == 2 else worst
        except ScrubError as error:
            tell(str(error))
            worst = error.exit_status if worst != 2 else worst
        until = time.monotonic() + nightly.every
        while time.monotonic() < until and not stop.asked:
            time.sleep(min(0.5, nightly.every))
    return 130 if stop.interrupted else worst


def nightly_of(settings: Settings) -> Nightly:
    """The table for the run. Raises ``SettingsInvalid`` where there is none."""
    if settings.nightly is None:
        raise SettingsInvalid("the settings have no [nightly] table: `scrub837 config init` shows one")
    return settings.nightly


def _told(summary: Summary, form: str | None) -> None:
    from scrub837.nightly.summary import as_json, as_text  # noqa: PLC0415

    if form == "text":
        click.echo(as_text(summary), nl=False)
    elif form == "json":
        sys.stdout.buffer.write(as_json(summary))
        sys.stdout.buffer.flush()
    for problem in summary.problems[:TOLD]:
        tell(problem)
    if len(summary.problems) > TOLD:
        tell(f"{len(summary.problems) - TOLD} more: see the summary of run {summary.run}")
