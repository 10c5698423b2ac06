"""The worklist for a spreadsheet: a row a claim to be worked, and two columns left empty for the biller."""

from __future__ import annotations

import csv
import io
from typing import BinaryIO

from scrub837.report import PLAIN, View
from scrub837.report.as_csv import cell
from scrub837.responses.as_words import pair_words, reason_words, units_words
from scrub837.responses.entries import person, work_entry
from scrub837.responses.working import Work
from scrub837.responses.worklist import TITLES, WorkItem
from scrub837.results import money_text

COLUMNS = (
    "Batch", "Order", "Do", "Amount", "Status", "Claim", "Claim number", "Transaction", "Patient",
    "Member id", "Payer", "Payer id", "Date of service", "Claim charge", "Paid", "Payer claim number",
    "Codes", "Reasons", "Our rules", "Record", "What to do", "Worked by", "Outcome",
)  # fmt: skip


def write(work: Work, out: BinaryIO, _view: View = PLAIN) -> None:
    """Write the worklist of ``work`` to ``out`` as CSV (RFC 4180, UTF-8), in its order."""
    text = io.TextIOWrapper(out, "utf-8", newline="", write_through=True)
    try:
        table = csv.writer(text)
        table.writerow(COLUMNS)
        for order, item in enumerate(work.items, start=1):
            table.writerow([cell(value) for value in _row(work, order, item)] + ["", ""])
        text.flush()
    finally:
        text.detach()  # the stream belongs to the caller


def _row(work: Work, order: int, item: WorkItem) -> list[str | int | None]:
    row, entry = work.sent.row(item.number), work_entry(work, item)
    who = person(row, work)
    record = [pair_words(one) for one in item.pairs] + [units_words(one) for one in item.units]
    return [
        work.sent.batch_of(item.number).report.path,
        order,
        TITLES[item.action],
        entry.amount,
        entry.outcome,
        row.claim,
        row.index,
        row.transaction,
        who.name,
        who.member_id,
        row.payer.name,
        row.payer.id,
        min((line.from_ for line in row.lines if line.from_), default=None),
        row.charge,
        money_text(work.history(item.number).paid),
        item.payer_claim,
        " ".join(
            dict.fromkeys(
                one.code if one.list != "CARC" else f"{one.group}-{one.code}" for one in entry.reasons
            )
        ),
        "; ".join(reason_words(one) for one in entry.reasons),
        " ".join(dict.fromkeys(rule for one in entry.reasons for rule in one.rules)),
        "; ".join(record),
        item.advice,
    ]
