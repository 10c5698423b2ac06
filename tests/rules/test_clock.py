"""Clock rules: what the treatment-time log shows of a patient's and a provider's day. Numbers by hand."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path

import pytest

from scrub837 import spread
from scrub837.claims.documentation import open_documentation
from scrub837.configure import built_in_settings
from scrub837.engine import Job, scan
from scrub837.findings import Finding
from scrub837.reference.store import open_reference
from scrub837.results import FileReport
from scrub837.testing import TODAY, build, findings, judge
from scrub837.x12.source import Source

CLOCK = (
    "time-rev", "time-sum", "time-overlap-pt", "time-overlap-prov", "cotreat", "aide-time", "group-same-time",
    "session-bound", "day-pt", "day-prov", "round-times", "time-impossible",
)  # fmt: skip


def told(notation: str) -> list[str]:
    """The clock findings, as ``name severity``."""
    return sorted(f"{f.name} {f.severity}" for f in findings(notation) if f.name in CLOCK)


def one(notation: str, name: str) -> Finding:
    (finding,) = findings(notation, name)
    return finding


# --- one row or line ----------------------------------------------------------------------------------


def test_a_reversed_row_is_named() -> None:
    found = one("97110:GP x1 0915-0900", "time-rev")
    assert found.facts["rows"] == [{"log": "log.csv", "row": 2}]
    assert found.message == "The log has 97110 from 09:15 to 09:00: it does not stop after it starts."
    assert (found.location.line_control, found.location.element) == ("C1L1", "SV1")


def test_a_reversed_row_of_another_day_of_the_range_is_told_once() -> None:
    assert told("97110:GP x3 1000-0900 to=2026-11-05") == ["time-rev deny"]


@pytest.mark.parametrize(
    ("documented", "wanted"),
    [
        ("0900-0920 minutes=19", []),
        ("0900-0920 minutes=21", []),
        ("0900-0920 minutes=18", ["time-sum risk"]),
        ("0900-0920 minutes=22", ["time-sum risk"]),
        ("0920-0900 minutes=20", ["time-rev deny"]),  # no clock to compare with
    ],
)
def test_a_minute_may_be_rounding(documented: str, wanted: list[str]) -> None:
    assert told(f"97110:GP x1 {documented}") == wanted


# --- a patient's day ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "wanted"),
    [
        # one provider: touching blocks, one minute, one inside the other, alternating
        ("97110:GP x1 0900-0915 ; 97140:GP x1 0915-0930", []),
        ("97110:GP x1 0900-0916 ; 97140:GP x1 0915-0930", ["time-overlap-pt deny"]),
        ("97110:GP x2 0900-0930 ; 97140:GP x1 0910-0920", ["time-overlap-pt deny"]),
        ("97110:GP x1 0900-0910 0920-0925 ; 97140:GP x1 0910-0920", []),
        # what is not timed one-on-one may run beside
        ("97110:GP x1 0900-0915 ; 97014:GP x1 0900-0915 mode=supervised", []),
        ("97161:GP x1 0900-0930 mode=eval ; 97110:GP x1 0915-0930", []),
        ("97110:GP x1 0900-0915 mode=supervised ; 97140:GP x1 0900-0915", []),
        ("97110:GP x1 0900-0915/aide ; 97140:GP x1 0900-0915", ["aide-time deny"]),
        # done and not billed
        ("97110:GP x1 0900-0915 ; -97140 0910-0920", ["time-overlap-pt deny"]),
        ("-97110 0900-0915 ; -97140 0910-0920 ; 97530:GP x1 1000-1015", []),
        # hands: PT and PTA, two PTs, PT and OT
        ("97110:GP x1 0900-0915/PT ; 97140:GP x1 {P3} 0900-0915/PTA", ["time-overlap-pt deny"]),
        ("97110:GP x1 0900-0915 ; 97140:GP x1 {P3} 0900-0915", ["time-overlap-pt deny"]),
        ("97110:GP x1 0900-0915/PT ; 97535:GO x1 {P2} 0900-0915/OT", ["cotreat risk"]),
        ("97110:GP x1 0900-0915 ; 97535:GO x1 {P2} 0900-0915", ["cotreat risk"]),
        ("97110:GP x1 0900-0915/PT ; 97535:GO x1 {P2} 0915-0930/OT", []),
        # groups
        ("97150:GP x1 0900-0940 ; 97110:GP:59 x1 0920-0935", ["group-same-time deny"]),
        ("97150:GP x1 0900-0940 ; 97110:GP:59 x1 0940-0955", []),
        ("97150:GP x1 0900-0940 ; 97014:GP x1 0900-0915 mode=supervised", []),
        ("97150:GP x1 0900-0940 ; 97535:GO x1 {P2} 0920-0935/OT", ["group-same-time deny"]),
        # other days never meet
        ("97110:GP x1 0900-0915 || dos=2026-11-04 | 97140:GP x1 0900-0915", []),
    ],
)
def test_two_services_in_the_same_minutes(day: str, wanted: list[str]) -> None:
    assert told(day) == wanted


def test_an_overlap_is_told_once_with_its_minutes() -> None:
    # 09:05-09:10 and 09:20-09:25: five minutes each
    found = one("97110:GP x1 0900-0910 0920-0930 ; 97140:GP x1 0905-0915 0915-0925", "time-overlap-pt")
    assert found.message == (
        "97110 and 97140 are both documented 09:05-09:10, 09:20-09:25: 10 min counted twice."
    )
    assert found.location.line == 2
    assert [place.line for place in found.related] == [1]
    assert [row["row"] for row in found.facts["rows"]] == [2, 4, 3, 5]


def test_an_overlap_over_two_claims_of_a_day() -> None:
    found = one("97110:GP x1 0900-0915 || 97140:GP x1 0910-0925", "time-overlap-pt")
    assert (found.location.claim, [place.claim for place in found.related]) == ("C2", ["C1"])


@pytest.mark.parametrize(
    ("day", "wanted"),
    [
        ("97110:GP x1 @15 role=aide", "aide-time deny"),
        ("97110:GP x1 0900-0908/PT 0908-0915/STUDENT", "aide-time info"),
        ("97014:GP x1 @15 role=TECH mode=supervised", "aide-time risk"),
    ],
)
def test_time_of_people_who_are_not_qualified(day: str, wanted: str) -> None:
    assert told(day) == [wanted]


@pytest.mark.parametrize(
    ("day", "wanted"),
    [
        ("97110:GP x3 @45 timed=45 treatment=45", []),
        ("97110:GP x3 @45 timed=46 treatment=45", ["session-bound deny"]),
        ("97110:GP x3 @46 treatment=45", []),  # one minute a line is rounding
        ("97110:GP x3 @47 treatment=45", ["session-bound deny"]),
        ("97110:GP x2 @30 treatment=40 ; 97140:GP x1 @12 treatment=40", []),
        ("97110:GP x2 @30 treatment=40 ; 97140:GP x1 @13 treatment=40", ["session-bound deny"]),
        (
            "97110:GP x2 @30 treatment=32 ; 97161:GP x1 @40 mode=eval treatment=32",
            [],
        ),  # an evaluation is untimed
        ("97110:GP x2 @30 treatment=32 ; -97140 @8", ["session-bound deny"]),
        ("97110:GP x2 @30 timed=90", []),
    ],
)
def test_timed_minutes_fit_into_the_treatment(day: str, wanted: list[str]) -> None:
    assert told(day) == wanted


# --- a provider's day ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("batch", "wanted"),
    [
        ("97110:GP x1 0900-0915 || patient=B | 97140:GP x1 0915-0930", []),
        ("97110:GP x1 0900-0916 || patient=B | 97140:GP x1 0915-0930", ["time-overlap-prov deny"]),
        ("97110:GP x1 0900-0915 || patient=B dos=2026-11-04 | 97140:GP x1 0900-0915", []),
        ("97110:GP x1 0900-0915 || patient=B provider=P3 | 97140:GP x1 0900-0915", []),
        ("97110:GP x1 0900-0915 || patient=B | 97161:GP x1 0900-0930 mode=eval", ["time-overlap-prov deny"]),
        ("97150:GP x1 0900-0940 mode=group || patient=B | 97150:GP x1 0900-0940 mode=group", []),
        ("97110:GP x1 0900-0915/PT || patient=B | 97140:GP x1 0900-0915/PTA", []),  # whose NPI is it?
        ("97110:GP x1 0900-0915 || patient=B | 97140:GP x1 0900-0915 role=aide", ["aide-time deny"]),
        (
            "97110:GP x1 0900-0915 || patient=B freq=8 f8=X1 | 97140:GP x1 0900-0915",
            [],
        ),  # a claim that is voided
        # the second overlaps the first, the third the second alone
        (
            "97110:GP x2 0900-0930 || patient=B | 97140:GP x2 0915-0945 || patient=C | 97530:GP x1 0930-0945",
            ["time-overlap-prov deny", "time-overlap-prov deny"],
        ),
        # a patient with two payers is one patient
        ("97110:GP x1 0900-0915 || payer=CI | 97110:GP x1 0900-0915", []),
    ],
)
def test_a_provider_with_two_patients(batch: str, wanted: list[str]) -> None:
    assert [name for name in told(batch) if "overlap-pt" not in name] == wanted


def test_a_provider_overlap_names_both_claims_and_rows() -> None:
    found = one(
        "id=X1 | 97110:GP x2 0900-0930 || id=X2 patient=B | 97140:GP x1 0915-0930", "time-overlap-prov"
    )
    assert found.facts["claims"] == ["X2", "X1"]
    assert found.facts["clock"] == "09:15-09:30"
    assert found.facts["rows"] == [{"log": "log.csv", "row": 3}, {"log": "log.csv", "row": 2}]
    assert (found.location.claim, found.location.line) == ("X2", 1)
    assert [(place.claim, place.line_control) for place in found.related] == [("X1", "X1L1")]


@pytest.mark.parametrize(
    ("minutes", "wanted"),
    [((240, 240), []), ((240, 241), ["day-prov risk"]), ((720, 720), ["day-prov risk"])],
)
def test_a_provider_s_long_day(minutes: tuple[int, int], wanted: list[str]) -> None:
    batch = " || ".join(f"patient={p} | 97110:GP x1 @{m}" for p, m in zip("AB", minutes, strict=True))
    assert [name for name in told(batch) if name.startswith("day-prov")] == wanted


def test_more_minutes_than_a_day_has() -> None:
    batch = " || ".join(f"patient={p} | 97110:GP x1 @481" for p in "ABC")  # 1443
    found = one(batch, "day-prov")
    assert (found.severity, found.facts["minutes"], found.facts["patients"]) == ("deny", 1443, 3)


# --- batches ------------------------------------------------------------------------------------------


def two_transactions(first: str, second: str) -> tuple[bytes, str]:
    """Two notations as two transactions of one file, with one log."""
    one, two = build(first), build(second)
    body = re.search(rb"ST\*837.*?SE\*\d+\*0001~\n", two.edi, re.DOTALL)
    assert body
    assert one.log
    assert two.log
    again = body[0].replace(b"*0001*005010", b"*0002*005010").replace(b"*0001~\n", b"*0002~\n")
    edi = one.edi.replace(b"GE*1*1~", again + b"GE*2*1~")
    return edi, one.log + two.log.split("\n", 1)[1]


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_provider_s_day_over_worker_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jobs: int
) -> None:
    monkeypatch.setattr(spread, "SMALL", 0)
    edi, log = two_transactions(
        "id=X1 | 97110:GP x2 0900-0930",
        "id=X2 patient=B | 97140:GP x1 0915-0930 || id=X3 | 97530:GP x1 0925-0940",
    )
    (tmp_path / "log.csv").write_text(log)
    edi_file = tmp_path / "batch.edi"
    edi_file.write_bytes(edi)
    settings = built_in_settings(today=TODAY, guide=False, jobs=jobs)
    with closing(open_documentation([tmp_path / "log.csv"])) as documentation, edi_file.open("rb") as file:
        job = Job(settings, open_reference(None), documentation)
        with closing(scan(Source("batch.edi", file), job)) as report:
            every = list(report.findings())
    assert "sidecar-orphan" not in {f.name for f in every}
    found = [(f.name, f.location.claim, f.related[0].claim) for f in every if f.name in CLOCK]
    assert sorted(found) == [
        ("time-overlap-prov", "X2", "X1"),
        ("time-overlap-prov", "X3", "X2"),
        ("time-overlap-pt", "X3", "X1"),
    ]


def not_checked(report: FileReport) -> dict[str, int]:
    with closing(report):
        return {note.name: note.lines for note in report.not_checked if note.name in CLOCK}


def test_without_a_log_nothing_is_found_and_the_lines_are_counted() -> None:
    notes = not_checked(judge("97110:GP x1 ; 97140:GP x1 ; 97012:GP x1 || patient=B | 97530:GP x1"))
    encounter = dict.fromkeys(("time-rev", "time-sum", "aide-time", "session-bound"), 3)  # timed lines
    whole = dict.fromkeys(set(CLOCK) - set(encounter) - {"time-impossible"}, 4)
    assert notes == encounter | whole


def test_with_a_log_nothing_is_left_unchecked() -> None:
    assert not_checked(judge("97110:GP x1 0900-0915 ; 97140:GP x1 0915-0930")) == {}


# --- what is remembered of one encounter does not hide another ----------------------------------------

DOCUMENTED = (
    "0900-0915 [cervical] ; 97530:GP:59 x1 0915-0930 [shoulder R]",
    "0900-0915 [cervical] ; 97530:GP:59 x1 0900-0915 [cervical]",
    "0915-0900 [cervical] ; 97530:GP:59 x1 0915-0930 [shoulder R] unattested",
    "@15 role=aide ; 97530:GP:59 x1 @40",
    "@15 ; 97530:GP:59 x1 @3",
    "@15 timed=40 treatment=30 ; 97530:GP:59 x1 @15",
)


@pytest.mark.parametrize("order", [DOCUMENTED, DOCUMENTED[::-1]])
def test_encounters_that_bill_the_same_are_judged_by_their_own_rows(order: tuple[str, ...]) -> None:
    days = [f"dos=2026-11-{n:02d} id=C{n} | 97140:GP x1 {rows}" for n, rows in enumerate(order, start=2)]

    def seen(found: list[Finding]) -> list[tuple[str | None, str, str, str]]:
        skipped = {"usage-indicator", "round-times"}
        return sorted(
            (f.location.claim, f.name, f.severity, f.message) for f in found if f.name not in skipped
        )

    together = seen(findings(" || ".join(days)))
    alone = seen([finding for day in days for finding in findings(day)])
    assert together == alone
    assert len({name for _, name, _, _ in together}) > 5
