"""Answers of payers joined to all batches, and what they make of each claim."""

from __future__ import annotations

from contextlib import ExitStack, closing
from dataclasses import replace
from decimal import Decimal
from typing import Any

import msgspec
from starlette.responses import Response

from scrub837.engine import Job
from scrub837.errors import LedgerUnusable, ScrubError, TryLater
from scrub837.nightly.ledger_answers import keep_verdicts
from scrub837.report.words import count
from scrub837.responses.as_json import totals
from scrub837.responses.entries import claim_entry, unknown_entries, work_entry
from scrub837.responses.verdicts import verdicts
from scrub837.responses.working import Work, work
from scrub837.review.answered import Answered
from scrub837.review.arrivals import BATCH, RESPONSE
from scrub837.review.desk import Ask, Desk
from scrub837.review.store import FileKept
from scrub837.x12.source import Source, open_source

_encode = msgspec.json.Encoder(decimal_format="string").encode
_UPDATE = (
    "UPDATE items SET answered = ?, outcome = ?, open_amount = ?, answer = ?, "
    "decision = CASE WHEN answered = ? THEN decision ELSE '' END WHERE batch = ? AND position = ?"
)
_SUMMARY = "answers"  # the name of the totals among the facts kept


def join_answers(desk: Desk, person: str) -> None:
    """Join every answer to the batches; what is not answered is left as it is.

    A claim that was off the list and is answered otherwise than before comes back to it.
    """
    responses = list(reversed(desk.store.files(RESPONSE)))
    batches = readable_batches(desk)
    if not responses or not batches:
        return
    for one in batches:
        desk.judging.ask(one.id)  # so that its claims have their rows
    with ExitStack() as stack:
        opened = [open_kept(desk, one, stack) for one in responses]
        sent = [open_kept(desk, one, stack) for one in batches]
        job = desk.judging.job([one.id for one in batches], stack)
        try:
            done = stack.enter_context(closing(_work(desk, opened, sent, job)))
        except ScrubError as error:
            for one in responses:
                desk.store.set_facts(one.id, {"wrong": str(error)})
            return
        _keep(desk, done, batches, responses, _tell_ledger(desk, done, job))
    desk.store.note(person, "joined answers", detail={"responses": len(responses), "batches": len(batches)})


def readable_batches(desk: Desk) -> list[FileKept]:
    """The batches that can be answered, the oldest first."""
    return [one for one in reversed(desk.store.files(BATCH)) if _is_readable(desk, one)]


def _is_readable(desk: Desk, file: FileKept) -> bool:
    kept = desk.store.batch(file.id)
    return kept is not None and (not kept.judged or kept.facts.get("status") != "refused")


def open_kept(desk: Desk, file: FileKept, stack: ExitStack) -> Source:
    """A file of the workspace, open until ``stack`` is closed."""
    source = stack.enter_context(closing(open_source(str(desk.workspace.file(file.id)))))
    source.name = file.name
    return source


def _work(desk: Desk, opened: list[Source], sent: list[Source], job: Job) -> Work:
    """The answers joined; the ledger says of claims that are not here with which file they went."""
    try:
        with desk.judging.sent_before.reading() as ledger:
            return work(opened, sent, job, ledger=ledger)
    except (LedgerUnusable, TryLater):
        return work(opened, sent, job)


def _tell_ledger(desk: Desk, done: Work, job: Job) -> str:
    """Keep in the ledger what became of its claims, as ``responses --record`` does; gives the words."""
    try:
        with desk.judging.sent_before.writing() as ledger:
            if ledger is None:
                return ""
            known, unknown = keep_verdicts(ledger.database, verdicts(done, replace(job, earlier=ledger)))
    except (LedgerUnusable, TryLater) as error:
        return f"The ledger of nightly runs was not told of it; it is when the next answer comes in: {error}"
    left = f"; it does not know {count(unknown, 'claim')} of these batches" if unknown else ""
    return f"The ledger of nightly runs keeps what became of {count(known, 'claim')}{left}."


def _keep(
    desk: Desk, done: Work, batches: list[FileKept], responses: list[FileKept], ledger_words: str
) -> None:
    items = {item.number: item for item in done.items}
    rows = []
    for number in range(done.sent.count):
        entry, item = claim_entry(done, number), items.get(number)
        if not entry.steps:
            continue  # nobody answered: what we find ourselves is what there is to do
        action = item.action.value if item else "none"
        told = Answered(entry, work_entry(done, item) if item else None)
        amount = int(Decimal(entry.open) * 10000) if item else 0
        rows.append(
            (
                action, entry.outcome, amount, _encode(told).decode(), action, batches[entry.batch].id,
                entry.claim_index,
            )
        )  # fmt: skip
    with desk.store.transaction():
        desk.store.many(_UPDATE, rows)
        for one in batches:
            desk.store.settle(one.id)
        unknown = [msgspec.to_builtins(one) for one in list(unknown_entries(done))[:50]]
        facts = {"totals": totals(done), "unknown": [_plain(one) for one in unknown], "ledger": ledger_words}
        for file, read in zip(responses, done.found.files, strict=True):
            own = {
                "kinds": dict(sorted(read.kinds.items())),
                "others": dict(sorted(read.others.items())),
                "remarks": dict(sorted(read.remarks.items())),
                "cut": read.cut,
            }
            desk.store.set_facts(file.id, own | ({_SUMMARY: facts} if file is responses[-1] else {}))


def _plain(entry: Any) -> dict[str, Any]:
    return {key: entry[key] for key in ("kind", "number", "verdict", "charge", "why")}


def show_answers(desk: Desk, ask: Ask) -> Response:
    """The answers that came, and what they say together."""
    responses = desk.store.files(RESPONSE)
    summary = next((one.facts[_SUMMARY] for one in responses if _SUMMARY in one.facts), None)
    return desk.page(ask, "answers.html.j2", responses=responses, summary=summary)
