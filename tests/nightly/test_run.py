"""One run over a folder of this machine: what becomes of each kind of file, and what is left where it was."""

from __future__ import annotations

import json
import os
import re
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from nights import BIRTH, FIRST_NAME, LAST_NAME, MEMBER, OLD, Night, all_output, batch, cut

from scrub837.configure import load_settings
from scrub837.errors import LedgerUnusable, ScrubError, SettingsInvalid, TryLater
from scrub837.nightly.folder import Entry
from scrub837.nightly.ledger import State, open_ledger
from scrub837.nightly.memory import Memory
from scrub837.nightly.session import Options
from scrub837.nightly.summary import as_text


def by_outcome(night: Night) -> dict[str, int]:
    return dict(night.run().outcomes())


def test_two_hundred_files_with_every_outcome(night: Night) -> None:
    night.extra = 'write = ["ready", "held"]\nformats = ["json"]\nfile-names = "plain"'
    mixed, second = batch(900, pair=True), batch(901)
    patient = second[second.index(b"HL*2*1") : second.index(b"SE*28")].replace(b"HL*2*1", b"HL*3*1")
    both = mixed.replace(b"SE*32*", patient + b"SE*47*")
    for n in range(1, 151):
        night.drop(f"ready{n}.837", batch(n))
    for n in range(151, 171):
        night.drop(f"held{n}.EDI", batch(n, pair=True))
    night.drop("mixed.837", both)
    for n in range(1, 11):
        night.drop(f"again{n}.837", batch(n))
    for n in range(181, 186):
        night.drop(f"cut{n}.837", cut(n))
    for n in range(5):
        night.drop(f"foreign{n}.txt", b"visit notes %d\n" % n)
    for n in range(5):
        night.drop(f"half{n}.837.part", batch(n))
        night.drop(f".hidden{n}.837", batch(n))
        night.drop(f"read{n}.md", b"not ours")
    summary = night.run()
    assert len(summary.files) == 191
    assert summary.status == 2
    assert summary.outcomes() == {
        "ready": 150, "held": 20, "divided": 1, "again": 10, "incomplete": 5, "refused": 5,
    }  # fmt: skip
    assert len(night.names("out")) == 151
    assert len(night.names("held")) == 21
    assert len(night.names("reports")) == 181
    assert len(night.names("archive")) == 181
    assert len(night.names("quarantine")) == 20
    assert len(night.names("in")) == 15
    assert night.names("working") == []
    assert len(summary.problems) == 10
    archived = {path.read_bytes() for path in night.root.glob("archive/*/*/*")}
    assert batch(3) in archived
    assert both in archived
    assert {b"N900-1" in one for one in map(Path.read_bytes, night.root.glob("held/mixed*"))} == {True}
    note = next(night.root.glob("quarantine/cut181-*.why.txt")).read_text("utf-8")
    assert "ends before its trailers" in note
    assert f"mv {next(night.root.glob('quarantine/cut181-*.837'))} {night.root}/in/cut181.837" in note
    assert next(night.root.glob("quarantine/cut181-*.837")).read_bytes() == cut(181)
    again = night.tree("out", "held", "reports")
    assert night.run().files == []
    assert night.tree("out", "held", "reports") == again


def test_the_same_file_again_publishes_nothing(night: Night) -> None:
    night.drop("monday.837", batch(1))
    assert by_outcome(night) == {"ready": 1}
    for path in night.root.glob("out/*"):
        path.unlink()  # the clearinghouse has fetched it
    night.drop("tuesday.837", batch(1))
    assert by_outcome(night) == {"again": 1}
    assert night.names("out") == []
    assert night.names("in") == []
    night.extra = 'formats = ["csv"]'
    night.drop("wednesday.837", batch(1))
    summary = night.run()
    assert (
        summary.files[0].outcome == "held"
    )  # other settings: it is judged, and found to have been sent before
    assert night.names("out") == []


def test_what_a_person_took_back_is_sent_again(night: Night) -> None:
    night.drop("a.837", batch(1))
    assert by_outcome(night) == {"ready": 1}
    [sent] = night.names("out")
    (night.root / "out" / sent).unlink()
    with closing(open_ledger(night.root / "state" / "ledger.sqlite")) as ledger:
        ledger.mark(ledger.files()[0].id, State.SEEN, datetime.now(UTC))
    night.drop("a.837", batch(1))
    assert by_outcome(night) == {"ready": 1}
    assert night.names("out") == [sent]


def test_a_file_refused_again_is_put_aside_again(night: Night) -> None:
    for name in ("a.837", "b.837"):
        night.drop(name, b"nothing of ours")
        assert by_outcome(night) == {"refused": 1}
    assert len([one for one in night.names("reports") if one.endswith(".json")]) == 1
    assert "b-" in "".join(night.names("quarantine"))


def test_what_is_corrected_is_told_to_the_ledger_as_it_was_sent(night: Night) -> None:
    night.drop("a.837", batch(1).replace(b"97140:GP", b"97140:gp"))
    assert by_outcome(night) == {"ready": 1}
    [sent] = night.root.glob("out/*.837")
    assert sent.read_bytes() == batch(1)
    assert (night.root / "reports" / f"{sent.name}.journal.json").is_file()


def test_a_growing_file_is_left_until_it_is_whole(night: Night) -> None:
    night.settle = 1
    path = night.drop("slow.837", batch(1)[:300], old=False)
    stop = threading.Event()

    def write() -> None:
        data = batch(1)[300:-40]
        for at in range(0, len(data), 10):
            with path.open("ab") as file:
                file.write(data[at : at + 10])
            if stop.wait(0.05):
                return

    writer = threading.Thread(target=write)
    writer.start()
    summary = night.run()
    stop.set()
    writer.join()
    assert summary.files == []
    assert summary.waiting == {"upload": 1}
    assert summary.status == 0
    assert night.names("in") == ["slow.837"]
    night.drop("slow.837", batch(1)[:-40])
    os.utime(path, (time.time() - 60,) * 2)
    summary = night.run()
    assert summary.waiting == {"trailers": 1}
    assert night.names("in") == ["slow.837"]
    night.drop("slow.837", batch(1))
    assert by_outcome(night) == {"ready": 1}


def test_a_writer_that_holds_the_file_open_is_noticed(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    """It goes on writing after the rename: what was read of the file is not published."""
    from scrub837.nightly import outputs

    path = night.drop("open.837", batch(1))
    judge = outputs.Desk.judge

    def slowly(desk: outputs.Desk, work: outputs.Outcome) -> None:
        judge(desk, work)
        with work.taken.local.open("ab") as file:
            file.write(batch(2))

    monkeypatch.setattr(outputs.Desk, "judge", slowly)
    assert by_outcome(night) == {"left": 1}
    assert path.read_bytes() == batch(1) + batch(2)
    assert night.names("out") == []


def test_done_markers(night: Night) -> None:
    night.extra = 'done-marker = ".done"'
    night.drop("a.837", batch(1), old=False)
    night.drop("b.837", batch(2), old=False)
    night.drop("a.837.done", b"", old=False)
    summary = night.run()
    assert summary.outcomes() == {"ready": 1}
    assert summary.waiting == {"marker": 1}
    assert night.names("in") == ["b.837"]
    night.drop("b.done", b"", old=False)
    assert by_outcome(night) == {"ready": 1}
    assert night.names("in") == []


LOG = "claim_id,line_ref,dos,code,minutes,attested_by\nN{n}-1,N{n}-1L1,2026-11-03,97140,{minutes},PT-1\n"


def test_a_time_log_goes_with_its_batch(night: Night) -> None:
    night.extra = 'time-log = ["{stem}.csv"]\ntime-log-wait = "1h"\nformats = ["json"]'
    path = night.drop("a.837", batch(1))
    now = time.time() - 60
    os.utime(path, (now, now))
    summary = night.run()
    assert summary.waiting == {"time log": 1}
    night.drop("A.CSV", LOG.format(n=1, minutes=2).encode())
    summary = night.run()
    assert summary.outcomes() == {"held": 1}  # two minutes are no unit
    report = json.loads(next(night.root.glob("reports/*.json")).read_bytes())
    assert report["files"][0]["claims"][0]["lines"][0]["minutes"] == 2
    assert night.names("in") == []
    assert any(name.endswith(".log1.CSV") for name in night.names("archive"))
    night.drop("late.837", batch(2))  # nobody brought a log within the hour
    assert by_outcome(night) == {"ready": 1}


def test_a_time_log_that_cannot_be_read_sends_nothing(night: Night) -> None:
    night.extra = 'time-log = ["{stem}.csv"]'
    night.drop("a.837", batch(1))
    night.drop("a.csv", b"\x00\x01\x02 no log")
    summary = night.run()
    assert summary.outcomes() == {"failed": 1}
    assert len(night.names("quarantine")) == 3
    assert night.names("out") == []
    assert night.names("in") == []


def test_names_of_any_bytes(night: Night) -> None:
    folder = os.fsencode(night.root / "in")
    names = [
        b"caf\xe9.837",
        b"two\nlines.837",
        b"x..%2fup.837",
        b"-rf.837",
        b"'; rm x.837",
        b"n" * 250 + b".837",
    ]
    for n, name in enumerate(names, 1):
        path = Path(os.fsdecode(folder + b"/" + name))
        path.write_bytes(batch(n))
        os.utime(path, (OLD, OLD))
    summary = night.run()
    assert summary.outcomes() == {"ready": 6}
    for made in (*night.names("out"), *night.names("archive"), *night.names("reports")):
        assert made.isascii()
        assert made.isprintable()
        assert "%" not in made
    log = (night.root / "state" / "run.jsonl").read_text("utf-8")
    assert len(log.splitlines()) == 8
    assert night.names("in") == []


def test_links_of_a_partner_are_not_followed(night: Night) -> None:
    secret = night.root / "secret.837"
    secret.write_bytes(batch(1))
    (night.root / "in" / "link.837").symlink_to(secret)
    assert night.run().files == []
    assert secret.read_bytes() == batch(1)


def test_two_runs_at_once(night: Night) -> None:
    night.drop("a.837", batch(1))
    met: list[BaseException] = []

    def again() -> None:
        try:
            night.run()
        except TryLater as error:
            met.append(error)

    def stopping() -> bool:
        if not met:
            again()
        return False

    summary = night.run(Options(stopping=stopping))
    assert summary.outcomes() == {"ready": 1}
    assert len(met) == 1


def test_a_lock_that_a_dead_run_left_is_no_lock(night: Night) -> None:
    state = night.root / "state"
    state.mkdir()
    (state / "run.lock").write_text("4711", "ascii")
    night.drop("a.837", batch(1))
    assert by_outcome(night) == {"ready": 1}


def test_permissions(night: Night) -> None:
    night.extra = 'out = "out"'
    (night.root / "out").write_bytes(b"a file where a folder should be")
    night.drop("a.837", batch(1))
    night.drop("b.837", batch(2, pair=True))
    summary = night.run()
    assert summary.status == 2
    assert summary.outcomes() == {"left": 1, "held": 1}
    assert night.names("in") == ["a.837"]
    assert (night.root / "in" / "a.837").read_bytes() == batch(1)
    (night.root / "out").unlink()
    assert by_outcome(night) == {"ready": 1}


def test_no_room(night: Night) -> None:
    out = night.root / "out"
    out.mkdir()
    mounted = (
        os.geteuid() == 0
        and not subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(out)], check=False, capture_output=True
        ).returncode
    )
    if not mounted:
        pytest.skip("no small file system can be mounted here")
    try:
        (out / "fill").write_bytes(b"x" * 12_288)
        with pytest.raises(OSError, match="space"):
            (out / "more").write_bytes(b"x" * 8192)
        (out / "more").unlink()
        night.drop("a.837", batch(1) + b"\n" * 8192)
        summary = night.run()
        assert summary.outcomes() == {"left": 1}
        assert summary.status == 2
        assert "no room left" in summary.problems[0]
        assert night.names("in") == ["a.837"]
        assert night.names("out") == ["fill"]
        assert night.names("archive") == []
        (out / "fill").unlink()
        assert by_outcome(night) == {"ready": 1}
    finally:
        subprocess.run(["umount", str(out)], check=True)


def test_a_file_that_kills_the_program_is_put_aside(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    from scrub837.nightly import outputs

    night.drop("killer.837", batch(1))
    for _ in range(6):
        child = os.fork()
        if not child:
            monkeypatch.setattr(outputs.Desk, "judge", lambda _desk, _work: os._exit(9))
            night.run()
            os._exit(0)
        os.waitpid(child, 0)
        if night.names("quarantine"):
            break
    assert sorted(name.partition("-")[0] for name in night.names("quarantine")) == ["killer", "killer"]


def test_a_file_that_takes_too_long_or_is_too_large(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    from scrub837.engine import scan
    from scrub837.nightly import outputs

    def slow(*arguments: object) -> object:
        time.sleep(30 if b"N1-1" in arguments[0].read_at(0, 9999) else 0)  # type: ignore[attr-defined]
        return scan(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(outputs, "scan", slow)
    night.extra = "time-limit = 1\nmost-megabytes = 1"
    night.drop("slow.837", batch(1))
    night.drop("large.837", batch(2) + b" " * 1_000_001)
    night.drop("usual.837", batch(3))
    assert by_outcome(night) == {"failed": 2, "ready": 1}
    notes = [path.read_text("utf-8") for path in night.root.glob("quarantine/*.why.txt")]
    assert sorted("1 MB" in note for note in notes) == [False, True]
    night.extra = ""
    monkeypatch.undo()
    for path in night.root.glob("quarantine/*.837"):
        night.drop(path.name, path.read_bytes())
        path.unlink()
    assert by_outcome(night) == {"ready": 2}


def test_a_fault_of_the_program_stops_nothing_and_quotes_nothing(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    from scrub837.engine import scan
    from scrub837.nightly import outputs

    def broken(*arguments: object) -> object:
        data = arguments[0].read_at(0, 9999)  # type: ignore[attr-defined]
        if b"N1-1" in data:
            raise ValueError(data.decode())
        return scan(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(outputs, "scan", broken)
    night.drop("a.837", batch(1))
    night.drop("b.837", batch(2))
    summary = night.run()
    assert summary.outcomes() == {"failed": 1, "ready": 1}
    assert LAST_NAME not in repr(summary)
    log = (night.root / "state" / "run.jsonl").read_text("utf-8")
    assert "the program failed (ValueError)" in log
    assert LAST_NAME not in log


def test_what_earlier_nights_sent_is_seen(night: Night) -> None:
    """Half of an NCCI pair tonight, the other half tomorrow."""
    whole = batch(1, pair=True)
    first = batch(1)
    line = whole[whole.index(b"LX*2") : whole.index(b"SE*32")].replace(b"LX*2", b"LX*1")
    other = batch(1, claim="N1-2")
    other = other[: other.index(b"LX*1")] + line.replace(b"N1-1", b"N1-2") + other[other.index(b"SE*28") :]
    other = other.replace(b"*35***11", b"*46***11").replace(b"000000001", b"000000002")
    night.drop("one.837", first)
    assert by_outcome(night) == {"ready": 1}
    night.drop("two.837", other)
    summary = night.run()
    assert summary.outcomes() == {"held": 1}
    night.drop("three.837", first.replace(b"0915", b"0916"))
    assert by_outcome(night) == {"held": 1}  # the same claims in another file


def test_a_log_that_comes_too_late_and_files_nobody_takes_are_told(night: Night) -> None:
    night.extra = 'time-log = ["{stem}.csv"]\ndone-marker = ".done"'
    night.drop("late.csv", LOG.format(n=1, minutes=20).encode())
    for name in ("batch.dat", "half.837.part", "x.done"):
        night.drop(name, b"")
    summary = night.run()
    assert summary.waiting == {"batch": 1}
    assert summary.oldest_waiting > 7000
    assert summary.strays == 1
    assert "1  in the drop folder with names" in as_text(summary)
    assert "scrub837_files_stray 1" in (night.root / "state" / "scrub837.prom").read_text("utf-8")
    assert len(night.names("in")) == 4


def test_an_archive_on_another_disk(night: Night) -> None:
    elsewhere = Path("/dev/shm")  # noqa: S108 - a disk of its own, where there is one
    if not elsewhere.is_dir() or elsewhere.stat().st_dev == night.root.stat().st_dev:
        pytest.skip("there is no other disk")
    with tempfile.TemporaryDirectory(dir=elsewhere) as other:
        night.extra = f'archive = "{other}/archive"\nquarantine = "{other}/bad"\nformats = ["json"]'
        night.drop("a.837", batch(1))
        night.drop("b.837", b"words")
        assert by_outcome(night) == {"ready": 1, "refused": 1}
        [kept] = Path(other).glob("archive/*/*/*")
        assert kept.read_bytes() == batch(1)
        assert kept.stat().st_mtime == pytest.approx(OLD, abs=1)
        assert len(list(Path(other, "bad").iterdir())) == 2
        assert night.names("working") == night.names("in") == []
        status, states = doctor(night)
        assert (status, states["moving"]) == (0, "ok")


def test_a_file_taken_away_while_it_is_checked(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    from scrub837.nightly import outputs

    judge = outputs.Desk.judge

    def slowly(desk: outputs.Desk, work: outputs.Outcome) -> None:
        judge(desk, work)
        if work.taken.name == "a.837":
            Path(work.taken.path).unlink()

    monkeypatch.setattr(outputs.Desk, "judge", slowly)
    night.drop("a.837", batch(1))
    night.drop("b.837", batch(2))
    summary = night.run()
    assert summary.outcomes() == {"left": 1, "ready": 1}
    assert "changed or taken away" in summary.problems[0]
    assert len(night.names("out")) == 1


def test_a_name_that_is_taken_again_is_not_written_over(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What has to be left finds another file of its name in the drop folder: both are checked later."""
    from scrub837.nightly import outputs

    judge = outputs.Desk.judge

    def slowly(desk: outputs.Desk, work: outputs.Outcome) -> None:
        judge(desk, work)
        night.drop("a.837", batch(2))

    (night.root / "out").write_bytes(b"")
    night.drop("a.837", batch(1))
    with monkeypatch.context() as patch:
        patch.setattr(outputs.Desk, "judge", slowly)
        assert by_outcome(night) == {"left": 1}
    assert (night.root / "in" / "a.837").read_bytes() == batch(2)
    (night.root / "out").unlink()
    assert by_outcome(night) == {"ready": 2}
    assert night.names("in") == night.names("working") == []


def test_a_clock_that_is_set_back(tmp_path: Path) -> None:
    entry = Entry("a.837", 9, time.time() + 9e6, is_file=True)
    memory = Memory(tmp_path / "seen.json")
    memory.unchanged_for(entry)
    memory.save()
    kept = json.loads((tmp_path / "seen.json").read_bytes())
    (tmp_path / "seen.json").write_text(
        json.dumps({key: [since + 9e6, 0] for key, (since, _) in kept.items()})
    )
    memory = Memory(tmp_path / "seen.json")
    memory.unchanged_for(entry)
    memory.save()
    [[since, _]] = json.loads((tmp_path / "seen.json").read_bytes()).values()
    assert since <= time.time()


def test_a_file_the_program_cannot_record_is_put_aside_alone(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    from scrub837.nightly.ledger import FileEntry, Ledger
    from scrub837.results import FileReport

    record = Ledger.record

    def broken(ledger: Ledger, entry: FileEntry, report: FileReport) -> int:
        if report.path == "b.837":
            raise ValueError(LAST_NAME)
        return record(ledger, entry, report)

    monkeypatch.setattr(Ledger, "record", broken)
    for n, name in enumerate("abc", 1):
        night.drop(f"{name}.837", batch(n))
    summary = night.run()
    assert summary.outcomes() == {"ready": 2, "failed": 1}
    assert len(night.names("out")) == 2
    assert [name.partition("-")[0] for name in night.names("quarantine")] == ["b", "b"]
    assert LAST_NAME not in (night.root / "state" / "run.jsonl").read_text("utf-8")


@pytest.mark.parametrize(("sign", "status"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_watching_ends_when_it_is_told_to(night: Night, sign: signal.Signals, status: int) -> None:
    night.extra = "every = 1"
    night.settle = 0
    night.drop("a.837", batch(1))
    watch = subprocess.Popen(
        [sys.executable, "-m", "scrub837", "run", "--watch", "--config", str(night.write_settings())],
        stderr=subprocess.PIPE,
    )
    for n in (1, 2):
        until = time.monotonic() + 60
        while len(night.names("out")) < n and time.monotonic() < until:
            time.sleep(0.05)
        if n == 1:
            night.drop("b.837", batch(2))  # is taken by one of the next runs
    watch.send_signal(sign)
    _, said = watch.communicate(timeout=60)
    assert (watch.returncode, said) == (status, b"")
    assert len(night.names("out")) == 2
    assert night.names("in") == night.names("working") == []
    assert not (night.root / "state" / "spool").exists()


def test_a_ledger_that_is_gone_is_not_begun_anew(night: Night) -> None:
    night.drop("a.837", batch(1))
    night.run()
    for path in night.root.glob("state/ledger.*"):
        path.unlink()
    night.drop("a.837", batch(1))
    with pytest.raises(LedgerUnusable, match="put it back from your backup"):
        night.run()
    assert night.names("in") == ["a.837"]
    assert doctor(night)[1]["ledger"] == "WRONG"
    (night.root / "state" / "summary.json").unlink()
    assert by_outcome(night) == {"ready": 1}


def test_waivers_that_were_for_nothing_are_told(night: Night) -> None:
    waiver = (
        '[[waiver]]\nrule = "PTP001"\nclaim = "N{n}-1"\nreason = "Payer pays it, letter of 2026-09-14"\n'
        'person = "Dana Quill"\nexpires = 2026-12-31\n'
    )
    (night.root / "waivers.toml").write_text(waiver.format(n=1) + waiver.format(n=7), "utf-8")
    night.top = 'waivers = ["waivers.toml"]'
    night.drop("a.837", batch(1, pair=True))
    done = run_program(night, "--summary")
    assert (done.returncode, done.stderr) == (0, b"")
    [row] = [line for line in done.stdout.decode().splitlines() if "for nothing" in line]
    assert row.startswith("Waivers for nothing in this run: ")
    kept = json.loads((night.root / "state" / "summary.json").read_bytes())
    assert kept["waivers_unused"] == [row.partition(": ")[2]]
    assert kept["waivers_unused"][0].endswith("2")


def test_on_finding(night: Night) -> None:
    told = night.root / "told"
    night.extra = f"on-finding = \"sh -c 'echo $SCRUB837_OUTCOME $SCRUB837_FINDINGS >> {told}'\""
    night.drop("a.837", batch(1))
    night.drop("b.837", batch(2, pair=True))
    summary = night.run()
    assert summary.status == 1
    assert summary.problems == []
    assert told.read_text("utf-8").splitlines() == ["held deny=1"]
    night.extra = 'on-finding = "/nowhere/at/all"'
    night.drop("c.837", batch(3, pair=True))
    summary = night.run()
    assert summary.problems == ["the on-finding command failed"]
    assert summary.outcomes() == {"held": 1}


def test_the_archive_is_kept_as_long_as_the_settings_say(night: Night) -> None:
    night.extra = 'keep-archive = "90d"'
    for month in ("2019/12", "2020/01"):
        (night.root / "archive" / month).mkdir(parents=True)
        (night.root / "archive" / month / "old.837").write_bytes(b"old")
    (night.root / "archive" / "notes").mkdir()
    (night.root / "archive" / "notes" / "mine.txt").write_bytes(b"kept")
    night.drop("a.837", batch(1))
    night.run()
    assert [name for name in night.names("archive") if "old" in name] == []
    assert "notes/mine.txt" in night.names("archive")
    assert len(night.names("archive")) == 2


def run_program(night: Night, *options: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "scrub837", "run", "--config", str(night.write_settings()), *options],
        cwd=night.root,
        capture_output=True,
        check=False,
    )


def test_the_command(night: Night) -> None:
    night.drop("a.837", batch(1))
    done = run_program(night)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert {stat.S_IMODE(path.stat().st_mode) for path in night.root.glob("out/*")} == {0o600}
    assert {stat.S_IMODE((night.root / name).stat().st_mode) for name in ("out", "state")} == {0o700}
    night.drop("b.837", batch(2, pair=True))
    night.drop("c.txt", b"words")
    before = night.tree()
    done = run_program(night, "--dry-run")
    assert done.returncode == 0
    assert done.stdout.splitlines()[0].startswith(b"b.837: held")
    assert done.stdout.splitlines()[1].startswith(b"c.txt: refused")
    assert night.tree() == before
    done = run_program(night, "--summary")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert b"in quarantine: no 837P" in done.stdout
    assert json.loads(run_program(night, "--summary", "json").stdout)["schema"] == "scrub837/run-1"
    metrics = (night.root / "state" / "scrub837.prom").read_text("utf-8")
    assert "scrub837_last_run_exit_status 0" in metrics
    assert not list((night.root / "state").glob("*.tmp"))


def test_nothing_a_run_says_tells_of_a_patient(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    """Logs, metrics, summaries, ledger, temporary names and the command lines of all processes."""
    seen: list[bytes] = []
    renamed = Path.replace

    def watched(path: Path, target: Path) -> Path:
        seen.extend(
            os.fsencode(one.name)
            for one in night.root.rglob("*")
            if "part" in one.name or "spool" in str(one)
        )
        seen.extend(one.read_bytes() for one in Path("/proc").glob("[0-9]*/cmdline") if one.exists())
        return renamed(path, target)

    monkeypatch.setattr(Path, "replace", watched)
    night.extra = 'write = ["ready", "held"]\non-finding = "sh -c env"'
    for n in range(1, 4):
        night.drop(f"{LAST_NAME}_{MEMBER}{n:04d}_{BIRTH}.837", batch(n, pair=n == 2))
    night.drop(f"{FIRST_NAME}.837", cut(5))
    night.drop(f"{FIRST_NAME}.txt", batch(6).replace(b"ISA*", b"I$A*"))
    summary = night.run()
    assert summary.outcomes() == {"ready": 2, "held": 1, "incomplete": 1, "refused": 1}
    done = run_program(night, "--summary")
    said = [*seen, done.stdout, done.stderr, repr(summary).encode()]
    said += [data for name, data in all_output(night.root) if not name.endswith(".key")]
    assert len(seen) > 20
    birth = f"{BIRTH[:4]}-{BIRTH[4:6]}-{BIRTH[6:]}"
    for word in (LAST_NAME, FIRST_NAME, MEMBER, BIRTH, birth, LAST_NAME.title(), LAST_NAME.lower()):
        assert not any(word.encode() in data for data in said), word


def doctor(night: Night) -> tuple[int, dict[str, str]]:
    done = subprocess.run(
        [sys.executable, "-m", "scrub837", "doctor", "--config", str(night.write_settings())],
        capture_output=True,
        text=True,
        check=False,
    )
    rows = [line.split(maxsplit=2) for line in done.stdout.splitlines()]
    return done.returncode, {what: state for state, what, _ in rows if state != "mind"}


def test_doctor(night: Night) -> None:
    status, states = doctor(night)
    assert status == 0
    assert set(states.values()) == {"ok"}
    assert {"state", "ledger", "inbox", "out", "archive"} <= states.keys()
    assert all(night.names(folder) == [] for folder in ("in", "out", "working", "reports"))
    (night.root / "out").rmdir()
    (night.root / "out").write_bytes(b"")
    night.extra = 'formats = ["docx"]'
    status, states = doctor(night)
    assert status == 2
    assert {what for what, state in states.items() if state == "WRONG"} == {"out", "formats"}


@pytest.mark.parametrize(
    ("table", "word"),
    [
        ('inbx = "in"', "did you mean 'inbox'"),
        ('working = "sftp://a@b/w"', "working has to be where inbox is"),
        ('archive = "in"', "is the inbox"),
        ('settle = "soon"', "a time in seconds"),
        ('inbox = "sftp://user:secret@host/in"', "without a password"),
        ('time-log = "log.csv"', "by {stem} or {name}"),
        ('write = ["corrected", "ready"]', "write is"),
        ('stale-after = "1m"', "at least twice"),
        ("[nightly.sftp]\nkeyy = 1", "did you mean 'key'"),
    ],
)
def test_settings_that_cannot_be(tmp_path: Path, table: str, word: str) -> None:
    path = tmp_path / "scrub837.toml"
    path.write_text(f"[nightly]\n{table}\n", "utf-8")
    with pytest.raises(SettingsInvalid, match=re.escape(word)):
        load_settings(path)


@pytest.mark.parametrize("error", [TryLater("the ledger is away"), LedgerUnusable("the ledger is damaged")])
def test_a_ledger_that_fails_while_a_file_is_judged_leaves_the_file(
    night: Night, monkeypatch: pytest.MonkeyPatch, error: ScrubError
) -> None:
    def failing(*_: object) -> None:
        raise error

    night.drop("monday.837", batch(1))
    with monkeypatch.context() as patch:
        patch.setattr("scrub837.nightly.outputs.scan", failing)
        assert night.run().status == error.exit_status
    assert night.names("in") == ["monday.837"]
    assert night.names("quarantine") == []
    assert by_outcome(night) == {"ready": 1}


def test_parts_of_a_run_that_was_killed_at_the_turn_of_the_month_are_removed(night: Night) -> None:
    night.drop("monday.837", batch(1))
    night.run()
    (now,) = night.root.glob("archive/*/*")
    year, month = int(now.parent.name), int(now.name)
    earlier = night.root / "archive" / (f"{year}/{month - 1:02d}" if month > 1 else f"{year - 1}/12")
    earlier.mkdir(parents=True)
    (earlier / f".scrub837-{night.host}.5-1.part").write_bytes(b"half")
    (earlier / ".scrub837-elsewhere.5-1.part").write_bytes(b"of another host at work")
    killed = night.root / "working" / f"{night.host}.5"
    killed.mkdir(parents=True)
    night.run()
    assert [path.name for path in earlier.iterdir()] == [".scrub837-elsewhere.5-1.part"]
