"""Killed at any moment and run again, a night ends as a quiet one, and nothing goes out twice."""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from nights import Night, batch, cut
from servers import Sshd

from scrub837.nightly.ssh_connect import _Together

EVENTS = ("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.scandir", "shutil.copyfile")
LOG = "claim_id,line_ref,dos,code,minutes,attested_by\nN1-1,N1-1L1,2026-11-03,97140,20,PT-1\n"
Row = tuple[str, str, str, tuple[str, ...]]


@dataclass(slots=True)
class Clearinghouse:
    """Fetches what lies in ``out``, as soon as it is there; a file that comes again is noticed."""

    night: Night
    fetched: dict[str, bytes] = field(default_factory=dict)

    def fetch(self) -> None:
        for path in (self.night.root / "out").glob("[!.]*"):
            assert path.name not in self.fetched, "published twice"
            self.fetched[path.name] = path.read_bytes()
            path.unlink()


def prepared(root: Path, server: Sshd | None = None) -> Night:
    """Every way through a run: sent, corrected, held, quarantined, the same again, a log beside a batch."""
    night = Night(root, extra='formats = ["json"]\ntime-log = ["{stem}.csv"]\n', settle=0)
    if server is not None:
        base = server.url(root)
        night.extra += f'inbox = "{base}/in"\nout = "{base}/out"\nheld = "{base}/held"\n'
        night.sftp = server.keys.settings()
    (root / "in").mkdir(parents=True)
    night.drop("a.837", batch(1).replace(b"97140:GP", b"97140:gp"))
    night.drop("a.csv", LOG.encode())
    night.drop("b.837", batch(2, pair=True))
    night.drop("c.837", batch(3))
    night.drop("d.837", batch(3))
    night.drop("e.837", cut(5))
    return night


def in_child(work: Callable[[], object]) -> int:
    """Start ``work`` in a child of its own; gives its process id."""
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        work()
        status = 0
    finally:
        os._exit(status)


def state_of(night: Night, fetched: dict[str, bytes]) -> tuple[dict[str, bytes], dict[str, bytes], list[Row]]:
    """All that is left of a night: what was fetched, what lies in the folders, what the ledger says."""
    tree = night.tree()
    for name, data in tree.items():
        tree[name] = data.replace(os.fsencode(night.root), b"ROOT")
    assert list((night.root / "working").glob("*")) == []
    assert not (night.root / "state" / "spool").exists()
    return fetched, tree, night.ledger_rows()


def killed_after(child: int, seconds: float) -> bool:
    """Kill a child after a while; whether it was still at work."""
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def killing_at(event: int) -> Callable[[str, tuple[object, ...]], None]:
    """An audit hook that kills the process as it is about to open, rename or remove its n-th file."""
    count = 0

    def hook(name: str, _arguments: tuple[object, ...]) -> None:
        nonlocal count
        if name in EVENTS:
            count += 1
            if count == event:
                os.kill(os.getpid(), signal.SIGKILL)

    return hook


def disturbed(root: Path, how: Callable[[Night], bool], server: Sshd | None = None) -> tuple[bool, object]:
    """A night whose first run is killed by ``how``, and what the second one makes of it."""
    night = prepared(root, server)
    house = Clearinghouse(night)
    hit = how(night)
    house.fetch()
    night.run()
    house.fetch()
    assert night.run().files == []
    house.fetch()
    return hit, state_of(night, house.fetched)


@pytest.fixture
def undisturbed(tmp_path: Path) -> tuple[object, float, int]:
    """What a quiet night leaves, how long it takes, and how many files it opens, renames and removes."""
    night = prepared(tmp_path / "warm")
    night.run()  # loads all that is loaded late
    night = prepared(tmp_path / "quiet")
    house = Clearinghouse(night)
    reading, writing = os.pipe()

    def counted() -> None:
        count = 0

        def hook(name: str, _arguments: tuple[object, ...]) -> None:
            nonlocal count
            count += name in EVENTS

        sys.addaudithook(hook)
        night.run()
        os.write(writing, b"%d" % count)

    started = time.monotonic()
    os.waitpid(in_child(counted), 0)
    seconds = time.monotonic() - started
    house.fetch()
    assert len(house.fetched) == 2
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        events = int(pipe.read())
    return state_of(night, house.fetched), seconds, events


def test_killed_at_any_moment(tmp_path: Path, undisturbed: tuple[object, float, int]) -> None:
    quiet, seconds, events = undisturbed
    dice = random.Random(837)  # noqa: S311 - no secret
    hits = 0
    for n in range(40):
        moment = dice.uniform(0, seconds)

        def at_moment(night: Night, moment: float = moment) -> bool:
            return killed_after(in_child(night.run), moment)

        hit, left = disturbed(tmp_path / f"moment{n}", at_moment)
        hits += hit
        assert left == quiet, f"killed after {moment} s"
    assert events > 60
    for n, event in enumerate(sorted(dice.sample(range(1, events), 60))):

        def at_event(night: Night, event: int = event) -> bool:
            def work() -> None:
                sys.addaudithook(killing_at(event))
                night.run()

            return os.WIFSIGNALED(os.waitpid(in_child(work), 0)[1])

        hit, left = disturbed(tmp_path / f"event{n}", at_event)
        hits += hit
        assert left == quiet, f"killed at event {event}"
    assert hits >= 60


def test_killed_again_and_again(tmp_path: Path, undisturbed: tuple[object, float, int]) -> None:
    quiet, _, events = undisturbed
    dice = random.Random(5)  # noqa: S311 - no secret
    for series in range(6):
        night = prepared(tmp_path / f"again{series}")
        house = Clearinghouse(night)
        moments = [dice.randrange(events // 4, events) for _ in range(4)]
        for event in moments:

            def work(night: Night = night, event: int = event) -> None:
                sys.addaudithook(killing_at(event))
                night.run()

            os.waitpid(in_child(work), 0)
            house.fetch()
        night.run()
        house.fetch()
        assert state_of(night, house.fetched) == quiet, f"killed at events {moments}"


def test_killed_over_sftp(tmp_path: Path, server: Sshd) -> None:
    """Before or after it has sent the n-th packet of requests."""
    night = prepared(tmp_path / "quiet", server)
    house = Clearinghouse(night)
    reading, writing = os.pipe()
    flush = _Together._flush

    def killed_at(event: int, *, after: bool) -> Callable[[_Together], None]:
        count = 0

        def counting(writer: _Together) -> None:
            nonlocal count
            count += 1
            os.write(writing, b".")
            if count == event and not after:
                os.kill(os.getpid(), signal.SIGKILL)
            flush(writer)
            if count == event:
                os.kill(os.getpid(), signal.SIGKILL)

        return counting

    def run(night: Night, event: int, *, after: bool) -> bool:
        def work() -> None:
            _Together._flush = killed_at(event, after=after)  # type: ignore[method-assign,assignment] # of this child
            night.run()

        return os.WIFSIGNALED(os.waitpid(in_child(work), 0)[1])

    assert not run(night, 0, after=False)
    house.fetch()
    assert len(house.fetched) == 2
    quiet, events = state_of(night, house.fetched), len(os.read(reading, 1 << 16))
    assert events > 30
    dice = random.Random(22)  # noqa: S311 - no secret
    moments = sorted(dice.sample(range(1, events), 15))
    for n, event in enumerate(moments):

        def how(night: Night, event: int = event, after: bool = n % 2 == 0) -> bool:
            return run(night, event, after=after)

        hit, left = disturbed(tmp_path / f"packet{n}", how, server)
        assert hit
        assert left == quiet, f"killed at packet {event} of {events}"
    os.close(reading)
    os.close(writing)
