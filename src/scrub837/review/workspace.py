"""The folder of the review page. Every file in it has a name of ours, whatever it was called before.

incoming/    files put here by others can be picked
files/       batches, responses and treatment-time logs, 000001.x12 ...; never changed
attested/    what was attested on the page, a treatment-time log a batch
out/         files to send
waivers.toml, review.sqlite
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from scrub837.errors import OutputUnwritable
from scrub837.fixes.publish import beside

CHUNK = 1 << 20


class TooLarge(Exception):
    """More was sent than may be."""


@dataclass(frozen=True, slots=True)
class Offered:
    """A file in ``incoming``. ``key`` stands for its name, which may name a patient."""

    key: str
    name: str
    bytes: int


class Workspace:
    """The folder, made when it is not there; only its owner can enter it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self.files, self.attested = self.folder / "files", self.folder / "attested"
        self.out, self.incoming = self.folder / "out", self.folder / "incoming"
        self.waivers, self.database = self.folder / "waivers.toml", self.folder / "review.sqlite"
        try:
            for one in (self.folder, self.files, self.attested, self.out, self.incoming):
                one.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise OutputUnwritable(f"the folder {one} cannot be made: {error.strerror}") from error

    def file(self, number: int) -> Path:
        """Where the file with this number is."""
        return self.files / f"{number:06}.x12"

    def log(self, batch: int) -> Path:
        """The treatment times that were attested on the page for a batch."""
        return self.attested / f"{batch:06}.csv"

    def out_file(self, batch: int, kind: str) -> Path:
        """A file to send; ``kind`` is one of ours."""
        return self.out / f"batch-{batch}-{kind}.837"

    def offered(self) -> list[Offered]:
        """The files in ``incoming``: no links, nothing hidden."""
        found = [
            Offered(hashlib.sha256(os.fsencode(one.name)).hexdigest()[:32], one.name, one.stat().st_size)
            for one in self.incoming.iterdir()
            if not one.is_symlink() and one.is_file() and not one.name.startswith(".")
        ]
        return sorted(found, key=lambda one: one.name)

    def find_offered(self, key: str) -> Path | None:
        """The file in ``incoming`` that a key stands for."""
        return next((self.incoming / one.name for one in self.offered() if one.key == key), None)

    @contextmanager
    def arriving(self, stream: BinaryIO, most: int) -> Iterator[tuple[Path, str, int]]:
        """A copy of ``stream``, mode 0600, under a name of ours, with its SHA-256 and size.

        Removed at the end unless it was renamed. Raises ``TooLarge`` beyond ``most`` bytes.
        """
        handle, name = tempfile.mkstemp(prefix=".arriving-", dir=self.files)
        path, digest, size = Path(name), hashlib.sha256(), 0
        try:
            with os.fdopen(handle, "wb") as copy:
                while data := stream.read(CHUNK):
                    size += len(data)
                    if size > most:
                        raise TooLarge
                    digest.update(data)
                    copy.write(data)
            yield path, digest.hexdigest(), size
        finally:
            path.unlink(missing_ok=True)

    def write(self, target: Path, text: str) -> None:
        """Replace a file of ours whole. Raises ``OutputUnwritable``."""
        with beside(target) as draft:
            draft.file.write(text.encode())
            draft.publish()

    def room(self) -> int:
        """Bytes that are left on the disk."""
        return shutil.disk_usage(self.folder).free
