"""The trail: who decided what, and when."""

from __future__ import annotations

from starlette.responses import Response

from scrub837.review.desk import Ask, Desk

SHOWN = 500


def show_trail(desk: Desk, ask: Ask) -> Response:
    """The latest entries, and whether the trail is whole."""
    return desk.page(ask, "trail.html.j2", entries=desk.store.trail(limit=SHOWN), broken=desk.store.broken())
