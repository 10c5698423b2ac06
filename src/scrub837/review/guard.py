"""What every request has to pass, before any page is made: host, method, origin, size, session.

And what every answer says: nothing is kept, nothing is framed, no script and no style but our files.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any

from scrub837.review.sessions import Session, Sessions

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-frame-options", b"DENY"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=(), clipboard-read=()"),
    (b"cache-control", b"no-store"),
)
FORM = "application/x-www-form-urlencoded"
UPLOAD = "multipart/form-data"
MOST_OF_A_FORM = 1 << 18  # bytes
MOST_OF_A_PATH = 200  # characters
DRAINED = 64 << 20  # bytes of what is too large that are still listened to
OPEN = ("/enter", "/locked", "/link")  # pages for those who are not let in yet
QUIET = "/poll/"  # pages that ask by themselves: no sign that somebody is there


class BodyTooLarge(Exception):
    """More came than was announced or may come."""


class Guard:
    """ASGI middleware around all pages."""

    def __init__(
        self, app: App, sessions: Sessions, hosts: frozenset[str], scheme: str, cookie: str, most: int
    ) -> None:
        self.app, self.sessions, self.hosts, self.scheme = app, sessions, hosts, scheme
        self.cookie, self.most = cookie, most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}

        async def answer(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                own = [pair for pair in message.get("headers", []) if pair[0].lower() != b"server"]
                message["headers"] = [*own, *HEADERS]
                if self.scheme == "https":
                    message["headers"].append((b"strict-transport-security", b"max-age=31536000"))
            await send(message)

        status, words = self._refused(scope, headers)
        if status:
            if status == 413:
                await _drain(receive)
            await _plain(answer, status, words)
            return
        path = scope["path"]
        session = self._session(headers, touch=not path.startswith(QUIET))
        if session is None and not (path in OPEN or path.startswith("/static/")):
            await _locked(answer, scope["method"], by_script="hx-request" in headers)
            return
        scope["session"], scope["cookie"] = session, self._name(headers)
        upload = headers.get("content-type", "").startswith(UPLOAD)
        most = self.most if upload else MOST_OF_A_FORM
        await self.app(scope, _bounded(receive, most), answer)

    def _refused(self, scope: Scope, headers: dict[str, str]) -> tuple[int, str]:
        if headers.get("host", "").lower() not in self.hosts:
            return 421, "This page does not answer to that host name."
        if len(scope["path"]) > MOST_OF_A_PATH:
            return 404, "There is no such page."
        if scope["method"] not in ("GET", "HEAD", "POST"):
            return 405, "There is no such method."
        if scope["method"] != "POST":
            return 0, ""
        if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return 403, "A form of another site is not taken."
        origin = headers.get("origin")
        if origin is not None and origin not in {f"{self.scheme}://{host}" for host in self.hosts}:
            return 403, "A form of another site is not taken."
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind not in (FORM, UPLOAD):
            return 415, "Only forms are taken."
        if kind == UPLOAD and scope["path"] != "/upload":
            return 415, "No file is taken here."
        length = headers.get("content-length", "")
        if length.isdecimal() and int(length) > (self.most if kind == UPLOAD else MOST_OF_A_FORM):
            return 413, "That is more than may be sent. Go back and choose a smaller file."
        return 0, ""

    def _name(self, headers: dict[str, str]) -> str:
        try:
            cookies = SimpleCookie(headers.get("cookie", ""))
        except CookieError:
            return ""
        return cookies[self.cookie].value if self.cookie in cookies else ""

    def _session(self, headers: dict[str, str], *, touch: bool) -> Session | None:
        name = self._name(headers)
        return self.sessions.find(name, touch=touch) if name else None


def _bounded(receive: Receive, most: int) -> Receive:
    left = most

    async def bounded() -> MutableMapping[str, Any]:
        nonlocal left
        message = await receive()
        left -= len(message.get("body", b""))
        if left < 0:
            await _drain(receive)
            raise BodyTooLarge
        return message

    return bounded


async def _drain(receive: Receive) -> None:
    """Let some of what is sent pass by: a browser that is cut short shows no words of ours."""
    left = DRAINED
    while left > 0:
        message = await receive()
        left -= len(message.get("body", b""))
        if message["type"] != "http.request" or not message.get("more_body", False):
            return


async def _plain(send: Send, status: int, words: str) -> None:
    body = words.encode() + b"\n"
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"%d" % len(body))]
    if status == 413:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _locked(send: Send, method: str, *, by_script: bool) -> None:
    """To the page that says how to come in; what was sent is not taken."""
    status = 401 if by_script else 303
    headers = [(b"content-length", b"0"), (b"hx-redirect" if by_script else b"location", b"/locked")]
    if method == "POST" and not by_script:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
