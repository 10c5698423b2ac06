"""A run that is killed leaves the input as it was and a whole corrected file or none."""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import time
from collections.abc import Callable
from contextlib import closing
from datetime import date, timedelta
from multiprocessing import get_context
from pathlib import Path

from desk import Desk

from scrub837.engine import scan
from scrub837.fixes.write import correct
from scrub837.testing import build
from scrub837.x12.source import open_source

JOURNAL = "out.edi.journal.json"


def batch_of(claims: int) -> bytes:
    """A batch in which each claim has a patient's day to itself."""
    days = [date(2025, 1, 2) + timedelta(n // 3) for n in range(claims)]
    written = (
        f"id=K{n} patient={'ABC'[n % 3]} dos={day} | 97530:{'GP' if n % 7 else 'gp'} x1 ; 97110:GP x2"
        for n, day in enumerate(days)
    )
    return build(" || ".join(written)).edi


def run(folder: Path) -> None:
    """One whole run over ``in.edi``."""
    with (
        Desk(folder).job() as job,
        closing(open_source(str(folder / "in.edi"))) as source,
        closing(scan(source, job)) as report,
    ):
        correct(source, report, job, folder / "out.edi")


def run_until_call(folder: Path, number: int) -> None:
    """A run that is killed right before its n-th step that reaches the disk."""
    steps = 0

    def counted(real: Callable[..., object]) -> Callable[..., object]:
        def step(*words: object) -> object:
            nonlocal steps
            steps += 1
            if steps == number:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*words)

        return step

    os.fsync = counted(os.fsync)  # type: ignore[assignment] # of this process, which is about to end
    Path.replace = counted(Path.replace)  # type: ignore[assignment, method-assign] # the same
    run(folder)


def left_behind(folder: Path, batch: bytes, whole: bytes) -> bool:
    """Whether the corrected file is there; what has a name is whole, the rest is temporary."""
    assert (folder / "in.edi").read_bytes() == batch
    names = {path.name for path in folder.iterdir() if not path.name.startswith(".scrub837-")}
    assert names <= {"in.edi", "out.edi", JOURNAL}
    if JOURNAL in names:
        journal = json.loads((folder / JOURNAL).read_bytes())
        assert journal["output"]["sha256"] == hashlib.sha256(whole).hexdigest()
    if "out.edi" in names:
        assert JOURNAL in names
        assert (folder / "out.edi").read_bytes() == whole
    return "out.edi" in names


def whole_of(batch: bytes, folder: Path) -> bytes:
    folder.mkdir()
    (folder / "in.edi").write_bytes(batch)
    run(folder)
    return (folder / "out.edi").read_bytes()


def test_killed_at_any_moment(tmp_path: Path) -> None:
    batch = batch_of(2000)
    assert len(batch) > 900_000
    started = time.monotonic()
    whole = whole_of(batch, tmp_path / "whole")
    span = time.monotonic() - started
    assert whole != batch
    chance = random.Random(837)  # noqa: S311 - moments, not secrets
    for number in range(20):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "in.edi").write_bytes(batch)
        process = get_context("fork").Process(target=run, args=(folder,))
        process.start()
        process.join(chance.uniform(0, span))
        process.kill()
        process.join()
        left_behind(folder, batch, whole)
        process.close()


def test_killed_before_each_step_to_the_disk(tmp_path: Path) -> None:
    batch = batch_of(20)
    whole = whole_of(batch, tmp_path / "whole")
    seen = []
    for number in range(1, 8):  # flush, name, flush the folder; for the journal, then for the corrected file
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "in.edi").write_bytes(batch)
        process = get_context("fork").Process(target=run_until_call, args=(folder, number))
        process.start()
        process.join()
        there = left_behind(folder, batch, whole)
        seen.append((process.exitcode, (folder / JOURNAL).exists(), there))
        process.close()
    killed = -signal.SIGKILL
    assert seen == [
        (killed, False, False),
        (killed, False, False),
        (killed, True, False),
        (killed, True, False),
        (killed, True, False),
        (killed, True, True),
        (0, True, True),
    ]
