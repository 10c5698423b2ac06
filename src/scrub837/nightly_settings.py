"""The ``[nightly]`` table of a settings file: folders, when a file is whole, what is written, how to connect.

A folder is a path, taken from ``root``, or ``sftp://user@host:port/path`` (``/~/path`` starts at home there).
"""

from __future__ import annotations

import os
import posixpath
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from scrub837.configure import Reader, a_count, a_path, a_table, a_text, one_of, read_table, yes_no
from scrub837.errors import SettingsInvalid
from scrub837.findings import Safety

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
REMOTE = "sftp://"
LEDGER_VARIABLE = "SCRUB837_LEDGER"


@dataclass(frozen=True, slots=True)
class Sftp:
    """How SFTP servers are reached. What is not said here is taken from the ssh configuration."""

    key: Path | None = None
    passphrase_file: Path | None = None
    password_file: Path | None = None
    known_hosts: Path = Path("~/.ssh/known_hosts")
    ssh_config: Path | None = Path("~/.ssh/config")
    jump: str | None = None  # user@host:port
    agent: bool = True
    connect_limit: int = 30  # seconds
    keep_alive: int = 15  # seconds


@dataclass(frozen=True, slots=True)
class Nightly:
    """The unattended run. Times are seconds."""

    root: Path = Path()
    inbox: str = "in"
    working: str = "working"
    out: tuple[str, ...] = ("out",)
    held: tuple[str, ...] = ("held",)
    reports: tuple[str, ...] = ("reports",)
    archive: str = "archive"
    quarantine: str = "quarantine"
    state: str = "state"
    ledger: str = "state/ledger.sqlite"
    log: str = "state/run.jsonl"  # - is standard error
    metrics: str = "state/scrub837.prom"
    summary: str = "state/summary.json"
    pattern: tuple[str, ...] = ("*.837", "*.837p", "*.edi", "*.x12", "*.clm", "*.txt")
    ignore: tuple[str, ...] = (".*", "*.part", "*.tmp", "*.filepart", "*.partial", "*.crdownload", "*~")
    settle: int = 30
    done_marker: str | None = None
    incomplete_after: int = 3600
    stale_after: int = 6 * 3600
    time_log: tuple[str, ...] = ()
    time_log_wait: int = 0
    write: tuple[str, ...] = ("corrected",)
    apply: Safety = Safety.SAFE
    formats: tuple[str, ...] = ("txt", "json")
    time_limit: int = 900
    most_megabytes: int = 2048
    transfer_limit: int = 300
    retries: int = 4
    every: int = 60
    keep_archive: int | None = None
    file_names: str = "hash"
    on_finding: str | None = None
    host: str | None = None
    sftp: Sftp = field(default_factory=Sftp)

    def place(self, folder: str) -> str:
        """A folder or file of these settings in full: an absolute path, or the address of one on a server."""
        if folder.startswith(REMOTE):
            return folder
        return str(self.root / Path(folder).expanduser())

    def ledger_place(self) -> str:
        """Path or URL of the ledger; the environment wins, as a URL may hold a password."""
        ledger = os.environ.get(LEDGER_VARIABLE) or self.ledger
        return ledger if "://" in ledger else self.place(ledger)


def is_remote(folder: str) -> bool:
    """Whether a folder is on an SFTP server."""
    return folder.startswith(REMOTE)


def read_nightly(where: str, table: Mapping[str, object], beside: Path) -> tuple[Nightly, frozenset[str]]:
    """The settings in a ``[nightly]`` table, and which keys it gives; ``root`` is taken from ``beside``.

    Raises ``SettingsInvalid``.
    """
    own = dict(table)
    sftp_table = a_table(f"{where}: nightly.sftp", own.pop("sftp", {}))
    values = read_table(f"{where}: nightly", own, NIGHTLY)
    sftp = Sftp(**read_table(f"{where}: nightly.sftp", sftp_table, SFTP))
    paths = (sftp.key, sftp.passphrase_file, sftp.password_file, sftp.known_hosts, sftp.ssh_config)
    names = ("key", "passphrase_file", "password_file", "known_hosts", "ssh_config")
    root = (beside / values.pop("root", Path())).absolute()
    sftp = replace(
        sftp,
        **{n: root / path.expanduser() for n, path in zip(names, paths, strict=True) if path is not None},
    )
    nightly = _beside_inbox(Nightly(root=root, sftp=sftp, **values), values)
    _check(f"{where}: nightly", nightly)
    given = {*own, *(f"sftp.{key}" for key in sftp_table)}
    return nightly, frozenset(given)


def _beside_inbox(nightly: Nightly, given: Mapping[str, object]) -> Nightly:
    """With an inbox on a server the folders that files are renamed into are there, too, unless named."""
    if not is_remote(nightly.inbox):
        return nightly
    parent = posixpath.dirname(nightly.inbox.rstrip("/"))
    moved = {name: f"{parent}/{name}" for name in ("working", "archive", "quarantine") if name not in given}
    return replace(nightly, **moved)  # type: ignore[arg-type] # the names above are those of texts


def _check(where: str, nightly: Nightly) -> None:
    """What no single value shows to be wrong. Raises ``SettingsInvalid``."""
    if server_of(nightly.working) != server_of(nightly.inbox):
        raise SettingsInvalid(f"{where}: working has to be where inbox is: files are taken by renaming")
    for name in ("state", "log", "metrics", "summary"):
        if is_remote(getattr(nightly, name)):
            raise SettingsInvalid(f"{where}: {name.replace('_', '-')} has to be on this machine")
    if nightly.stale_after < 2 * nightly.time_limit:
        raise SettingsInvalid(f"{where}: stale-after has to be at least twice time-limit")
    if "corrected" in nightly.write and len(nightly.write) > 1:
        raise SettingsInvalid(f'{where}: write is ["corrected"], or some of ["ready", "held"]')
    folders = [nightly.inbox, nightly.working, nightly.archive, nightly.quarantine, *nightly.out]
    folders += [*nightly.held, *nightly.reports]
    places = [nightly.place(folder).rstrip("/") for folder in folders]
    for place in places[1:]:
        if place == places[0]:
            raise SettingsInvalid(f"{where}: {place} is the inbox, and cannot be anything else")
    if len(set(places[:4])) < 4:
        raise SettingsInvalid(f"{where}: inbox, working, archive and quarantine have to differ")


def server_of(folder: str) -> str:
    """``sftp://user@host:port`` of a folder on a server, empty for one of this machine."""
    match = ADDRESS.fullmatch(folder)
    return match["server"] if match else ""


ADDRESS = re.compile(
    r"(?P<server>sftp://(?:(?P<user>[^@/:\s]+)@)?(?P<host>\[[0-9A-Fa-f:.]+\]|[^\s/@:\[\]]+)(?::(?P<port>\d{1,5}))?)"
    r"(?P<path>/[^\n]*)"
)


def _folder(where: str, value: object) -> str:
    text = a_text(where, value)
    if "://" in text and not ADDRESS.fullmatch(text):
        raise SettingsInvalid(f"{where} is a path or sftp://user@host:port/path, without a password")
    return text


def _folders(where: str, value: object) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value]
    return tuple(dict.fromkeys(_folder(where, one) for one in values))


def _words(where: str, value: object) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value]
    return tuple(dict.fromkeys(a_text(where, one) for one in values))


def _duration(where: str, value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    match = re.fullmatch(r"(\d{1,9})\s*([smhd])", value) if isinstance(value, str) else None
    if match is None:
        raise SettingsInvalid(f'{where} is a time in seconds, or as in "30s", "10m", "6h", "90d"')
    return int(match[1]) * UNITS[match[2]]


def _time_logs(where: str, value: object) -> tuple[str, ...]:
    patterns = _words(where, value)
    for pattern in patterns:
        if re.sub(r"\{(stem|name)\}", "", pattern, count=1).count("{") or not re.search(
            r"\{(stem|name)\}", pattern
        ):
            raise SettingsInvalid(
                f'{where} names the log of a batch by {{stem}} or {{name}}, as in "{{stem}}.csv"'
            )
    return patterns


def _outputs(where: str, value: object) -> tuple[str, ...]:
    known = ("corrected", "ready", "held")
    return tuple(one_of(*known)(where, one) for one in _words(where, value)) if value != [] else ()


def _command(where: str, value: object) -> str:
    text = a_text(where, value)
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise SettingsInvalid(f"{where} cannot be read as a command: {error}") from None
    if not words:
        raise SettingsInvalid(f"{where} is a command")
    return text


def _safety(where: str, value: object) -> Safety:
    return Safety(one_of(Safety.SAFE.value, Safety.DOCUMENTED.value)(where, value))


def _marker(where: str, value: object) -> str:
    text = a_text(where, value)
    if "/" in text:
        raise SettingsInvalid(f'{where} is what the name of a marker ends with, as in ".done"')
    return text


def _host(where: str, value: object) -> str:
    text = a_text(where, value)
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,40}", text):
        raise SettingsInvalid(f"{where} is a short name of letters, digits, - and _")
    return text


NIGHTLY: Mapping[str, tuple[str, Reader]] = {
    "root": ("root", a_path),
    "inbox": ("inbox", _folder),
    "working": ("working", _folder),
    "out": ("out", _folders),
    "held": ("held", _folders),
    "reports": ("reports", _folders),
    "archive": ("archive", _folder),
    "quarantine": ("quarantine", _folder),
    "state": ("state", _folder),
    "ledger": ("ledger", a_text),
    "log": ("log", _folder),
    "metrics": ("metrics", _folder),
    "summary": ("summary", _folder),
    "pattern": ("pattern", _words),
    "ignore": ("ignore", _words),
    "settle": ("settle", _duration),
    "done-marker": ("done_marker", _marker),
    "incomplete-after": ("incomplete_after", _duration),
    "stale-after": ("stale_after", _duration),
    "time-log": ("time_log", _time_logs),
    "time-log-wait": ("time_log_wait", _duration),
    "write": ("write", _outputs),
    "apply": ("apply", _safety),
    "formats": ("formats", _words),
    "time-limit": ("time_limit", _duration),
    "most-megabytes": ("most_megabytes", a_count),
    "transfer-limit": ("transfer_limit", _duration),
    "retries": ("retries", a_count),
    "every": ("every", _duration),
    "keep-archive": ("keep_archive", _duration),
    "file-names": ("file_names", one_of("hash", "plain")),
    "on-finding": ("on_finding", _command),
    "host": ("host", _host),
}
SFTP: Mapping[str, tuple[str, Reader]] = {
    "key": ("key", a_path),
    "passphrase-file": ("passphrase_file", a_path),
    "password-file": ("password_file", a_path),
    "known-hosts": ("known_hosts", a_path),
    "ssh-config": ("ssh_config", a_path),
    "jump": ("jump", a_text),
    "agent": ("agent", yes_no),
    "connect-limit": ("connect_limit", a_count),
    "keep-alive": ("keep_alive", a_count),
}


def entries(nightly: Nightly) -> list[tuple[str, object]]:
    """Every key with its value, as ``config show`` tells them."""
    own = [(key, getattr(nightly, name)) for key, (name, _) in NIGHTLY.items()]
    return own + [(f"sftp.{key}", getattr(nightly.sftp, name)) for key, (name, _) in SFTP.items()]
