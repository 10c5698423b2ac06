"""Options of ``scrub837 check`` that write claims: the corrected file, its diff, the batch in two parts."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scrub837.cli.options import colour_wanted, file_path, open_input, tell
from scrub837.errors import ScrubError, SettingsInvalid
from scrub837.findings import Safety
from scrub837.report.words import count, money

if TYPE_CHECKING:
    from scrub837.engine import Job
    from scrub837.fixes.split import Side, Split
    from scrub837.fixes.write import Correction
    from scrub837.results import FileReport
    from scrub837.x12.source import Source

NEVER = ("refused", "incomplete")  # such files are not written in any form, and the job could not be done
_OPTIONS = (
    click.option(
        "--corrected",
        type=file_path,
        metavar="PATH",
        help="Write the corrected 837P; a folder when several inputs are given. Never over an input.",
    ),
    click.option(
        "--apply",
        "safety",
        type=click.Choice([Safety.SAFE.value, Safety.DOCUMENTED.value]),
        help="Which corrections may be written [default: safe].",
    ),
    click.option(
        "--ready",
        type=file_path,
        metavar="PATH",
        help="Write an 837P of the claims that may go, corrected where --corrected is given.",
    ),
    click.option(
        "--held",
        type=file_path,
        metavar="PATH",
        help="Write an 837P of the claims to work first.",
    ),
    click.option(
        "--diff", is_flag=True, help="Show what would be corrected instead of the report, and write nothing."
    ),
)


@dataclass(frozen=True, slots=True)
class Targets:
    """Where the files of one input go."""

    corrected: Path | None = None
    ready: Path | None = None
    held: Path | None = None

    @property
    def all(self) -> list[Path]:
        """Every file of them, the journal too."""
        from scrub837.fixes.publish import journal_of  # noqa: PLC0415

        paths = [path for path in (self.corrected, self.ready, self.held) if path]
        return [*paths, *([journal_of(self.corrected)] if self.corrected else [])]


@dataclass(frozen=True, slots=True)
class Changing:
    """What was asked for."""

    corrected: Path | None
    safety: Safety
    ready: Path | None
    held: Path | None
    diff: bool

    def targets(self, inputs: Sequence[str], logs: Sequence[str]) -> list[Targets]:
        """Where the files of each input go. Raises ``SettingsInvalid`` when they would hit one another."""
        from scrub837.fixes.publish import corrected_paths, keep_apart, output_paths  # noqa: PLC0415

        nowhere: list[Path | None] = [None] * len(inputs)
        targets = [
            Targets(*paths)
            for paths in zip(
                corrected_paths(inputs, self.corrected) if self.corrected else nowhere,
                output_paths(inputs, self.ready) if self.ready else nowhere,
                output_paths(inputs, self.held) if self.held else nowhere,
                strict=True,
            )
        ]
        taken: set[Path] = set()
        for path in (path for one in targets for path in one.all):
            if path.absolute() in taken:
                raise SettingsInvalid(f"{path} is named twice as an output")
            keep_apart(path, logs)
            taken.add(path.absolute())
        return targets

    def make(self, source: Source, file: FileReport, job: Job, targets: Targets) -> bool:
        """Write what was asked for and say so. A report is still wanted when that cannot be done."""
        try:
            if self.diff:
                return self._show(source, file, job)
            if targets == Targets():
                return True
            return self._write(source, file, job, targets)
        except ScrubError as error:
            tell(f"{source.name}: {error}")
            return False

    def _show(self, source: Source, file: FileReport, job: Job) -> bool:
        from scrub837.fixes.write import preview  # noqa: PLC0415
        from scrub837.report.diff import write_diff  # noqa: PLC0415

        if file.status in NEVER:
            tell(f"{source.name} is {file.status}: it is not corrected")
            return True
        splices = preview(source, file, job, self.safety)
        write_diff(file, splices, sys.stdout.buffer, colour=colour_wanted())
        tell(f"{source.name}: {count(len(splices), 'change')}; nothing was written")
        return True

    def _write(self, source: Source, file: FileReport, job: Job, targets: Targets) -> bool:
        from scrub837.fixes.write import correct  # noqa: PLC0415

        if file.status in NEVER:
            tell(f"{source.name} is {file.status}: {_not_written(targets)}")
        done = None
        divided = targets.ready or targets.held
        if targets.corrected is not None:
            done = correct(source, file, job, targets.corrected, self.safety, keep=bool(divided))
            if done.target is not None:
                tell(f"{done.target}: {_what_was_written(done)}")
        if not divided or file.status in NEVER:
            return True
        if done is None or done.after is None:
            return _divide(source, file, job, targets)
        with closing(done.after), closing(open_input(str(done.target))) as corrected:
            return _divide(corrected, done.after, job, targets)


def change_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--corrected``, ``--apply``, ``--ready``, ``--held`` and ``--diff``, as one value ``changing``."""

    @functools.wraps(command)
    def with_changes(
        *args: Any,
        corrected: Path | None,
        safety: str | None,
        ready: Path | None,
        held: Path | None,
        diff: bool,
        **others: Any,
    ) -> Any:
        if safety and not (corrected or diff):
            raise click.UsageError("--apply says what --corrected PATH may hold; name a PATH (or use --diff)")
        if diff and (corrected or ready or held):
            raise click.UsageError("--diff writes nothing: leave out --corrected, --ready and --held")
        changing = Changing(corrected, Safety(safety or Safety.SAFE), ready, held, diff)
        return command(*args, changing=changing, **others)

    for option in reversed(_OPTIONS):
        with_changes = option(with_changes)
    return with_changes


def _divide(source: Source, file: FileReport, job: Job, targets: Targets) -> bool:
    from scrub837.fixes.split import split  # noqa: PLC0415

    done = split(source, file, job, targets.ready, targets.held)
    if done.refused:
        tell(f"{source.name}: {done.refused}: it was not divided")
        return False
    for target, side, words in (
        (targets.ready, done.ready, "may go"),
        (targets.held, done.held, "to work first"),
    ):
        if target is not None:
            tell(f"{target}: {_side_words(target, side, words)}")
    for line in _notes(done):
        tell(line)
    return True


def _side_words(target: Path, side: Side, words: str) -> str:
    claims = f"{count(len(side.claims), 'claim')} ({money(side.charge)})"
    if side.claims:
        return f"{claims} that {words}" if words == "may go" else f"{claims} {words}"
    left = "; the file that is there is of another run" if target.exists() else ""
    return f"not written, there is no claim {'that may go' if words == 'may go' else words}{left}"


def _notes(done: Split) -> list[str]:
    notes = [
        f"{code} is a fault around {count(claims, 'claim')}: all of them are held"
        for code, claims in done.wide.items()
    ]
    others = [codes for codes in done.joined.values() if not done.wide.keys() & set(codes)]
    if others:
        codes = ", ".join(sorted(set().union(*others)))
        notes.append(f"{count(len(others), 'claim')} held only because of another ({codes})")
    return notes + [f"in neither file: {words}" for words in done.left_out]


def _not_written(targets: Targets) -> str:
    if not (targets.ready or targets.held):
        return "no corrected file was written"
    return "it was not divided" if targets.corrected is None else "it was neither corrected nor divided"


def _what_was_written(done: Correction) -> str:
    if done.applied:
        written = count(len(done.applied), "correction")
        return f"{written} written; `scrub837 undo` brings the original back"
    return f"{'no correction could be made' if done.reasons else 'nothing to correct'}; a copy was written"
