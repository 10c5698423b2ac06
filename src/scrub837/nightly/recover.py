"""What a killed run left: finished where it was decided, begun anew where it was not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from scrub837.nightly.ledger import State
from scrub837.nightly.one_file import carry_out, process_all
from scrub837.nightly.outputs import LEFT
from scrub837.nightly.publish import PLAN, PUBLISHING, Plan, Stuck
from scrub837.nightly.session import Session
from scrub837.nightly.take import Taker
from scrub837.nightly.workplace import Workplace

LATEST = 500  # files in the ledger among which those of a killed run are looked for


def finish_decided(
    session: Session, place: Workplace, folder: str = "", known_as: Sequence[str] = ()
) -> bool:
    """Finish what this host, or the runs ``known_as``, had decided and not done. False: it cannot be."""
    done = True
    for row in session.ledger.files(LATEST):
        if row.outcome != PUBLISHING:
            continue
        plan = msgspec.json.decode(row.outputs[PLAN], type=Plan)
        name = f"{plan.host}.{plan.run}"
        if name not in known_as and plan.host != session.host:
            continue
        if plan.sends and row.state == State.SEEN:  # not decided: the file is begun anew
            session.publisher.take_back(plan)
            session.ledger.note(row.id, outcome=LEFT, outputs={})
            continue
        try:
            plan = place.with_names(plan, folder if name in known_as else "", session.hash_of)
            carry_out(session, plan)
        except Stuck as error:
            done = False
            session.problem(str(error))
            continue
        session.ledger.note(
            row.id, outcome=plan.outcome, finished=datetime.now(UTC), outputs=session.names_of(plan)
        )
        session.log.info("finished for an earlier run", key=plan.key, sha256=plan.sha256)
        session.summary.recovered += 1
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
