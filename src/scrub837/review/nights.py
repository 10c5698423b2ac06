"""Nightly runs from the ledger, the tables rules are judged by, and how everything stands."""

from __future__ import annotations

from contextlib import closing
from datetime import date

from starlette.responses import Response

from scrub837.errors import ScrubError
from scrub837.nightly.doctor import Answer, examine
from scrub837.nightly.ledger import ClaimHistory, FileRow, RunRow, open_ledger
from scrub837.results import EditionRow
from scrub837.review.desk import Ask, Desk

RUNS, FILES = 30, 100


def show_nights(desk: Desk, ask: Ask) -> Response:
    """The latest runs and files."""
    runs: list[RunRow] = []
    found: list[FileRow] = []
    wrong, nightly = "", desk.settings.nightly
    if nightly is not None:
        try:
            with closing(open_ledger(nightly.ledger_place(), read_only=True, create=False, wait=2)) as ledger:
                runs, found = ledger.runs(RUNS), ledger.files(FILES)
        except ScrubError as error:
            wrong = str(error)
    return desk.page(
        ask, "nights.html.j2", runs=runs, files=found, wrong=wrong, configured=nightly is not None,
        rules=_rules(desk),
    )  # fmt: skip


def _rules(desk: Desk) -> list[tuple[str, int]]:
    """How many claims of the workspace each rule speaks on, the most frequent first."""
    counts: dict[str, int] = {}
    for rules, number in desk.store.query("SELECT rules, count(*) FROM items GROUP BY rules"):
        for rule in rules.split():
            counts[rule] = counts.get(rule, 0) + number
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:20]


def show_health(desk: Desk, ask: Ask) -> Response:
    """Editions and their age, and what ``scrub837 doctor`` says when it was asked for."""
    answers: list[Answer] = []
    nightly = desk.settings.nightly
    if nightly is not None and ask.query.get("look") == "yes":
        answers = list(examine(desk.settings, nightly))
    editions = [EditionRow.of(one) for one in desk.judging.reference.editions]
    return desk.page(
        ask, "health.html.j2", editions=[(one, _left(one, desk.today)) for one in editions], answers=answers,
        configured=nightly is not None, room=desk.workspace.room(), broken=desk.store.broken(),
    )  # fmt: skip


def _left(edition: EditionRow, today: date) -> str:
    """How long an edition still holds, in words."""
    if edition.starter:
        return "built in, a small part of the tables"
    if edition.effective_to is None:
        return "no end"
    days = (date.fromisoformat(edition.effective_to) - today).days
    if days < 0:
        return f"ended {-days} days ago: load the edition of this quarter"
    return f"{days} days left"


def nights_of(desk: Desk, reference: str) -> list[ClaimHistory]:
    """The files of nightly runs that a claim was in; none without a ledger."""
    if desk.settings.nightly is None:
        return []
    try:
        place = desk.settings.nightly.ledger_place()
        with closing(open_ledger(place, read_only=True, create=False, wait=2)) as ledger:
            return list(ledger.history(reference))
    except ScrubError:
        return []
