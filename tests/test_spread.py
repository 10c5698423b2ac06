"""Work on several processes: in order, and nobody waits for what will never come."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from multiprocessing import active_children

import pytest

from scrub837.spread import Ahead, spread


@pytest.mark.parametrize("jobs", [1, 2, 3])
def test_results_come_in_order(jobs: int) -> None:
    def work(number: int) -> tuple[int, int]:
        time.sleep(0.01 * (number % 3))
        return number, os.getpid()

    done = list(spread(work, 12, jobs))
    assert [number for number, _ in done] == list(range(12))
    assert (os.getpid() in {own for _, own in done}) is (jobs == 1)
    assert not active_children()


def test_a_worker_that_is_killed_ends_the_work() -> None:
    def work(number: int) -> int:
        if number == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        return number

    with pytest.raises(MemoryError):
        list(spread(work, 40, 2))
    assert not active_children()


def test_what_goes_wrong_in_a_worker_goes_wrong_here() -> None:
    def work(number: int) -> int:
        if number == 1:
            raise OSError(28, "No space left on device")
        time.sleep(60 if number > 1 else 0)  # is killed, or this test takes a minute
        return number

    with pytest.raises(OSError, match="No space left"):
        list(spread(work, 4, 2))
    assert not active_children()


def test_who_stops_asking_waits_for_nobody() -> None:
    def work(number: int) -> int:
        time.sleep(60 if number else 0)
        return number

    with closing(spread(work, 4, 2)) as results:
        assert next(results) == 0
    assert not active_children()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_workers_end_with_the_program(how: signal.Signals) -> None:
    script = """
import os, time
from scrub837.spread import Ahead, spread
def work(number):
    print(os.getpid(), flush=True)
    time.sleep(60)
list(spread(work, 4, 3))
"""
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        for _ in range(3):
            program.stdout.readline()  # a worker is at work
        program.send_signal(how)
        rest, _ = program.communicate(timeout=30)  # ends when no worker holds the other end any more
    assert rest == ""


def test_what_was_begun_ahead_is_what_it_is_here() -> None:
    with closing(Ahead(lambda: (os.getpid(), list(range(100_000))))) as ahead:
        own, found = ahead.result()
    assert own != os.getpid()
    assert found == list(range(100_000))
    assert not active_children()


@pytest.mark.parametrize("end", ["killed", "fails", "cannot be sent"])
def test_what_fails_ahead_is_done_here(end: str) -> None:
    here = os.getpid()

    def work() -> object:
        if os.getpid() == here:
            return "done here"
        if end == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        if end == "fails":
            raise ValueError(end)
        return lambda: end

    with closing(Ahead(work)) as ahead:
        assert ahead.result() == "done here"
    assert not active_children()


def test_nobody_waits_for_what_is_not_asked_for() -> None:
    with closing(Ahead(lambda: time.sleep(60))):
        pass
    assert not active_children()
