"""A progress bar for long work: on a terminal, on standard error, and nowhere else."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scrub837.engine import Progress

LONG_WORK = 2 << 20  # bytes of input from which a bar is worth it
_WORDS = {"claims": "checking claims", "guide": "asking the implementation guide"}


@contextmanager
def progress_bar(size: int) -> Iterator[Progress | None]:
    """A bar for an input of ``size`` bytes; ``None`` where nobody looks or the work is short."""
    if size < LONG_WORK or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console  # noqa: PLC0415 - costs time that short runs need not spend
    from rich.progress import Progress as Bar  # noqa: PLC0415
    from rich.progress import TaskID  # noqa: PLC0415

    with Bar(console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, TaskID] = {}

        def show(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(_WORDS.get(what, what), total=total or None)
            bar.update(tasks[what], completed=done)

        yield show
