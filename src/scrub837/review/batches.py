"""The first page, what is brought in, and a batch with its verdict and counts."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import BinaryIO

from starlette.responses import Response

from scrub837.report.explained import explanations
from scrub837.report.html_view import FileView
from scrub837.report.overview import editions_used, only_starter
from scrub837.results import EditionRow
from scrub837.review.answers import join_answers
from scrub837.review.arrivals import BATCH, LOG, RESPONSE, NotTaken, shown_name, take
from scrub837.review.desk import Ask, Desk, away
from scrub837.review.files_out import came_back, written
from scrub837.review.named_batch import batch_file, waiting


def home(desk: Desk, ask: Ask) -> Response:
    """What is here, and how to bring something in."""
    batches = [(file, desk.store.batch(file.id)) for file in desk.store.files(BATCH)]
    return desk.page(
        ask,
        "home.html.j2",
        batches=batches,
        responses=desk.store.files(RESPONSE),
        logs=desk.store.files(LOG),
        offered=desk.workspace.offered(),
        open_items=_open_items(desk),
        wrong=_WRONG.get(ask.query.get("wrong", ""), ""),
    )


_WRONG = {"gone": "That file is not there any more."}


def _open_items(desk: Desk) -> dict[int, int]:
    return dict(desk.store.query("SELECT batch, count(*) FROM items WHERE open GROUP BY batch"))


def _answered_items(desk: Desk, batch: int) -> int:
    """Claims to be worked for what a payer answered."""
    where = "batch = ? AND open AND answered NOT IN ('', 'none')"
    return int(desk.store.query(f"SELECT count(*) FROM items WHERE {where}", (batch,))[0][0])


class _View(FileView):
    """A batch as the report shows it, in words of this page."""

    @property
    def corrections(self) -> list[str]:
        return [_ASKED.sub("see Files to send", one) for one in super().corrections]


_ASKED = re.compile(r"\w+ be written with --corrected PATH( --apply documented)?")


def bring(desk: Desk, ask: Ask) -> Response:
    """Files from the browser."""
    if not ask.uploads:
        return desk.page(ask, "wrong.html.j2", 400, words="Choose a file first.", back="/")
    return _taken(desk, ask, ask.uploads)


def pick(desk: Desk, ask: Ask) -> Response:
    """A file from the folder ``incoming``. It is copied; the one that is there stays."""
    path = desk.workspace.find_offered(ask.form.get("key", ""))
    if path is None:
        return away("/?wrong=gone")
    try:
        # what took the place of the file since it was looked at is neither followed nor waited for
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return away("/?wrong=gone")
    with os.fdopen(handle, "rb") as stream:
        return _taken(desk, ask, [(path.name, stream)])


def _taken(desk: Desk, ask: Ask, given: Sequence[tuple[str, BinaryIO]]) -> Response:
    wanted = ask.form.get("batch", "")
    number = int(wanted) if wanted.isascii() and wanted.isdecimal() and len(wanted) < 10 else 0
    batch = number if desk.store.batch(number) else None
    kept, wrong = [], []
    for name, stream in given:
        try:
            kept.append(take(desk, ask.person, name, stream, batch))
        except NotTaken as error:
            wrong.append(f"{shown_name(name)}: {error}" if len(given) > 1 else str(error))
    if any(one.kind == RESPONSE for one in kept):
        join_answers(desk, ask.person)
    if wrong:
        return desk.page(ask, "wrong.html.j2", 400, words="; ".join(wrong), back="/")
    batches = [one.batch or one.id for one in kept if one.kind != RESPONSE]
    if not batches or len(batches) < len(kept):
        return away("/answers")
    desk.judging.ask(batches[-1])
    return away(f"/batches/{batches[-1]}" if len(batches) == 1 else "/")


def show_batch(desk: Desk, ask: Ask) -> Response:
    """A batch: verdict, counts against what it declares, what was found on it, what to do next."""
    file = batch_file(desk, ask)
    desk.judging.refresh(file.id)
    done = desk.judging.look(file.id)
    with desk.judging.lock:
        judged = desk.judging.known(file.id)
        if judged is None:
            return waiting(desk, ask, file)
        report = judged.report
        editions = [EditionRow.of(one) for one in desk.judging.reference.editions]
        return desk.page(
            ask,
            "batch.html.j2",
            kept=file,
            file=_View(report, 1),
            rules=explanations([report]),
            starter=only_starter(editions),
            used=editions_used(editions),
            logs=desk.store.files(LOG, file.id),
            busy=not done,
            open_items=_open_items(desk).get(file.id, 0),
            came_back_items=_answered_items(desk, file.id),
            sent_before=any(report.found.name[n] == "batch-sent-before" for n in report.standing),
            written=written(desk, file.id),
            again=came_back(desk, file.id),
        )


def poll(desk: Desk, ask: Ask) -> Response:
    """Whether a batch is judged: a piece of a page."""
    file = batch_file(desk, ask)
    done = desk.judging.ask(file.id, 0)
    return desk.page(ask, "busy.html.j2", kept=file, busy=not done, asked=True)
