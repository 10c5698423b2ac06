"""With a ledger: numbers count on, nothing is made twice, and what was rejected is no duplicate."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from answered import remittance, statuses
from desk_resubmit import AT, Desk
from ledgers import KEY, checked, night, server
from test_resubmit import BATCH, PAID, REJECTED, left, renewed

from scrub837.audit.from_ledger import ledger_claims
from scrub837.audit.tallies import Tallies
from scrub837.errors import OutputUnwritable, SettingsInvalid
from scrub837.fixes.publish import Draft
from scrub837.nightly.ledger import Ledger, open_ledger
from scrub837.nightly.ledger_answers import next_number
from scrub837.nightly.ledger_care import forget
from scrub837.resubmit.choose import Wish
from scrub837.testing import build

PARTIES = [("EXAMPLESENDER", "EXAMPLERECEIVER")]


@pytest.fixture
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ledger]:
    """A ledger in which the batch was sent on 2026-11-09."""
    monkeypatch.setenv("SCRUB837_LEDGER_KEY", KEY)
    with closing(open_ledger(tmp_path / "ledger.sqlite")) as opened:
        night(opened, BATCH, 9)
        yield opened


def test_a_ledger_on_a_server_remembers_as_well(
    postgres: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCRUB837_LEDGER_KEY", KEY)
    with server(postgres) as url, closing(open_ledger(url)) as opened:
        night(opened, BATCH, 9)
        desk = Desk(tmp_path, tmp_path / "out.edi", opened)
        assert len(desk.again([build(BATCH).edi], [REJECTED, PAID], number=None).written) == 2
        assert next_number(opened.database, PARTIES) == 3
        assert desk.again([build(BATCH).edi], [REJECTED, PAID], number=None).counted["already"] == 2
        counted = Tallies().add_all(ledger_claims(opened.database)).total
        assert (counted.claims, counted.rejected, counted.denied, counted.paid) == (5, 1, 1, 800_000)


@pytest.fixture
def desk(tmp_path: Path, ledger: Ledger) -> Desk:
    """A desk with that ledger."""
    return Desk(tmp_path, tmp_path / "out.edi", ledger)


def rows(ledger: Ledger, sql: str) -> list[tuple[object, ...]]:
    return [tuple(row) for row in ledger.database.query(sql)]


def test_numbers_count_on_and_nothing_is_made_twice(desk: Desk, ledger: Ledger) -> None:
    done = desk.again([build(BATCH).edi], [REJECTED, PAID], number=None)
    expected = "id=A | 97110:GP x1 || id=B patient=B freq=7 f8=PAYERB2 | 97112:GP x1"
    assert desk.target.read_bytes() == renewed(expected, "000000002", "2")
    assert done.counted["already"] == 0
    desk.target.unlink()

    done = desk.again([build(BATCH).edi], [REJECTED, PAID], number=None)
    assert {claim: why for claim, why in left(done).items() if why == "already"} == {
        "A": "already", "B": "already"
    }  # fmt: skip
    assert (done.status, desk.target.exists()) == (0, False)

    done = desk.again([build(BATCH).edi], [REJECTED, PAID], Wish(again=True), number=None)
    assert [one.numbers.interchange for one in done.written] == ["000000003"] * 2
    assert next_number(ledger.database, PARTIES) == 4
    with pytest.raises(SettingsInvalid, match="used already"):
        desk.again([build(BATCH).edi], [REJECTED, PAID], Wish(again=True), number=3)
    forget(ledger.database, AT.replace(year=2027))
    assert next_number(ledger.database, PARTIES) == 1


def test_what_became_of_claims_is_kept_and_the_new_file_is_no_duplicate(desk: Desk, ledger: Ledger) -> None:
    with checked(ledger, renewed("id=A | 97110:GP x1", "000000050", "50")) as report:
        assert "claim-sent-before" in report.by_rule()
    desk.again([build(BATCH).edi], [REJECTED, PAID], number=None)
    kept = (
        "SELECT c.reference, v.outcome, v.paid, v.open, c.state "
        "FROM verdicts v JOIN claims c ON c.id = claim_id"
    )
    assert rows(ledger, f"{kept} ORDER BY c.reference") == [
        ("A", "rejected", 0, 500000, "superseded"),
        ("B", "denied", 0, 500000, "published"),
        ("C", "paid", 800000, 0, "published"),
        ("D", "accepted", 0, 0, "published"),
    ]
    assert rows(ledger, "SELECT code, line, amount FROM verdict_reasons ORDER BY code") == [
        ("A7:562:85", None, None), ("CO-16", 1, 500000)
    ]  # fmt: skip
    with checked(ledger, desk.target.read_bytes()) as report:
        assert {"claim-sent-before", "batch-sent-before", "control-used-before"}.isdisjoint(report.by_rule())


def test_a_file_that_was_rejected_whole_may_go_again_whole(desk: Desk, ledger: Ledger) -> None:
    night(ledger, "isa=000000002 gs=2 id=R patient=B dos=2026-11-05 | 97110:GP x1", 10)
    batch = build("isa=000000002 gs=2 id=R patient=B dos=2026-11-05 | 97110:GP x1").edi
    refused = statuses(("R", "B", "A7:562:85", ""))
    done = desk.again([batch], [refused], number=None)
    assert (len(done.written), done.status) == (1, 0)
    assert rows(ledger, "SELECT state FROM files ORDER BY id") == [("published",), ("superseded",)]
    taken_in = statuses(("R", "B", "A2:20", "PAYERR"), day="261114")
    desk.again([batch], [refused, taken_in], number=None)
    assert rows(ledger, "SELECT state FROM files ORDER BY id") == [("published",), ("published",)]


def test_an_older_or_lesser_answer_does_not_undo_a_later_one(desk: Desk, ledger: Ledger) -> None:
    batch = build(BATCH).edi
    paid_after_all = remittance(("B", "B", "PAYERB3", "HC:97112:GP 50 40 CO-45-10"), day="261208")
    desk.again([batch], [REJECTED, PAID], number=None)
    desk.again([batch], [REJECTED, paid_after_all], number=None)
    desk.again([batch], [REJECTED], number=None)
    kept = (
        "SELECT outcome, paid, first_outcome, first_open FROM verdicts v JOIN claims c ON c.id = v.claim_id"
    )
    assert rows(ledger, f"{kept} WHERE c.reference = 'B'") == [("paid", 400000, "denied", 500000)]


def test_nothing_is_remembered_of_a_file_that_got_no_name(
    desk: Desk, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish = Draft.publish

    def refused(self: Draft, *, lasting: bool = True) -> None:
        if self.target == desk.target:
            raise OutputUnwritable("no room")
        publish(self, lasting=lasting)

    monkeypatch.setattr(Draft, "publish", refused)
    with pytest.raises(OutputUnwritable):
        desk.again([build(BATCH).edi], [REJECTED, PAID], number=None)
    assert rows(ledger, "SELECT * FROM resubmissions") == []
    assert not desk.target.exists()
    monkeypatch.undo()
    monkeypatch.setenv("SCRUB837_LEDGER_KEY", KEY)
    assert len(desk.again([build(BATCH).edi], [REJECTED, PAID], number=None).written) == 2


def test_no_name_or_member_id_is_kept(desk: Desk, ledger: Ledger, tmp_path: Path) -> None:
    desk.again([build(BATCH).edi], [REJECTED, PAID], number=None)
    with closing(sqlite3.connect(tmp_path / "ledger.sqlite")) as database:
        whole = "\n".join(database.iterdump())
    assert "PAYERB2" not in whole
    assert not any(name in whole for name in ("SPECIMEN", "BLAKE", "1EG4TE5MK74", "19480722"))
