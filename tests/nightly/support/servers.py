"""SFTP servers on loopback: OpenSSH's, and asyncssh's for the faults that OpenSSH will not produce."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncssh

CONFIG = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {home}/host_key
AuthorizedKeysFile {home}/authorized_keys
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
PermitRootLogin yes
MaxStartups 100
LogLevel ERROR
Subsystem sftp internal-sftp
"""


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@dataclass(slots=True)
class Keys:
    """Keys of one test server and its user, in a folder of their own."""

    home: Path

    def make(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        for name in ("host_key", "user_key"):
            path = self.home / name
            path.unlink(missing_ok=True)
            key = asyncssh.generate_private_key("ssh-ed25519")
            key.write_private_key(path)
            key.write_public_key(f"{path}.pub")
            path.chmod(0o600)
        (self.home / "authorized_keys").write_bytes((self.home / "user_key.pub").read_bytes())

    def trust(self, port: int) -> None:
        """Know the host key."""
        key = (self.home / "host_key.pub").read_text("ascii")
        (self.home / "known_hosts").write_text(f"[127.0.0.1]:{port} {key}", "ascii")

    def settings(self) -> str:
        """The ``[nightly.sftp]`` table."""
        return (
            f'[nightly.sftp]\nkey = "{self.home}/user_key"\nknown-hosts = "{self.home}/known_hosts"\n'
            f'ssh-config = "{self.home}/ssh_config"\nagent = false\n'
        )


@dataclass(slots=True)
class Sshd:
    """OpenSSH's server."""

    program: str
    keys: Keys
    port: int
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        Path("/run/sshd").mkdir(exist_ok=True)
        path = self.keys.home / "sshd_config"
        path.write_text(CONFIG.format(port=self.port, home=self.keys.home), "ascii")
        self.process = subprocess.Popen(
            [self.program, "-D", "-e", "-f", str(path)], stderr=subprocess.DEVNULL
        )
        until = time.monotonic() + 20
        while time.monotonic() < until:
            with socket.socket() as one:
                if one.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        raise RuntimeError("sshd did not start")

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait()
            self.process = None

    def url(self, path: Path) -> str:
        """The address of a folder of this machine, over the server."""
        user = os.environ.get("USER") or subprocess.check_output(["id", "-un"], text=True).strip()
        return f"sftp://{user}@127.0.0.1:{self.port}{path}"


@dataclass(slots=True)
class Faults:
    """What a server of ours does wrong."""

    posix_rename: bool = True
    fsync: bool = True
    drop_reads_after: int | None = None  # bytes, then the connection is lost, once
    drop_writes_after: int | None = None
    drop_renames: int = 0  # connections lost after a rename was made, before it is answered
    stall: bool = False  # no answer to a read, ever
    full: bool = False  # no room for what is written
    names: tuple[bytes, ...] = ()  # listed although no file could have such a name
    drops: int = 0  # how often a connection was lost


class FaultyServer(asyncssh.SFTPServer):
    """An SFTP server with faults."""

    faults = Faults()

    def __init__(self, chan: asyncssh.SSHServerChannel[bytes]) -> None:
        self._connection = chan.get_connection()
        super().__init__(chan)

    def _lose(self) -> None:
        self.faults.drops += 1
        self._connection.abort()
        raise asyncssh.SFTPConnectionLost("lost")

    async def read(self, file_obj: object, offset: int, size: int) -> bytes:
        faults = self.faults
        if faults.stall:
            super().close(file_obj)  # it will not be asked to
            await asyncio.sleep(3600)
        if faults.drop_reads_after is not None and offset >= faults.drop_reads_after:
            faults.drop_reads_after = None
            self._lose()
        data = super().read(file_obj, offset, size)
        assert isinstance(data, bytes)
        return data

    def write(self, file_obj: object, offset: int, data: bytes) -> int:
        faults = self.faults
        if faults.full:
            raise asyncssh.SFTPFailure("no space")
        if faults.drop_writes_after is not None and offset >= faults.drop_writes_after:
            faults.drop_writes_after = None
            self._lose()
        count = super().write(file_obj, offset, data)
        assert isinstance(count, int)
        return count

    def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        if not self.faults.posix_rename:
            raise asyncssh.SFTPOpUnsupported("no such extension")
        super().posix_rename(oldpath, newpath)
        if self.faults.drop_renames:
            self.faults.drop_renames -= 1
            self._lose()

    def rename(self, oldpath: bytes, newpath: bytes) -> None:
        if Path(os.fsdecode(self.map_path(newpath))).exists():
            raise asyncssh.SFTPFailure("it exists")
        super().rename(oldpath, newpath)

    def fsync(self, file_obj: object) -> None:
        if not self.faults.fsync:
            raise asyncssh.SFTPOpUnsupported("no such extension")
        super().fsync(file_obj)

    async def scandir(self, path: bytes):  # type: ignore[no-untyped-def] # as asyncssh has it
        async for name in super().scandir(path):
            yield name
        if path.endswith(b"/in"):
            for one in self.faults.names:
                yield asyncssh.SFTPName(one, attrs=asyncssh.SFTPAttrs(permissions=0o100600, size=9, mtime=1))


class Doorman(asyncssh.SSHServer):
    """Lets those in who know the password, and nobody by a key."""

    password = ""

    def begin_auth(self, username: str) -> bool:  # noqa: ARG002 - asyncssh's signature
        return True

    def password_auth_supported(self) -> bool:
        return True

    def public_key_auth_supported(self) -> bool:
        return False

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == ("anyone", self.password)


@contextmanager
def faulty_server(keys: Keys, port: int, faults: Faults, *, password: str | None = None) -> Iterator[None]:
    """asyncssh's server in a thread of its own; with a ``password`` it takes no keys."""
    door = {} if password is None else {"server_factory": type("Door", (Doorman,), {"password": password})}
    loop = asyncio.new_event_loop()
    kind = type("Server", (FaultyServer,), {"faults": faults})
    ready = threading.Event()

    async def serve() -> asyncssh.SSHAcceptor:
        return await asyncssh.listen(
            "127.0.0.1",
            port,
            server_host_keys=[str(keys.home / "host_key")],
            authorized_client_keys=str(keys.home / "authorized_keys"),
            sftp_factory=kind,
            **door,
        )

    def work() -> None:
        asyncio.set_event_loop(loop)
        server = loop.run_until_complete(serve())
        ready.set()
        loop.run_forever()
        server.close()
        loop.run_until_complete(asyncio.wait_for(server.wait_closed(), 5))
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    assert ready.wait(20)
    try:
        yield
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
