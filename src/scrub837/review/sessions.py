"""Who is let in: one-time links, sessions that lock when nobody clicks, tokens that every form carries."""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from dataclasses import dataclass, field

LINK_LIFE = 12 * 3600.0  # seconds
SESSION_LIFE = 12 * 3600.0
TRIES, TRIES_IN = 8, 60.0  # wrong links or passwords of one address, in so many seconds
TRIES_OF_ALL = 100  # of all addresses


@dataclass(slots=True)
class Session:
    """A browser that was let in."""

    person: str
    csrf: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    begun: float = field(default_factory=time.monotonic)
    seen: float = field(default_factory=time.monotonic)


class Sessions:
    """All of them, in memory only: who restarts the server locks everybody out."""

    def __init__(self, lock_after: float) -> None:
        self.lock_after = lock_after  # seconds
        self._sessions: dict[str, Session] = {}  # by the hash of what the cookie holds
        self._links: dict[str, float] = {}
        self._wrong: list[tuple[float, str]] = []
        self._lock = threading.Lock()

    def new_link(self) -> str:
        """A token that lets one browser in, once."""
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._links = {key: end for key, end in self._links.items() if end > time.monotonic()}
            self._links[_hash(token)] = time.monotonic() + LINK_LIFE
        return token

    def is_link(self, token: str) -> bool:
        """Whether a token would let somebody in."""
        with self._lock:
            return self._links.get(_hash(token), 0.0) > time.monotonic()

    def use_link(self, token: str) -> bool:
        """Use a token up. False when there is no such token, or it was used before."""
        with self._lock:
            return self._links.pop(_hash(token), 0.0) > time.monotonic()

    def begin(self, person: str) -> str:
        """Let a browser in; gives what its cookie is to hold, which is always new."""
        name = secrets.token_urlsafe(32)
        with self._lock:
            self._sessions[_hash(name)] = Session(person)
        return name

    def find(self, name: str, *, touch: bool = True) -> Session | None:
        """The session of a cookie, ``None`` when it is locked, over or unknown. ``touch``: it was a click."""
        key, moment = _hash(name), time.monotonic()
        with self._lock:
            session = self._sessions.get(key)
            if session is None:
                return None
            if moment - session.seen > self.lock_after or moment - session.begun > SESSION_LIFE:
                del self._sessions[key]
                return None
            if touch:
                session.seen = moment
            return session

    def end(self, name: str) -> None:
        """Lock a browser out."""
        with self._lock:
            self._sessions.pop(_hash(name), None)

    def wrong(self, client: str) -> None:
        """A link or password that was not right, from an address."""
        with self._lock:
            self._wrong = [*self._wrong, (time.monotonic(), client)][-TRIES_OF_ALL:]

    def too_many(self, client: str) -> bool:
        """Whether somebody is guessing from an address: others are let in meanwhile. Or many are together."""
        with self._lock:
            recent = [where for moment, where in self._wrong if time.monotonic() - moment < TRIES_IN]
        return recent.count(client) >= TRIES or len(recent) >= TRIES_OF_ALL


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
