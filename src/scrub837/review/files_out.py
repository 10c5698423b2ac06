"""Files to send: what will change, shown segment by segment; then written by the engine that proves it."""

from __future__ import annotations

import io
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import msgspec
from starlette.responses import FileResponse, Response

from scrub837.engine import Job
from scrub837.errors import ScrubError
from scrub837.findings import Safety
from scrub837.fixes.publish import journal_of
from scrub837.fixes.split import Split, split
from scrub837.fixes.write import correct, preview
from scrub837.report.diff import write_diff
from scrub837.report.survey import survey
from scrub837.report.words import count, money
from scrub837.review.decisions import STAYING
from scrub837.review.desk import Ask, Desk, NotThere, away
from scrub837.review.judging import Judged
from scrub837.review.named_batch import batch_file, waiting
from scrub837.review.sent_before import AWAY
from scrub837.x12.source import open_source

CORRECTED, READY, HELD, RESUBMIT = "corrected", "ready", "held", "resubmit"
KINDS = {
    READY: "Ready to send",
    HELD: "Held back",
    CORRECTED: "Corrected, all claims",
    RESUBMIT: "To send again",
}
SHOWN = 200  # changes on the page
SENT, TAKEN_BACK = "sent", "not sent"  # entries of the trail


WENT = "went"  # its name among the facts kept of a batch


class Went(msgspec.Struct, frozen=True):
    """The claims of the file that may go, by their index, and its SHA-256."""

    claims: list[int]
    sha256: str


@dataclass(frozen=True, slots=True)
class Out:
    """A file that was written."""

    kind: str
    title: str
    bytes: int
    told: str


def written(desk: Desk, batch: int) -> list[Out]:
    """The files that were made of a batch, as the trail tells."""
    found = []
    for kind, title in KINDS.items():
        path = desk.workspace.out_file(batch, kind)
        what = "made claims anew" if kind == RESUBMIT else "wrote files"
        entries = desk.store.trail("batch = ? AND what = ?", (batch, what), 1)
        if path.exists() and entries and kind in entries[0].detail:
            found.append(Out(kind, title, path.stat().st_size, entries[0].detail[kind]))
    return found


@dataclass(frozen=True, slots=True)
class Sent:
    """That the file that may go was sent, as somebody said. ``number`` is its own in the ledger."""

    person: str
    when: str
    number: int


def sent_of(desk: Desk, batch: int) -> Sent | None:
    """Whether the file of a batch was sent, as it was written last."""
    for entry in desk.store.trail(
        "batch = ? AND what IN (?, ?, 'wrote files')", (batch, SENT, TAKEN_BACK), 1
    ):
        if entry.what == SENT:
            return Sent(entry.person, entry.when, int(entry.detail["file"]))
    return None


def show_files(desk: Desk, ask: Ask) -> Response:
    """What would be written."""
    file = batch_file(desk, ask)
    safety = Safety.DOCUMENTED if ask.query.get("apply", "documented") == "documented" else Safety.SAFE
    desk.judging.refresh(file.id)
    if not desk.judging.ask(file.id):
        return waiting(desk, ask, file)
    with desk.judging.lock:
        judged = desk.judging.known(file.id)
        if judged is None:
            return waiting(desk, ask, file)
        wrong = ""
        changes: list[Change] = []
        try:
            with desk.judging.asking(judged) as job:
                splices = preview(judged.source, judged.report, job, safety)
            out = io.BytesIO()
            write_diff(judged.report, splices, out, colour=False)
            changes = list(_changes(out.getvalue().decode("utf-8", "replace")))
        except ScrubError as error:
            wrong = str(error)
        return desk.page(
            ask,
            "files.html.j2",
            kept=file,
            safety=safety.value,
            changes=changes[:SHOWN],
            more=max(0, len(changes) - SHOWN),
            again=came_back(desk, file.id),
            staying=len(_staying(desk, file.id)),
            written=written(desk, file.id),
            ledger=desk.judging.sent_before.is_there,
            away=judged.stamp == AWAY,
            holds_file=survey(judged.report).holds_file,
            sent=sent_of(desk, file.id),
            may_go=WENT in file.facts,
            wrong=wrong,
        )


@dataclass(slots=True)
class Change:
    """A segment before and after, with the place and the rules in words."""

    where: str
    before: list[str]
    after: list[str]


def _changes(diff: str) -> list[Change]:
    found: list[Change] = []
    for line in diff.split("\n")[2:]:
        if line.startswith("@@"):
            found.append(Change(line.strip("@ ").replace(" @@ ", ": "), [], []))
        elif line and found:
            (found[-1].before if line[0] == "-" else found[-1].after).append(line[1:])
    return found


def make_files(desk: Desk, ask: Ask) -> Response:
    """Write the corrected file, and from it what may go and what stays, each proved."""
    file = batch_file(desk, ask)
    safety = Safety.DOCUMENTED if ask.form.get("apply") == "documented" else Safety.SAFE
    desk.judging.refresh(file.id)
    if not desk.judging.ask(file.id):
        return waiting(desk, ask, file)
    with desk.judging.lock:
        judged = desk.judging.known(file.id)
        if judged is None:
            return waiting(desk, ask, file)
        try:
            told = _write(desk, judged, safety)
        except ScrubError as error:
            return desk.page(ask, "wrong.html.j2", 409, words=str(error), back=f"/batches/{file.id}/files")
    desk.store.note(ask.person, "wrote files", batch=file.id, detail=told | {"apply": safety.value})
    return away(f"/batches/{file.id}/files?apply={safety.value}#written")


def _write(desk: Desk, judged: Judged, safety: Safety) -> dict[str, str]:
    targets = {kind: desk.workspace.out_file(judged.batch, kind) for kind in (CORRECTED, READY, HELD)}
    for path in (*targets.values(), journal_of(targets[CORRECTED])):
        path.unlink(missing_ok=True)  # of an earlier time, and no longer what the page shows
    desk.store.set_facts(judged.batch, {})
    with desk.judging.asking(judged) as job:
        told, parts = _correct_and_split(desk, judged, job, targets, safety)
    if parts.refused:
        raise NotWritten(f"it was not divided: {parts.refused}")
    for kind, side in ((READY, parts.ready), (HELD, parts.held)):
        if side.target is not None:
            told[kind] = f"{count(len(side.claims), 'claim')}, {money(side.charge)}"
    if parts.ready.target is not None:
        went = Went(list(parts.ready.claims), parts.ready.sha256)
        desk.store.set_facts(judged.batch, {WENT: msgspec.to_builtins(went)})
    return told


def _correct_and_split(
    desk: Desk, judged: Judged, job: Job, targets: Mapping[str, Path], safety: Safety
) -> tuple[dict[str, str], Split]:
    report, ready, held = judged.report, targets[READY], targets[HELD]
    try:
        done = correct(judged.source, report, job, targets[CORRECTED], safety, keep=True)
    finally:
        report.applied, report.unapplied_reason = frozenset(), {}  # the report stays that of the input
    if done.target is None:
        raise NotWritten(f"the file is {report.status}: nothing can be written of it")
    told = {
        CORRECTED: f"{count(report.counts.claims, 'claim')}, {count(len(done.applied), 'correction')} made"
    }
    staying = _staying(desk, judged.batch)
    if done.after is None:
        return told, split(judged.source, report, job, ready, held, kept_back=staying)
    with closing(done.after), closing(open_source(str(done.target))) as corrected:
        return told, split(corrected, done.after, job, ready, held, kept_back=staying)


class NotWritten(ScrubError):
    """Files that could not be written, and why."""


def came_back(desk: Desk, batch: int) -> int:
    """How many claims of a batch are to be sent again."""
    return int(
        desk.store.query(
            "SELECT count(*) FROM items "
            "WHERE batch = ? AND open AND answered IN ('fix', 'send-again', 'replace')",
            (batch,),
        )[0][0]
    )


def _staying(desk: Desk, batch: int) -> list[int]:
    marks = ", ".join("?" * len(STAYING))
    rows = desk.store.query(
        f"SELECT position FROM items WHERE batch = ? AND decision IN ({marks})", (batch, *STAYING)
    )
    return [position for (position,) in rows]


def send_file(desk: Desk, ask: Ask) -> Response:
    """A file that was written, to be saved."""
    file, kind = batch_file(desk, ask), str(ask.path["kind"])
    path: Path = desk.workspace.out_file(file.id, kind) if kind in KINDS else Path()
    if kind not in KINDS or path.is_symlink() or not path.is_file():
        raise NotThere
    desk.store.note(ask.person, "saved file", batch=file.id, detail={"kind": kind})
    return FileResponse(path, media_type="application/octet-stream", filename=path.name)
