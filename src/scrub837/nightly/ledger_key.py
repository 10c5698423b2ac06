"""The secret of a ledger: without it, nobody can tell from a ledger who was treated."""

from __future__ import annotations

import os
import secrets
from hashlib import blake2b
from pathlib import Path

from scrub837.claims.sent import KEY_BYTES
from scrub837.errors import LedgerUnusable

VARIABLE = "SCRUB837_LEDGER_KEY"  # the key as 64 hexadecimal digits
FILE_VARIABLE = "SCRUB837_LEDGER_KEY_FILE"  # a file that holds them, such as a systemd credential


def key_path(ledger: Path) -> Path:
    """Where the key stands unless it is named: beside the ledger, ``ledger.key`` for ``ledger.sqlite``."""
    return ledger.with_name(ledger.name + ".key") if ledger.suffix == ".key" else ledger.with_suffix(".key")


def find_key(ledger: Path | None, key_file: Path | None, *, create: bool) -> bytes:
    """The key from the environment, else from ``key_file``, else from the file beside the ledger.

    Of these two the one that counts is made when it is not there and ``create`` is set.

    Raises ``LedgerUnusable``.
    """
    given = os.environ.get(VARIABLE)
    if given:
        return _read(given, f"${VARIABLE}")
    named = os.environ.get(FILE_VARIABLE)
    path = Path(named) if named else key_file or (key_path(ledger) if ledger else None)
    if path is None:
        raise LedgerUnusable(
            f"a ledger on a server needs the key of all its hosts: give it in ${VARIABLE} or in a file named "
            f"by ${FILE_VARIABLE} (64 hexadecimal digits, for example from `openssl rand -hex 32`)"
        )
    if create and not named:
        _make(path)
    try:
        text = path.read_text("ascii")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise LedgerUnusable(
            f"the key of the ledger, {path}, cannot be read ({reason}): put it back from your backup; "
            "without it nothing can be compared with what was sent"
        ) from error
    return _read(text, str(path))


def _make(path: Path) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return
    except OSError as error:
        raise LedgerUnusable(f"the key {path} cannot be written: {error.strerror}") from error
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(KEY_BYTES) + "\n")
        file.flush()
        os.fsync(file.fileno())


def _read(text: str, where: str) -> bytes:
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise LedgerUnusable(f"the key of the ledger in {where} is not {2 * KEY_BYTES} hexadecimal digits")
    return key


def mark_of(key: bytes) -> str:
    """What a ledger keeps of its key, to tell that another one is used."""
    return blake2b(b"scrub837 ledger", digest_size=16, key=key).hexdigest()
