"""Files that are published together, so that one transaction, one upload and one flush serve all of them.

A file of a lot is judged and not decided yet. So that no file is judged without what went before it, one that
bills what another of the lot bills (or has its control numbers) waits until that one is in the ledger.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec

from scrub837.claims.sent import batch_content
from scrub837.claims.values import REPLACING
from scrub837.errors import LedgerUnusable, OutputUnwritable, ScrubError, TryLater
from scrub837.nightly.folder import DENIED, FULL
from scrub837.nightly.ledger import FileEntry
from scrub837.nightly.outputs import LEFT, Outcome
from scrub837.nightly.publish import PLAN, PUBLISHING, Plan
from scrub837.nightly.session import Session
from scrub837.nightly.take import Taken, Taker

MOST, MOST_BYTES = 32, 4_000_000  # of a lot; larger files are published one by one
MOST_OVERTAKEN = 3  # times that a file is judged again because another host was faster
REASONS = {DENIED: "permission denied", FULL: "no room left"}


@dataclass(slots=True)
class Judged:
    """A file of a lot. ``marks`` are the encounters it bills, its contents and its numbers."""

    work: Outcome
    started: datetime
    seconds: float = 0.0  # that judging it took
    marks: set[object] = field(default_factory=set)
    replaces: bool = False
    plan: Plan | None = None  # once its outputs are in their folders
    number: int = 0  # in the ledger, once it is decided
    stuck: bool = False  # decided, and not done to its end

    def look_through(self) -> None:
        """Find what it has in common with others: as it came, and as it is sent."""
        work = self.work
        self.marks.add(work.sha256)
        for sent in (work.report.sent if work.report is not None else None, work.sent):
            if sent is None:
                continue
            contents = []
            for claim in sent.rows():
                contents.append(claim.content)
                self.replaces |= claim.frequency in REPLACING  # nothing in it tells which claim
                for line in claim.lines:
                    self.marks.update(line.encounters)
            if contents:
                self.marks.add(batch_content(contents))
            for one in sent.numbers:
                self.marks.add((one.sender, one.receiver, one.interchange, None))
                self.marks.add((one.sender, one.receiver, None, one.group))

    def close(self) -> None:
        """Give its spools back."""
        if self.work.report is not None:
            self.work.report.close()
        if self.work.sent is not None:
            self.work.sent.claims.close()


@dataclass(slots=True)
class Lot:
    """Judged files of one group."""

    session: Session
    taker: Taker
    files: list[Judged] = field(default_factory=list)
    full: bool = False  # it has to be published now
    _marks: set[object] = field(default_factory=set)
    _bytes: int = 0
    _newest: int = 0  # file in the ledger when the first one of the lot was begun
    _overtaken: Counter[str] = field(default_factory=Counter)  # paths of files

    def begin(self) -> None:
        """A file is about to be judged by what is in the ledger."""
        if not self.files:
            self._newest = self.session.ledger.newest()

    def meets(self, marks: set[object]) -> bool:
        """Whether a file of the lot bills some of this, too, or has its bytes or numbers."""
        return not self._marks.isdisjoint(marks)

    def add(self, judged: Judged) -> None:
        """One more."""
        self.files.append(judged)
        self._marks |= judged.marks
        self._bytes += judged.work.taken.size
        alone = judged.replaces or self.session.attempts.careful
        self.full = alone or len(self.files) >= MOST or self._bytes > MOST_BYTES

    def publish(self) -> tuple[list[Judged], list[Taken]]:
        """Publish all of it; gives what is done, and the files that have to be judged again.

        What cannot be brought to its folder is left where it came from. Raises ``ScrubError`` when the run
        cannot go on; what was not decided then is left, too.
        """
        files, self.files = self.files, []
        self._marks, self._bytes, self.full = set(), 0, False
        if not files:
            return [], []
        if len(files) > 1:
            self.session.attempts.together()
        try:
            ready = self._prepare(files)
            again = self._decide(ready)
            self._carry_out([judged for judged in ready if judged not in again])
        finally:
            for judged in files:
                judged.close()
        self.session.keep_outcomes()
        done = [judged for judged in files if judged not in again and not judged.stuck]
        return done, [judged.work.taken for judged in again]

    def _prepare(self, files: Sequence[Judged]) -> list[Judged]:
        """Bring everything to its folder under temporary names."""
        publisher = self.session.publisher
        arranged = []
        try:
            for judged in files:
                if judged.work.outcome == LEFT:
                    self._leave(judged, judged.work.why)
                    continue
                if not self.taker.unchanged(judged.work.taken):
                    self._leave(judged, "it was changed or taken away while it was checked")
                    continue
                try:
                    one = publisher.arrange(judged.work)
                except OutputUnwritable as error:
                    self._leave(judged, str(error))
                else:
                    judged.plan = one.plan
                    arranged.append((judged, one))
            wrong = publisher.bring([one for _, one in arranged])
        except ScrubError:
            self._take_back(files)
            raise
        for (judged, _), reason in zip(arranged, wrong, strict=True):
            if reason is not None:
                judged.plan = None
                self._leave(judged, REASONS.get(reason.reason, reason.reason))
        return [judged for judged in files if judged.plan is not None]

    def _decide(self, ready: Sequence[Judged]) -> list[Judged]:
        """From here on the files are published, whatever happens. Before, nothing was.

        Gives those for which nothing happened yet: another host was faster with something they have in
        common, or they have to be published one by one.
        """
        session = self.session
        kept = [judged for judged in ready if judged.work.report is not None]
        if not kept:
            return []
        try:
            if not session.number:
                session.number = session.ledger.begin_run(session.host, session.summary.started)
            with session.ledger.database.transaction():
                again = self._overtaken_now(kept)
                for judged in kept:
                    if judged not in again:
                        judged.number = self._record(judged)
        except (LedgerUnusable, TryLater):
            self._undecided(ready)
            raise
        except Exception as error:  # noqa: BLE001 - one bad file must not stop the rest
            if len(ready) == 1:
                self._put_aside(ready[0], error)
                return []
            session.attempts.careful = True
            again = list(ready)
        for judged in again:
            self._take_back_parts(judged)
        return again

    def _record(self, judged: Judged) -> int:
        """Keep a file in the ledger, as sent where something of it is sent. Inside a transaction."""
        session, work, plan = self.session, judged.work, judged.plan
        assert work.report is not None and plan is not None  # noqa: S101, PT018 - the caller asks
        entry = FileEntry(
            run=session.number,
            name=session.label(work.taken.name),
            settings=work.settings,
            editions=work.editions,
            outcome=PUBLISHING,
            started=judged.started,
            outputs={PLAN: self._text(plan)},
        )
        number = session.ledger.record(entry, work.report)
        if plan.sends:
            session.ledger.mark_published(number, datetime.now(UTC), claims=work.claims, sent=work.sent)
        return number

    def _text(self, plan: Plan) -> str:
        return msgspec.json.encode(plan.veiled(self.session.hash_of)).decode()

    def _overtaken_now(self, kept: Sequence[Judged]) -> list[Judged]:
        """Files that have something in common with what another host has sent since they were judged."""
        if self.session.ledger.newest() == self._newest:
            return []
        sent = self.session.ledger.marks_since(self._newest)
        found = []
        for judged in kept:
            path = judged.work.taken.path
            if not sent.isdisjoint(judged.marks) and self._overtaken[path] < MOST_OVERTAKEN:
                self._overtaken[path] += 1
                found.append(judged)
        return found

    def _undecided(self, ready: Sequence[Judged]) -> None:
        """The ledger failed while it decided. What it does keep all the same is published by the next run."""
        try:
            plans = {row.outputs.get(PLAN) for row in self.session.ledger.files_with(PUBLISHING)}
        except ScrubError:
            self.session.keep_place = True  # nobody knows: the next run asks again
            return
        decided = [judged.plan is not None and self._text(judged.plan) in plans for judged in ready]
        self.session.keep_place |= any(decided)
        self._take_back([judged for judged, is_so in zip(ready, decided, strict=True) if not is_so])

    def _put_aside(self, judged: Judged, error: Exception) -> None:
        """A file that the program fails to record goes into quarantine."""
        self._take_back_parts(judged)
        judged.number = 0
        self.session.desk.fail(judged.work, error)
        arranged = self.session.publisher.arrange(judged.work)
        [wrong] = self.session.publisher.bring([arranged])
        if wrong is not None:
            judged.plan = None
            self._leave(judged, REASONS.get(wrong.reason, wrong.reason))
        else:
            judged.plan = arranged.plan

    def _carry_out(self, decided: Sequence[Judged]) -> None:
        """Make the renames. What stops half-way stands in the ledger: the next run goes on."""
        session = self.session
        plans = [(judged, judged.plan) for judged in decided if judged.plan is not None]
        try:
            stuck = session.publisher.carry_out([plan for _, plan in plans])
        except ScrubError:
            session.keep_place = True
            raise
        for (judged, plan), error in zip(plans, stuck, strict=True):
            if error is not None:
                judged.stuck = session.keep_place = True
                session.problem(str(error))
                continue
            if plan.worst >= session.settings.fail_on.rank:
                session.on_finding(plan)
            if judged.number:
                outcome = judged.work.outcome, datetime.now(UTC), session.names_of(plan)
                session.published[judged.number] = outcome

    def _leave(self, judged: Judged, why: str) -> None:
        judged.work.outcome, judged.work.why = LEFT, why
        self.taker.put_back(judged.work.taken)

    def _take_back(self, files: Sequence[Judged]) -> None:
        """As if the files had not been begun."""
        for judged in files:
            self._take_back_parts(judged)
            with suppress(ScrubError):  # then the next run finds it in the folder of this one
                self.taker.put_back(judged.work.taken)

    def _take_back_parts(self, judged: Judged) -> None:
        plan, judged.plan = judged.plan, None
        if plan is not None:
            with suppress(ScrubError):
                self.session.publisher.take_back(plan)
