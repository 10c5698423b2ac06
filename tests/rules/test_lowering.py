"""Units lowered to what the minutes support: where it is certain, and what keeps it from being written."""

from __future__ import annotations

import tempfile
from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrub837.claims.documentation import Documentation
from scrub837.claims.timelog import open_time_log
from scrub837.claims.timing import Verdict, legal_allocations
from scrub837.config import Settings
from scrub837.configure import built_in_settings
from scrub837.engine import Job, scan
from scrub837.findings import Fix, Safety
from scrub837.fixes.write import correct
from scrub837.reference.store import open_reference
from scrub837.testing import TODAY, build, findings
from scrub837.x12.source import open_source

OVER = "97110:GP x3 $150 @22"  # 22 minutes are one unit
LAST = "REF*6R*C1L1~\n"


def allowing(*names: str, forced: str | None = None) -> Settings:
    """The built-in profiles, of which these allow units to be lowered."""
    chosen = built_in_settings(today=TODAY, guide=False, forced_profile=forced)
    profiles = {name: replace(one, lower_units=name in names) for name, one in chosen.profiles.items()}
    return replace(chosen, profiles=profiles)


MEDICARE = allowing("medicare")


def fix_of(notation: str, **options: Any) -> Fix | None:
    [found] = findings(notation, "units-over", **{"settings": MEDICARE, **options})
    return found.fix


def corrected(notation: str) -> bytes | None:
    """The file corrected with what is documented."""
    built = build(notation)
    with tempfile.TemporaryDirectory() as folder:
        path, log, target = (Path(folder, name) for name in ("in.edi", "log.csv", "out.edi"))
        path.write_bytes(built.edi)
        log.write_text(built.log or "", encoding="utf-8")
        with closing(open_time_log(log)) as rows, closing(open_source(str(path))) as source:
            job = Job(MEDICARE, open_reference(None), Documentation([rows]))
            with closing(scan(source, job)) as report:
                correct(source, report, job, target, Safety.DOCUMENTED)
        return target.read_bytes()


def test_units_and_both_charges() -> None:
    """37 minutes are two units: 15 of 97140 are one, and one is left for 97110 at 50 a unit."""
    fix = fix_of("97110:GP x3 $150 @22 ; 97140:GP x1 @15")
    assert fix is not None
    assert fix.safety is Safety.DOCUMENTED
    assert fix.before == "SV104 3, SV102 150.00, CLM02 200.00"
    assert fix.after == "SV104 1, SV102 50.00, CLM02 100.00"
    assert [(edit.expect, edit.new, edit.adds) for edit in fix.edits] == [
        ("3", "1", False),
        ("150", "50", False),
        ("200", "100", True),
    ]
    assert fix.evidence == "log log.csv rows 2 and 3, attested by THERAPIST-1"


def test_amounts_are_written_as_they_were_sent() -> None:
    done = corrected("total=201.5 | 97110:GP x3 $150.00 @22 ; 97140:GP x1 $51.5 @15")
    assert done == build("total=101.50 | 97110:GP x1 $50.00 @22 ; 97140:GP x1 $51.5 @15").edi


@pytest.mark.parametrize(
    ("before", "after"),
    [
        # two lines of one day; 48 minutes are three units, two of 97110 and one of 97140
        ("97110:GP x3 $150 @33 ; 97140:GP x2 $90 @15", "97110:GP x2 $100 ; 97140:GP x1 $45"),
        # three days of one claim, each a finding of its own, two of them with the same difference
        (
            "97110:GP x2 $100 @15 ; 97110:GP x2 $100 dos=2026-11-05 @15 ; 97110:GP x4 $200 dos=2026-11-06 @9",
            "97110:GP x1 $50 ; 97110:GP x1 $50 dos=2026-11-05 ; 97110:GP x1 $50 dos=2026-11-06",
        ),
        # two disciplines
        ("97110:GP x3 $150 @22 ; 97535:GO x2 $88 @15", "97110:GP x1 $50 ; 97535:GO x1 $44"),
        # the minutes of one claim's line speak to another claim's: 30 and 8 are three units, not four
        ("97110:GP x3 $150 @30 || 97140:GP x1 @8", "97110:GP x2 $100 || 97140:GP x1"),
        # what another day lacks is not touched
        (
            "97140:GP x1 @23 || dos=2026-11-05 | 97110:GP x2 $90 @15",
            "97140:GP x1 || dos=2026-11-05 | 97110:GP x1 $45",
        ),
    ],
)
def test_corrected_files(before: str, after: str) -> None:
    assert corrected(before) == build(after).edi


@pytest.mark.parametrize(
    "notation",
    [
        "97110:GP x3 $100 @22",  # a third of 100.00 is not exact
        "97110:GP x1 $50 @7",  # no unit is left
        "97110:GP x1 $50 @15 ; 97110:GP:59 x2 $100 @7",  # which of two lines?
        "97110:GP x2 $100 @20 ; 97140:GP x2 $90 @20",  # equal remainders: three units, two ways
        "97110:GP x4 $200 @30 ; 97140:GP x0 $45 @15",  # 97140 lacks a unit: it would have to be moved
        "payer=CI | 97110:GP x3 $150 @22",  # the payer's rule is not known
    ],
)
def test_no_correction_where_it_is_not_certain_or_not_exact(notation: str) -> None:
    assert fix_of(notation) is None


@pytest.mark.parametrize(
    ("notation", "edits", "reason"),
    [
        (f"{OVER} unattested", (), "not every log row of the day is attested"),
        (f"{OVER} ; -97140 @7 unattested", (), "not every log row of the day is attested"),
        (f"payer=MC | {OVER}", (), "profile medicaid does not allow it (lower-units)"),
        (f"freq=7 f8=NO1 | {OVER}", (), "the claim replaces or voids one the payer already has"),
        (f"{OVER} || freq=7 f8=NO1 | 97140:GP x1 @15", (), "a claim of the day is not an original one"),
        (f"total=160 | {OVER}", (), "the line charges do not add up to CLM02"),
        (f"{OVER} timed=30", (), "more timed minutes are charted for the day than its log rows hold"),
        (f"{OVER} ; 97140:GP x1 @15 logcode=97112", (), None),
        (OVER, (("HI*ABK", "CN1*02*100~\nHI*ABK"),), "the claim carries a contract amount"),
        (OVER, ((LAST, f"{LAST}AMT*T*5~\n"),), "the line carries amounts besides its charge"),
        (OVER, ((LAST, f"{LAST}HCP*00*40~\n"),), "a repricer has already priced this line"),
        (
            f"{OVER} ; 97140:GP x1 @15",
            (("REF*6R*C1L2~\n", "REF*6R*C1L2~\nSVD*EXOTH*50*HC:97140:GP**1~\n"),),
            "another payer has already decided on this claim",
        ),
        (
            OVER,
            (("LX*1~", "SBR*S*18*******CI~\nAMT*D*10~\nOI***Y***Y~\nLX*1~"),),
            "another payer has already decided on this claim",
        ),
    ],
)
def test_what_keeps_it_from_being_written(
    notation: str, edits: tuple[tuple[str, str], ...], reason: str | None
) -> None:
    found = findings(notation, "units-over", edits=edits, settings=MEDICARE)
    if reason is None:  # a row that does not fit leaves the day unjudged
        assert found == []
        return
    [one] = found
    assert one.fix is not None
    assert (one.fix.safety, one.fix.edits, one.fix.reason) == (Safety.MANUAL, (), reason)
    assert [place.element for place in one.related if place.element != "SV104"] == []


def test_a_row_that_could_not_be_used_keeps_it_from_being_written() -> None:
    built = build(f"{OVER} ; -97140 @7")
    assert built.log is not None
    broken = replace(built, log=built.log.replace(",7,", ",seven,"))
    assert broken.log != built.log
    fix = fix_of(broken)  # type: ignore[arg-type] # what is built is judged as well
    assert fix is not None
    assert fix.reason == "a log row of the claim could not be used, so minutes may be missing"


def test_a_clock_that_shows_other_minutes_keeps_it_from_being_written() -> None:
    built = build("97110:GP x3 $150 0900-0922")
    assert built.log is not None
    fix = fix_of(replace(built, log=built.log.replace("09:00,09:22,,", "09:00,09:22,45,")))  # type: ignore[arg-type] # as above
    assert fix is not None
    assert fix.reason == "a log row states other minutes than its clock shows"


def test_the_profile_decides() -> None:
    for name in ("medicare", "medicaid", "commercial-cms", "commercial-ama"):
        for allowed, safety in (((name,), Safety.DOCUMENTED), ((), Safety.MANUAL)):
            fix = fix_of(OVER, settings=allowing(*allowed, forced=name))
            assert fix is not None
            assert fix.safety is safety
    assert not any(one.lower_units for one in built_in_settings().profiles.values())


def test_its_fingerprint_does_not_depend_on_the_correction() -> None:
    one, other = (
        findings(f"{OVER}{more}", "units-over", settings=MEDICARE)[0] for more in ("", " unattested")
    )
    assert one.fix != other.fix
    assert one.fingerprint == other.fingerprint


CODES = ("97110", "97112", "97140", "97530")
vectors = st.lists(st.tuples(st.integers(0, 70), st.integers(0, 5)), min_size=1, max_size=4)


@settings(max_examples=300, deadline=None)
@given(vectors, st.sampled_from(("cms", "ama", "full15")))
def test_lowered_as_brute_force(vector: list[tuple[int, int]], rule: str) -> None:
    """Of all ways to bill fewer units, the only one that is legal; code by code the most that is legal."""
    minutes = {code: own for code, (own, _) in zip(CODES, vector, strict=False)}
    billed = {code: units for code, (_, units) in zip(CODES, vector, strict=False)}
    support = legal_allocations(minutes, rule)
    ways = [
        dict(zip(billed, units, strict=True))
        for units in product(*(range(most + 1) for most in billed.values()))
    ]
    if rule == "cms":
        legal = [way for way in ways if support.verdict(way) is Verdict.OK]
        assert support.lowered(billed) == (legal[0] if len(legal) == 1 else None)
    else:
        legal = [way for way in ways if support.verdict(way) in (Verdict.OK, Verdict.UNDER)]
        assert support.lowered(billed) == max(legal, key=lambda way: sum(way.values()))


@st.composite
def claims(draw: st.DrawFn) -> str:
    lines = []
    for day in range(3, 3 + draw(st.integers(1, 3))):
        for code in draw(st.lists(st.sampled_from(CODES[:3]), min_size=1, max_size=3, unique=True)):
            units, cents = draw(st.integers(1, 4)), draw(st.integers(100, 9999))
            charge = Decimal(units * cents + draw(st.sampled_from((0, 0, 0, 1)))) / 100
            attested = "" if draw(st.integers(0, 5)) else " unattested"
            lines.append(
                f"{code}:GP x{units} ${charge} dos=2026-11-{day:02d} @{draw(st.integers(0, 40))}{attested}"
            )
    return " ; ".join(lines)


@settings(max_examples=25, deadline=None)
@given(claims())
def test_units_only_go_down_at_the_same_unit_charge_and_the_claim_balances(notation: str) -> None:
    done = corrected(notation)
    assert done is not None
    before, after = (edi.decode().splitlines() for edi in (build(notation).edi, done))
    assert len(before) == len(after)
    total = Decimal(0)
    for was, now in zip(before, after, strict=True):
        if not was.startswith("SV1"):
            assert was == now or was.startswith("CLM*")
            continue
        one, other = was.split("*"), now.split("*")
        assert [one[n] for n in (1, 3, 5, 6, 7)] == [other[n] for n in (1, 3, 5, 6, 7)]
        units, fewer = int(one[4]), int(other[4])
        assert 0 < fewer <= units
        assert Decimal(one[2]) * fewer == Decimal(other[2]) * units
        total += Decimal(other[2])
    [claim] = [line.split("*") for line in after if line.startswith("CLM*")]
    assert Decimal(claim[2]) == total
