"""What the ledger finds over several nights, in SQLite and in PostgreSQL alike."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest
from ledgers import KEY, at, checked, found, night, see

from scrub837.findings import Severity
from scrub837.nightly.ledger import FileEntry, Ledger, State, open_ledger
from scrub837.nightly.ledger_care import export, forget, older_than
from scrub837.testing import build

AGAIN = ("batch-sent-before", "claim-sent-before", "control-used-before")


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Where a new ledger is to be."""
    monkeypatch.setenv("SCRUB837_LEDGER_KEY", KEY)
    if request.param == "sqlite":
        return str(tmp_path / "ledger.sqlite")
    url: str = request.getfixturevalue("database")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA IF EXISTS scrub837 CASCADE")
    return url


@pytest.fixture
def ledger(place: str) -> Iterator[Ledger]:
    """A new ledger."""
    with closing(open_ledger(place)) as opened:
        yield opened


# --- batches, control numbers, claims ----------------------------------------------------------------


def test_same_bytes_under_another_name(ledger: Ledger) -> None:
    night(ledger, "97110:GP x1 || patient=B | 97140:GP x2", 9, name="monday.837")
    (told,) = found(ledger, "97110:GP x1 || patient=B | 97140:GP x2", *AGAIN)
    assert (told.name, told.severity) == ("batch-sent-before", Severity.DENY)
    assert told.message == "These very bytes were sent on 2026-11-09 in monday.837."
    assert told.facts == {
        "same_bytes": True,
        "claims": 2,
        "sent": "2026-11-09",
        "file": "monday.837",
        "interchange": "000000001",
    }
    assert (told.location.element, told.location.start) == ("ISA", 0)


def test_same_claims_with_other_numbers(ledger: Ledger) -> None:
    night(ledger, "97110:GP x1 || patient=B | 97140:GP x2", 9)
    same = "isa=000000002 gs=2 id=X1 | 97110:GP x1 || id=X2 patient=B | 97140:GP x2"
    (told,) = found(ledger, same, *AGAIN)
    assert told.message == (
        "All claims of this file (2) were sent on 2026-11-09 in night-9.edi with ISA13 000000001."
    )
    assert told.facts["same_bytes"] is False


def test_what_was_only_seen_was_not_sent(ledger: Ledger) -> None:
    see(ledger, "97110:GP x1", 9)
    assert found(ledger, "97110:GP x1", *AGAIN) == []


def test_a_file_taken_back_was_not_sent(ledger: Ledger) -> None:
    number = night(ledger, "97110:GP x1", 9)
    ledger.mark(number, State.SEEN, at(10))
    assert found(ledger, "97110:GP x1", *AGAIN) == []
    ledger.mark(number, State.PUBLISHED, at(11))
    assert [one.facts["sent"] for one in found(ledger, "97110:GP x1", *AGAIN)] == ["2026-11-11"]


def test_control_numbers(ledger: Ledger) -> None:
    night(ledger, "isa=000000007 gs=3 | 97110:GP x1", 9)
    (used,) = found(ledger, "isa=000000007 gs=4 patient=B | 97110:GP x1", *AGAIN)
    assert (used.code, used.severity, used.location.element) == ("ENV027", Severity.REJECT, "ISA13")
    assert used.message == "ISA13 000000007 was used before, sent on 2026-11-09 in night-9.edi."
    (group,) = found(ledger, "isa=000000008 gs=3 patient=B | 97110:GP x1", *AGAIN)
    assert (group.severity, group.location.element) == (Severity.INFO, "GS06")
    elsewhere = build("isa=000000007 gs=3 patient=B | 97110:GP x1").edi.replace(
        b"ZZ*EXAMPLERECEIVER", b"ZZ*ANOTHERRECEIVE"
    )
    assert found(ledger, elsewhere, *AGAIN) == [], "another receiver has counters of its own"


def test_test_files_are_kept_and_never_compared(ledger: Ledger) -> None:
    test = build("97110:GP x1").edi.replace(b"*0*P*:", b"*0*T*:")
    number = night(ledger, test, 9)
    assert found(ledger, "97110:GP x1", *AGAIN) == []
    assert found(ledger, test, *AGAIN) == []
    row = ledger.file(number)
    assert row is not None
    assert (row.claims, row.state) == (1, "published")


def test_a_claim_sent_before(ledger: Ledger) -> None:
    night(ledger, "id=A | 97110:GP x2 ; 97140:GP x1", 9)
    again = "isa=000000002 gs=2 id=B | 97140:GP x1 ; 97110:GP x2 || id=C patient=B | 97110:GP x1"
    (told,) = found(ledger, again, *AGAIN)
    assert (told.code, told.severity, told.location.claim) == ("DUP004", Severity.DENY, "B")
    assert told.message == (
        "Claim B was sent on 2026-11-09 in night-9.edi as A, with the same services and charges."
    )
    assert told.facts == {"claims": ["A", "B"], "sent": "2026-11-09", "file": "night-9.edi"}


@pytest.mark.parametrize(
    ("claim", "severities"),
    [
        ("id=B | 97110:GP x2 ; 97116:GP x1", [Severity.RISK]),  # a service on another claim
        ("id=A | 97110:GP x2 ; 97116:GP x1", [Severity.INFO]),  # the claim was corrected
        ("id=B | 97110:GP:59 x2", []),  # another modifier
        ("id=B | 97110:GP x2 $77", [Severity.RISK]),  # the same service at another charge
        ("id=A freq=7 f8=P1 | 97110:GP x2 ; 97140:GP x1", []),  # replaced
        ("id=A freq=8 f8=P1 | 97110:GP x2 ; 97140:GP x1", []),  # voided
        ("id=B dos=2026-11-04 | 97110:GP x2 ; 97140:GP x1", []),  # another day
        ("id=B provider=P3 | 97110:GP x2 ; 97140:GP x1", []),  # another provider
    ],
)
def test_what_is_a_duplicate(ledger: Ledger, claim: str, severities: list[Severity]) -> None:
    night(ledger, "id=A | 97110:GP x2 ; 97140:GP x1", 9)
    told = found(ledger, f"isa=000000002 gs=2 | 97035:GP x1 || {claim}", "claim-sent-before")
    assert [one.severity for one in told] == severities


def test_replaced_and_voided_claims_are_gone(ledger: Ledger) -> None:
    night(ledger, "id=A | 97110:GP x2", 9)
    replacement = night(ledger, "id=A freq=7 f8=P1 | 97110:GP x1", 10)
    first = next(ledger.history("A"))
    assert (first.state, first.frequency) == ("superseded", "1")
    assert first.superseded_by == list(ledger.history("A"))[1].id
    other = "isa=000000002 gs=2 patient=B | 97035:GP x1 || id=B | 97110:GP x2"
    assert found(ledger, other, "claim-sent-before") == []
    ledger.mark(replacement, State.SUPERSEDED, at(11))  # it was refused: the first one stands again
    assert [one.state for one in ledger.history("A")] == ["published", "superseded"]
    assert [one.severity for one in found(ledger, other, "claim-sent-before")] == [Severity.DENY]


def test_a_replacement_under_another_number(ledger: Ledger) -> None:
    night(ledger, "id=A | 97110:GP x2 || id=C | 97035:GP x1", 9)
    night(ledger, "id=B freq=7 f8=P1 | 97110:GP x1", 10)
    assert [one.state for one in ledger.history("A")] == ["superseded"]
    assert [one.state for one in ledger.history("C")] == ["published"], "it bills another service"


# --- pairs and units over two nights -----------------------------------------------------------------


def test_pair_split_over_two_nights(ledger: Ledger) -> None:
    night(ledger, "id=A | 97140:GP x1", 9)
    (told,) = found(ledger, "id=B | 97530:GP x1", "ptp-across-files")
    assert (told.severity, told.location.claim, told.location.line) == (Severity.DENY, "B", 1)
    assert told.message == (
        "97530 is bundled into 97140 on 2026-11-03: 97140 is on line 1 of claim A (sent on 2026-11-09 in "
        "night-9.edi)."
    )
    assert (told.facts["column1"], told.facts["column2"], told.facts["indicator"]) == ("97140", "97530", "1")
    assert told.facts["earlier"] == [
        {
            "claim": "A",
            "line": 1,
            "line_control": "AL1",
            "code": "97140",
            "modifiers": ["GP"],
            "units": "1",
            "sent": "2026-11-09",
            "file": "night-9.edi",
        }
    ]


def test_column_2_that_was_sent_may_have_been_paid(ledger: Ledger) -> None:
    night(ledger, "id=A | 97530:GP x1", 9)
    (told,) = found(ledger, "id=B | 97140:GP x1", "ptp-across-files")
    assert told.severity is Severity.RISK
    assert told.message.startswith("97530 is bundled into 97140 on 2026-11-03: 97530 is on line 1 of claim A")


@pytest.mark.parametrize(
    "claim",
    [
        "id=B | 97530:GP:59 x1",
        "id=B | 97530:GP:XS x1",
        "id=A freq=7 f8=P1 | 97530:GP x1",  # it takes the place of A
        "id=A | 97140:GP:59 x1 ; 97530:GP x1",  # A came back and was corrected
        "id=B patient=B | 97530:GP x1",
        "id=B payer=CI | 97530:GP x1",
        "id=B | 97530:GP x0",
        "id=B freq=8 f8=P1 | 97530:GP x1",
    ],
)
def test_no_pair(ledger: Ledger, claim: str) -> None:
    night(ledger, "id=A | 97140:GP x1", 9)
    assert found(ledger, claim, "ptp-across-files") == []


def test_account_numbers_as_claim_numbers(ledger: Ledger) -> None:
    """The same CLM01 for all claims of a patient is no correction when nothing is billed again."""
    night(ledger, "id=ACCT | 97140:GP x1", 9)
    assert len(found(ledger, "id=ACCT | 97530:GP x1", "ptp-across-files")) == 1


def test_a_held_claim_joins_nothing(ledger: Ledger) -> None:
    night(ledger, "id=A | 97140:GP x1 || id=H | 97530:GP x1", 9, claims=[1])
    assert [one.state for one in ledger.history("H")] == ["seen"]
    assert found(ledger, "id=H | 97530:GP x1", "ptp-across-files")[0].facts["earlier"][0]["claim"] == "A"
    assert found(ledger, "id=B | 97140:GP:76 x1", "ptp-across-files") == []


def test_what_was_sent_counts_and_not_what_came(ledger: Ledger) -> None:
    came = "id=A | 97140:GP x1 || id=C | 97035:GP x1 || id=H patient=B | 97140:GP x1"
    went = "isa=000000005 gs=5 id=A | 97140:GP:59 x1 || id=C | 97035:GP x1"
    night(ledger, came, 9, claims=[1, 2], sent=went)
    assert found(ledger, "id=B | 97530:GP x1", "ptp-across-files") == []
    assert [row["modifiers"] for row in export(ledger.database, "lines")] == ["GP:59", "GP", "GP"]
    other = "isa=000000009 gs=9 id=Z1 | 97140:GP:59 x1 || id=Z2 | 97035:GP x1"
    assert [one.name for one in found(ledger, other, *AGAIN)] == ["batch-sent-before"], "as it went"
    other = "isa=000000009 gs=9 id=Z1 | 97140:GP x1 || id=Z2 | 97035:GP x1 || id=Z3 patient=B | 97140:GP x1"
    assert [one.name for one in found(ledger, other, *AGAIN)] == ["batch-sent-before"], "as it came"
    (number,) = found(ledger, "isa=000000005 gs=8 patient=C | 97110:GP x1", *AGAIN)
    assert number.name == "control-used-before"


def test_days_of_a_range(ledger: Ledger) -> None:
    night(ledger, "id=A | 97140:GP x3 dos=2026-11-02 to=2026-11-04", 9)
    (told,) = found(ledger, "id=B | 97530:GP x2 dos=2026-11-03 to=2026-11-05", "ptp-across-files")
    assert told.facts["day"] == "2026-11-03", "told once, on the first day of both"
    assert len(list(export(ledger.database, "lines"))) == 1, "a line of three days is one line"


LIMIT = "limits=97161/1/3,97110/8/2"


@pytest.mark.parametrize(
    ("sent", "claim", "billed"),
    [
        ("id=A | 97110:GP x5", f"{LIMIT} id=B | 97110:GP:76 x4", "9"),
        ("id=A | 97110:GP x5", f"{LIMIT} id=B | 97110:GP:76 x3", None),
        ("id=A | 97110:GP x5", f"{LIMIT} id=B | 97110:GP:76 x9", None),  # too much alone: mue-over
        ("id=A | 97110:GP:55 x5", f"{LIMIT} id=B | 97110:GP:76 x4", None),
        ("id=A | 97110:GP x5", f"{LIMIT} id=A freq=7 f8=P1 | 97110:GP x8", None),
        ("id=A | 97110:GP x15 dos=2026-11-02 to=2026-11-04", f"{LIMIT} id=B | 97110:GP:76 x4", "9"),
    ],
)
def test_units_split_over_two_nights(ledger: Ledger, sent: str, claim: str, billed: str | None) -> None:
    night(ledger, sent, 9)
    told = found(ledger, claim, "mue-across-files")
    assert [one.facts["billed"] for one in told] == ([billed] if billed else [])


def test_units_of_three_nights(ledger: Ledger) -> None:
    night(ledger, "id=A | 97110:GP x3", 9)
    night(ledger, "isa=000000002 id=B | 97110:GP:76 x3", 10)
    (told,) = found(ledger, f"{LIMIT} isa=000000003 id=C | 97110:GP:77 x3", "mue-across-files")
    assert told.severity is Severity.DENY
    assert told.message == (
        "97110 has 9 units on 2026-11-03: 3 here, 6 on line 1 of claim A and line 1 of claim B (sent on "
        "2026-11-09 in night-9.edi and on 2026-11-10 in night-10.edi); the limit is 8."
    )


def test_a_batch_sent_twice_counts_once(ledger: Ledger) -> None:
    night(ledger, "id=A | 97110:GP x4", 9)
    night(ledger, "isa=000000002 id=A | 97110:GP x4", 10)
    assert found(ledger, f"{LIMIT} id=B | 97110:GP:76 x4", "mue-across-files") == []


# --- what is kept ------------------------------------------------------------------------------------


def test_runs_files_and_claims(ledger: Ledger) -> None:
    run = ledger.begin_run("host-a", at(9))
    with checked(ledger, "id=A | 97140:GP x1 ; 97530:GP x1 || id=B | 97110:GP x2 dos=2026-11-05") as report:
        entry = FileEntry(
            run=run, name="m.837", settings="s", editions="e", outcome="publishing", started=at(9)
        )
        number = ledger.record(entry, report)
        sha256 = report.sha256
    assert ledger.known(sha256, "s", "other") is None
    row = ledger.known(sha256, "s", "e")
    assert row is not None
    assert (row.id, row.run, row.state, row.status, row.claims, row.lines) == (
        number,
        run,
        "seen",
        "held",
        2,
        3,
    )
    assert row.charge == Decimal("200.00")
    ledger.mark_published(number, at(9), claims=[2], outcome="split", outputs={"ready": "m.ready.837"})
    ledger.note(number, finished=at(10))
    row = ledger.file(number)
    assert row is not None
    assert (row.state, row.outcome, row.outputs) == ("published", "split", {"ready": "m.ready.837"})
    assert (row.published, row.finished) == ("2026-11-09T03:00:00+00:00", "2026-11-10T03:00:00+00:00")
    ledger.finish_run(run, "0", at(10), {"split": 1})
    (one,) = ledger.runs()
    assert (one.host, one.finished, one.counts) == ("host-a", "2026-11-10T03:00:00+00:00", {"split": 1})
    (a,), (b,) = ledger.history("A"), ledger.history("B")
    assert (a.verdict, a.state, a.charge, ("ptp-unbypassed", "deny") in a.findings) == (
        "deny", "seen", Decimal("100.00"), True,
    )  # fmt: skip
    assert (b.verdict, b.state, b.position, b.payer) == ("clean", "published", 2, "EXMAC")
    assert ledger.files(run=run) == [row]


def test_recording_again_takes_the_place_of_what_was_only_seen(ledger: Ledger) -> None:
    first = see(ledger, "id=A | 97110:GP x1", 9)
    second = see(ledger, "id=A | 97110:GP x1", 10)
    assert ledger.file(first) is None or first == second
    assert len(list(ledger.history("A"))) == 1
    ledger.mark_published(second, at(10))
    see(ledger, "id=A | 97110:GP x1", 11)
    assert len(list(ledger.history("A"))) == 2, "what was sent stays"


def test_wrong_number_of_claims_changes_nothing(ledger: Ledger) -> None:
    with pytest.raises(ValueError, match="1 claims were sent, and 2 are named"):
        night(ledger, "id=A | 97110:GP x1 || id=B | 97110:GP x1", 9, claims=[1, 2], sent="97110:GP x1")
    assert [one.state for one in (*ledger.history("A"), *ledger.history("B"))] == ["seen", "seen"]


def test_forgetting(ledger: Ledger) -> None:
    run = ledger.begin_run("host-a", at(1))
    night(ledger, "id=A | 97110:GP x1 ; 97140:GP x1", 1)
    night(ledger, "id=B isa=000000002 | 97110:GP x2", 12)
    moment = datetime(2026, 11, 5, tzinfo=UTC)
    would = older_than(ledger.database, moment)
    assert (would.files, would.claims, would.lines, would.runs) == (1, 1, 2, 1)
    assert len(ledger.files()) == 2, "nothing has gone yet"
    assert forget(ledger.database, moment) == would
    ledger.database.vacuum()
    assert [one.name for one in ledger.files()] == ["night-12.edi"]
    assert [row["code"] for row in export(ledger.database, "lines")] == ["97110"]
    assert run not in [one.id for one in ledger.runs()]
    assert list(ledger.history("A")) == []


def test_odd_files_are_kept_as_well(ledger: Ledger) -> None:
    whole = build("id=A | 97110:GP x1 || id=B patient=B | 97140:GP x2").edi
    odd = whole.replace(b"CLM*A*", b"CLM*A\0" + b"9" * 4000 + b"*").replace(b"LX*1~", b"LX*99999999999~")
    odd = odd.replace(b"REF*6R*AL1", b"REF*6R*\xff\0'; DROP TABLE files; --")
    for number, (bytes_, claims) in enumerate([(odd, 2), (whole[:-200], 2), (whole[:150], 0), (b"", 0)], 1):
        kept = ledger.file(see(ledger, bytes_, number, name="n\udcff\n%s?.837"))
        assert kept is not None
        assert (kept.claims, kept.name) == (claims, "n\ufffd\n%s?.837")
    row = ledger.files()[-1]
    ledger.mark_published(row.id, at(9))
    assert [one.name for one in found(ledger, odd, *AGAIN)] == ["batch-sent-before"]
    (claim,) = [one for one in export(ledger.database, "claims") if len(one["reference"]) > 9]
    assert [one.position for one in ledger.history(f"{claim['reference']}{'9' * 3802}")] == [1]


WRITER = """
import sys
from contextlib import closing
from ledgers import night
from scrub837.nightly.ledger import open_ledger
with closing(open_ledger(sys.argv[1])) as ledger:
    for n in range(1, 9):
        who = f"{sys.argv[2]}{n}"
        night(ledger, f"isa=0000{who}000 id={who}A | 97110:GP x{n} || id={who}B patient=B | 97140:GP x1", n)
"""


def test_two_processes_write_at_once(place: str, ledger: Ledger) -> None:
    support = Path(__file__).with_name("support")
    environment = os.environ | {"PYTHONPATH": str(support)}
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, place, who], env=environment) for who in ("1", "2")
    ]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    files = ledger.files(100)
    assert len(files) == 16
    assert {file.state for file in files} == {"published"}
    claims = list(export(ledger.database, "claims"))
    assert sorted(claim["reference"] for claim in claims) == sorted(
        f"{who}{n}{end}" for who in "12" for n in range(1, 9) for end in "AB"
    )
    assert len({claim["id"] for claim in claims}) == 32
    lines = {row["claim_id"]: row["units"] for row in export(ledger.database, "lines")}
    for claim in claims:  # every claim kept its own lines
        name = claim["reference"]
        assert lines[claim["id"]] == (name[1] if name.endswith("A") else "1")
