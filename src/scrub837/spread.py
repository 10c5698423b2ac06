"""Work on many cores: a worker inherits everything by fork and gives back one result a piece of work."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from typing import TypeVar, cast

SMALL = 2 << 20  # below this many bytes a second process costs more than it saves
_Result = TypeVar("_Result")
_work: Callable[[int], object] | None = None


def worth(size: int, jobs: int) -> int:
    """How many processes so many bytes are worth."""
    return jobs if size >= SMALL else 1


def spread(work: Callable[[int], _Result], count: int, jobs: int) -> Iterator[_Result]:
    """``work(n)`` for each ``n`` below ``count``, in order, on so many processes."""
    if jobs < 2 or count < 2:
        yield from map(work, range(count))
        return
    global _work  # noqa: PLW0603 - how a forked worker gets at objects that cannot be pickled
    _work = work
    try:
        from multiprocessing import get_context  # noqa: PLC0415 - slow to import, and most files are small

        quiet = (signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
        with get_context("fork").Pool(min(jobs, count), signal.signal, quiet) as pool:
            for result in pool.imap(_do, range(count)):
                yield cast(_Result, result)
    finally:
        _work = None


def _do(number: int) -> object:
    assert _work is not None  # noqa: S101 - set before the pool is forked
    return _work(number)
