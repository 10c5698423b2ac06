"""``scrub837 lines``: the service lines of 837P files as a table. No rule is asked."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scrub837.cli.options import file_path, once, open_input, settings_of, settings_options, tell
from scrub837.errors import InputUnreadable, SettingsInvalid

if TYPE_CHECKING:
    from scrub837.config import Settings
    from scrub837.report.service_lines import ServiceLine
    from scrub837.x12.source import Source


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", type=click.Path(allow_dash=True))
@click.option(
    "--format",
    "format_",
    type=click.Choice(["csv", "jsonl", "parquet"]),
    help="[default: by the suffix, else csv]; parquet goes to a file.",
)
@click.option("--output", type=file_path, metavar="PATH", help="Write there instead of standard output.")
@settings_options(redact="No patient name, member id or birth date.")
def lines(
    paths: tuple[str, ...],
    format_: str | None,
    output: Path | None,
    config: Path | None,
    profile: str | None,
    redact: bool | None,
) -> int:
    """Write the service lines of 837P files as a table.

    PATH is a file, or - for standard input. No rule is asked.

    Exit status 2 when a file could not be read to its end; what was read is written all the same.
    """
    from scrub837.fixes.publish import beside, keep_apart  # noqa: PLC0415 - a wrong option is told without these
    from scrub837.report import PLAIN, format_of  # noqa: PLC0415
    from scrub837.report.files import loaded  # noqa: PLC0415
    from scrub837.report.service_lines import FORMATS  # noqa: PLC0415

    once(paths)
    name = format_ or ("csv" if output is None else format_of(output, FORMATS))
    if name is None:
        known = ", ".join(FORMATS)
        raise SettingsInvalid(f"{output}: the suffix says how it is written ({known}), or --format does")
    if output is None and not FORMATS[name].to_screen:
        raise click.UsageError(f"{name} goes to a file: name it with --output")
    write = loaded(name, FORMATS)
    settings = settings_of(config, {"forced_profile": profile, "redact": redact})
    work = _Extraction(paths, settings)
    if output is None:
        write(work.rows(), sys.stdout.buffer, PLAIN)
        sys.stdout.buffer.flush()
    else:
        keep_apart(output, paths)
        with beside(output) as draft:
            write(work.rows(), draft.file, PLAIN)
            draft.publish()
    return 0 if work.complete else 2


class _Extraction:
    """The rows of several inputs; afterwards, whether all could be read to their ends."""

    def __init__(self, paths: tuple[str, ...], settings: Settings) -> None:
        from scrub837.claims.documentation import open_documentation  # noqa: PLC0415
        from scrub837.engine import Job  # noqa: PLC0415
        from scrub837.reference.store import open_reference  # noqa: PLC0415

        self._paths = paths
        self._redact = settings.redact
        self._context = Job(settings, open_reference(None), open_documentation([])).context()
        self.complete = True

    def rows(self) -> Iterator[ServiceLine]:
        """The service lines, one input after the other."""
        for path in self._paths:
            try:
                source = open_input(path)
            except InputUnreadable as error:
                self._lack(str(error))
                continue
            with closing(source):
                yield from self._rows_of(source)

    def _rows_of(self, source: Source) -> Iterator[ServiceLine]:
        from scrub837.engine import tasks_of  # noqa: PLC0415
        from scrub837.report.service_lines import service_lines  # noqa: PLC0415
        from scrub837.tasks import body_of  # noqa: PLC0415
        from scrub837.x12.outline import read_outline  # noqa: PLC0415

        outline = read_outline(source)
        tasks, _ = tasks_of(outline)
        if not tasks:
            self._lack(f"{source.name} holds no 837P claims: `scrub837 check` says what it is")
            return
        for task in tasks:
            body = body_of(source, task, self._context)
            whole = (claim for claim in body.claims() if not claim.cut)
            yield from service_lines(whole, source.name, redact=self._redact)
        if outline.interchanges[-1].iea is None or outline.too_long is not None:
            self._lack(f"{source.name} is incomplete; lines of a claim it ends in are left out")

    def _lack(self, what: str) -> None:
        self.complete = False
        tell(what)
