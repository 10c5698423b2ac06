"""A claim with all that is known of it, and what a person decides."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import msgspec
from starlette.responses import Response

from scrub837.claims.intervals import MODES, ROLES, Interval
from scrub837.claims.timelog import open_time_log
from scrub837.findings import Finding
from scrub837.report.explained import Explanation, explanations
from scrub837.report.html_view import claim_view
from scrub837.report.words import clean
from scrub837.responses.as_words import pair_words, reason_words, units_words
from scrub837.results import FileReport
from scrub837.review import decisions
from scrub837.review.answered import Answered
from scrub837.review.clock import days_drawn
from scrub837.review.decisions import NotDecided
from scrub837.review.desk import Ask, Desk, NotThere, away
from scrub837.review.judging import Judged
from scrub837.review.named_batch import batch_file, waiting
from scrub837.review.nights import nights_of
from scrub837.review.pairs import pairs_of
from scrub837.review.store import Conflict, FileKept, Item
from scrub837.review.worklist import next_claim
from scrub837.waivers import waivable

MOST_SEGMENTS = 400
AGAIN = ("fix", "send-again", "replace")  # answers after which a claim is made anew


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a segment; ``marked`` where a finding is."""

    text: str
    marked: bool


def show_claim(desk: Desk, ask: Ask) -> Response:
    """The page of a claim."""
    file = batch_file(desk, ask)
    return _page(desk, ask, file, desk.judging.look(file.id))


def _page(desk: Desk, ask: Ask, file: FileKept, done: bool, wrong: str = "", status: int = 200) -> Response:
    position = ask.number("position")
    with desk.judging.lock:
        judged, item = desk.judging.known(file.id), desk.store.item(file.id, position)
        if judged is None:
            return waiting(desk, ask, file)
        if item is None:
            raise NotThere
        report = judged.report
        view = claim_view(report, position)
        findings = [one.finding for card in (*view.cards, *view.more) for one in card.items]
        answered = msgspec.json.decode(item.answer, type=Answered) if item.answer else None
        return desk.page(
            ask,
            "claim_page.html.j2",
            status,
            kept=file,
            item=item,
            view=view,
            rules=_rules(report, view.codes),
            days=days_drawn(_intervals(desk, judged, item, findings), item.reference),
            pairs=[pair_words(one) for one in pairs_of(judged, position)],
            segments=list(_segments(report, position, findings)),
            waivable=[one for one in findings if one.waived is None and waivable(one)],
            standing=decisions.standing(desk.store, file.id, position),
            trail=desk.store.trail("batch = ? AND position = ?", (file.id, position), 100),
            others=desk.store.items(
                "reference = ? AND NOT (batch = ? AND position = ?)",
                (item.reference, file.id, position),
                "ORDER BY batch DESC LIMIT 20",
            ),
            nights=nights_of(desk, item.reference),
            answered=answered,
            reasons=_reasons(answered),
            next=next_claim(desk, item),
            again=bool(item.open) and item.answered in AGAIN,
            busy=not done,
            wrong=wrong,
            modes=MODES,
            roles=ROLES,
            form=ask.form,
            holds=any(one.severity.holds and one.waived is None for one in findings),
        )


def _rules(report: FileReport, codes: tuple[str, ...]) -> dict[str, Explanation]:
    return {code: one for code, one in explanations([report]).items() if code in codes}


def _reasons(answered: Answered | None) -> list[tuple[str, str, str]]:
    """What was said, what our rules say of it, and what the record makes of it."""
    if answered is None or answered.work is None:
        return []
    told = [(reason_words(one), one.words, one.advice) for one in answered.work.reasons]
    told += [(pair_words(one), "", one.advice) for one in answered.work.pairs]
    return told + [(units_words(one), "", "") for one in answered.work.units]


def _intervals(desk: Desk, judged: Judged, item: Item, findings: list[Finding]) -> list[Interval]:
    """What is documented for the claim and for others beside it: of its patient's day, or named with it."""
    beside = desk.store.items(
        "batch = ? AND member = ? AND member <> '' AND first_day <= ? AND last_day >= ?",
        (item.batch, item.member, item.last_day, item.first_day),
        "LIMIT 12",
    )
    named = [place.claim for one in findings for place in one.related if place.claim]
    claims = list(dict.fromkeys([item.reference, *(one.reference for one in beside), *named]))[:24]
    found: list[Interval] = []
    for path in desk.judging.logs(judged.batch):
        with closing(open_time_log(path)) as log:
            found += [row for claim in claims for row in log.rows_of(claim) if isinstance(row, Interval)]
    return found


def _segments(report: FileReport, position: int, findings: list[Finding]) -> Iterator[list[Piece]]:
    """The segments of a claim as sent, from its subscriber on, other claims in between left out."""
    if report.original is None:
        return
    start, _, end = report.places[3 * position - 3 : 3 * position]
    found = list(report.original.segments(start, end))
    claims = [n for n, one in enumerate(found) if one.elements[0] == "CLM"]
    kept = found[: claims[0]] + found[claims[-1] :] if claims else found
    places = [
        (place.start, place.end)
        for one in findings
        for place in (one.location,)
        if place.start is not None and place.end is not None and place.end > place.start
    ]
    for segment in kept[:MOST_SEGMENTS]:
        cuts = sorted(
            (max(a, segment.start) - segment.start, min(b, segment.end) - segment.start)
            for a, b in places
            if a < segment.end and b > segment.start and b - a < 400
        )
        yield list(_pieces(segment.text, cuts))


def _pieces(text: str, cuts: list[tuple[int, int]]) -> Iterator[Piece]:
    at = 0
    for start, end in cuts:
        if end <= at:
            continue
        if max(start, at) > at:
            yield Piece(clean(text[at:start]), marked=False)
        yield Piece(clean(text[max(start, at) : end]), marked=True)
        at = end
    if at < len(text):
        yield Piece(clean(text[at:]), marked=False)


# --- decisions ---------------------------------------------------------------------------------------


def decide_claim(desk: Desk, ask: Ask) -> Response:
    """Keep what was decided, have the batch judged again, and show the claim as it stands then."""
    file, position = batch_file(desk, ask), ask.number("position")
    item = desk.store.item(file.id, position)
    if item is None:
        raise NotThere
    version = ask.form.get("version", "")
    version_number = int(version) if version.isdecimal() and len(version) < 10 else -1
    try:
        if ask.form.get("what") == "undo":
            entry = ask.form.get("entry", "")
            wanted = int(entry) if entry.isdecimal() and len(entry) < 18 else -1
            decisions.undo(desk.kept, ask.person, item, version_number, wanted)
        else:
            what, detail = _wish(desk, ask, item)
            decisions.decide(desk.kept, ask.person, item, version_number, what, detail)
    except Conflict:
        since = desk.store.trail("batch = ? AND position = ?", (file.id, position), 5)
        fresh = desk.store.item(file.id, position)
        return desk.page(ask, "conflict.html.j2", 409, kept=file, item=fresh, since=since, form=ask.form)
    except NotDecided as error:
        return _page(desk, ask, file, True, str(error), 400)
    desk.judging.ask(file.id)
    onward = next_claim(desk, item) if ask.form.get("go") == "next" else None
    if onward is not None:
        return away(f"/batches/{onward.batch}/claims/{onward.position}")
    return away(f"/batches/{file.id}/claims/{position}#decisions")


def _wish(desk: Desk, ask: Ask, item: Item) -> tuple[str, dict[str, object]]:
    """What the form asks for. Raises ``NotDecided``."""
    what = ask.form.get("what", "")
    if what in (decisions.CORRECTED, decisions.HOLD, decisions.DONE):
        return what, {"reason": decisions.reason_of(ask.form, needed=what == decisions.HOLD)}
    if what == decisions.TAKE:
        return what, {}
    with desk.judging.lock:
        judged = desk.judging.known(item.batch)
        if judged is None:
            raise NotDecided("the batch is being judged: wait a moment and try again")
        report = judged.report
        if what == decisions.WAIVE:
            finding = _finding(report, item.position, ask.form.get("finding", ""))
            return what, decisions.waive(ask.form, finding, ask.person, desk.today)
        if what == decisions.ATTEST:
            return what, decisions.attest(ask.form, report.claim(item.position), ask.person)
        if what == decisions.AS_IS:
            return what, decisions.as_is(ask.form, report, item.position, ask.person, desk.today)
    raise NotDecided("choose what to do")


def _finding(report: FileReport, position: int, fingerprint: str) -> Finding | None:
    for number in report.order:
        if report.found.claim[number] == position and report.fingerprint(number) == fingerprint:
            return report.finding(number)
    return None
