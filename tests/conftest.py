"""Programs that tests need and that may be missing: a server, a browser."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest


def missing(what: str) -> NoReturn:
    """Skip, but fail where ``CI=true``: there everything must be at hand."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what} is needed and not installed")
    pytest.skip(f"{what} is not installed")


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of Debian's Chromium."""
    return shutil.which("chromium") or missing("chromium")


@pytest.fixture(scope="session")
def sshd() -> str:
    """Path of OpenSSH's server."""
    return shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin") or missing("openssh-server")


@pytest.fixture(scope="session")
def postgres() -> Path:
    """Folder of PostgreSQL's programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    return found[-1].parent if found else missing("postgresql")
