"""Work on many cores: a worker inherits everything by fork and gives back one result a transaction."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar, cast

from scrub837.scan import Task
from scrub837.x12.source import Source

SMALL = 2 << 20  # below this many bytes a second process costs more than it saves
_Result = TypeVar("_Result")
_work: Callable[[int], object] | None = None


def spread(
    work: Callable[[int], _Result], tasks: Sequence[Task], source: Source, jobs: int
) -> Iterator[tuple[Task, _Result]]:
    """``work(n)`` of each task, in order, on as many processes as it is worth."""
    if jobs < 2 or len(tasks) < 2 or source.size < SMALL:
        for number, task in enumerate(tasks):
            yield task, work(number)
        return
    global _work  # noqa: PLW0603 - how a forked worker gets at objects that cannot be pickled
    _work = work
    try:
        from multiprocessing import get_context  # noqa: PLC0415 - slow to import, and most files are small

        quiet = (signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
        with get_context("fork").Pool(min(jobs, len(tasks)), signal.signal, quiet) as pool:
            results: Iterator[object] = pool.imap(_do, range(len(tasks)))
            for task, result in zip(tasks, results, strict=True):
                yield task, cast(_Result, result)
    finally:
        _work = None


def _do(number: int) -> object:
    assert _work is not None  # noqa: S101 - set before the pool is forked
    return _work(number)
