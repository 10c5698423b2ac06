"""What is brought in: claim files, answers to them, treatment-time logs. Nothing is run or unpacked."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path
from typing import BinaryIO

from scrub837.claims.timelog import open_time_log
from scrub837.engine import tasks_of
from scrub837.errors import DocumentationUnreadable, ScrubError
from scrub837.report.words import clean
from scrub837.responses.collect import collect
from scrub837.review.desk import Desk
from scrub837.review.store import FileKept
from scrub837.review.workspace import TooLarge
from scrub837.x12.outline import read_outline
from scrub837.x12.source import Source, open_source

BATCH, RESPONSE, LOG = "batch", "response", "log"
_LONGEST_NAME = 120


class NotTaken(ScrubError):
    """A file that is not taken; the text says why and what to do."""


def take(desk: Desk, person: str, name: str, stream: BinaryIO, batch: int | None) -> FileKept:
    """Keep a file under a number of ours. ``batch`` is the one that a log is for.

    Bytes that are here already are not kept twice. Raises ``NotTaken``.
    """
    most = desk.review.most_megabytes << 20
    if desk.workspace.room() < 3 * most // 2 and desk.workspace.room() < (1 << 28):
        raise NotTaken("there is no room left on the disk: make some, then send it again")
    try:
        with desk.workspace.arriving(stream, most) as (path, digest, size):
            if not size:
                raise NotTaken("the file is empty: choose another")
            kind = kind_of(path)
            if kind == LOG:
                batch = batch or next((one.id for one in desk.store.files(BATCH)), None)
                if batch is None:
                    raise NotTaken("this is a treatment-time log: bring in the batch it is for first")
            else:
                batch = None
            known = desk.store.file_like(digest, kind, batch)
            if known is not None:
                return known
            number = desk.store.add_file(kind, shown_name(name), digest, size, person, batch)
            path.replace(desk.workspace.file(number))
    except TooLarge:
        raise NotTaken(f"it is larger than {desk.review.most_megabytes} MB: see most-megabytes") from None
    kept = desk.store.file(number)
    assert kept is not None  # noqa: S101 - added above
    return kept


def kind_of(path: Path) -> str:
    """What a file is. What is neither answer nor log is a batch, and its page says what is wrong with it."""
    with closing(open_source(str(path))) as source:
        if tasks_of(read_outline(source))[0]:
            return BATCH
        if _answers(source):
            return RESPONSE
    try:
        open_time_log(path).close()
    except DocumentationUnreadable:
        return BATCH
    return LOG


def _answers(source: Source) -> bool:
    with closing(collect([source], guide=False)) as found:
        return any(file.kinds for file in found.files)


def shown_name(name: str) -> str:
    """What a file is called on pages: the last part of its name, inert. It never names a file on our disk."""
    last = re.split(r"[/\\]", name)[-1].strip()
    return clean(last)[:_LONGEST_NAME] or "(no name)"
