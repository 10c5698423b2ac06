"""How claims fared over months, as ``scrub837 audit`` counts it: of the ledger, else of what is here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import msgspec

from scrub837.audit.document import Audit, Sources, document
from scrub837.audit.facts import ClaimFacts, LineFacts, ReasonFacts
from scrub837.audit.from_ledger import ledger_claims
from scrub837.audit.tallies import Tallies
from scrub837.claims.values import hundredths_of_cents
from scrub837.errors import ScrubError
from scrub837.report.survey import DENY
from scrub837.responses.entries import reason_code
from scrub837.review.answered import Answered
from scrub837.review.sent_before import SentBefore, stamp_of
from scrub837.review.store import Item, Store
from scrub837.rules import all_rules

MOST = 20_000  # claims that are counted without being asked to
_MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Shown:
    """An audit, or why there is none; ``waiting`` claims are only counted when somebody asks for it."""

    audit: Audit | None
    ledger: bool = False
    wrong: str = ""
    waiting: int = 0


class Trends:
    """Counts claims, and again only when there is something new."""

    def __init__(self, store: Store, sent_before: SentBefore) -> None:
        self._store, self._sent_before = store, sent_before
        self._kept: tuple[str, Audit | None] = "", None

    def show(self, *, asked: bool) -> Shown:
        """The audit of the ledger; without one that of the batches here and their answers."""
        try:
            with self._sent_before.reading() as ledger:
                if ledger is None:
                    return self._of_workspace(asked=asked)
                [(number,)] = ledger.database.query("SELECT count(*) FROM claims")
                stamp, claims = f"ledger {stamp_of(ledger)}", ledger_claims(ledger.database)
                return self._counted(stamp, claims, number, ledger=True, asked=asked)
        except ScrubError as error:
            return Shown(None, ledger=True, wrong=str(error))

    def _of_workspace(self, *, asked: bool) -> Shown:
        [(number,)] = self._store.query("SELECT count(*) FROM items")
        [(judged,)] = self._store.query("SELECT coalesce(sum(judged), 0) FROM batches")
        [(last,)] = self._store.query("SELECT coalesce(max(id), 0) FROM trail")
        return self._counted(
            f"here {judged} {last}", _claims_of(self._store), number, ledger=False, asked=asked
        )

    def _counted(
        self, stamp: str, claims: Iterable[ClaimFacts], number: int, *, ledger: bool, asked: bool
    ) -> Shown:
        known, audit = self._kept
        if known != stamp:
            if not number:
                return Shown(None, ledger)
            if number > MOST and not asked:
                return Shown(None, ledger, waiting=number)
            tallies = Tallies()
            tallies.add_all(claims)
            audit = document(tallies, Sources(ledger=ledger, reports=0, responses=0))
            if not ledger:  # of these lines only the codes are kept here
                audit = msgspec.structs.replace(audit, providers=(), codes=(), units_of_visits={})
            self._kept = stamp, audit
        return Shown(audit, ledger)


def _claims_of(store: Store) -> Iterator[ClaimFacts]:
    names = {rule.code: rule.name for rule in all_rules()}
    for item in store.items("1 = 1", (), "ORDER BY batch, position"):
        yield _facts(item, names)


def _facts(item: Item, names: dict[str, str]) -> ClaimFacts:
    told = msgspec.json.decode(item.answer, type=Answered) if item.answer else None
    outcome = told.claim.outcome if told is not None and told.claim.outcome != _MISSING else ""
    still_open = hundredths_of_cents(told.claim.open) if told else 0
    reasons = told.work.reasons if told is not None and told.work is not None else ()
    return ClaimFacts(
        item.payer,
        "",
        item.charge,
        item.frequency,
        frozenset(names.get(code, code) for code in item.rules.split()),
        item.worst >= DENY,
        tuple(LineFacts(code, (), 0.0, item.first_day) for code in item.codes.split()),
        hash((item.reference, item.patient, item.member, item.first_day)),
        told is not None,
        outcome,
        outcome,
        hundredths_of_cents(told.claim.paid) if told else 0,
        still_open,
        still_open,
        tuple(
            ReasonFacts(reason_code(one), one.line, hundredths_of_cents(one.amount) if one.amount else 0)
            for one in reasons
        ),
    )
