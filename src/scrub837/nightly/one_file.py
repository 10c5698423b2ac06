"""Taken files, from the first byte to the last rename. What goes wrong with one never stops the next."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime

import msgspec

from scrub837.errors import InputUnreadable, ScrubError
from scrub837.nightly.attempts import MOST_ATTEMPTS
from scrub837.nightly.ledger import FileRow, State
from scrub837.nightly.lot import Judged, Lot
from scrub837.nightly.outputs import AGAIN, DIVIDED, FAILED, LEFT, QUARANTINED, READY, Outcome
from scrub837.nightly.publish import PUBLISHING
from scrub837.nightly.session import Session
from scrub837.nightly.summary import FileLine
from scrub837.nightly.take import Taken, Taker

SENT_KINDS = {"corrected", "ready"}  # of outputs


def process_all(session: Session, taker: Taker, group: Sequence[Taken]) -> None:
    """Judge one after the other and publish them lot by lot.

    When the run is stopped or cannot go on, the rest is left where it came from.
    """
    lot = Lot(session, taker)
    left = deque(group)  # that are in no lot
    try:
        while (left or lot.files) and not session.options.stopping():
            if left and not lot.full:
                judged = _judged(session, lot, left)
                if judged is not None:
                    lot.add(judged)
            if lot.full or not left:
                _publish(session, lot, left)
        _publish(session, lot, left)
        for taken in left:
            taker.put_back(taken)
    except ScrubError:
        with suppress(ScrubError):
            _publish(session, lot, left)
        for taken in left:
            with suppress(ScrubError):
                taker.put_back(taken)
        raise
    session.attempts.clear()
    for draft in session.spool.iterdir():
        draft.unlink()


def _publish(session: Session, lot: Lot, left: deque[Taken]) -> None:
    done, again = lot.publish()
    left.extend(again)
    for judged in done:
        _tell(session, judged.work, judged.seconds)


def _judged(session: Session, lot: Lot, left: deque[Taken]) -> Judged | None:
    """Judge the first file that is left, by all that went before it; ``None`` when it cannot be read."""
    taken = left[0]
    judged = _judge(session, lot, taken)
    if judged is not None and lot.meets(judged.marks):
        judged.close()
        _publish(session, lot, left)
        judged = _judge(session, lot, taken)
    left.popleft()
    if judged is None:
        lot.taker.put_back(taken)
        session.problem(f"{session.label(taken.name)}: cannot be read; it was left")
    return judged


def _judge(session: Session, lot: Lot, taken: Taken) -> Judged | None:
    began = time.monotonic()
    try:
        work = session.desk.begin(taken)
    except InputUnreadable:
        return None
    judged = Judged(work, datetime.now(UTC), marks={work.sha256})
    if lot.meets(judged.marks):
        return judged  # the same bytes are in the lot: the ledger has to be told of them first
    lot.begin()
    row = session.ledger.known(work.sha256, work.settings, work.editions)
    if row is not None and _is_done(row):
        work.outcome = row.outcome if row.outcome in QUARANTINED else AGAIN
        work.why = "the same file was here before, and nothing has changed since"
    elif session.attempts.next(work.sha256) > MOST_ATTEMPTS:
        work.why = f"the program was stopped {MOST_ATTEMPTS} times while it worked at this file"
    else:
        session.desk.judge(work)
        judged.look_through()
        if work.report is not None:
            session.waivers_met |= work.report.waivers_met
    judged.seconds = time.monotonic() - began
    return judged


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
