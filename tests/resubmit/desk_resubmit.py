"""A desk at which claims that came back are made anew."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from scrub837.claims.documentation import open_documentation
from scrub837.configure import built_in_settings
from scrub837.engine import Job
from scrub837.findings import Safety
from scrub837.nightly.ledger import Ledger
from scrub837.reference.store import open_reference
from scrub837.responses.working import work
from scrub837.resubmit.choose import Wish
from scrub837.resubmit.record import Summary
from scrub837.resubmit.run import Book, resubmit
from scrub837.x12.source import open_source

DAY = date(2026, 12, 1)
AT = datetime(2026, 12, 1, 9, tzinfo=UTC)


@dataclass(slots=True)
class Desk:
    """Makes claims anew in a folder of its own."""

    folder: Path
    target: Path
    ledger: Ledger | None = None
    guide: bool = True
    day: date = DAY
    count: itertools.count[int] = field(default_factory=itertools.count)

    def put(self, content: str | bytes) -> Path:
        """A file with this content."""
        path = self.folder / f"in{next(self.count)}.txt"
        path.write_bytes(content if isinstance(content, bytes) else content.encode("latin-1"))
        return path

    def again(
        self,
        batches: Sequence[bytes | str],
        answers: Sequence[bytes | str],
        wish: Wish | None = None,
        *,
        number: int | None = 77,
        log: str | None = None,
        safety: Safety = Safety.SAFE,
    ) -> Summary:
        """What ``scrub837 resubmit`` does on its day."""
        settings = built_in_settings(today=self.day, guide=self.guide)
        with ExitStack() as stack:
            sent, came = (
                [stack.enter_context(closing(open_source(str(self.put(one))))) for one in contents]
                for contents in (batches, answers)
            )
            logs = [self.put(log).rename(self.folder / "log.csv")] if log else []
            documentation = stack.enter_context(closing(open_documentation(logs)))
            job = Job(settings, open_reference(None), documentation)
            done = stack.enter_context(closing(work(came, sent, job)))
            targets = [self.target, *(self.folder / f"out{at}.edi" for at in range(1, len(batches)))]
            job = Job(settings, open_reference(None), documentation, self.ledger)
            book = Book(self.ledger, AT) if self.ledger else None
            return resubmit(done, wish or Wish(), job, targets, safety=safety, number=number, book=book)
