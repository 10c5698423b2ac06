"""Makes SSH connections: strict about host keys, and plain about what to do when one is not known."""

from __future__ import annotations

import asyncio
import os
import re
from functools import cache
from pathlib import Path

import asyncssh

from scrub837.errors import ServerRefused, SettingsInvalid
from scrub837.nightly_settings import Sftp

PASSWORD_VARIABLE = "SCRUB837_SFTP_PASSWORD_FILE"  # noqa: S105 - names a file
PASSPHRASE_VARIABLE = "SCRUB837_SFTP_PASSPHRASE_FILE"  # noqa: S105 - names a file

FAST = "^aes128-gcm@openssh.com"  # the least work of those that are strong: first, where nobody says another

asyncssh.set_log_level("CRITICAL")  # its messages quote names of files


class _Greeter(asyncssh.SSHClient):
    """Remembers the key of a host that is not known."""

    def __init__(self) -> None:
        self.key: asyncssh.SSHKey | None = None

    def validate_host_public_key(
        self,
        host: str,  # noqa: ARG002 - asyncssh's signature
        addr: str,  # noqa: ARG002
        port: int,  # noqa: ARG002
        key: asyncssh.SSHKey,
    ) -> bool:
        self.key = key
        return False


async def connect(address: re.Match[str], sftp: Sftp) -> asyncssh.SSHClientConnection:
    """Connect to ``sftp://user@host:port``, through the jump host of the settings or the ssh configuration.

    Raises ``ServerRefused`` when a person is needed, ``SettingsInvalid`` for a key that cannot be used, else
    what asyncssh raises.
    """
    host = address["host"].strip("[]")
    port = int(address["port"]) if address["port"] else None
    config = [str(sftp.ssh_config)] if sftp.ssh_config and sftp.ssh_config.is_file() else None
    hops = [hop.strip() for hop in (sftp.jump or _proxy_jump(host, config)).split(",") if hop.strip()]
    tunnel: asyncssh.SSHClientConnection | None = None
    for hop in hops:
        user, _, place = hop.rpartition("@")
        name, _, number = place.rpartition(":") if re.search(r":\d+$", place) else (place, "", "")
        tunnel = await _connect(
            name.strip("[]"), int(number) if number else None, user or None, sftp, config, tunnel
        )
    return await _connect(host, port, address["user"], sftp, config, tunnel)


async def start_sftp(connection: asyncssh.SSHClientConnection) -> asyncssh.SFTPClient:
    """Begin SFTP on a connection. Requests that are made at one moment travel in one packet.

    That reaches into asyncssh, and is left where another version of it looks otherwise inside: it is slower
    then, as each request is encrypted by itself, and described for a log that nobody keeps.
    """
    client = await connection.start_sftp_client(path_encoding=None)
    session = getattr(client, "_handler", None)
    writer = getattr(session, "_writer", None)
    if session is not None and isinstance(writer, asyncssh.SSHWriter):
        session._writer = _Together(writer)
        session.log_sent_packet = session.log_received_packet = _unsaid
    return client


def _unsaid(*_packet: object) -> None:
    """What is sent and received is not told in any log: it holds names of files."""


class _Together:
    """A writer that waits for the end of a turn of the event loop, and writes all at once."""

    def __init__(self, writer: asyncssh.SSHWriter[bytes]) -> None:
        self._writer = writer
        self._waiting: list[bytes] = []

    def write(self, data: bytes) -> None:
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._flush)
        self._waiting.append(data)

    def _flush(self) -> None:
        data, self._waiting = b"".join(self._waiting), []
        if not self._writer.channel.is_closing():
            self._writer.write(data)

    def __getattr__(self, name: str) -> object:
        return getattr(self._writer, name)


def _configured(host: str, config: list[str] | None) -> asyncssh.SSHClientConnectionOptions:
    """What the ssh configuration says of a host."""
    return asyncssh.SSHClientConnectionOptions(host=host, config=config, known_hosts=None, client_keys=None)


@cache
def _usual_ciphers() -> tuple[bytes, ...]:
    return tuple(_configured("", None).encryption_algs)


def _proxy_jump(host: str, config: list[str] | None) -> str:
    tunnel = _configured(host, config).tunnel
    return tunnel if isinstance(tunnel, str) else ""


async def _connect(
    host: str,
    port: int | None,
    user: str | None,
    sftp: Sftp,
    config: list[str] | None,
    tunnel: asyncssh.SSHClientConnection | None,
) -> asyncssh.SSHClientConnection:
    greeter = _Greeter()
    options: dict[str, object] = {
        "config": config,
        "known_hosts": str(sftp.known_hosts) if sftp.known_hosts.is_file() else b"",
        "tunnel": tunnel if tunnel is not None else None,
        "connect_timeout": sftp.connect_limit,
        "login_timeout": sftp.connect_limit,
        "keepalive_interval": sftp.keep_alive,
        "client_factory": lambda: greeter,
    }
    if tuple(_configured(host, config).encryption_algs) == _usual_ciphers():
        options["encryption_algs"] = FAST
    if port is not None:
        options["port"] = port
    if user is not None:
        options["username"] = user
    if not sftp.agent:
        options["agent_path"] = None
    passphrase = _secret(sftp.passphrase_file, PASSPHRASE_VARIABLE)
    if passphrase is not None:
        options["passphrase"] = passphrase
    if sftp.key is not None:
        _private(sftp.key)
        options["client_keys"] = [str(sftp.key)]
    password = _secret(sftp.password_file, PASSWORD_VARIABLE)
    if password is not None:
        options["password"] = password
    try:
        connection = await asyncssh.connect(host, **options)
    except asyncssh.HostKeyNotVerifiable as error:
        raise ServerRefused(_unknown(host, port, greeter.key, sftp.known_hosts)) from error
    except asyncssh.PermissionDenied as error:
        raise ServerRefused(
            f"{host} does not let {user or 'this user'} in: is the key or password right, and known there?"
        ) from error
    except asyncssh.KeyExchangeFailed as error:
        raise ServerRefused(
            f"{host} and this program share no way to encrypt, or it has another kind of key than "
            f"{sftp.known_hosts} holds"
        ) from error
    except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError) as error:
        raise SettingsInvalid(f"the key for {host} cannot be read: wrong passphrase, or no key") from error
    connection.set_extra_info(scrub837_tunnel=tunnel)
    return connection


def _unknown(host: str, port: int | None, key: asyncssh.SSHKey | None, known_hosts: Path) -> str:
    """What to tell of a key that is not known, or not the one that is."""
    place = host if port in (None, 22) else f"[{host}]:{port}"
    if key is None:
        return f"the key of {place} is not one that {known_hosts} allows"
    fingerprint = key.get_fingerprint()
    line = key.export_public_key("openssh").decode("ascii").split()
    accept = f"echo '{place} {line[0]} {line[1]}' >> {known_hosts}"
    known = known_hosts.is_file() and any(
        asyncssh.match_known_hosts(str(known_hosts), host, "", None if port in (None, 22) else port)[0]
    )
    if known:
        return (
            f"the key of {place} has CHANGED to {fingerprint}: ask its owner whether that is so; only then "
            f"`ssh-keygen -R '{place}' -f {known_hosts} && {accept}`"
        )
    return (
        f"the key of {place} is not known: {fingerprint}; compare it with what its owner tells you, then "
        f"accept it: `{accept}`"
    )


def _secret(path: Path | None, variable: str) -> str | None:
    """What a file holds, without the line end. The environment may name the file."""
    named = os.environ.get(variable)
    path = Path(named) if named else path
    if path is None:
        return None
    _private(path)
    try:
        return path.read_text("utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsInvalid(f"{path} cannot be read") from error


def _private(path: Path) -> None:
    """A secret that others may read is none. Raises ``SettingsInvalid``."""
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise SettingsInvalid(f"{path} cannot be read: {error.strerror}") from error
    if mode & 0o007:
        raise SettingsInvalid(f"{path} can be read by everyone on this machine: `chmod 600 {path}`")
