"""The worklist: what to do next, over all batches. Filters that name nobody are in the address.

A search by claim, patient, day or code is a form that is posted, so that no patient is in any address.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from scrub837.report.words import count
from scrub837.review.arrivals import BATCH
from scrub837.review.desk import Ask, Desk
from scrub837.review.items import TODO, dollars
from scrub837.review.store import COLUMNS, Item

PAGE = 50  # claims
SORTS = {
    "next": "What to do next",
    "money": "Most money",
    "age": "Oldest service",
    "payer": "Payer",
}
_ORDER = " ".join(f"WHEN '{name}' THEN {rank}" for rank, name in enumerate(TODO))
_SORT = {
    "next": f"CASE todo {_ORDER} ELSE 99 END, worst DESC, amount DESC, batch, position",
    "money": "amount DESC, batch, position",
    "age": "first_day, amount DESC, batch, position",
    "payer": "payer, amount DESC, batch, position",
}
STATES = {
    "open": "To do",
    "hold": "On hold",
    "decided": "Decided",
    "auto": "Corrected by itself",
    "all": "All claims",
}
_STATE = {
    "open": "open",
    "hold": "decision = 'hold'",
    "decided": "decision <> ''",
    "auto": "todo = 'auto'",
    "all": "1 = 1",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """What is shown. The number of a payer stands for its name; ``find`` is only ever posted."""

    state: str
    sort: str
    batch: int
    todo: str
    payer: int
    rule: str
    person: str
    page: int
    find: str

    def address(self, **changes: Any) -> str:
        """The address of the list with other filters; what is searched for is not in it."""
        values = {name: getattr(self, name) for name in self.__slots__ if name != "find"} | changes
        usual = {"state": "open", "sort": "next", "page": 1}
        kept = {key: one for key, one in values.items() if one and one != usual.get(key)}
        return "/work" + (f"?{urlencode(kept)}" if kept else "")


def show_work(desk: Desk, ask: Ask) -> Response:
    """The list."""
    given = {**ask.query, **ask.form}
    payers = [row[0] for row in desk.store.query("SELECT DISTINCT payer FROM items ORDER BY payer")]
    choice = read_choice(given, len(payers))
    where, parameters = _where(choice, payers)
    [(total, amount)] = desk.store.query(
        f"SELECT count(*), coalesce(sum(amount), 0) FROM items WHERE {where}", parameters
    )
    pages = max(1, math.ceil(total / PAGE))
    page = min(choice.page, pages)
    rows = desk.store.query(
        f"SELECT {COLUMNS} FROM items WHERE {where} ORDER BY {_SORT[choice.sort]} LIMIT ? OFFSET ?",
        (*parameters, PAGE, (page - 1) * PAGE),
    )
    rules = set(" ".join(row[0] for row in desk.store.query("SELECT DISTINCT rules FROM items")).split())
    return desk.page(
        ask,
        "work.html.j2",
        choice=choice,
        items=[Item(*row) for row in rows],
        total=total,
        amount=dollars(amount),
        page=page,
        pages=pages,
        payers=payers,
        rules=sorted(rules),
        people=[row[0] for row in desk.store.query("SELECT DISTINCT person FROM items WHERE person <> ''")],
        batches={one.id: one.name for one in desk.store.files(BATCH)},
        by_todo=_by_todo(desk, choice.batch),
        today=desk.today,
        age=_age,
        SORTS=SORTS,
        STATES=STATES,
    )


def read_choice(given: Mapping[str, str], payers: int) -> Choice:
    """What the address and the form ask for; what makes no sense is left out."""
    return Choice(
        given.get("state", "") if given.get("state") in STATES else "open",
        given.get("sort", "") if given.get("sort") in SORTS else "next",
        _number(given.get("batch")),
        given.get("todo", "") if given.get("todo") in TODO else "",
        min(_number(given.get("payer")), payers),
        given.get("rule", "") if re.fullmatch(r"[A-Z]{2,4}\d{3}", given.get("rule", "")) else "",
        given.get("person", "")[:40],
        max(1, _number(given.get("page"))),
        given.get("find", "").strip()[:80],
    )


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 10 else 0


def _where(choice: Choice, payers: list[str]) -> tuple[str, list[object]]:
    where, parameters = [_STATE["all" if choice.find else choice.state]], list[object]()
    if choice.batch:
        where.append("batch = ?")
        parameters.append(choice.batch)
    if choice.todo:
        where.append("todo = ?")
        parameters.append(choice.todo)
    if choice.payer:
        where.append("payer = ?")
        parameters.append(payers[choice.payer - 1])
    if choice.rule:
        where.append("' ' || rules || ' ' LIKE ?")
        parameters.append(f"% {choice.rule} %")
    if choice.person:
        where.append("person = ?")
        parameters.append(choice.person)
    for word in choice.find.split():
        where.append(
            "(reference LIKE ? ESCAPE '\\' OR patient LIKE ? ESCAPE '\\' OR member LIKE ? ESCAPE '\\' "
            "OR first_day <= ? AND last_day >= ? OR ' ' || codes || ' ' LIKE ? ESCAPE '\\')"
        )
        plain = word.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
        day = _day(word)
        parameters += [f"%{plain}%"] * 3 + [day or "", day or "9"] + [f"% {plain.upper()} %"]
    return " AND ".join(where), parameters


def _day(word: str) -> str | None:
    """``2026-11-02`` of a day as people write it."""
    for pattern, order in ((r"(\d{4})-(\d\d?)-(\d\d?)", (1, 2, 3)), (r"(\d\d?)/(\d\d?)/(\d{4})", (3, 1, 2))):
        if match := re.fullmatch(pattern, word):
            try:
                return date(*(int(match[n]) for n in order)).isoformat()
            except ValueError:
                return None
    return None


def _by_todo(desk: Desk, batch: int) -> list[tuple[str, int, Any]]:
    """How many claims and how much money wait for each thing to do."""
    where, parameters = ("AND batch = ?", [batch]) if batch else ("", [])
    rows = desk.store.query(
        f"SELECT todo, count(*), sum(amount) FROM items WHERE open {where} GROUP BY todo", parameters
    )
    found = {todo: (todo, number, dollars(amount)) for todo, number, amount in rows}
    return [found[todo] for todo in TODO if todo in found]


def _age(day: str, today: date) -> str:
    """How long ago a day was."""
    try:
        days = (today - date.fromisoformat(day)).days
    except ValueError:
        return ""
    return f"{count(days, 'day')} ago" if days >= 0 else f"in {count(-days, 'day')}"


def next_claim(desk: Desk, item: Item) -> Item | None:
    """The next claim to do in the same batch, else anywhere."""
    for where, parameters in (
        ("batch = ? AND position <> ?", (item.batch, item.position)),
        ("NOT (batch = ? AND position = ?)", (item.batch, item.position)),
    ):
        found = desk.store.items(f"open AND {where}", parameters, f"ORDER BY {_SORT['next']} LIMIT 1")
        if found:
            return found[0]
    return None
