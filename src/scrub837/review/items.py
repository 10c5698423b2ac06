"""The claims of a batch as rows to be worked, from its report; what a payer answered is laid beside them."""

from __future__ import annotations

import json
from decimal import Decimal

from scrub837.report.survey import DENY, RISK, survey
from scrub837.results import FileReport
from scrub837.review.store import Store, now
from scrub837.rules import all_rules

CORRECT, LOOK, AUTO = "correct", "look", "auto"
TODO = {  # in the order of work
    "fix": "Correct and send as new",
    "send-again": "Send again as new",
    "replace": "Replace (frequency 7)",
    "appeal": "Appeal with records",
    CORRECT: "Correct before sending",
    "other-payer": "Bill the other payer",
    "patient": "Bill the patient",
    "write-off": "Write off",
    LOOK: "Look at it",
    "wait": "Wait, or ask the payer",
    AUTO: "Corrected in the file to send",  # nobody has to do anything
}
_INSERT = (
    "INSERT INTO items (batch, position, reference, patient, member, payer, first_day, last_day, charge, "
    "codes, worst, rules, judged, amount, added, frequency) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
    "ON CONFLICT (batch, position) DO UPDATE SET worst = excluded.worst, rules = excluded.rules, "
    "judged = excluded.judged, frequency = excluded.frequency"
)


def index_claims(store: Store, batch: int, revision: int, report: FileReport, added: str) -> None:
    """Keep the claims of a report; decisions and answers that are there stay."""
    found = report.found
    worst = [-1] * (len(report.claims) + 1)
    by_itself = [True] * len(worst)  # everything that holds the claim has a correction that will be written
    spoke: list[set[str]] = [set() for _ in worst]
    codes = {rule.name: rule.code for rule in all_rules()}
    for number in report.standing:
        index, rank = found.claim[number], found.rank[number]
        worst[index] = max(worst[index], rank)
        by_itself[index] &= rank < DENY or bool(found.fixes[number])
        if rank >= RISK:
            spoke[index].add(codes.get(found.name[number], found.name[number]))
    rows = []
    for index in range(1, len(report.claims) + 1):
        claim = report.claim(index)
        firsts = [line.from_ for line in claim.lines if line.from_]
        lasts = [line.to for line in claim.lines if line.to]
        charge = report.claim_charges[index - 1]
        rows.append(
            (
                batch, index, claim.claim, claim.patient.name, claim.patient.member_id,
                claim.payer.name or claim.payer.id, min(firsts, default=""), max(lasts, default=""), charge,
                " ".join(dict.fromkeys(line.code for line in claim.lines)), worst[index],
                " ".join(sorted(spoke[index])),
                _todo(worst[index], by_itself=by_itself[index]), charge, added, claim.frequency,
            )
        )  # fmt: skip
    seen = survey(report)
    facts = {
        "status": report.status,
        "claims": report.counts.claims,
        "lines": report.counts.lines,
        "charge": str(report.counts.charge),
        "held": seen.held,
        "held_charge": str(seen.held_charge),
        "to_work": len(seen.to_work),
        "holds_file": seen.holds_file,
        "at": now(),
    }
    with store.transaction():
        store.many(_INSERT, rows)
        store.query(
            "UPDATE batches SET judged = ?, facts = ? WHERE id = ?", (revision, json.dumps(facts), batch)
        )
        store.settle(batch)


def _todo(worst: int, *, by_itself: bool) -> str:
    if worst >= DENY:
        return AUTO if by_itself else CORRECT
    return LOOK if worst >= RISK else ""


def dollars(hundredths: int) -> Decimal:
    """An amount of a row."""
    return Decimal(hundredths) / 10000
