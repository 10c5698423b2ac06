"""Work on many cores: a worker inherits everything by fork and gives back one result a piece of work."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Generator, Iterator
from typing import TypeVar, cast

SMALL = 2 << 20  # below this many bytes a second process costs more than it saves
_Result = TypeVar("_Result")
_work: Callable[[int], object] | None = None


def worth(size: int, jobs: int) -> int:
    """How many processes so many bytes are worth."""
    return jobs if size >= SMALL else 1


def spread(work: Callable[[int], _Result], count: int, jobs: int) -> Generator[_Result, None, None]:
    """``work(n)`` for each ``n`` below ``count``, in order, on so many processes.

    Raises ``MemoryError`` when one of them is killed: a system that runs out of memory does that.
    """
    if jobs < 2 or count < 2:
        yield from map(work, range(count))
        return
    # slow to import, and most files are small
    from concurrent.futures.process import BrokenProcessPool, ProcessPoolExecutor  # noqa: PLC0415
    from multiprocessing import active_children, get_context  # noqa: PLC0415

    global _work  # noqa: PLW0603 - how a forked worker gets at objects that cannot be pickled
    _work = work
    workers = ProcessPoolExecutor(min(jobs, count), get_context("fork"), _begin)
    try:
        yield from cast(Iterator[_Result], workers.map(_do, range(count)))
    except BrokenProcessPool as error:
        raise MemoryError("a process that judged part of the file was killed") from error
    except BaseException:  # nobody waits for what they are doing
        for worker in active_children():
            worker.kill()
        raise
    finally:
        workers.shutdown(cancel_futures=True)
        _work = None


def _begin() -> None:
    """Leave Ctrl-C to the parent, and end when it ends, however that comes about."""
    from multiprocessing import parent_process  # noqa: PLC0415 - as above
    from multiprocessing.connection import wait  # noqa: PLC0415
    from threading import Thread  # noqa: PLC0415

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    assert parent is not None  # noqa: S101 - this is a worker

    def end_with_it() -> None:
        wait([parent.sentinel])
        os._exit(1)

    Thread(target=end_with_it, daemon=True).start()


def _do(number: int) -> object:
    assert _work is not None  # noqa: S101 - set before the workers are forked
    return _work(number)
