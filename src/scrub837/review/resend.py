"""Claims that came back, made anew to be sent: shown first, then written, as ``scrub837 resubmit`` does."""

from __future__ import annotations

import tempfile
from collections.abc import Collection
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from starlette.responses import Response

from scrub837.engine import Job
from scrub837.errors import ScrubError
from scrub837.findings import Safety
from scrub837.nightly import ledger_answers
from scrub837.nightly.ledger_answers import made_before
from scrub837.report.words import clean, count, money
from scrub837.responses.codes import Action
from scrub837.responses.verdicts import keys_of
from scrub837.responses.working import Work, work
from scrub837.resubmit.build import Made
from scrub837.resubmit.choose import Wish
from scrub837.resubmit.record import Summary
from scrub837.resubmit.run import Book, resubmit
from scrub837.review import decisions
from scrub837.review.answers import open_kept, readable_batches
from scrub837.review.arrivals import BATCH, RESPONSE
from scrub837.review.claim_page import AGAIN
from scrub837.review.desk import Ask, Desk, away
from scrub837.review.files_out import RESUBMIT, NotWritten
from scrub837.review.named_batch import batch_file, waiting
from scrub837.review.store import Conflict, FileKept, Item
from scrub837.x12.outline import read_outline
from scrub837.x12.source import open_source

_ALREADY = "already"
_LEFT = {_ALREADY: "it was made anew before, as the ledger tells"}
HIGHEST = 999_999_999
SHOWN = 200


@dataclass(frozen=True, slots=True)
class Went:
    """A claim of the new file."""

    position: int
    claim: str
    kind: str
    told: str


@dataclass(frozen=True, slots=True)
class Changed:
    """A correction in it."""

    where: str
    before: str
    after: str


def show_resend(desk: Desk, ask: Ask) -> Response:
    """What would be in the new file. It is made whole, in a folder that is gone at once."""
    file = batch_file(desk, ask)
    if not desk.judging.ask(file.id):
        return waiting(desk, ask, file)
    number, again = next_number(desk), ask.query.get("again") == "yes"
    wrong, summary = "", Summary(Safety.DOCUMENTED, ())
    with tempfile.TemporaryDirectory(prefix="scrub837-") as folder:
        try:
            summary = _make(desk, file, Path(folder) / "shown.837", number, again=again, keep=False)
        except ScrubError as error:
            wrong = str(error)
    changed = [
        Changed(
            clean(
                ", ".join(dict.fromkeys(f"{one.code} claim {one.place.claim or '?'}" for one in splice.by))
            ),
            clean(splice.before),
            clean(splice.after),
        )
        for made in summary.files
        for splice in made.splices
    ]
    return desk.page(
        ask,
        "resend.html.j2",
        kept=file,
        wrong=wrong,
        number=number,
        went=_went(summary),
        changed=changed[:SHOWN],
        left=[(clean(one.claim), one.index, _LEFT.get(one.why, one.words)) for one in summary.left_out],
        again=again,
        made_before=any(one.why == _ALREADY for one in summary.left_out),
        charge=sum((made.charge for made in summary.files), start=0),
    )


def make_resend(desk: Desk, ask: Ask) -> Response:
    """Write the new file; its claims are off the list until somebody takes that back."""
    file, text = batch_file(desk, ask), ask.form.get("number", "")
    if not (text.isascii() and text.isdecimal() and 0 < int(text[:10]) <= HIGHEST):
        return _failed(desk, ask, file, "the control number is a number of up to nine digits")
    if not desk.judging.ask(file.id):
        return waiting(desk, ask, file)
    try:
        target = desk.workspace.out_file(file.id, RESUBMIT)
        target.unlink(missing_ok=True)
        summary = _make(desk, file, target, int(text), again=ask.form.get("again") == "yes", keep=True)
        if not summary.written:
            raise NotWritten("no claim is left that may be sent again: see why on the page")
    except ScrubError as error:
        return _failed(desk, ask, file, str(error))
    last = max(int(one.numbers.interchange) for one in summary.written)
    charge = sum((made.charge for made in summary.files), start=0)
    told = f"{count(len(summary.written), 'claim')}, {money(str(charge))}"
    desk.store.note(ask.person, "made claims anew", batch=file.id, detail={RESUBMIT: told, "number": last})
    for one in _went(summary):
        _close(desk, ask.person, file.id, one)
    return away(f"/batches/{file.id}/files#written")


def _close(desk: Desk, person: str, batch: int, one: Went) -> None:
    """Take a claim off the list; where somebody decided on it meanwhile, that stands."""
    item = desk.store.item(batch, one.position)
    if item is not None and not item.decision:
        try:
            decisions.decide(
                desk.kept, person, item, item.version, decisions.DONE, {"reason": f"made anew ({one.told})"}
            )
        except Conflict:
            return


def _failed(desk: Desk, ask: Ask, file: FileKept, words: str) -> Response:
    return desk.page(ask, "wrong.html.j2", 409, words=words, back=f"/batches/{file.id}/resend")


def to_send(desk: Desk, batch: int) -> list[Item]:
    """The claims of a batch that came back, are to be sent again and are not decided otherwise."""
    marks = ", ".join("?" * len(AGAIN))
    return desk.store.items(f"batch = ? AND open AND answered IN ({marks})", (batch, *AGAIN))


@dataclass(slots=True)
class _Shown(Book):
    """A ledger that is asked what was made anew before, and told nothing: for a file that is only shown."""

    def open(self, work: Work, job: Job) -> set[int]:
        self.keys = dict(keys_of(work.sent, job))
        known = {key for key, _ in made_before(self.ledger.database, self.keys.values())}
        return {number for number, key in self.keys.items() if key in known}

    def keep(self, made: Made) -> None:
        """Nothing is kept."""

    def forget(self, made: Made) -> None:
        """Nothing was kept."""


def _make(desk: Desk, file: FileKept, target: Path, number: int, *, again: bool, keep: bool) -> Summary:
    """The file of the claims that are to be sent again, and no others.

    All batches are there to be answered: what one of them was told is not taken for an answer to another.
    """
    positions = {one.position for one in to_send(desk, file.id)}
    if not positions:
        return Summary(Safety.DOCUMENTED, ())
    before = desk.judging.sent_before
    batches = readable_batches(desk)
    with ExitStack() as stack:
        answers = [open_kept(desk, one, stack) for one in reversed(desk.store.files(RESPONSE))]
        sent = [open_kept(desk, one, stack) for one in batches]
        job = desk.judging.job([file.id], stack)
        done = stack.enter_context(closing(work(answers, sent, job)))
        first = done.sent.batches[[one.id for one in batches].index(file.id)].first
        wanted = {first + position - 1 for position in positions}
        ledger = stack.enter_context(before.writing() if keep else before.reading())
        book = (Book if keep else _Shown)(ledger, datetime.now(UTC)) if ledger is not None else None
        summary = resubmit(
            _only(done, wanted), Wish(again=again), replace(job, earlier=ledger), [target] * len(batches),
            safety=Safety.DOCUMENTED, number=number, book=book,
        )  # fmt: skip
    summary.left_out[:] = [one for one in summary.left_out if one.number in wanted]
    return summary


def _only(done: Work, wanted: Collection[int]) -> Work:
    """The same work, in which all other claims wait."""
    items = [
        one if one.number in wanted else msgspec.structs.replace(one, action=Action.WAIT)
        for one in done.items
    ]
    return replace(done, items=items)


def _went(summary: Summary) -> list[Went]:
    return [
        Went(
            one.choice.index,
            clean(one.choice.claim),
            one.choice.kind.value,
            f"{one.choice.kind.value}, interchange {one.numbers.interchange}"
            + (f", corrected: {', '.join(one.corrected)}" if one.corrected else "")
            + ("; what was objected to is unchanged" if one.unchanged else ""),
        )
        for one in summary.written
    ]


def next_number(desk: Desk) -> int:
    """The first control number nobody used: after those of the batches here, of what was made of them, and of
    what the ledger knows of the same senders and receivers.
    """
    used, parties = [0], set[tuple[str, str]]()
    for file in desk.store.files(BATCH):
        with closing(open_source(str(desk.workspace.file(file.id)))) as source:
            for one in read_outline(source).interchanges:
                parties.add((one.isa.at(6), one.isa.at(8)))
                text = one.isa.at(13).strip()
                used += [int(text)] if text.isascii() and text.isdecimal() and len(text) < 10 else []
    used += [int(one.detail["number"]) for one in desk.store.trail("what = 'made claims anew'", (), 1000)]
    with suppress(ScrubError), desk.judging.sent_before.reading() as ledger:
        if ledger is not None:
            used.append(ledger_answers.next_number(ledger.database, parties) - 1)
    return min(HIGHEST, max(used) + 1)
