"""Work on many cores: workers inherit everything by fork and give back one result a piece of work."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing.connection import Connection
    from types import TracebackType

SMALL = 2 << 20  # below this many bytes a second process costs more than it saves
_Item = TypeVar("_Item")
_Result = TypeVar("_Result")
_works: Sequence[Callable[[Any], object]] = ()


def cores() -> int:
    """Processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def worth(size: int, jobs: int) -> int:
    """How many processes so many bytes are worth."""
    return jobs if size >= SMALL else 1


class Crew:
    """Processes for some kinds of work, made when there is work for two; they keep what they learn."""

    def __init__(self, jobs: int, *works: Callable[[Any], object]) -> None:
        self._jobs = jobs
        self._works = works
        self._workers: ProcessPoolExecutor | None = None

    def __enter__(self) -> Crew:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        if self._workers is None:
            return
        if kind is not None:  # nobody waits for what they are doing
            from multiprocessing import active_children  # noqa: PLC0415 - as below

            for worker in active_children():
                worker.kill()
        self._workers.shutdown(cancel_futures=True)

    def run(self, work: Callable[[_Item], _Result], items: Sequence[_Item]) -> Iterator[_Result]:
        """``work(item)`` for each item, in order.

        Raises ``MemoryError`` when a process is killed: a system that runs out of memory does that.
        """
        if self._jobs < 2 or len(items) < 2:
            yield from map(work, items)
            return
        from concurrent.futures.process import BrokenProcessPool  # noqa: PLC0415 - slow, most files are small

        number = self._works.index(work)
        try:
            yield from cast(Iterator[_Result], self._ready().map(_do, [(number, item) for item in items]))
        except BrokenProcessPool as error:
            raise MemoryError("a process that judged part of the file was killed") from error

    def _ready(self) -> ProcessPoolExecutor:
        if self._workers is None:
            from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415 - as above
            from multiprocessing import get_context  # noqa: PLC0415

            global _works  # noqa: PLW0603 - how a forked worker gets at objects that cannot be pickled
            _works = self._works
            self._workers = ProcessPoolExecutor(self._jobs, get_context("fork"), _begin)
        return self._workers


def spread(work: Callable[[int], _Result], count: int, jobs: int) -> Generator[_Result, None, None]:
    """``work(n)`` for each ``n`` below ``count``, in order, on so many processes. Raises as ``Crew.run``."""
    with Crew(min(jobs, count), work) as crew:
        yield from crew.run(work, range(count))


class Ahead(Generic[_Result]):
    """What a function gives, worked out by another process while this one does something else."""

    def __init__(self, work: Callable[[], _Result]) -> None:
        from multiprocessing import get_context  # noqa: PLC0415 - as above

        context = get_context("fork")
        self._work = work
        self._answer, answer = context.Pipe(duplex=False)
        self._process = context.Process(target=_send, args=(work, answer), daemon=True)
        self._process.start()
        answer.close()

    def result(self) -> _Result:
        """The same as ``work()``, which is done here where the other process could not."""
        try:
            found: _Result = self._answer.recv()
        except (EOFError, OSError):
            return self._work()
        finally:
            self.close()
        return found

    def close(self) -> None:
        """Have the other process end, whether it is done or not."""
        self._answer.close()
        self._process.kill()
        self._process.join()


def _send(work: Callable[[], object], answer: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(Exception):  # who asked does it again, and is told what is wrong
        answer.send(work())


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


def _do(asked: tuple[int, Any]) -> object:
    number, item = asked
    return _works[number](item)
