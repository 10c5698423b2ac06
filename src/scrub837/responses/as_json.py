"""The answers joined to the batch as JSON, schema ``scrub837/responses-1``, written as a stream."""

from __future__ import annotations

from collections.abc import Iterable
from typing import BinaryIO

import msgspec

from scrub837 import __version__
from scrub837.report import PLAIN, View
from scrub837.responses.entries import claim_entry, unknown_entries, work_entry
from scrub837.responses.working import Tally, Work
from scrub837.results import money_text

SCHEMA = "scrub837/responses-1"
_encode = msgspec.json.Encoder(decimal_format="string").encode


def write(work: Work, out: BinaryIO, _view: View = PLAIN) -> None:
    """Write ``work`` to ``out`` as UTF-8 JSON. Same input, same bytes."""
    tool = {"name": "scrub837", "version": __version__}
    out.write(b'{"schema":' + _encode(SCHEMA) + b',"tool":' + _encode(tool))
    _list(b"responses", _responses(work), out)
    _list(b"batches", _batches(work), out)
    out.write(b',\n"totals":' + _encode(totals(work)))
    _list(b"payments", work.payments, out)
    _list(b"remarks", work.found.all_remarks(), out)
    _list(b"unknown", unknown_entries(work), out)
    _list(b"worklist", (work_entry(work, item) for item in work.items), out)
    _list(b"claims", (claim_entry(work, number) for number in range(work.sent.count)), out)
    out.write(b"}\n")


def _responses(work: Work) -> Iterable[object]:
    for file in work.found.files:
        yield {
            "path": file.source.name,
            "sha256": file.sha256,
            "bytes": file.bytes,
            "cut": file.cut,
            "kinds": dict(sorted(file.kinds.items())),
            "others": dict(sorted(file.others.items())),
            "remarks": dict(sorted(file.remarks.items())),
        }


def _batches(work: Work) -> Iterable[object]:
    for batch in work.sent.batches:
        report = batch.report
        yield {
            "path": report.path,
            "sha256": report.sha256,
            "bytes": report.bytes,
            "claims": len(report.claims),
            "charge": money_text(report.counts.charge),
        }


def totals(work: Work) -> dict[str, object]:
    """The totals; those of the outcomes add up to what was sent."""
    remitted = work.remitted
    return {
        "sent": _tally(work.total),
        "outcomes": {outcome.value: _tally(tally) for outcome, tally in work.tallies.items()},
        "remitted": {
            "claims": remitted.claims,
            "charge": money_text(remitted.charge),
            "paid": money_text(remitted.paid),
            "adjusted": {group: money_text(amount) for group, amount in sorted(remitted.adjusted.items())},
            "unexplained": money_text(remitted.unexplained),
            "unknown_claims": remitted.unknown_claims,
            "unknown_paid": money_text(remitted.unknown_paid),
            "payments": remitted.payments,
            "amount": money_text(remitted.amount),
            "provider_adjustments": money_text(remitted.provider_adjustments),
        },
        "unknown": len(work.matched.unknown),
        "work": {"claims": len(work.items), "amount": money_text(work.to_work)},
    }


def _tally(tally: Tally) -> dict[str, object]:
    return {
        "claims": tally.claims,
        "charge": money_text(tally.charge),
        "paid": money_text(tally.paid),
        "patient": money_text(tally.patient),
        "open": money_text(tally.open),
    }


def _list(key: bytes, records: Iterable[object], out: BinaryIO) -> None:
    out.write(b',\n"' + key + b'":[')
    separator = b"\n"
    for record in records:
        out.write(separator + _encode(record))
        separator = b",\n"
    out.write(b"]")
