"""What people decide of a claim. Each decision is an entry of the trail; waivers and attested times follow
from the entries that stand, and the engine reads them as it reads any other waiver file and log.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from scrub837.claims.intervals import COLUMNS, MODES, ROLES, BadRow, RowReader
from scrub837.config import Waiver
from scrub837.errors import ScrubError
from scrub837.findings import Finding
from scrub837.report.survey import DENY
from scrub837.results import ClaimRow, FileReport, LineRow
from scrub837.review.store import Entry, Item, Store, now
from scrub837.review.workspace import Workspace
from scrub837.waivers import HEAD, NUMBERED, as_toml, waivable, waiver_for

WAIVE, ATTEST, AS_IS, CORRECTED, HOLD, DONE, TAKE = (
    "waive", "attest", "as-is", "corrected", "hold", "done", "take",
)  # fmt: skip
CLOSING = (AS_IS, CORRECTED, HOLD, DONE)  # the claim is off the list until that is undone
STAYING = (CORRECTED, HOLD)  # the claim stays out of the file that is sent
JUDGED_BY = (WAIVE, ATTEST, AS_IS)  # decisions that the engine is told of
KINDS = (WAIVE, ATTEST, *CLOSING, TAKE)
WORDS = {
    WAIVE: "waived",
    ATTEST: "attested treatment time",
    AS_IS: "decided to send it as it is",
    CORRECTED: "corrected it at the source",
    HOLD: "put it on hold",
    DONE: "worked it",
    TAKE: "took it",
    "undo": "took back",
    "sent": "said that the file was sent",
    "not sent": "said that the file was not sent",
}
_AS_IS_FOR = timedelta(days=30)
_READER = RowReader({name: at for at, name in enumerate(COLUMNS)})
_LONGEST = 400  # characters of a reason
_STANDS = "id NOT IN (SELECT undoes FROM trail WHERE undoes IS NOT NULL)"


class NotDecided(ScrubError):
    """What was filled in cannot be used; the text says what to fill in."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Where decisions are kept."""

    store: Store
    workspace: Workspace


def standing(store: Store, batch: int, position: int | None = None) -> list[Entry]:
    """The decisions that stand on a batch or one of its claims, the newest first."""
    where, more = ("AND position = ?", (position,)) if position is not None else ("", ())
    kinds = ", ".join("?" * len(KINDS))
    return store.trail(
        f"batch = ? {where} AND what IN ({kinds}) AND {_STANDS}", (batch, *more, *KINDS), 100_000
    )


def decide(at: Kept, person: str, item: Item, version: int, what: str, detail: Mapping[str, object]) -> None:
    """Keep a decision. Raises ``Conflict`` when somebody decided on the claim since ``version``."""
    with at.store.transaction():
        at.store.raise_version(item.batch, item.position, version)
        at.store.note(
            person, what, batch=item.batch, position=item.position, reference=item.reference, detail=detail
        )
        _follow(at, item, what)


def undo(at: Kept, person: str, item: Item, version: int, entry: int) -> None:
    """Take a decision back. Raises ``Conflict``, or ``NotDecided`` when it does not stand any more."""
    with at.store.transaction():
        at.store.raise_version(item.batch, item.position, version)
        stands = {one.id: one for one in standing(at.store, item.batch, item.position)}
        if entry not in stands:
            raise NotDecided("that was taken back already")
        at.store.note(
            person, "undo", batch=item.batch, position=item.position, reference=item.reference,
            detail={"of": stands[entry].what}, undoes=entry,
        )  # fmt: skip
        _follow(at, item, stands[entry].what)


def _follow(at: Kept, item: Item, what: str) -> None:
    """What follows from the decisions that stand: the row, the waivers, the log, and what is judged again."""
    own = standing(at.store, item.batch, item.position)
    closing = next((one.what for one in own if one.what in CLOSING), "")
    taken = next((one.person for one in own if one.what == TAKE), "")
    at.store.query(
        "UPDATE items SET decision = ?, person = ? WHERE batch = ? AND position = ?",
        (closing, taken, item.batch, item.position),
    )
    at.store.settle(item.batch)
    if what not in JUDGED_BY:
        return
    same = at.store.query("SELECT DISTINCT batch FROM items WHERE reference = ?", (item.reference,))
    at.store.touch([row[0] for row in same])
    waivers = [
        _waiver(one)
        for entry in reversed(at.store.trail(f"what IN (?, ?) AND {_STANDS}", (WAIVE, AS_IS), 100_000))
        for one in entry.detail["waivers"]
    ]
    at.workspace.write(at.workspace.waivers, HEAD + as_toml(dict.fromkeys(waivers)))
    rows = [one.detail["row"] for one in reversed(standing(at.store, item.batch)) if one.what == ATTEST]
    text = io.StringIO()
    table = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    at.workspace.write(at.workspace.log(item.batch), text.getvalue())


def _waiver(kept: Mapping[str, str | None]) -> Waiver:
    return Waiver(
        str(kept["rule"]), str(kept["reason"]), str(kept["person"]),
        date.fromisoformat(str(kept["expires"])), kept["claim"], kept["line"],
    )  # fmt: skip


def _kept(waivers: Iterable[Waiver]) -> list[dict[str, str | None]]:
    return [
        {
            "rule": one.rule, "reason": one.reason, "person": one.person, "expires": one.expires.isoformat(),
            "claim": one.claim, "line": one.line,
        }
        for one in waivers
    ]  # fmt: skip


# --- from what was filled in to a decision -----------------------------------------------------------


def waive(form: Mapping[str, str], finding: Finding | None, person: str, today: date) -> dict[str, object]:
    """The waiver of a finding. Raises ``NotDecided``."""
    if finding is None:
        raise NotDecided("that finding is not there any more: look at the claim again")
    if not waivable(finding):
        raise NotDecided(f"{finding.code} cannot be waived: it has to be corrected")
    reason, expires = reason_of(form), _day(form, "expires")
    if expires < today:
        raise NotDecided("the last day it holds has passed: choose a later one")
    return {"code": finding.code, "waivers": _kept([waiver_for(finding, reason, person, expires)])}


def as_is(
    form: Mapping[str, str], report: FileReport, position: int, person: str, today: date
) -> dict[str, object]:
    """Waivers of everything that holds a claim, for the days it takes to send it. Raises ``NotDecided``."""
    reason, waivers = reason_of(form), []
    for number in report.standing:
        if report.found.claim[number] == position and report.found.rank[number] >= DENY:
            finding = report.finding(number)
            if not waivable(finding):
                raise NotDecided(f"{finding.code} cannot be waived: it has to be corrected")
            waivers.append(waiver_for(finding, reason, person, today + _AS_IS_FOR))
    return {"reason": reason, "waivers": _kept(dict.fromkeys(waivers))}


def attest(form: Mapping[str, str], claim: ClaimRow, person: str) -> dict[str, object]:
    """A row of the treatment-time log for a line. Raises ``NotDecided`` with what is wrong."""
    line = _line(form, claim)
    given = {name: _one_line(form.get(name, "")) for name in ("start", "stop", "minutes", "area", "side")}
    mode, role = form.get("mode", ""), form.get("provider_role", "")
    if mode and mode not in MODES:
        raise NotDecided(f"how it was given is one of {', '.join(MODES)}")
    if role and role not in ROLES:
        raise NotDecided(f"who gave it is one of {', '.join(ROLES)}")
    row = dict.fromkeys(COLUMNS, "") | given | {
        "claim_id": claim.claim,
        "line_ref": line.line_control or f"{NUMBERED}{line.line}",
        "dos": line.from_ or "",
        "code": line.code,
        "mode": mode,
        "provider_npi": line.rendering,
        "provider_role": role,
        "reason": _one_line(form.get("reason", "")),
        "attested_by": person,
        "attested_at": now(),
    }  # fmt: skip
    read = _READER.read("this form", 1, [row[name] for name in COLUMNS])
    if isinstance(read, BadRow):
        raise NotDecided("; ".join(read.problems))
    if read.start is not None and read.stop is not None and read.stop <= read.start:
        raise NotDecided("it stops before it starts: times are of one day, 24 hours")
    return {"line": line.line, "row": row}


def reason_of(form: Mapping[str, str], *, needed: bool = True) -> str:
    """The reason that was filled in. Raises ``NotDecided`` where there has to be one."""
    reason = _one_line(form.get("reason", ""))
    if needed and not reason:
        raise NotDecided("fill in the reason: whoever looks at this later has to understand it")
    return reason


def _line(form: Mapping[str, str], claim: ClaimRow) -> LineRow:
    wanted = form.get("line", "")
    found = next((one for n, one in enumerate(claim.lines) if str(n) == wanted), None)
    if found is None:
        raise NotDecided("choose the line")
    return found


def _day(form: Mapping[str, str], name: str) -> date:
    try:
        return date.fromisoformat(form.get(name, ""))
    except ValueError:
        raise NotDecided("fill in the last day it holds, as 2026-12-31") from None


def _one_line(text: str) -> str:
    return re.sub(r"[\s\x00-\x1f\x7f]+", " ", text).strip()[:_LONGEST]
