"""A running review page, and what talks to it: bare HTTP, or a browser."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from front_desk import Running, Start

from scrub837.configure import built_in_settings
from scrub837.reference.store import open_reference
from scrub837.review.serve import opened_desk, server_of
from scrub837.review_settings import Review

if TYPE_CHECKING:
    from playwright.sync_api import Browser

TODAY = date(2026, 11, 20)
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


@contextmanager
def running(folder: Path, **options: Any) -> Iterator[Running]:
    """A server in a thread, on a port that is free."""
    told: list[str] = []
    settings = options.pop("settings", None) or built_in_settings(
        today=TODAY, guide=options.pop("guide", False)
    )
    review = Review(folder=folder / "ws", port=_free_port(), **options)
    with opened_desk(review, settings, open_reference(None), told.append) as desk:
        server = server_of(desk)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        until = time.monotonic() + 10
        while not server.started and time.monotonic() < until:
            time.sleep(0.02)
        try:
            yield Running(desk, review.port, told)
        finally:
            server.should_exit = True
            thread.join(10)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a server with the ``[review]`` settings given."""
    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(running(tmp_path, **options))


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """One browser for all tests of a module."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        running = play.chromium.launch(executable_path=chromium, args=FLAGS)
        yield running
        running.close()


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
