"""What a killed run left: finished where it was decided, begun anew where it was not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from scrub837.nightly.ledger import State
from scrub837.nightly.one_file import process_all
from scrub837.nightly.outputs import LEFT
from scrub837.nightly.publish import PLAN, PUBLISHING, Plan
from scrub837.nightly.session import Session
from scrub837.nightly.take import Taker
from scrub837.nightly.workplace import Workplace


def finish_decided(
    session: Session, place: Workplace, folder: str = "", known_as: Sequence[str] = ()
) -> bool:
    """Finish what was decided and not done of files of this host, or of those in a ``folder`` of another's.

    ``known_as`` are the names that one had. False: it cannot be finished.
    """
    done = True
    for row in session.ledger.files_with(PUBLISHING):
        plan = msgspec.json.decode(row.outputs[PLAN], type=Plan)
        if plan.place not in known_as and plan.place.rpartition(".")[0] != session.host:
            continue
        if plan.sends and row.state == State.SEEN:  # not decided: the file is begun anew
            session.publisher.take_back(plan)
            session.ledger.note(row.id, outcome=LEFT, outputs={})
            continue
        plan = place.with_names(plan, folder if plan.place in known_as else "", session.hash_of)
        [stuck] = session.publisher.carry_out([plan])
        if stuck is not None:
            done = False
            session.problem(str(stuck))
            continue
        if plan.worst >= session.settings.fail_on.rank:
            session.on_finding(plan)
        session.published[row.id] = plan.outcome, datetime.now(UTC), session.names_of(plan)
        session.log.info("finished for an earlier run", key=plan.key, sha256=plan.sha256)
        session.summary.recovered += 1
    session.keep_outcomes()
    return done


def recover(session: Session, place: Workplace, folder: str, known_as: Sequence[str]) -> None:
    """Begin the files of a dead run anew, but for what it had decided."""
    if not finish_decided(session, place, folder, known_as):
        return
    session.publisher.sweep(known_as)
    names, there = place.batches_in(folder)
    if names:
        taker = Taker(session.nightly, session.inbox, folder, session.spool, session.memory, place.now())
        found = taker.again(names, there)
        session.summary.recovered += len(found)
        process_all(session, taker, found)
        for name in dict.fromkeys(taker.denied):
            session.problem(f"{session.label(name)}: cannot be read; it was left in the working folder")
    place.clear(folder)
