"""Reports in files: told apart before the work begins, whole or absent after it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from scrub837.errors import OutputUnwritable, SettingsInvalid
from scrub837.fixes.publish import beside, keep_apart
from scrub837.report import FORMATS, PLAIN, Formats, Writer, format_of, writer


@dataclass(frozen=True, slots=True)
class Destination:
    """A file a report is to be written to, and how."""

    path: Path
    write: Writer


def destinations(
    paths: Sequence[Path], inputs: Sequence[str], others: Sequence[Path] = (), formats: Formats = FORMATS
) -> list[Destination]:
    """Where reports go, by suffix. Their writers are loaded, so that what is missing shows before the work.

    Raises ``SettingsInvalid`` for a suffix that names no format, a format whose extra is not installed, and a
    path that is an input or is named twice (``others`` are outputs that are no reports), and
    ``OutputUnwritable`` for a folder that is not there.
    """
    found: list[Destination] = []
    taken = {path.absolute() for path in others}
    for path in paths:
        name = format_of(path, formats)
        if name is None:
            known = ", ".join(one.suffix for one in formats.values() if one.suffix)
            raise SettingsInvalid(f"{path}: the suffix says how a report is written, and is one of {known}")
        if path.absolute() in taken:
            raise SettingsInvalid(f"{path} is named twice as an output")
        taken.add(path.absolute())
        keep_apart(path, inputs)
        if not os.access(path.parent, os.W_OK):
            raise OutputUnwritable(f"{path}: there is no folder {path.parent} to write to")
        found.append(Destination(path, loaded(name, formats)))
    return found


def loaded(name: str, formats: Formats = FORMATS) -> Writer:
    """The function that writes a format. Raises ``SettingsInvalid`` when its extra is not installed."""
    try:
        return writer(name, formats)
    except ImportError as error:
        what = f"scrub837[{extra}]" if (extra := formats[name].extra) else error.name
        raise SettingsInvalid(
            f"{name} needs {error.name}, which is not installed: `pip install '{what}'`"
        ) from error


def write_file(report: object, where: Destination) -> None:
    """Write a report, mode 0600, under its name only when it is whole. Raises ``OutputUnwritable``."""
    with beside(where.path) as draft:
        where.write(report, draft.file, PLAIN)
        draft.publish()
