"""One taken file, from its first byte to its last rename. What goes wrong with it never stops the next."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime

import msgspec

from scrub837.errors import InputUnreadable, LedgerUnusable, OutputUnwritable, ScrubError, TryLater
from scrub837.nightly.attempts import MOST_ATTEMPTS
from scrub837.nightly.folder import DENIED, FULL
from scrub837.nightly.ledger import FileEntry, FileRow, State
from scrub837.nightly.outputs import AGAIN, DIVIDED, FAILED, LEFT, QUARANTINED, READY, Outcome
from scrub837.nightly.publish import PLAN, PUBLISHING, Plan, Stuck, Unpublished
from scrub837.nightly.session import Session
from scrub837.nightly.summary import FileLine
from scrub837.nightly.take import Taken, Taker

SENT_KINDS = {"corrected", "ready"}  # of outputs
REASONS = {DENIED: "permission denied", FULL: "no room left"}


def process_all(session: Session, taker: Taker, group: Sequence[Taken]) -> None:
    """One after the other. When the run cannot go on, the rest is left where it came from."""
    for n, taken in enumerate(group):
        try:
            _process(session, taker, taken)
        except Stuck as error:
            session.keep_place = True
            session.problem(str(error))
        except ScrubError:
            with suppress(ScrubError):
                session.keep_outcomes()
            with suppress(ScrubError):
                for one in group[n:]:
                    taker.put_back(one)
            raise
    session.keep_outcomes()
    session.attempts.clear()
    for draft in session.spool.iterdir():
        draft.unlink()


def _process(session: Session, taker: Taker, taken: Taken) -> None:
    if session.options.stopping():
        taker.put_back(taken)
        return
    began, started = time.monotonic(), datetime.now(UTC)
    try:
        work = session.desk.begin(taken)
    except InputUnreadable:
        taker.put_back(taken)
        session.problem(f"{session.label(taken.name)}: cannot be read; it was left")
        return
    if work.key in session.held:
        session.keep_outcomes()  # so that the ledger says what became of the one before it
    row = session.ledger.known(work.sha256, work.settings, work.editions)
    try:
        if row is not None and _is_done(row):
            _again(session, work, row)
        else:
            _judge(session, taker, work, started)
    except (Unpublished, OutputUnwritable) as error:
        work.outcome = LEFT
        work.why = REASONS.get(error.reason, error.reason) if isinstance(error, Unpublished) else str(error)
        taker.put_back(taken)
    finally:
        if work.report is not None:
            work.report.close()
        if work.sent is not None:
            work.sent.claims.close()
    _tell(session, work, time.monotonic() - began)


def _again(session: Session, work: Outcome, row: FileRow) -> None:
    """The same bytes as before: nothing is published, the file goes where the first one went."""
    work.outcome = row.outcome if row.outcome in QUARANTINED else AGAIN
    work.why = "the same file was here before, and nothing has changed since"
    session.publisher.carry_out(session.publisher.prepare(work))


def _judge(session: Session, taker: Taker, work: Outcome, started: datetime) -> None:
    attempt = session.attempts.next(work.sha256)
    if attempt > MOST_ATTEMPTS:
        work.why = f"the program was stopped {MOST_ATTEMPTS} times while it worked at this file"
    else:
        session.desk.judge(work)
    if work.outcome == LEFT or not taker.unchanged(work.taken):
        work.outcome = LEFT
        taker.put_back(work.taken)
        return
    plan = session.publisher.prepare(work)
    number = _decide(session, plan, work, started) if work.report is not None else None
    carry_out(session, plan)
    if number is not None:
        session.published[number] = work.outcome, datetime.now(UTC), session.names_of(plan)
        if not plan.sends:
            session.held.add(work.key)


def _decide(session: Session, plan: Plan, work: Outcome, started: datetime) -> int:
    """From here on the file is published, whatever happens. Before, nothing was."""
    assert work.report is not None  # noqa: S101 - the caller asks
    if not session.number:
        session.number = session.ledger.begin_run(session.host, session.summary.started)
    entry = FileEntry(
        run=session.number,
        name=session.label(work.taken.name),
        settings=work.settings,
        editions=work.editions,
        outcome=PUBLISHING,
        started=started,
        outputs={PLAN: msgspec.json.encode(plan.veiled(session.hash_of)).decode()},
    )
    try:
        with session.ledger.database.transaction():
            number = session.ledger.record(entry, work.report)
            if plan.sends:
                session.ledger.mark_published(number, datetime.now(UTC), claims=work.claims, sent=work.sent)
    except (LedgerUnusable, TryLater):
        session.publisher.take_back(plan)
        raise
    return number


def carry_out(session: Session, plan: Plan) -> None:
    session.publisher.carry_out(plan)
    if plan.worst >= session.settings.fail_on.rank:
        session.on_finding(plan)


def _tell(session: Session, work: Outcome, seconds: float) -> None:
    """Keep what became of a file for the summary, the log and, where needed, a person."""
    report = work.report
    counts = report.counts if report is not None else None
    line = FileLine(
        file=session.label(work.taken.name),
        outcome=work.outcome,
        key=work.key,
        sha256=work.sha256,
        bytes=work.taken.size,
        claims=counts.claims if counts else 0,
        lines=counts.lines if counts else 0,
        findings=work.findings,
        seconds=round(seconds, 3),
    )
    session.summary.files.append(line)
    needs_person = work.outcome in (*QUARANTINED, LEFT)
    tell = session.log.warning if needs_person else session.log.info
    tell(
        "file",
        **msgspec.structs.asdict(line),
        status=report.status if report is not None else "",
        reason=work.why if work.outcome in (FAILED, LEFT) else "",
        places=work.places,
        editions=work.editions,
    )
    if work.outcome in QUARANTINED:
        session.problem(
            f"{line.file}: {work.outcome}, in quarantine, where *-{work.key}*.why.txt says what to do"
        )
    elif work.outcome == LEFT and work.why:
        session.problem(f"{line.file}: {work.why}; it was left in the drop folder")


def _is_done(row: FileRow) -> bool:
    """Whether nothing is left to do. What a person took back (``ledger mark``) is sent again."""
    if row.outcome in (READY, DIVIDED) and SENT_KINDS & row.outputs.keys():
        return row.state != State.SEEN
    return row.state != State.SEEN or row.outcome not in (PUBLISHING, FAILED, LEFT)
