"""The ``[review]`` table of a settings file: who may look at the review page, and from where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from scrub837.configure import Reader, a_count, a_path, a_table, a_text, read_table
from scrub837.errors import SettingsInvalid

LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class Review:
    """The review page. Other hosts than this one need TLS and named users."""

    folder: Path = Path("review")
    host: str = "127.0.0.1"
    port: int = 8370
    names: tuple[str, ...] = ()  # by which browsers may call this host, besides ``host``
    certificate: Path | None = None
    key: Path | None = None
    lock_after: int = 15  # minutes without a click
    most_megabytes: int = 256  # of an upload
    users: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))  # name -> argon2 hash

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach it."""
        return self.host in LOOPBACK


def read_review(where: str, table: Mapping[str, object], beside: Path) -> tuple[Review, frozenset[str]]:
    """The settings in a ``[review]`` table, paths taken from ``beside``, and which keys it gives.

    Raises ``SettingsInvalid``.
    """
    own = dict(table)
    given = frozenset(own)
    users = {
        name: a_text(f"{where}: review.users.{name}", text)
        for name, text in a_table(f"{where}: review.users", own.pop("users", {})).items()
    }
    values = read_table(f"{where}: review", own, REVIEW)
    for key in ("folder", "certificate", "key"):
        if key in values:
            values[key] = beside / values[key]
    review = Review(users=MappingProxyType(users), **values)
    for name, text in users.items():
        if not text.startswith("$argon2id$"):
            raise SettingsInvalid(
                f"{where}: review.users.{name} is no argon2id hash; `scrub837 review --add-user` makes one"
            )
    if (review.certificate is None) != (review.key is None):
        raise SettingsInvalid(f"{where}: review: certificate and key go together")
    check_host(review)
    return review, given


def check_host(review: Review) -> None:
    """Raise ``SettingsInvalid`` where others could reach the page without TLS or a name."""
    if review.is_local:
        return
    if review.certificate is None:
        raise SettingsInvalid(f"review: on {review.host} others can listen: name certificate and key")
    if not review.users:
        raise SettingsInvalid(
            f"review: on {review.host} everybody would be let in: `scrub837 review --add-user NAME` first"
        )


def _names(where: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise SettingsInvalid(f'{where} is a list of host names, as in ["claims.example"]')
    return tuple(a_text(where, item).lower() for item in value)


def _port(where: str, value: object) -> int:
    port = a_count(where, value)
    if port > 65535:
        raise SettingsInvalid(f"{where} is a port from 1 to 65535")
    return port


REVIEW: Mapping[str, tuple[str, Reader]] = {
    "folder": ("folder", a_path),
    "host": ("host", a_text),
    "port": ("port", _port),
    "names": ("names", _names),
    "certificate": ("certificate", a_path),
    "key": ("key", a_path),
    "lock-after": ("lock_after", a_count),
    "most-megabytes": ("most_megabytes", a_count),
}
