"""Options that say how claims are judged: settings, payer profile, tables, treatment times, day."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scrub837.cli.options import Day, Decorator, file_path, settings_of, settings_options

if TYPE_CHECKING:
    from scrub837.claims.earlier import Earlier
    from scrub837.config import Settings
    from scrub837.engine import Job


@dataclass(frozen=True, slots=True)
class Judging:
    """What was asked for."""

    logs: tuple[Path, ...]
    reference: Path | None
    guide: bool | None
    config: Path | None
    profile: str | None
    redact: bool | None
    as_of: date | None
    jobs: int | None

    def settings(self, **more: object) -> Settings:
        """The settings of the run. Raises ``SettingsInvalid``."""
        given = {
            "forced_profile": self.profile,
            "today": self.as_of,
            "redact": self.redact,
            "guide": self.guide,
            "jobs": self.jobs,
            "reference": self.reference,
        }
        return settings_of(self.config, given | more)

    def job(self, settings: Settings, earlier: Earlier | None = None) -> Job:
        """The reference data and logs, opened; who takes it closes its documentation."""
        from scrub837.claims.documentation import open_documentation  # noqa: PLC0415
        from scrub837.engine import Job  # noqa: PLC0415 - a wrong option is told without loading all this
        from scrub837.reference.store import find_database, open_reference  # noqa: PLC0415

        reference = open_reference(find_database(settings.reference))
        return Job(settings, reference, open_documentation(self.logs, settings.profiles.values()), earlier)


def judging_options(*, guide: str, redact: str, as_of: str) -> Decorator:
    """The options as one value ``judging``; what three of them mean is the verb's to say."""
    options = (
        click.option(
            "--documentation",
            "logs",
            multiple=True,
            type=file_path,
            metavar="PATH",
            help="Treatment-time log (CSV or JSONL). May be repeated.",
        ),
        click.option(
            "--reference",
            type=file_path,
            metavar="PATH",
            help="Reference database [default: $SCRUB837_REFERENCE, else the user's data folder, "
            "else built in].",
        ),
        click.option("--guide/--no-guide", default=None, help=guide),
        settings_options(redact=redact),
        click.option("--as-of", type=Day(), help=as_of),
        click.option(
            "--jobs", type=click.IntRange(min=1), metavar="N", help="Processes [default: one a core]."
        ),
    )

    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(command)
        def with_judging(
            *args: Any,
            logs: tuple[Path, ...],
            reference: Path | None,
            guide: bool | None,
            config: Path | None,
            profile: str | None,
            redact: bool | None,
            as_of: date | None,
            jobs: int | None,
            **others: Any,
        ) -> Any:
            judging = Judging(logs, reference, guide, config, profile, redact, as_of, jobs)
            return command(*args, judging=judging, **others)

        with_options: Callable[..., Any] = with_judging
        for option in reversed(options):
            with_options = option(with_options)
        return with_options

    return add
