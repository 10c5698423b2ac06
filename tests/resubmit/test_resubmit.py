"""The new file of claims that came back: byte for byte what it has to be, without what must not go."""

from __future__ import annotations

import json
import stat
from contextlib import closing
from pathlib import Path

import pytest
from answered import remittance, statuses
from desk_resubmit import DAY, Desk

from scrub837.claims.documentation import Documentation
from scrub837.configure import built_in_settings
from scrub837.engine import Job, scan
from scrub837.errors import OutputUnwritable, SettingsInvalid
from scrub837.findings import Safety
from scrub837.fixes.publish import Draft
from scrub837.reference.store import open_reference
from scrub837.responses.history import Outcome
from scrub837.resubmit.choose import Wish
from scrub837.resubmit.record import Summary
from scrub837.testing import build
from scrub837.x12.source import open_source

BATCH = (
    "id=A | 97110:GP x1 || id=B patient=B | 97112:GP x1 || id=C patient=C | 97110:GP x2"
    " || id=D patient=D | 97530:GP x1 || id=E patient=E | 97110:GP x1"
)
REJECTED = statuses(("A", "A", "A7:562:85", ""), ("B", "B", "A2:20", "PAYERB"), ("D", "D", "A2:20", "PAYERD"))
PAID = remittance(
    ("B", "B", "PAYERB2", "HC:97112:GP 50 0 CO-16-50"), ("C", "C", "PAYERC", "HC:97110:GP 100 80 CO-45-20")
)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A desk without a ledger."""
    return Desk(tmp_path, tmp_path / "out.edi")


def renewed(notation: str, number: str = "000000077", group: str = "77") -> bytes:
    """A batch as it is when it is made anew on 2026-12-01."""
    edi = build(notation).edi
    for old, new in (
        (b"*261109*0915*^*00501*000000001*", f"*261201*0915*^*00501*{number}*".encode()),
        (b"*20261109*0915*1*X*", f"*20261201*0915*{group}*X*".encode()),
        (b"BHT*0019*00*EXAMPLE*20261109*", f"BHT*0019*00*{number}0001*20261201*".encode()),
        (b"GE*1*1~", f"GE*1*{group}~".encode()),
        (b"IEA*1*000000001~", f"IEA*1*{number}~".encode()),
    ):
        assert edi.count(old) == 1
        edi = edi.replace(old, new)
    return edi


def left(summary: Summary) -> dict[str, str]:
    """Claims that are listed as left out, and why."""
    return {one.claim: one.why for one in summary.left_out}


def test_a_rejected_claim_goes_as_it_was_and_a_denied_one_as_its_replacement(desk: Desk) -> None:
    done = desk.again([build(BATCH).edi], [REJECTED, PAID])
    assert desk.target.read_bytes() == renewed(
        "id=A | 97110:GP x1 || id=B patient=B freq=7 f8=PAYERB2 | 97112:GP x1"
    )
    assert stat.S_IMODE(desk.target.stat().st_mode) == 0o600
    assert (done.status, dict(done.counted)) == (0, {"paid": 1, "pending": 1, "missing": 1})
    assert left(done) == {"E": "missing"}
    (made,) = done.files
    assert [(one.choice.claim, one.choice.kind, str(one.charge)) for one in made.claims] == [
        ("A", "original", "50"), ("B", "replacement", "50")
    ]  # fmt: skip
    journal = json.loads(desk.target.with_name("out.edi.journal.json").read_bytes())
    assert [one["claim_index"] for one in journal["file"]["claims"]] == [1, 2]
    assert journal["file"]["output"]["bytes"] == desk.target.stat().st_size
    settings = built_in_settings(today=DAY)
    with closing(open_source(str(desk.target))) as source:
        job = Job(settings, open_reference(None), Documentation())
        with closing(scan(source, job)) as report:  # pyx12 among the rules
            assert (report.status, report.worst()) == ("ready", -1)


def test_a_void_is_only_made_of_claims_that_are_named(desk: Desk) -> None:
    wish = Wish(claims=frozenset("BCD"), void=True)
    done = desk.again([build(BATCH).edi], [REJECTED, PAID], wish)
    assert desk.target.read_bytes() == renewed("id=B patient=B freq=8 f8=PAYERB2 | 97112:GP x1")
    assert left(done) == {"C": "paid", "D": "pending"}
    assert done.status == 1


def test_a_number_of_an_earlier_replacement_gives_way_to_the_new_one(desk: Desk) -> None:
    batch = build("id=B patient=B freq=7 f8=OLDNUMBER | 97112:GP x1").edi
    batch = batch.replace(b"REF*F8*OLDNUMBER~\n", b"REF*G1*AUTH1~\nREF*F8*OLDNUMBER~\nREF*EA*CHART1~\n")
    batch = batch.replace(b"SE*29*", b"SE*31*")
    desk.again([batch], [REJECTED, PAID])
    written = desk.target.read_bytes()
    assert b"REF*G1*AUTH1~\nREF*F8*PAYERB2~\nREF*EA*CHART1~\n" in written
    assert (b"OLDNUMBER" in written, b"SE*31*" in written) == (False, True)


def test_a_new_number_stands_where_the_guide_wants_it(desk: Desk) -> None:
    batch = build("id=B patient=B | 97112:GP x1").edi
    more = b"DTP*431*D8*20261001~\nREF*G1*AUTH1~\nREF*EA*CHART1~\nNTE*ADD*SEEN~\nHI*ABK"
    batch = batch.replace(b"HI*ABK", more).replace(b"SE*28*", b"SE*32*")
    done = desk.again([batch], [REJECTED, PAID])
    assert done.status == 0  # pyx12 has nothing against it
    assert b"REF*G1*AUTH1~\nREF*F8*PAYERB2~\nREF*EA*CHART1~\nNTE" in desk.target.read_bytes()


def test_what_is_still_wrong_is_left_out_and_told(desk: Desk) -> None:
    """97530 needs 59 beside 97140: as a new claim it is corrected where the log documents it."""
    batch = build(
        "id=A | 97140:GP x1 0900-0915 ; 97530:GP x1 0915-0930 reason=separate_block"
        " || id=F patient=B | 97110:gp x1"
    )
    refused = statuses(("A", "A", "A7:453", ""), ("F", "B", "A7:453", ""))
    done = desk.again([batch.edi], [refused], log=batch.log)
    assert (left(done), done.status) == ({"A": "held"}, 1)
    assert [(one.choice.claim, one.corrected, one.unchanged) for one in done.written] == [
        ("F", ("MOD001",), False)
    ]
    done = desk.again([batch.edi], [refused], log=batch.log, safety=Safety.DOCUMENTED)
    assert (left(done), done.status) == ({}, 0)
    assert b"SV1*HC:97530:GP:59*" in desk.target.read_bytes()


def test_a_fault_shared_with_a_claim_that_stays_holds_the_other(desk: Desk) -> None:
    """97530 was denied beside 97140, which is on another claim and was paid."""
    batch = build("id=B | 97530:GP x1 || id=C | 97140:GP x1").edi
    paid = remittance(
        ("B", "A", "PAYERB", "HC:97530:GP 50 0 CO-97-50"), ("C", "A", "PAYERC", "HC:97140:GP 50 40 CO-45-10")
    )
    done = desk.again([batch], [paid], Wish(claims=frozenset("B")))
    assert left(done) == {"B": "held"}
    assert "PTP001" in done.left_out[0].words
    assert not desk.target.exists()
    assert not list(desk.folder.glob(".scrub837-*"))


@pytest.mark.parametrize(
    ("payer_claim", "why"), [("", "no-payer-number"), ("PAY:ER", "payer-number"), ("P" * 51, "payer-number")]
)
def test_no_replacement_without_a_number_that_can_be_written(desk: Desk, payer_claim: str, why: str) -> None:
    paid = remittance(("B", "B", payer_claim, "HC:97112:GP 50 0 CO-16-50")).replace(":", "<")
    paid = paid.replace("*P*<", "*P*<", 1) if payer_claim != "PAY:ER" else paid.replace("PAY<ER", "PAY:ER")
    done = desk.again([build("id=B patient=B | 97112:GP x1").edi], [paid])
    assert (left(done), done.status) == ({"B": why}, 1)
    assert not desk.target.exists()


def test_a_claim_that_was_sent_again_already_stays(desk: Desk) -> None:
    first = build("id=A | 97110:GP x1").edi
    later = first.replace(b"*261109*", b"*261120*").replace(b"*20261109*", b"*20261120*")
    later = later.replace(b"000000001", b"000000002")
    refused = statuses(("A", "A", "A7:562:85", ""), day="261112")
    done = desk.again([first, later], [refused])
    assert done.counted["sent-again"] == 1
    assert not desk.target.exists()


def test_missing_claims_go_for_a_reason_and_it_is_kept(desk: Desk) -> None:
    wish = Wish(claims=frozenset("E"), missing="the clearinghouse lost the file")
    done = desk.again([build(BATCH).edi], [REJECTED, PAID], wish)
    assert desk.target.read_bytes() == renewed("id=E patient=E | 97110:GP x1")
    journal = json.loads(desk.target.with_name("out.edi.journal.json").read_bytes())
    assert journal["missing"] == "the clearinghouse lost the file"
    assert done.status == 0


def test_outcomes_choose(desk: Desk) -> None:
    done = desk.again([build(BATCH).edi], [REJECTED, PAID], Wish(only=frozenset([Outcome.REJECTED])))
    assert [one.choice.claim for one in done.written] == ["A"]
    assert done.counted["outcome"] == 1


def test_numbers_have_to_come_from_somewhere_and_be_new(desk: Desk) -> None:
    with pytest.raises(SettingsInvalid, match="--control-number"):
        desk.again([build(BATCH).edi], [REJECTED], number=None)
    with pytest.raises(SettingsInvalid, match="used already"):
        desk.again([build(BATCH).edi], [REJECTED], number=1)
    with pytest.raises(SettingsInvalid, match="no batch holds a claim Z"):
        desk.again([build(BATCH).edi], [REJECTED], Wish(claims=frozenset("Z")))
    assert not desk.target.exists()


def test_a_file_that_gets_no_name_leaves_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(self: Draft, *, lasting: bool = True) -> None:
        raise OutputUnwritable("no room")

    desk.target.write_bytes(b"as it was")
    monkeypatch.setattr(Draft, "publish", refused)
    with pytest.raises(OutputUnwritable):
        desk.again([build(BATCH).edi], [REJECTED, PAID])
    assert desk.target.read_bytes() == b"as it was"
    assert not desk.target.with_name("out.edi.journal.json").exists()
    assert not list(desk.folder.glob(".scrub837-*"))


def test_an_input_is_never_written_over(desk: Desk, tmp_path: Path) -> None:
    desk.target = tmp_path / "in0.txt"
    with pytest.raises(SettingsInvalid, match="never written over"):
        desk.again([build(BATCH).edi], [REJECTED, PAID])
