"""What was sent before: the ledger of nightly runs, as the page asks it and tells it.

A connection belongs to the thread that opened it, so each use opens its own. Where the settings name no
ledger, or no night has run yet, there is none; one that is there and cannot be opened is away.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

from scrub837.errors import LedgerUnusable
from scrub837.findings import NotChecked
from scrub837.nightly.ledger import Ledger, open_ledger
from scrub837.nightly_settings import Nightly
from scrub837.results import FileReport
from scrub837.rules import all_rules
from scrub837.rules._rule import Scope

NONE, AWAY = "", "away"  # stamps without a ledger
_PATIENCE, _PATIENCE_TO_WRITE = 2.0, 10.0  # seconds that a ledger at work is waited for
_AWAY_WORDS = "the ledger of nightly runs cannot be asked"


class SentBefore:
    """Opens the ledger that the settings name."""

    def __init__(self, nightly: Nightly | None) -> None:
        self.nightly = nightly

    @property
    def is_there(self) -> bool:
        """Whether there is a ledger to ask."""
        if self.nightly is None:
            return False
        place = self.nightly.ledger_place()
        return "://" in place or Path(place).exists()

    def reading(self) -> AbstractContextManager[Ledger | None]:
        """The ledger, to be asked. Raises ``LedgerUnusable`` or ``TryLater`` where it is away."""
        return self._opened(read_only=True)

    def writing(self) -> AbstractContextManager[Ledger | None]:
        """The ledger, to be told something; as ``reading``."""
        return self._opened(read_only=False)

    @contextmanager
    def _opened(self, *, read_only: bool) -> Iterator[Ledger | None]:
        if self.nightly is None or not self.is_there:
            yield None
            return
        wait = _PATIENCE if read_only else _PATIENCE_TO_WRITE
        place = self.nightly.ledger_place()
        with closing(open_ledger(place, read_only=read_only, create=False, wait=wait)) as ledger:
            yield ledger

    def must_be_there(self, ledger: Ledger | None) -> Ledger:
        """The ledger. Raises ``LedgerUnusable`` where there is none."""
        if ledger is None:
            raise LedgerUnusable("the ledger that was asked before is not there any more")
        return ledger


def stamp_of(ledger: Ledger | None) -> str:
    """Another one whenever what the ledger says of earlier files may be another."""
    if ledger is None:
        return NONE
    files = "SELECT state, count(*), max(id), max(published) FROM files GROUP BY state ORDER BY state"
    answers = "SELECT outcome, count(*) FROM verdicts GROUP BY outcome ORDER BY outcome"
    rows = (*ledger.database.query(files), *ledger.database.query(answers))
    return repr([tuple(row) for row in rows])


def say_not_asked(report: FileReport) -> None:
    """Say in a report that it was not compared with earlier files, for the ledger is away."""
    names = sorted(rule.name for rule in all_rules() if rule.scope in (Scope.EARLIER, Scope.EARLIER_FILE))
    report.not_checked += [
        NotChecked(name=one, reason=_AWAY_WORDS, lines=report.counts.lines) for one in names
    ]
    report.not_checked.sort(key=lambda one: (one.name, one.reason))
