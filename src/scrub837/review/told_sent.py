"""What went out by hand, told to the ledger: later files are compared with it, as with what a night sent."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from hashlib import sha256

import msgspec
from starlette.responses import Response

from scrub837.engine import Job
from scrub837.errors import ScrubError
from scrub837.nightly.ledger import FileEntry, Ledger, State, editions_digest, settings_digest
from scrub837.nightly.sent_file import sent_in
from scrub837.results import EditionRow
from scrub837.review.desk import Ask, Desk, away
from scrub837.review.files_out import READY, SENT, TAKEN_BACK, WENT, NotWritten, Went, sent_of
from scrub837.review.judging import Judged
from scrub837.review.named_batch import batch_file, waiting
from scrub837.review.store import FileKept
from scrub837.x12.source import open_source

_OUTCOMES = {True: "ready", False: "divided"}  # as those of a night


def tell_sent(desk: Desk, ask: Ask) -> Response:
    """Tell the ledger that the file that may go was sent, or that it was not after all."""
    file = batch_file(desk, ask)
    wanted = ask.form.get("sent") == "yes"
    if not desk.judging.ask(file.id):
        return waiting(desk, ask, file)
    try:
        with desk.judging.lock:
            known = sent_of(desk, file.id)
            judged = desk.judging.known(file.id)
            if judged is None:
                return waiting(desk, ask, file)
            with desk.judging.sent_before.writing() as opened:
                ledger = desk.judging.sent_before.must_be_there(opened)
                if wanted and known is None:
                    number = _record(desk, ledger, file, judged)
                    desk.store.note(ask.person, SENT, batch=file.id, detail={"file": number})
                elif not wanted and known is not None:
                    ledger.mark(known.number, State.SEEN, datetime.now(UTC))
                    desk.store.note(ask.person, TAKEN_BACK, batch=file.id, detail={"file": known.number})
    except ScrubError as error:
        return desk.page(ask, "wrong.html.j2", 409, words=str(error), back=f"/batches/{file.id}/files")
    return away(f"/batches/{file.id}/files#written")


def _record(desk: Desk, ledger: Ledger, file: FileKept, judged: Judged) -> int:
    """Enter the batch, and of its claims those that went, as they were in the file that went."""
    path, facts = desk.workspace.out_file(file.id, READY), file.facts.get(WENT)
    if facts is None or not path.is_file():
        raise NotWritten("there is no file that may go: make the files first")
    if judged.report.sent is None:
        raise NotWritten("the batch was judged without the ledger: open its page, then try again")
    went = msgspec.convert(facts, Went)
    if sha256(path.read_bytes()).hexdigest() != went.sha256:
        raise NotWritten("the file that may go was changed since it was written: make the files again")
    job = Job(judged.job.settings, judged.job.reference, judged.job.documentation, ledger)
    rows = [EditionRow.of(one) for one in desk.judging.reference.editions]
    moment = datetime.now(UTC)
    entry = FileEntry(
        run=None,
        name=_label(desk, ledger, file.name),
        settings=settings_digest(judged.job.settings),
        editions=editions_digest(rows),
        outcome=_OUTCOMES[len(went.claims) == judged.report.counts.claims],
        started=moment,
        finished=moment,
        outputs={READY: path.name},
    )
    with closing(open_source(str(path))) as source:
        sent = sent_in(source, job)
    with closing(sent.claims), ledger.database.transaction():
        number = ledger.record(entry, judged.report)
        ledger.mark_published(number, moment, claims=went.claims, sent=sent)
    return number


def _label(desk: Desk, ledger: Ledger, name: str) -> str:
    """What the ledger calls a batch: as ``file-names`` says, for a name may tell of a patient."""
    nightly = desk.settings.nightly
    if nightly is not None and nightly.file_names == "plain":
        return name
    return ledger.label_of(name)
