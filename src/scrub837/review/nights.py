"""Nightly runs from the ledger, the tables rules are judged by, and how everything stands."""

from __future__ import annotations

from datetime import date
from typing import Any

from starlette.responses import Response

from scrub837.audit.plots import month_plots, reasons_chart, rules_plot
from scrub837.audit.sections import headline, period, tables
from scrub837.errors import ScrubError
from scrub837.nightly.doctor import Answer, examine
from scrub837.nightly.ledger import ClaimHistory, FileRow, RunRow
from scrub837.results import EditionRow
from scrub837.review.desk import Ask, Desk

RUNS, FILES = 30, 100
TILES_HERE = 6  # of an audit without units and minutes


def show_nights(desk: Desk, ask: Ask) -> Response:
    """The latest runs and files, how claims fared, and how everything stands."""
    runs: list[RunRow] = []
    found: list[FileRow] = []
    wrong, nightly = "", desk.settings.nightly
    try:
        with desk.judging.sent_before.reading() as ledger:
            if ledger is not None:
                runs, found = ledger.runs(RUNS), ledger.files(FILES)
    except ScrubError as error:
        wrong = str(error)
    shown = desk.trends.show(asked=ask.query.get("count") == "yes")
    audit = shown.audit
    return desk.page(
        ask,
        "nights.html.j2",
        runs=runs,
        files=found,
        wrong=wrong,
        configured=nightly is not None,
        shown=shown,
        period=period(audit) if audit else "",
        headline=headline(audit)[: None if shown.ledger else TILES_HERE] if audit else [],
        months=month_plots(audit) if audit else [],
        reasons=reasons_chart(audit) if audit else None,
        foresight=rules_plot(audit) if audit else None,
        tables=tables(audit) if audit else [],
        rules=_rules(desk),
        **_standing(desk, ask),
    )


def _rules(desk: Desk) -> list[tuple[str, int]]:
    """How many claims of the workspace each rule speaks on, the most frequent first."""
    counts: dict[str, int] = {}
    for rules, number in desk.store.query("SELECT rules, count(*) FROM items GROUP BY rules"):
        for rule in rules.split():
            counts[rule] = counts.get(rule, 0) + number
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:20]


def show_health(desk: Desk, ask: Ask) -> Response:
    """Editions and their age, and what ``scrub837 doctor`` says when it was asked for."""
    return desk.page(
        ask,
        "health.html.j2",
        configured=desk.settings.nightly is not None,
        room=desk.workspace.room(),
        broken=desk.store.broken(),
        **_standing(desk, ask),
    )


def _standing(desk: Desk, ask: Ask) -> dict[str, Any]:
    """The editions with the days they have left, and the answers of the doctor if he was asked."""
    answers: list[Answer] = []
    nightly = desk.settings.nightly
    if nightly is not None and ask.query.get("look") == "yes":
        answers = list(examine(desk.settings, nightly))
    editions = [EditionRow.of(one) for one in desk.judging.reference.editions]
    return {"editions": [(one, _left(one, desk.today)) for one in editions], "answers": answers}


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
    try:
        with desk.judging.sent_before.reading() as ledger:
            return list(ledger.history(reference)) if ledger is not None else []
    except ScrubError:
        return []
