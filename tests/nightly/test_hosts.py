"""Several hosts with one ledger: nothing is sent twice and nothing is lost, whoever is faster."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from ledgers import KEY
from nights import Night, batch

from scrub837.nightly import outputs
from scrub837.nightly.ledger import State, open_ledger


@dataclass(slots=True)
class Host:
    """A host of its own name and state; the folders are shared."""

    name: str
    root: Path

    def settings(self) -> Path:
        path = self.root.parent / f"{self.name}.toml"
        path.write_text(
            'as-of = "2026-11-20"\nguide = false\n'
            f'[nightly]\nroot = "{self.root}"\nhost = "{self.name}"\nsettle = 0\nformats = ["json"]\n'
            f'state = "{self.root.parent}/{self.name}"\nlog = "{self.root.parent}/{self.name}/log"\n'
            f'metrics = "{self.root.parent}/{self.name}/prom"\n'
            f'summary = "{self.root.parent}/{self.name}/summary.json"\n',
            "utf-8",
        )
        return path

    def start(self, ledger: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "scrub837", "run", "--config", str(self.settings())],
            env={**os.environ, "SCRUB837_LEDGER": ledger},
            stderr=subprocess.PIPE,
        )


def test_two_hosts_at_once(night: Night, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """40 batches under two names each, and of 10 the same claims in another file: each is sent once."""
    monkeypatch.setenv("SCRUB837_LEDGER_KEY", KEY)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("DROP SCHEMA IF EXISTS scrub837 CASCADE")
    for n in range(1, 41):
        night.drop(f"{n:03d}-a.837", batch(n))
        night.drop(f"{40 - n:03d}-b.837", batch(n))
    for n in range(1, 11):
        night.drop(f"{n:03d}-c.837", batch(n).replace(b"0915", b"0916").replace(b"00000000", b"10000000"))
    running = [Host(name, night.root).start(database) for name in ("one", "two")]
    said = [process.communicate()[1] for process in running]
    assert said == [b"", b""]
    assert {process.returncode for process in running} <= {0, 1}
    sent = [path.read_bytes() for path in night.root.glob("out/*.837")]
    claims = sorted(data[data.index(b"CLM*") :].partition(b"*")[2].partition(b"*")[0] for data in sent)
    assert claims == sorted(b"N%d-1" % n for n in range(1, 41))
    assert night.names("in") == []
    assert night.names("working") == []
    assert len(night.names("archive")) == 90
    with closing(open_ledger(database)) as ledger:
        files = ledger.files(1000)
    assert {row.outcome for row in files} == {"ready", "held"}
    assert sum(row.state == State.PUBLISHED for row in files) == 40


def test_another_host_is_faster(night: Night, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a file is judged, another host sends the same claims; that was not known when it was judged."""
    shared = f'ledger = "{tmp_path}/shared.sqlite"\nformats = ["json"]'
    night.extra = shared
    other = Night(tmp_path / "other", extra=shared, host="there")
    (tmp_path / "other").mkdir()
    night.drop("a.837", batch(1))
    night.drop("b.837", batch(2))
    other.drop("c.837", batch(1).replace(b"0915", b"0916"))
    judge, judged = outputs.Desk.judge, []

    def slowly(desk: outputs.Desk, work: outputs.Outcome) -> None:
        judge(desk, work)
        judged.append(work.taken.name)
        if len(judged) == 1:
            assert other.run().outcomes() == {"ready": 1}

    monkeypatch.setattr(outputs.Desk, "judge", slowly)
    assert night.run().outcomes() == {"held": 1, "ready": 1}
    assert judged == ["a.837", "c.837", "b.837", "a.837"]
    assert [name.partition("-")[0] for name in night.names("out")] == ["b"]


def test_another_host_is_faster_with_the_same_bytes(
    night: Night, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    night.extra = f'ledger = "{tmp_path}/shared.sqlite"'
    other = Night(tmp_path / "other", extra=night.extra, host="there")
    (tmp_path / "other").mkdir()
    night.drop("a.837", batch(1))
    other.drop("c.837", batch(1))
    judge = outputs.Desk.judge
    met: list[outputs.Outcome] = []

    def slowly(desk: outputs.Desk, work: outputs.Outcome) -> None:
        judge(desk, work)
        if not met:
            met.append(work)
            assert other.run().outcomes() == {"ready": 1}

    monkeypatch.setattr(outputs.Desk, "judge", slowly)
    assert night.run().outcomes() == {"again": 1}
    assert night.names("out") == []
    assert night.names("in") == []
