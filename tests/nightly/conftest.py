"""Drop folders and servers for the tests of the nightly run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from ledgers import server as postgresql
from nights import Night
from servers import Keys, Sshd, free_port


@pytest.fixture(scope="session")
def database(postgres: Path) -> Iterator[str]:
    """URL of a PostgreSQL server."""
    with postgresql(postgres) as url:
        yield url


@pytest.fixture
def night(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Night:
    """An empty drop folder on this machine."""
    for name in ("SCRUB837_REFERENCE", "SCRUB837_PROFILE", "SCRUB837_JOBS", "SCRUB837_LEDGER_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    root = tmp_path / "night"
    (root / "in").mkdir(parents=True)
    return Night(root)


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    """Throw-away keys of a server and its user."""
    keys = Keys(tmp_path / "keys")
    keys.make()
    return keys


@pytest.fixture
def server(sshd: str, keys: Keys) -> Iterator[Sshd]:
    """OpenSSH's server on a port of loopback; its key is known."""
    one = Sshd(sshd, keys, free_port())
    keys.trust(one.port)
    one.start()
    yield one
    one.stop()


@pytest.fixture
def remote(night: Night, server: Sshd) -> Night:
    """A drop folder on the server; reports and state are on this machine."""
    base = server.url(night.root)
    night.extra = f'inbox = "{base}/in"\nout = "{base}/out"\nheld = "{base}/held"\nretries = 1\n'
    night.sftp = server.keys.settings()
    return night
