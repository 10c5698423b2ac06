"""Drop folders on SFTP servers, and what servers do wrong."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import asyncssh
import pytest
from nights import Night, batch, cut
from servers import Faults, Keys, Sshd, faulty_server, free_port

from scrub837.configure import load_settings
from scrub837.nightly import sftp as sftp_module
from scrub837.nightly.folder import DONE
from scrub837.nightly.sftp import SftpStore


def test_two_hundred_files_over_openssh(remote: Night) -> None:
    remote.extra += 'formats = ["json"]\n'
    for n in range(1, 176):
        remote.drop(f"ready{n}.837", batch(n))
    for n in range(176, 186):
        remote.drop(f"held{n}.837", batch(n, pair=True))
    for n in range(1, 6):
        remote.drop(f"again{n}.837", batch(n))
        remote.drop(f"cut{n}.837", cut(200 + n))
        remote.drop(f"foreign{n}.txt", b"words %d" % n)
    for n in range(3):
        remote.drop(f"half{n}.837.filepart", batch(n))
    summary = remote.run()
    assert summary.outcomes() == {"ready": 175, "held": 10, "again": 5, "incomplete": 5, "refused": 5}
    assert len(remote.names("out")) == 175
    assert len(remote.names("held")) == 10
    assert len(remote.names("reports")) == 195
    assert len(remote.names("archive")) == 190
    assert len(remote.names("quarantine")) == 20
    assert len(remote.names("in")) == 3
    assert list((remote.root / "working").iterdir()) == []
    assert {data for name, data in remote.tree("out").items() if name.endswith(".837")} == {
        batch(n) for n in range(1, 176)
    }
    assert remote.run().files == []


def test_archive_and_reports_may_be_elsewhere(remote: Night, server: Sshd) -> None:
    remote.extra += 'archive = "kept"\nquarantine = "bad"\ntime-log = ["{stem}.csv"]\n'
    remote.extra += f'reports = ["reports", "{server.url(remote.root)}/reports2"]\n'
    remote.drop("a.837", batch(1))
    remote.drop("a.csv", b"claim_id,line_ref,dos,code,minutes\nN1-1,N1-1L1,2026-11-03,97140,20\n")
    remote.drop("b.837", b"words")
    assert remote.run().outcomes() == {"ready": 1, "refused": 1}
    assert len(remote.names("kept")) == 2
    assert len(remote.names("bad")) == 2
    assert remote.names("reports") == remote.names("reports2")
    assert remote.names("in") == []
    assert list((remote.root / "working").iterdir()) == []


def test_names_of_any_bytes_on_a_server(remote: Night) -> None:
    for n, name in enumerate((b"caf\xe9.837", b"two\nlines.837", b"x..%2f.837"), 1):
        path = remote.root / "in" / os.fsdecode(name)
        path.write_bytes(batch(n))
        os.utime(path, (1e9, 1e9))
    assert remote.run().outcomes() == {"ready": 3}
    assert remote.names("in") == []
    assert len(remote.names("archive")) == 3


def test_a_key_that_is_not_known(remote: Night, server: Sshd) -> None:
    remote.drop("a.837", batch(1))
    known = server.keys.home / "known_hosts"
    known.unlink()
    summary = remote.run()
    assert summary.status == 2
    [problem] = summary.problems
    printed = subprocess.check_output(["ssh-keygen", "-lf", server.keys.home / "host_key.pub"], text=True)
    assert printed.split()[1] in problem
    command = problem.partition("accept it: `")[2].rstrip("`")
    subprocess.run(["sh", "-c", command], check=True)
    assert remote.run().outcomes() == {"ready": 1}


def test_a_key_that_has_changed(remote: Night, server: Sshd) -> None:
    remote.drop("a.837", batch(1))
    old = (server.keys.home / "known_hosts").read_text("ascii")
    server.stop()
    server.keys.make()
    server.start()
    summary = remote.run()
    assert summary.status == 2
    assert "CHANGED to SHA256:" in summary.problems[0]
    assert (server.keys.home / "known_hosts").read_text("ascii") == old
    assert remote.names("in") == ["a.837"]


def test_a_key_that_the_server_does_not_take(remote: Night, server: Sshd) -> None:
    (server.keys.home / "authorized_keys").write_bytes(b"")
    summary = remote.run()
    assert summary.status == 2
    assert "does not let" in summary.problems[0]


def test_secrets_that_everyone_may_read_are_not_used(remote: Night, server: Sshd) -> None:
    (server.keys.home / "user_key").chmod(0o644)
    summary = remote.run()
    assert summary.status == 2
    assert "chmod 600" in summary.problems[0]


def test_a_password_from_a_file(
    night: Night, keys: Keys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    keys.trust(port)
    word = tmp_path / "word"
    word.write_text("öpen sesame\n", "utf-8")
    word.chmod(0o600)
    night.extra = f'inbox = "sftp://anyone@127.0.0.1:{port}{night.root}/in"\n'
    night.sftp = f'[nightly.sftp]\npassword-file = "{word}"\nknown-hosts = "{keys.home}/known_hosts"\n'
    night.sftp += f'ssh-config = "{keys.home}/ssh_config"\nagent = false\n'
    monkeypatch.setenv("HOME", str(tmp_path))  # without keys of its own
    night.drop("a.837", batch(1))
    with faulty_server(keys, port, Faults(), password="öpen sesame"):  # noqa: S106 - of this test
        assert night.run().outcomes() == {"ready": 1}
        word.write_text("shut", "utf-8")
        night.drop("b.837", batch(2))
        summary = night.run()
        assert summary.status == 2
        assert "does not let anyone in" in summary.problems[0]
        assert "shut" not in "".join(summary.problems)
        (tmp_path / "other").write_text("öpen sesame", "utf-8")
        (tmp_path / "other").chmod(0o600)
        monkeypatch.setenv("SCRUB837_SFTP_PASSWORD_FILE", str(tmp_path / "other"))
        assert night.run().outcomes() == {"ready": 1}
        (tmp_path / "other").chmod(0o644)
        assert "chmod 600" in night.run().problems[0]
    assert night.names("in") == []


def test_a_server_that_is_away(remote: Night, server: Sshd, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sftp_module, "PAUSE", 0.01)
    remote.drop("a.837", batch(1))
    server.stop()
    summary = remote.run()
    assert summary.status == 75
    assert "cannot be reached" in summary.problems[0]
    server.start()
    assert remote.run().outcomes() == {"ready": 1}


def test_a_file_that_is_too_large_is_not_even_fetched(remote: Night) -> None:
    remote.extra += "most-megabytes = 1\n"
    path = remote.drop("large.837", b"")
    with path.open("r+b") as file:
        file.truncate(5 << 40)  # more than any disk here has room for
    os.utime(path, (1e9, 1e9))
    remote.drop("usual.837", batch(1))
    summary = remote.run()
    assert summary.outcomes() == {"ready": 1}
    assert ["more than 1 MB" in problem for problem in summary.problems] == [True]
    assert remote.names("in") == ["large.837"]


def test_ssh_config_and_jump_host(remote: Night, server: Sshd) -> None:
    """The name of the settings is an alias that only the ssh configuration knows, behind a jump host."""
    (server.keys.home / "ssh_config").write_text(
        f"Host clearing\n  HostName 127.0.0.1\n  Port {server.port}\n"
        f"  IdentityFile {server.keys.home}/user_key\n"
        f"  ProxyJump {os.environ.get('USER', 'root')}@127.0.0.1:{server.port}\n",
        "ascii",
    )
    remote.extra = remote.extra.replace(f"127.0.0.1:{server.port}", "clearing")
    remote.drop("a.837", batch(1))
    assert remote.run().outcomes() == {"ready": 1}


def test_two_hosts_share_a_folder(remote: Night, tmp_path: Path) -> None:
    """Each file is taken by one of them; what a dead one had taken is taken over when it is stale."""
    other = Night(tmp_path / "other", extra=remote.extra, host="there", sftp=remote.sftp)
    (tmp_path / "other").mkdir()
    for n in range(1, 9):
        remote.drop(f"n{n}.837", batch(n))
    child = os.fork()
    if not child:
        other.run()
        os._exit(0)
    mine = remote.run()
    os.waitpid(child, 0)
    theirs = json.loads((tmp_path / "other" / "state" / "summary.json").read_bytes())
    assert len(mine.files) + len(theirs["files"]) == 8
    assert len(remote.names("out")) == 8
    dead = remote.root / "working" / "gone.0123456789ab"
    dead.mkdir()
    (dead / ".alive").touch()
    (dead / "left.837").write_bytes(batch(20))
    assert remote.run().files == []  # it may still be at work
    for path in (dead / ".alive", dead):
        os.utime(path, (1e9, 1e9))
    summary = remote.run()
    assert summary.outcomes() == {"ready": 1}
    assert summary.recovered == 1
    assert list((remote.root / "working").iterdir()) == []


# --- a server with faults -----------------------------------------------------------------------------------


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.fixture
def faulty(night: Night, keys: Keys, faults: Faults, monkeypatch: pytest.MonkeyPatch) -> Iterator[Night]:
    """A drop folder on asyncssh's server, which does wrong what ``faults`` says."""
    monkeypatch.setattr(sftp_module, "PAUSE", 0.01)
    port = free_port()
    keys.trust(port)
    base = f"sftp://anyone@127.0.0.1:{port}{night.root}"
    night.extra = (
        f'inbox = "{base}/in"\nout = "{base}/out"\nheld = "{base}/held"\nretries = 2\nformats = ["txt"]\n'
    )
    night.sftp = keys.settings()
    with faulty_server(keys, port, faults):
        yield night


def store_of(night: Night) -> SftpStore:
    nightly = load_settings(night.write_settings()).nightly
    assert nightly is not None
    return SftpStore(nightly.inbox.partition("/in")[0].partition(str(night.root))[0], nightly)


def test_no_posix_rename_and_no_fsync(faulty: Night, faults: Faults) -> None:
    faults.posix_rename = faults.fsync = False
    for n in range(1, 4):
        faulty.drop(f"n{n}.837", batch(n))
    assert faulty.run().outcomes() == {"ready": 3}
    first = faulty.tree("out", "archive")
    faulty.drop("n1.837", batch(1))
    assert faulty.run().outcomes() == {"again": 1}  # into the archive, over the same file
    assert faulty.tree("out", "archive") == first


def test_connections_lost_in_the_middle_of_transfers(faulty: Night, faults: Faults) -> None:
    large = batch(1) + b"\n" * 3_000_000
    faulty.drop("large.837", large)
    faults.drop_reads_after, faults.drop_writes_after = 1_500_000, 1_500_000
    assert faulty.run().outcomes() == {"ready": 1}
    assert faults.drops == 2
    [sent] = (faulty.root / "out").glob("*.837")
    assert sent.read_bytes() == large


def test_a_broken_transfer_goes_on_where_it_broke(faulty: Night, faults: Faults, tmp_path: Path) -> None:
    data = os.urandom(3_000_000)
    there, here, copy = faulty.root / "there", tmp_path / "here", tmp_path / "copy"
    here.write_bytes(data)
    store = store_of(faulty)
    faults.drop_writes_after = 2_200_000
    assert store.put([(here, str(there))]) == [DONE]
    assert there.read_bytes() == data
    faults.drop_reads_after = 2_200_000
    assert store.fetch([(str(there), len(data), copy)]) == [DONE]
    assert copy.read_bytes() == data
    assert faults.drops == 2
    store.close()


def test_an_answer_that_is_lost_is_no_second_rename(faulty: Night, faults: Faults) -> None:
    faulty.drop("a.837", batch(1))
    faults.drop_renames = 1
    assert faulty.run().outcomes() == {"ready": 1}
    assert faults.drops == 1
    assert len(faulty.names("out")) == 1
    assert faulty.names("in") == []


def test_a_server_that_does_not_answer(faulty: Night, faults: Faults) -> None:
    faulty.extra += "transfer-limit = 1\n"
    faulty.drop("a.837", batch(1))
    faults.stall = True
    summary = faulty.run()
    assert summary.status == 2
    assert summary.files == []
    assert faulty.names("in") == ["a.837"]
    faults.stall = False
    assert faulty.run().outcomes() == {"ready": 1}


def test_no_room_on_the_server(faulty: Night, faults: Faults) -> None:
    faulty.drop("a.837", batch(1))
    faulty.run()  # so that the run's own mark can be written
    faulty.drop("b.837", batch(2))
    faults.full = True
    summary = faulty.run()
    assert summary.status == 2
    assert faulty.names("in") == ["b.837"]
    assert len(faulty.names("out")) == 1
    faults.full = False
    assert faulty.run().outcomes() == {"ready": 1}


def test_names_that_lead_out_of_the_folder(faulty: Night, faults: Faults) -> None:
    faults.names = (b"../../etc/cron.d/x.837", b"/etc/passwd.837", b"a\0b.837")
    faulty.drop("a.837", batch(1))
    summary = faulty.run()
    assert summary.outcomes() == {"ready": 1}
    assert len(summary.problems) == 3
    assert "etc" not in "".join(summary.problems)


def test_a_killed_run_on_a_server(remote: Night) -> None:
    """Killed between the renames of one file: the next run makes those that are left."""
    remote.drop("a.837", batch(1))
    remote.drop("b.837", batch(2, pair=True))
    child = os.fork()
    if not child:
        rename, count = sftp_module._rename, 0

        async def once(client: asyncssh.SFTPClient, old: bytes, new: bytes) -> None:
            nonlocal count
            await rename(client, old, new)
            count += b"/out/" in new
            if count == 1:
                os._exit(9)

        sftp_module._rename = once
        remote.run()
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    fetched = {path.name for path in (remote.root / "out").glob("[!.]*")}
    assert fetched
    for name in fetched:  # by the clearinghouse
        (remote.root / "out" / name).unlink()
    summary = remote.run()
    assert summary.recovered == 2
    assert not fetched & set(remote.names("out"))
    assert len(fetched) + len(remote.names("out")) == 1
    assert len(remote.names("archive")) == 2
    assert remote.names("in") == []


def test_no_connection_is_made_for_a_folder_of_this_machine(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_socket(*_arguments: object, **_named: object) -> None:
        raise AssertionError("a connection")

    monkeypatch.setattr(socket.socket, "connect", no_socket)
    night.drop("a.837", batch(1))
    assert night.run().outcomes() == {"ready": 1}
