"""The part of a file that its outline is read from, chunk by chunk."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from scrub837.x12.source import Source

CHUNK = 1 << 20


@dataclass(slots=True)
class Window:
    """The part of the file in hand: text from byte ``base`` on; what is before ``at`` is done with."""

    source: Source
    digest: hashlib._Hash
    text: str = ""
    base: int = 0
    at: int = 0
    ended: bool = False

    @property
    def place(self) -> int:
        """Byte offset of what is not done with."""
        return self.base + self.at

    @property
    def rest(self) -> int:
        """How many characters in hand are not done with."""
        return len(self.text) - self.at

    def more(self) -> bool:
        """Append a chunk; False at the end of the file."""
        if self.ended:
            return False
        data = self.source.read_at(self.base + len(self.text), CHUNK)
        if not data:
            self.ended = True
            return False
        self.digest.update(data)
        self.base += self.at
        self.text = self.text[self.at :] + data.decode("latin-1")
        self.at = 0
        return True
