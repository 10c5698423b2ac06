"""The batch an address names, and the page while it is judged."""

from __future__ import annotations

from starlette.responses import Response

from scrub837.review.arrivals import BATCH
from scrub837.review.desk import Ask, Desk, NotThere
from scrub837.review.store import FileKept


def batch_file(desk: Desk, ask: Ask) -> FileKept:
    """The batch of an address. Raises ``NotThere``."""
    file = desk.store.file(ask.number("batch"))
    if file is None or file.kind != BATCH:
        raise NotThere
    return file


def waiting(desk: Desk, ask: Ask, file: FileKept) -> Response:
    """The page while a batch is judged for the first time, or why it cannot be."""
    failure = desk.judging.failures.get(file.id, "")
    return desk.page(ask, "waiting.html.j2", 500 if failure else 200, kept=file, failure=failure)
