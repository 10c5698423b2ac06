"""From answers to a list of work: the therapy batch, answered by hand and expected by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from desk_responses import ANSWERS, ROOT, THERAPY, as_json, worked

from scrub837.responses.answers import Remark
from scrub837.responses.history import Outcome
from scrub837.testing import build

BATCH, LOG = THERAPY / "before.edi", THERAPY / "minutes.csv"
FILES = [ANSWERS / name for name in ("999.txt", "277ca.txt", "835.txt", "835-corrected.txt")]
EXPECT = json.loads((ANSWERS / "expect.json").read_text("utf-8"))
REJECTED = ANSWERS / "999-rejected.txt"


@pytest.fixture(scope="module")
def told() -> Any:
    with worked(FILES, [BATCH], [LOG]) as done:
        return as_json(done)


def test_every_claim_has_its_outcome(told: Any) -> None:
    found = {one["claim"]: [one["outcome"], one["paid"], one["patient_share"]] for one in told["claims"]}
    assert found == EXPECT["claims"]


def test_totals_add_up_to_what_was_sent(told: Any) -> None:
    totals = told["totals"]
    outcomes = {name: [one["claims"], one["charge"], one["paid"]] for name, one in totals["outcomes"].items()}
    assert outcomes == EXPECT["outcomes"]
    assert totals["sent"] == {
        "claims": 13, "charge": "1202.00", "paid": "347.20", "patient": "78.80", "open": "679.00",
    }  # fmt: skip
    assert totals["remitted"] == EXPECT["remitted"]


def test_the_work_is_in_order_with_our_rule_beside_it(told: Any) -> None:
    work = [
        [one["claim"], one["action"], one["amount"], sorted({r for x in one["reasons"] for r in x["rules"]})]
        for one in told["worklist"]
    ]
    assert work == EXPECT["work"]
    words = {x["code"]: x["words"] for one in told["worklist"] for x in one["reasons"]}
    assert words["151"] == "scrub837 check finds this: TIM001"
    assert words["97"] == "nothing found by PTP, MOD025, MOD026, MOD028, MOD030"
    assert words["N115"] == "no rule covers this yet"


def test_a_bundled_line_is_shown_with_its_pair_and_the_record(told: Any) -> None:
    shown = {
        one["claim"]: [
            *(pair["column1"][key] for key in ("code", "minutes", "area")),
            *(pair["column2"][key] for key in ("code", "minutes", "area")),
            *(pair["indicator"], pair["billed_59"], pair["supports_59"]),
        ]
        for one in told["worklist"]
        for pair in one["pairs"]
    }
    assert shown == EXPECT["pairs"]


def test_minutes_are_shown_where_units_are_denied(told: Any) -> None:
    (units,) = next(one["units"] for one in told["worklist"] if one["claim"] == "T-1005")
    assert [(line["code"], line["units"], line["minutes"]) for line in units["lines"]] == [
        ("97110", "3", 30),
        ("97116", "1", 15),
    ]
    assert units["minutes"] == 45


def test_answers_to_nothing_that_was_sent_are_told(told: Any) -> None:
    assert [[one["kind"], one["number"], one["verdict"]] for one in told["unknown"]] == EXPECT["unknown"]


def test_without_a_log_59_is_left_to_the_note() -> None:
    with worked(FILES, [BATCH]) as done:
        work = {one["claim"]: one for one in as_json(done)["worklist"]}
    assert [work["T-1004"]["pairs"][0]["supports_59"], work["T-1004"]["action"]] == [None, "replace"]
    assert work["T-1004"]["advice"].startswith("The note decides")
    assert work["T-1002"]["action"] == "appeal"  # 59 was billed


def test_a_999_is_laid_on_the_very_element() -> None:
    with worked([REJECTED], [BATCH]) as done:
        work = {one["claim"]: one for one in as_json(done)["worklist"]}
    data = BATCH.read_bytes()
    (reason,) = work["T-1003"]["reasons"]
    sent = reason["sent"]
    assert data[sent["start"] : sent["end"]] == b"gp"
    assert [sent[key] for key in ("claim", "line", "segment", "element", "loop")] == [
        "T-1003", 1, 65, "SV101-3", "2400",
    ]  # fmt: skip
    assert reason["rules"] == ["MOD001"]
    (reason,) = work["T-1004"]["reasons"]  # segment 75 stands in the subscriber level above its claim
    assert data[reason["sent"]["start"] : reason["sent"]["end"]].startswith(b"N3*")
    others = {name: one for name, one in work.items() if name not in ("T-1003", "T-1004")}
    assert len(others) == 11
    # whoever was rejected along with them is sent again, unless our own rules hold it
    held = {"T-1006", "T-1007", "T-1009", "T-1010"}
    assert {name for name, one in others.items() if one["action"] == "fix"} == held
    assert {one["action"] for name, one in others.items() if name not in held} == {"send-again"}


def test_later_answers_count_more(tmp_path: Path) -> None:
    """Rejected by 999, sent again and paid: the batch of the second sending is not at hand."""
    with worked([REJECTED, *FILES[1:]], [BATCH]) as done:
        outcomes = {one["claim"]: one["outcome"] for one in as_json(done)["claims"]}
    assert outcomes["T-1001"] == "paid"
    assert outcomes["T-1013"] == "rejected"  # of which only the 999 speaks


def test_two_sendings_of_a_claim_are_told_apart(tmp_path: Path) -> None:
    first, second = tmp_path / "first.edi", tmp_path / "second.edi"
    first.write_bytes(build("id=X-1 total=95 | 97110:GP x1 $50 ; 97140:GP x1 $45").edi)
    edited = build("id=X-1 total=50 | 97110:GP x1 $50").edi
    second.write_bytes(edited.replace(b"20261105", b"20261120").replace(b"000000001", b"000000002"))
    answer = tmp_path / "835.txt"
    head = (ANSWERS / "835.txt").read_text().split("CLP*")[0]
    claims = "CLP*X-1*4*95*0*0*MB*P1~\nCAS*CO*29*95~\nCLP*X-1*1*50*50*0*MB*P2~\n"
    answer.write_text(head.replace("371.2", "50") + claims + "SE*14*0001~\nGE*1*804~\nIEA*1*000000804~\n")
    with worked([answer], [first, second]) as done:
        claims_told = as_json(done)["claims"]
    assert [(one["batch"], one["charge"], one["outcome"]) for one in claims_told] == [
        (0, "95.00", "denied"),
        (1, "50.00", "paid"),
    ]


def test_a_claim_without_its_number_is_found_by_patient_charge_and_day(tmp_path: Path) -> None:
    text = (ANSWERS / "277ca.txt").read_text().replace("TRN*2*T-1005", "TRN*2*0000000000")
    answer = tmp_path / "277ca.txt"
    answer.write_text(text)
    with worked([answer], [BATCH]) as done:
        found = as_json(done)
    assert {one["claim"]: one["outcome"] for one in found["claims"]}["T-1005"] == "accepted"
    assert [one["code"] for one in found["remarks"]] == ["joined-by-patient"]


RECEIVER = "HL*2*1*21*1~\nTRN*2*THERAPY~\n"
PROVIDER = "HL*3*2*19*0~\nNM1*85*2*X*****XX*{npi}~\nTRN*2*1~\nSTC*A3:24:85*20261111*U~\n"


@pytest.mark.parametrize(
    ("level", "rejected"),
    [
        (RECEIVER + "STC*A3:24:41*20261111*U~\n", 13),  # the whole submission
        (RECEIVER.replace("THERAPY", "OTHER") + "STC*A3:24:41*20261111*U~\n", 0),  # another one
        (RECEIVER + PROVIDER.format(npi="1999000015") + "QTY*QC*13~\n", 13),  # all of a billing provider
        (RECEIVER + PROVIDER.format(npi="1999000031"), 0),  # of another one
    ],
)
def test_a_rejection_above_the_claims_reaches_them(level: str, rejected: int, tmp_path: Path) -> None:
    answer = tmp_path / "277ca.txt"
    count = 3 + level.count("~")
    isa = (ANSWERS / "277ca.txt").read_text().split("ST*")[0]
    body = f"ST*277*0001*005010X214~\nHL*1**20*1~\n{level}SE*{count}*0001~\n"
    answer.write_text(f"{isa}{body}GE*1*803~\nIEA*1*000000803~\n")
    with worked([answer], [BATCH]) as done:
        assert done.tallies[Outcome.REJECTED].claims == rejected
        assert bool(done.matched.unknown) == (not rejected)
        assert not [one for one in done.found.all_remarks() if isinstance(one, Remark)]


def test_a_ta1_that_refuses_the_interchange_rejects_every_claim(tmp_path: Path) -> None:
    answer = tmp_path / "ta1.txt"
    answer.write_text((ANSWERS / "999.txt").read_text().replace("0915*A*000", "0915*R*025").split("GS*")[0])
    with worked([answer], [BATCH]) as done:
        assert done.tallies[Outcome.REJECTED].claims == 13
        reasons = {one.reason.label for item in done.items for one in item.reasons}
    assert reasons == {"interchange number used before"}


def test_the_other_line_of_a_pair_may_be_on_another_claim(tmp_path: Path) -> None:
    batch, answer = tmp_path / "batch.edi", tmp_path / "835.txt"
    one = "id=X-1 total=45 | 97140:GP x1 $45 0900-0915 [cervical]"
    built = build(f"{one} || id=X-2 total=50 | 97530:GP x1 $50 0920-0935 [knee R]")
    assert built.log is not None
    log = tmp_path / "minutes.csv"
    log.write_text(built.log)
    batch.write_bytes(built.edi)
    head = (ANSWERS / "835.txt").read_text().split("CLP*")[0].replace("371.2", "45")
    claims = "CLP*X-1*1*45*45*0*MB*P1~\nCLP*X-2*4*50*0*0*MB*P2~\n"
    claims += "SVC*HC:97530:GP*50*0~\nCAS*CO*236*50~\nLQ*HE*N20~\n"
    answer.write_text(head + claims + "SE*16*0001~\nGE*1*804~\nIEA*1*000000804~\n")
    with worked([answer], [batch], [log]) as done:
        (item,) = as_json(done)["worklist"]
    (pair,) = item["pairs"]
    assert (pair["column1"]["claim"], pair["column2"]["claim"], pair["supports_59"]) == ("X-1", "X-2", True)
    assert item["action"] == "replace"


def test_fixture_folder_is_whole() -> None:
    assert {path.name for path in FILES} | {"999-rejected.txt", "expect.json"} == {
        path.name for path in (ROOT / "fixtures/edi/responses/therapy").iterdir()
    }


def paid(folder: Path, claims: str) -> Path:
    """An 835 with these claims; its totals do not matter."""
    answer = folder / "835.txt"
    head = (ANSWERS / "835.txt").read_text().split("CLP*")[0]
    count = head[head.index("ST*") :].count("~") + claims.count("~") + 1
    answer.write_text(f"{head}{claims}SE*{count}*0001~\nGE*1*804~\nIEA*1*000000804~\n")
    return answer


@pytest.mark.parametrize(
    ("claim", "outcome", "amount", "reason"),
    [
        ("CLP*T-1008*1*32*x*0~\n", "accepted", "0.00", "the amount paid cannot be read"),
        ("CLP*T-1008*1*32*0*0~\n", "denied", "32.00", "neither paid nor explained"),
        ("CLP*T-1008*1*32*20*0~\nCAS*CO*45*10~\n", "paid-less", "2.00", "neither paid nor explained"),
        ("CLP*T-1008*4*32*0*0~\nCAS*CO*45*32~\n", "denied", "32.00", "denied; no reason is given"),
        ("CLP*T-1008*1*32*0*0~\nCAS*PR*96*32~\n", "denied", "32.00", "not covered; see remark codes"),
        ("CLP*T-1008*13*32*0*0~\n", "accepted", "0.00", "pending at the payer"),
        ("CLP*T-1008*1*32*0*32~\nCAS*PR*1*32~\n", "paid", None, None),  # all of it the deductible
        ("CLP*T-1008*1*32*0*0~\nCAS*CO*45*32~\n", "paid", None, None),  # the contract pays nothing for it
    ],
)
def test_a_payment_is_never_taken_for_better_than_it_is(
    claim: str, outcome: str, amount: str | None, reason: str | None, tmp_path: Path
) -> None:
    with worked([paid(tmp_path, claim)], [BATCH]) as done:
        told = as_json(done)
    assert {one["claim"]: one["outcome"] for one in told["claims"]}["T-1008"] == outcome
    work = [one for one in told["worklist"] if one["claim"] == "T-1008"]
    assert [one["amount"] for one in work] == ([] if amount is None else [amount])
    assert [x["label"] for one in work for x in one["reasons"]] == ([] if reason is None else [reason])


@pytest.mark.parametrize(
    ("cas", "action"),
    [
        ("CAS*CO*204*32~\n", "write-off"),  # not in the plan, and CO: not to be billed to the patient
        ("CAS*PR*204*32~\n", "patient"),
        ("CAS*PR*96*32~\nLQ*HE*N130~\n", "patient"),  # no remark code takes that back
        ("CAS*CO*22*32~\n", "other-payer"),
        ("CAS*CO*29*32~\n", "appeal"),
        ("CAS*CO*16*32~\nLQ*HE*MA130~\n", "fix"),  # the remark code says what is to be done
        ("CAS*CO*29*32~\nLQ*HE*MA130~\n", "appeal"),  # here the adjustment does
        ("CAS*CO*ZZ9*32~\n", "appeal"),  # a code without a label
    ],
)
def test_who_must_bear_it_decides_what_to_do(cas: str, action: str, tmp_path: Path) -> None:
    claim = "CLP*T-1008*4*32*0*0*MB*P8~\nSVC*HC:98940:AT*32*0~\n" + cas
    with worked([paid(tmp_path, claim)], [BATCH]) as done:
        (item,) = [one for one in as_json(done)["worklist"] if one["claim"] == "T-1008"]
    assert item["action"] == action


def test_a_transaction_that_is_taken_with_its_faults_is_accepted_and_told(tmp_path: Path) -> None:
    answer = tmp_path / "999.txt"
    answer.write_text(REJECTED.read_text().replace("IK5*R", "IK5*E").replace("AK9*R*1*1*0", "AK9*E*1*1*1"))
    with worked([answer], [BATCH]) as done:
        told = as_json(done)
    assert {one["outcome"] for one in told["claims"]} == {"accepted"}
    assert [one["text"] for one in told["remarks"]] == ["ST 0001 is accepted with 2 faulty segments"]


def test_a_fault_that_cannot_be_placed_may_be_any_claims(tmp_path: Path) -> None:
    answer = tmp_path / "999.txt"
    answer.write_text(REJECTED.read_text().replace("N3*75", "N3*9999"))
    with worked([answer], [BATCH]) as done:
        told = as_json(done)
    assert [one["code"] for one in told["remarks"]] == ["position-unknown"]
    assert {one["action"] for one in told["worklist"]} == {"fix"}  # none is sent again unseen


def test_claims_of_another_kind_before_the_batch_do_not_shift_it(tmp_path: Path) -> None:
    institutional = build("id=I-1 | 97110:GP x1").edi.replace(b"005010X222A1", b"005010X223A2")
    batch = tmp_path / "batch.edi"
    batch.write_bytes(institutional + BATCH.read_bytes())
    with worked(FILES, [batch], [LOG]) as done:
        found = {
            one["claim"]: [one["outcome"], one["paid"], one["patient_share"]]
            for one in as_json(done)["claims"]
        }
    assert found == EXPECT["claims"]


def test_a_277_without_levels_is_read(tmp_path: Path) -> None:
    answer = tmp_path / "277.txt"
    isa = (ANSWERS / "277ca.txt").read_text().split("ST*")[0]
    answer.write_text(f"{isa}ST*277*1~\nTRN*2*T-1001~\nSTC*A7:21~\nSE*4*1~\nGE*1*803~\nIEA*1*000000803~\n")
    with worked([answer], [BATCH]) as done:
        told = as_json(done)
    assert {one["claim"]: one["outcome"] for one in told["claims"]}["T-1001"] == "rejected"
    assert [one["code"] for one in told["remarks"]] == ["out-of-order"]


def test_parts_of_a_split_claim_count_together(tmp_path: Path) -> None:
    claims = (
        "CLP*T-1002*1*35*30*0*MB*P2A~\nCAS*CO*45*5~\nCLP*T-1002*4*46*0*0*MB*P2B~\nCAS*CO*29*46~\n"
        "CLP*T-1001*4*111*0*0*MB*P1~\nCAS*CO*16*111~\nCLP*T-1001*1*111*100*0*MB*P1~\nCAS*CO*45*11~\n"
    )
    with worked([paid(tmp_path, claims)], [BATCH]) as done:
        told = as_json(done)
    found = {one["claim"]: [one["outcome"], one["paid"], one["open"]] for one in told["claims"]}
    assert found["T-1002"] == ["paid-less", "30.00", "46.00"]  # two parts of one claim
    assert found["T-1001"] == ["paid", "100.00", "0.00"]  # a denial that was looked at again


def test_a_number_that_many_patients_share_joins_only_its_own(tmp_path: Path) -> None:
    claims = (
        "CLP*T-1008*1*32*20*0*MB*P1~\nCAS*CO*45*12~\nNM1*QC*1*MOCKUP*HARPER****MI*1EG4TE5MK80~\n"
        "CLP*T-1008*1*77*60*0*MB*P2~\nCAS*CO*45*17~\nNM1*QC*1*STRANGER*QUINN****MI*1EG4TE5MK99~\n"
    )
    with worked([paid(tmp_path, claims)], [BATCH]) as done:
        told = as_json(done)
    assert {one["claim"]: one["paid"] for one in told["claims"]}["T-1008"] == "20.00"
    assert [(one["number"], one["paid"]) for one in told["unknown"]] == [("T-1008", "60.00")]
    assert told["totals"]["remitted"]["unknown_paid"] == "60.00"


def test_a_line_that_was_not_sent_is_told(tmp_path: Path) -> None:
    claim = "CLP*T-1008*1*32*20*0*MB*P1~\nSVC*HC:98940:AT*32*20~\nCAS*CO*45*12~\nSVC*HC:97012*0*0~\n"
    with worked([paid(tmp_path, claim)], [BATCH]) as done:
        told = as_json(done)
    assert "line-unknown" in [one["code"] for one in told["remarks"]]
    (line,) = next(one["lines"] for one in told["claims"] if one["claim"] == "T-1008")
    assert (line["paid"], line["denied"]) == ("20.00", False)
