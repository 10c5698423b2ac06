"""Outputs that are whole or absent: written beside their target under another name, flushed, renamed."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from scrub837.errors import OutputUnwritable, SettingsInvalid

JOURNAL = ".journal.json"


def journal_of(target: Path) -> Path:
    """Where the journal of a corrected file stands."""
    return target.with_name(target.name + JOURNAL)


def corrected_paths(inputs: Sequence[str], target: Path) -> list[Path]:
    """The corrected file of each input, as ``output_paths`` gives it; its journal is to stand beside it.

    Raises as that does, for journals, too.
    """
    return output_paths(inputs, target, lambda path: (journal_of(path),))


def output_paths(
    inputs: Sequence[str], target: Path, others: Callable[[Path], Sequence[Path]] = lambda _: ()
) -> list[Path]:
    """Where the file made of each input goes: ``target`` for one, files of the same name in it for several.

    A folder for several is made, mode 0700. ``others`` says what else is written with a file. Raises
    ``SettingsInvalid`` when two would have the same name, when one would be written over an input (however it
    is linked) or over something that is not a file, and ``OutputUnwritable`` when the folder cannot be made.
    """
    if str(target) == "-":
        raise SettingsInvalid("an 837P cannot go to standard output: the report goes there")
    if len(inputs) > 1:
        try:
            target.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise OutputUnwritable(f"the folder {target} cannot be made: {error.strerror}") from error
    if len(inputs) > 1 or target.is_dir():
        paths = [target / (Path(name).name if name != "-" else "stdin.edi") for name in inputs]
    else:
        paths = [target]
    outputs = [*paths, *(other for path in paths for other in others(path))]
    if len(set(outputs)) < len(outputs):
        raise SettingsInvalid(f"two inputs have the same name: they cannot both be written into {target}")
    for output in outputs:
        keep_apart(output, inputs)
    return paths


def keep_apart(output: Path, inputs: Sequence[str]) -> None:
    """Raise ``SettingsInvalid`` when ``output`` is one of ``inputs`` or cannot be replaced by a file."""
    try:
        there = output.stat()
    except OSError:
        return  # not there, so it is none of the inputs; a missing folder shows when it is written
    if not output.is_file():
        raise SettingsInvalid(f"{output} is not a file: name one, or one that does not exist yet")
    for name in inputs:
        try:
            own = Path(name).stat() if name != "-" else os.fstat(0)
        except OSError:
            continue  # cannot be read: that is said when it is opened
        if (own.st_dev, own.st_ino) == (there.st_dev, there.st_ino):
            raise SettingsInvalid(f"{output} is the input {name}: an input is never written over")


@dataclass(frozen=True, slots=True)
class Draft:
    """A file that has no proper name yet."""

    path: Path
    file: BinaryIO
    target: Path

    def publish(self, *, lasting: bool = True) -> None:
        """Give it its name, in one step, after everything is on the disk. Raises ``OutputUnwritable``.

        What need not be ``lasting`` may be lost with the power: whoever asked brings it to the disk later.
        """
        try:
            self.file.flush()
            if not lasting:
                self.path.replace(self.target)
                return
            os.fsync(self.file.fileno())
            self.path.replace(self.target)
            folder = os.open(self.target.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as error:  # here, for several drafts may be open
            raise OutputUnwritable(f"{self.target} was not written: {error.strerror}") from error


@contextmanager
def beside(target: Path) -> Iterator[Draft]:
    """A new file in the folder of ``target``, mode 0600, removed at the end unless it was published."""
    try:
        handle, name = tempfile.mkstemp(prefix=".scrub837-", suffix=".tmp", dir=target.parent)
    except OSError as error:
        raise OutputUnwritable(f"nothing can be written to {target.parent}: {error.strerror}") from error
    try:
        with os.fdopen(handle, "w+b") as file:
            yield Draft(Path(name), file, target)
    except OSError as error:
        raise OutputUnwritable(f"{target} was not written: {error.strerror}") from error
    finally:
        Path(name).unlink(missing_ok=True)
