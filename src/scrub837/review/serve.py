"""Runs the review page until it is stopped."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn

from scrub837.config import Settings
from scrub837.errors import SettingsInvalid
from scrub837.reference.store import Reference
from scrub837.review.app import make_app
from scrub837.review.desk import Desk, make_pages
from scrub837.review.judging import Judging
from scrub837.review.sessions import Sessions
from scrub837.review.store import Store
from scrub837.review.trends import Trends
from scrub837.review.workspace import Workspace
from scrub837.review_settings import LOOPBACK, Review, check_host

Tell = Callable[[str], None]


@contextmanager
def opened_desk(review: Review, settings: Settings, reference: Reference, tell: Tell) -> Iterator[Desk]:
    """The workspace with its judge; given back at the end."""
    workspace = Workspace(review.folder)
    store = Store(workspace.database)
    judging = Judging(workspace, store, settings, reference)
    scheme = "https" if review.certificate else "http"
    host = review.names[0] if review.names else review.host
    base = f"{scheme}://{f'[{host}]' if ':' in host else host}:{review.port}"
    sessions = Sessions(review.lock_after * 60.0)
    try:
        trends = Trends(store, judging.sent_before)
        yield Desk(
            workspace, store, judging, trends, sessions, review, settings, base, tell, make_pages()
        )  # fmt: skip
    finally:
        judging.close()
        store.close()


def server_of(desk: Desk) -> uvicorn.Server:
    """The server, not yet running. It logs nothing: addresses of requests are nobody's business."""
    review = desk.review
    logging.getLogger("uvicorn").setLevel(logging.CRITICAL)
    config = uvicorn.Config(
        make_app(desk, hosts_of(review)),
        host=review.host,
        port=review.port,
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        ws="none",
        lifespan="off",
        h11_max_incomplete_event_size=32 << 10,
        limit_concurrency=64,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=5,
        ssl_certfile=str(review.certificate) if review.certificate else None,
        ssl_keyfile=str(review.key) if review.key else None,
    )
    return uvicorn.Server(config)


def hosts_of(review: Review) -> frozenset[str]:
    """What browsers may call this host, with the port. Another name may be a page that was led here."""
    names = {review.host, *review.names} | (set(LOOPBACK) if review.is_local else set())
    names -= {"0.0.0.0", "::"}  # noqa: S104 - to listen everywhere is not a name
    hosts = {f"[{name}]" if ":" in name else name for name in names}
    usual = {443: "https", 80: "http"}.get(review.port)
    return frozenset({f"{name}:{review.port}" for name in hosts} | (hosts if usual else set()))


def serve(review: Review, settings: Settings, reference: Reference, tell: Tell) -> None:
    """Serve until interrupted. Raises ``SettingsInvalid`` when the address cannot be had."""
    check_host(review)
    _is_free(review)
    with opened_desk(review, settings, reference, tell) as desk:
        tell(f"workspace {desk.workspace.folder}")
        tell(f"open {desk.base}/" if desk.named else f"open {desk.new_link()}")
        tell("it lets one browser in, once; Ctrl-C ends it" if not desk.named else "Ctrl-C ends it")
        server_of(desk).run()


def _is_free(review: Review) -> None:
    family = socket.AF_INET6 if ":" in review.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            one.bind((review.host, review.port))
        except OSError as error:
            raise SettingsInvalid(
                f"{review.host}:{review.port} cannot be listened on ({error.strerror}): choose --port N"
            ) from error
