"""Named users: passwords as argon2id hashes in the ``[review.users]`` table of the settings file."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from scrub837.errors import OutputUnwritable, SettingsInvalid
from scrub837.fixes.publish import beside

SHORTEST = 12  # characters of a password
_HASHER = PasswordHasher()
_NOBODY = _HASHER.hash("nobody has this password")  # so that unknown names take as long
_HEAD = re.compile(r"^\[review\.users\][ \t]*(#.*)?$", re.MULTILINE)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,39}")


def is_right(users: Mapping[str, str], name: str, password: str) -> bool:
    """Whether the password is that of the user."""
    known = users.get(name)
    try:
        _HASHER.verify(known or _NOBODY, password)
    except (VerificationError, InvalidHashError):
        return False
    return known is not None


def add_user(path: Path, name: str, password: str) -> None:
    """Write a user into a settings file, or another password of one that is there.

    Raises ``SettingsInvalid`` for a name or password that will not do, and ``OutputUnwritable``.
    """
    if not _NAME.fullmatch(name):
        raise SettingsInvalid(f"{name!r}: a name is up to 40 letters, digits, blanks, dots and dashes")
    if len(password) < SHORTEST:
        raise SettingsInvalid(f"a password has at least {SHORTEST} characters")
    try:
        text = path.read_text("utf-8") if path.exists() else ""
        before = tomllib.loads(text)
    except (OSError, ValueError) as error:
        raise SettingsInvalid(f"{path} cannot be read as TOML; nothing was written") from error
    line = f'"{name}" = "{_HASHER.hash(password)}"'
    known = before.get("review", {}).get("users", {})
    if name in known:
        text = re.sub(rf'^[ \t]*"?{re.escape(name)}"?[ \t]*=.*\$argon2.*$', line, text, flags=re.MULTILINE)
    elif head := _HEAD.search(text):
        text = f"{text[: head.end()]}\n{line}{text[head.end() :]}"
    else:
        text = f"{text.rstrip()}\n\n[review.users]\n{line}\n".lstrip()
    try:
        after = tomllib.loads(text)
    except ValueError:
        after = {}
    if after.get("review", {}).get("users", {}).keys() != {*known, name}:
        raise OutputUnwritable(f"{path}: add this line below [review.users] yourself: {line}")
    with beside(path) as draft:
        draft.file.write(text.encode())
        draft.publish()
