"""The whole of ``scrub837 resubmit`` on one page: choose, number, make a file of each batch, remember it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from scrub837.claims.sent import ControlNumbers
from scrub837.engine import Job
from scrub837.errors import SettingsInvalid
from scrub837.findings import Safety
from scrub837.nightly.ledger import Ledger
from scrub837.nightly.ledger_answers import (
    Resent,
    SentKey,
    keep_resubmissions,
    keep_verdicts,
    made_before,
    next_number,
    take_back,
    used_numbers,
)
from scrub837.responses.history import Outcome
from scrub837.responses.sent import SentClaims, bare
from scrub837.responses.verdicts import keys_of, verdicts
from scrub837.responses.working import Work
from scrub837.resubmit.build import Made, make
from scrub837.resubmit.choose import CHOSEN_BY, Choice, LeftOut, Wish, choose
from scrub837.resubmit.numbers import Counter
from scrub837.resubmit.record import Summary, write_journal


@dataclass(slots=True)
class Book:
    """A ledger that remembers what is made; ``at`` is the time it is told."""

    ledger: Ledger
    at: datetime
    keys: Mapping[int, SentKey] = field(default_factory=dict)  # of the claims that may be sent again

    def open(self, work: Work, job: Job) -> set[int]:
        """Keep what became of the claims; gives those that were made anew before."""
        keep_verdicts(self.ledger.database, verdicts(work, job))
        numbers = {n for n in range(work.sent.count) if work.history(n).outcome in _MAY_GO}
        self.keys = dict(keys_of(work.sent, job, numbers))
        known = {key for key, _ in made_before(self.ledger.database, self.keys.values())}
        return {number for number, key in self.keys.items() if key in known}

    def keep(self, made: Made) -> None:
        """Remember the claims of a new file, before it gets its name."""
        claims = [
            Resent(self.keys[one.choice.number], one.choice.kind.frequency or "", one.numbers)
            for one in made.claims
        ]
        keep_resubmissions(self.ledger.database, claims, made.sha256, self.at)

    def forget(self, made: Made) -> None:
        """The new file did not get its name."""
        take_back(self.ledger.database, made.sha256)


_MAY_GO = frozenset((*CHOSEN_BY, Outcome.MISSING))


def resubmit(
    work: Work,
    wish: Wish,
    job: Job,
    targets: Sequence[Path],
    *,
    safety: Safety = Safety.SAFE,
    number: int | None = None,
    book: Book | None = None,
) -> Summary:
    """Make a new file of the claims chosen of each batch of ``work``; ``targets`` run beside the batches.

    Control numbers count on from ``number``, else from the highest that the ledger of ``book`` (that of
    ``job``) knows of sender and receiver. Raises ``SettingsInvalid`` for claims that are not there, without
    numbers to count from and for numbers that were used, ``TryLater`` when another process took them, and
    what ``make`` raises.
    """
    _check_named(work.sent, wish)
    made_anew = book.open(work, job) if book else set()
    summary = Summary(safety, [file.sha256 for file in work.found.files], wish.missing)
    chosen: dict[int, list[Choice]] = {}
    for one in choose(work, wish, made_anew):
        if isinstance(one, LeftOut):
            summary.leave([one])
        else:
            chosen.setdefault(work.sent.sending_of(one.number).batch, []).append(one)
    if not chosen:
        return summary
    counter = _counter(work.sent, chosen, number, book)
    for at, choices in sorted(chosen.items()):
        batch = work.sent.batches[at]
        publishing = _Publishing(summary, book)
        try:
            made = make(batch.source, batch.report, choices, job, targets[at], counter, publishing, safety)
        except BaseException:
            publishing.undo()
            raise
        summary.files.append(made)
        summary.leave(made.left_out)
    return summary


@dataclass(slots=True)
class _Publishing:
    """What happens just before a new file gets its name."""

    summary: Summary
    book: Book | None
    kept: Made | None = None

    def __call__(self, made: Made, journal: BinaryIO) -> None:
        write_journal(self.summary, made, journal)
        if self.book is not None:
            self.book.keep(made)
            self.kept = made

    def undo(self) -> None:
        """It did not get it."""
        if self.book is not None and self.kept is not None:
            self.book.forget(self.kept)


def _check_named(sent: SentClaims, wish: Wish) -> None:
    there = {sent.row(number).claim for name in wish.claims for number in sent.by_id(name)}
    if unknown := sorted(wish.claims - there):
        raise SettingsInvalid(f"no batch holds a claim {', '.join(unknown)}")


def _counter(
    sent: SentClaims, chosen: Mapping[int, Sequence[Choice]], number: int | None, book: Book | None
) -> Counter:
    """Where control numbers count from."""
    sendings = [one for one in sent.sendings if one.batch in chosen]
    parties = {(one.task.interchange.isa.at(6), one.task.interchange.isa.at(8)) for one in sendings}
    if number is None:
        if book is None:
            raise SettingsInvalid(
                "new control numbers are needed: name the first with --control-number, or a ledger to count "
                "on from with --ledger"
            )
        highest = max((_number(text) for one in sendings for text in (one.interchange, one.group)), default=0)
        return Counter.starting(max(next_number(book.ledger.database, parties), highest + 1))
    interchanges = len({id(one.task.interchange) for one in sendings})
    wanted = range(number, number + interchanges)
    used = {one.interchange for one in sent.sendings if _number(one.interchange) in wanted}
    if book is not None:
        asked = [ControlNumbers(f"{n:09d}", None, *pair) for n in wanted for pair in sorted(parties)]
        used.update(used_numbers(book.ledger.database, asked))
    if used:
        raise SettingsInvalid(f"the control number {min(used)} was used already: name another first number")
    return Counter.starting(number)


def _number(text: str) -> int:
    text = bare(text)
    return int(text) if text.isascii() and text.isdecimal() else -1
