"""What the treatment-time log says to 59, and when a correction may be proposed from it."""

from __future__ import annotations

import re
from contextlib import closing
from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrub837.findings import Finding, Fix, Safety
from scrub837.testing import Built, build, findings, judge

NEVER_SAFE = {"59", "XE", "XP", "XS", "XU", "25", "KX", "AT"}
SEPARATE = {"59", "XE", "XP", "XS", "XU"}


def verdict(claim: str) -> str:
    """The one evidence finding of a claim, as ``name severity``."""
    found = [f for f in findings(claim) if f.name in ("ptp-ok", "m59-undoc")]
    return " ".join(f"{f.name} {f.severity}" for f in found)


# --- what bears 59 out ----------------------------------------------------------------------------------

OK, AGAINST, LACKING = "ptp-ok info", "m59-undoc deny", "m59-undoc risk"


@pytest.mark.parametrize(
    ("manual", "activities", "wanted"),
    [
        # blocks and areas
        ("0900-0915 [cervical]", "0915-0930 [shoulder R]", OK),
        ("0900-0915 [cervical]", "0915-0930 [cervical]", OK),
        ("0900-0915 [cervical]", "0900-0915 [cervical]", AGAINST),
        ("0900-0915 [cervical]", "0914-0930 [cervical]", AGAINST),
        ("0900-0915", "0915-0930", OK),
        ("0900-0915 [back]", "0915-0930 [spine]", OK),
        ("0900-0910 0925-0930 [cervical]", "0910-0925 [cervical]", OK),  # split blocks
        ("0900-0910 0920-0930 [cervical]", "0910-0925 [cervical]", AGAINST),
        # areas without clock times
        ("@15 [cervical]", "@15 [knee R]", OK),
        ("@15 [cervical]", "@15 [cervical]", LACKING),
        ("@15 [shoulder L]", "@15 [shoulder R]", OK),
        ("@15 [shoulder B]", "@15 [shoulder R]", LACKING),
        ("@15 [shoulder]", "@15 [shoulder R]", LACKING),
        ("@15 [back]", "@15 [knee R]", LACKING),
        ("@15", "@15 [knee R]", LACKING),
        ("@15 [cervical,right knee]", "@15 [cervical,left hip]", LACKING),
        # one therapist cannot work one-on-one in two places in the same minutes
        ("0900-0915 [cervical]", "0900-0915 [knee R]", LACKING),
        ("0900-0915", "0905-0920 [knee R]", LACKING),
        # encounters of the day
        ("@15 session=1 [cervical]", "@15 session=2 [cervical]", OK),
        ("@15 session=1 [cervical]", "@15 session=1 [cervical]", LACKING),
        ("0900-0915 session=1 [cervical]", "0905-0920 session=2 [cervical]", AGAINST),
        # one side only, and too little
        ("0900-0915 [cervical]", "", LACKING),
        ("", "0900-0915 [cervical]", LACKING),
        ("0900-0915", "0915-0922", AGAINST),  # 7 minutes earn no unit
        ("0900-0915", "0915-0923", OK),  # 8 do
        ("0900-0907", "0915-0930", OK),  # column 1 is another rule's
        ("@15 [cervical]", "@15 [knee R] logcode=97110", LACKING),  # a row of another code is no evidence
    ],
)
def test_97530_beside_97140(manual: str, activities: str, wanted: str) -> None:
    assert verdict(f"97140:GP x1 {manual} ; 97530:GP:59 x1 {activities}") == wanted


@pytest.mark.parametrize(
    ("regions", "other", "wanted"),
    [
        ("0900-0910 [cervical,lumbar]", "0910-0925 [lumbar]", AGAINST),  # whatever the clock says
        ("0900-0910 [cervical,lumbar]", "0910-0925 [knee L]", OK),
        ("0900-0910 [cervical,lumbar]", "0900-0925 [knee L]", OK),
        ("0900-0910 [cervical,lumbar]", "@15 [knee L]", OK),
        ("0900-0910 [cervical,lumbar]", "0910-0925 [back]", LACKING),
        ("0900-0910 [cervical,lumbar]", "0910-0925", LACKING),
        ("0900-0910", "0910-0925 [lumbar]", LACKING),
        ("0900-0910 [cervical,lumbar]", "0910-0925 [lumbar,knee]", LACKING),  # which minutes were where?
        ("0900-0910 session=1 [lumbar]", "0910-0925 session=2 [lumbar]", AGAINST),
    ],
)
@pytest.mark.parametrize("code", ["97140", "97112", "97124"])
def test_beside_a_manipulation_only_another_region_counts(
    regions: str, other: str, code: str, wanted: str
) -> None:
    assert verdict(f"provider=DC payer=CI | 98941 x1 {regions} ; {code}:59 x1 {other}") == wanted


@pytest.mark.parametrize(
    ("group", "single", "wanted"),
    [
        ("0900-0940 mode=group", "0940-0955 [knee R]", OK),
        ("0900-0940 mode=group", "0920-0935 [knee R]", AGAINST),
        ("0900-0940 mode=group [shoulder L]", "0920-0935 [knee R]", AGAINST),
        ("0900-0940", "0930-0945", AGAINST),  # 97150 is group treatment whatever the mode says
        ("@40 mode=group [shoulder L]", "@15 [knee R]", LACKING),  # only the clock tells them apart
    ],
)
def test_beside_a_group_only_other_time_counts(group: str, single: str, wanted: str) -> None:
    assert verdict(f"97150:GP x1 {group} ; 97110:GP:59 x1 {single}") == wanted


def test_an_evaluation_has_no_area_and_needs_no_eight_minutes() -> None:
    assert verdict("97140:GP x1 0900-0915 [lumbar] ; 97164:GP:59 x1 0915-0921 mode=eval") == OK


def test_59_on_column_1_is_judged_on_column_2s_line() -> None:
    (found,) = findings("97140:GP:59 x1 0900-0915 [cervical] ; 97530:GP x1 0900-0915 [cervical]", "m59-undoc")
    assert found.location.line == 2
    assert found.severity == "deny"


def test_the_worst_of_several_partners_decides() -> None:
    claim = "97140 x1 0900-0915 [neck] ; 97530 x1 0915-0930 [knee R] ; 97164:GP:59 x1 0920-0940 mode=eval"
    (found,) = findings(claim, "m59-undoc")  # apart from 97140, in the minutes of 97530, no area that differs
    assert [place.line for place in found.related] == [2]
    assert found.severity == "risk"
    assert not findings(claim, "ptp-ok")


def test_the_findings_show_clock_times_and_areas() -> None:
    claim = "97140:GP x1 0900-0915 [cervical] ; 97530:GP:59 x1 0915-0925 [shoulder R]"
    (found,) = findings(claim, "ptp-ok")
    assert found.facts["column1_time"] == ["09:00-09:15"]
    assert found.facts["column2_time"] == ["09:15-09:25"]
    assert (found.facts["column1_area"], found.facts["column2_area"]) == ("cervical", "shoulder R")
    assert (found.facts["column1_minutes"], found.facts["column2_minutes"]) == (15, 10)
    assert "97140 09:00-09:15, 97530 09:15-09:25" in found.why
    assert "The 10 minutes are less than a block of 15" in found.why


def test_25_and_other_modifiers_are_not_judged_by_the_log() -> None:
    assert verdict("provider=DC payer=CI | 98941 x1 0900-0910 [lumbar] ; 99213:25 x1 @20") == ""
    assert verdict("97140:GP:LT x1 @15 [knee L] ; 97530:GP:RT x1 @15 [knee L]") == ""


# --- the proposal ---------------------------------------------------------------------------------------

FULL = "0900-0915 [cervical] reason=other_area ; {line} x1 0915-0930 [shoulder R] reason=other_area"


def proposed(claim: str, edits: tuple[tuple[str, str], ...] = ()) -> Fix | None:
    (found,) = findings(claim, "ptp-unbypassed", edits=edits)
    return found.fix


def corrected(built: Built, found: list[Finding]) -> Built:
    """The file with all edits of these findings made."""
    data = built.edi
    edits = [edit for f in found if f.fix for edit in f.fix.edits]
    for edit in sorted(edits, key=lambda edit: edit.start, reverse=True):
        assert data[edit.start : edit.end].decode("latin-1") == edit.expect
        data = data[: edit.start] + edit.new.encode("latin-1") + data[edit.end :]
    return replace(built, edi=data)


@pytest.mark.parametrize(
    ("sv101", "wanted"),
    [
        ("HC:97530", "HC:97530:59"),
        ("HC:97530:GP", "HC:97530:GP:59"),
        ("HC:97530:GP:KX:CQ", "HC:97530:GP:KX:CQ:59"),
        ("HC:97530:GP::", "HC:97530:GP:59:"),
        ("HC:97530:GP::::ACTIVITIES", "HC:97530:GP:59:::ACTIVITIES"),
        ("HC:97530:::::ACTIVITIES", "HC:97530:59::::ACTIVITIES"),
        ("HC:97530::GP::KX", "HC:97530:59:GP::KX"),  # nothing is free behind the last: the first gap
        ("HC:97530:gp: :", "HC:97530:gp:59:"),
    ],
)
def test_the_modifier_goes_behind_the_others(sv101: str, wanted: str) -> None:
    built = build(f"97140:GP x1 {FULL.format(line='97530')}", ((f"{sv101[:8]}*", f"{sv101}*"),))
    found = findings(built, "ptp-unbypassed")
    (fix,) = [f.fix for f in found if f.fix]
    assert (fix.safety, fix.before, fix.after) == (Safety.DOCUMENTED, sv101, wanted)
    after = corrected(built, found)
    assert after.edi == built.edi.replace(f"{sv101}*".encode(), f"{wanted}*".encode())
    assert not findings(after, "ptp-unbypassed")
    (place,) = [f.location for f in found]
    assert place.start is not None
    assert place.end is not None
    assert all(place.start <= edit.start <= edit.end <= place.end for edit in fix.edits)


def test_the_proposal_names_rows_and_person() -> None:
    fix = proposed(f"97140:GP x1 {FULL.format(line='97530:GP')}")
    assert fix is not None
    assert fix.evidence == "log log.csv rows 2 and 3, attested by THERAPIST-1"


def test_the_payer_may_want_the_exact_modifier() -> None:
    both = "x1 @15 [cervical] reason=a ; 97530:GP x1 @15 [knee R] reason=a"
    visits = "x1 0900-0915 session=1 reason=a ; 97530:GP x1 1400-1415 session=2 reason=a"
    blocks = "x1 0900-0915 [cervical] reason=a ; 97530:GP x1 0915-0930 [cervical] reason=a"
    spine = "98941 x1 0900-0910 [lumbar] reason=a ; 97124 x1 0910-0925 [knee L] reason=a"
    for head, lines, wanted in (
        ("", f"97140:GP {both}", "59"),
        ("with=prefers-x", f"97140:GP {both}", "XS"),
        ("with=prefers-x", f"97140:GP {visits}", "XE"),
        ("with=prefers-x", f"97140:GP {blocks}", "59"),
        ("provider=DC", spine, "59"),
        ("provider=DC with=prefers-x", spine, "XS"),
    ):
        fix = proposed(f"payer=CI {head} | {lines}")
        assert fix is not None
        assert fix.after == f"{fix.before}:{wanted}", head


@pytest.mark.parametrize(
    "claim",
    [
        "97140:GP x1 ; 97530:GP x1",
        "97140:GP x1 0900-0915 [cervical] reason=a ; 97530:GP x1",
        "97140:GP x1 0900-0915 [cervical] ; 97530:GP x1 0915-0930 [knee R]",  # no reason
        "97140:GP x1 0900-0915 [cervical] reason=a ; 97530:GP x1 0915-0930 [knee R]",  # none on column 2
        "97140:GP x1 0900-0915 unattested ; 97530:GP x1 0915-0930 reason=a",
        "97140:GP x1 0900-0915 ; 97530:GP x1 0915-0930 reason=a unattested",
        "97140:GP x1 0900-0915 [cervical] ; 97530:GP x1 0910-0925 [cervical] reason=a",
        "97140:GP x1 @15 [cervical] ; 97530:GP x1 @15 [cervical] reason=a",
        "97140:GP x1 @15 [back] ; 97530:GP x1 @15 [knee R] reason=a",
        "97140:GP x1 @15 session=1 ; 97530:GP x1 @15 session=2 reason=a",  # neither clock nor area
        "97140:GP x1 0900-0915 ; 97530:GP x1 0915-0922 reason=a",  # 7 minutes
        "97140:GP x1 0900-0915 ; 97530:GP x1 0915-0930/aide reason=a",
        "97140:GP x1 0900-0915 ; 97530:GP:KX:CQ:76 x1 0915-0930 reason=a",  # no place is free
        "freq=7 f8=PAYERNO | 97140:GP x1 0900-0915 ; 97530:GP x1 0915-0930 reason=a",
        "with=ignores-59 | 97140:GP x1 0900-0915 ; 97530:GP x1 0915-0930 reason=a",
        "provider=DC payer=CI | 98941 x1 0900-0910 [lumbar] ; 97140 x1 0910-0925 [lumbar] reason=a",
        "provider=DC payer=CI | 98941 x1 0900-0910 [lumbar] ; 97140 x1 0910-0925 reason=a",
        "provider=DC payer=CI | 98941 x1 0900-0910 [lumbar] ; 99213 x1 0910-0925 reason=a",  # a visit
        "97140:GP x2 dos=2026-11-02 to=2026-11-03 @30 [cervical] ; 97530:GP x1 dos=2026-11-02 @15 [knee R]",
        "pairs=1/3/1,2/3/0 | 1 x1 0900-0915 ; 2 x1 ; 3 x1 0915-0930 reason=a",  # with indicator 0 beside it
    ],
)
def test_without_all_of_it_nothing_is_proposed(claim: str) -> None:
    for found in findings(claim, "ptp-unbypassed"):
        assert found.fix is None
        assert re.search(r"No correction is proposed: \w.+\.$", found.action)


@pytest.mark.parametrize(
    "edits",
    [
        (("REF*6R*C1L2~\n", "REF*6R*C1L2~\nSVD*EXOTH*40*HC:97530:GP**1~\nDTP*573*D8*20261120~\n"),),
        (("REF*6R*C1L2~\n", "REF*6R*C1L2~\nHCP*00*40~\n"),),
        (("HI*ABK:M542~\n", "HI*ABK:M542~\nHCP*00*80~\n"),),
    ],
    ids=["adjudicated", "repriced-line", "repriced-claim"],
)
def test_lines_that_others_have_decided_on_are_left_alone(edits: tuple[tuple[str, str], ...]) -> None:
    claim = f"97140:GP x1 {FULL.format(line='97530:GP')}"
    assert proposed(claim) is not None
    assert proposed(claim, edits) is None


def test_a_modifier_that_would_answer_another_pair_too_needs_evidence_for_it() -> None:
    """59 on 97530 also separates it from 97116, which Medicare takes from column 1."""
    lines = "97140:GP x1 0900-0915 reason=a ; 97530:GP x1 0915-0930 reason=a ; 97116:GP x1 {walk} reason=a"
    apart = {f.location.line: f.fix for f in findings(lines.format(walk="0930-0945"), "ptp-unbypassed")}
    assert apart[2] is not None
    assert apart[3] is not None
    together = {f.location.line: f.fix for f in findings(lines.format(walk="0920-0935"), "ptp-unbypassed")}
    assert together == {2: None, 3: None}


# --- whatever is billed and logged ----------------------------------------------------------------------

CODES = ("97140", "97530", "97116", "97110", "97150", "97161", "97164", "98941", "97124", "99213", "97012")
MODIFIERS = ("GP", "59", "XS", "XE", "25", "LT", "RT", "KX", "22", "AT", "gp", "CQ")
TIMES = ("", "@15", "@7", "0900-0915", "0915-0930", "0910-0925", "0930-0938", "0900-0907 0930-0945")
AREAS = ("", "[cervical]", "[lumbar]", "[knee R]", "[shoulder L]", "[back]", "[lumbar,knee]")


@dataclass(frozen=True)
class Drawn:
    """A line as it was drawn."""

    code: str
    modifiers: tuple[str, ...]
    time: str
    area: str
    reason: bool
    attested: bool

    @property
    def text(self) -> str:
        logged = f" {self.time} {self.area}" if self.time else ""
        return (
            ":".join((self.code, *self.modifiers))
            + f" x1{logged}"
            + " reason=a" * self.reason
            + " unattested" * (not self.attested)
        )


lines = st.builds(
    Drawn,
    st.sampled_from(CODES),
    st.lists(st.sampled_from(MODIFIERS), max_size=4).map(tuple),
    st.sampled_from(TIMES),
    st.sampled_from(AREAS),
    st.booleans(),
    st.sampled_from((True, True, True, False)),
)
mostly = st.sampled_from((True,) * 9 + (False,))
likely_lines = st.builds(  # of the kind a proposal is made for
    Drawn,
    st.sampled_from(("97140", "97530", "97116", "97164")),
    st.sampled_from((("GP",), ("GP", "KX"), ("gp",))),
    st.sampled_from(("0900-0915", "0915-0930", "0930-0945", "0945-0953", "1000-1015", "0910-0925", "@15")),
    st.sampled_from(AREAS[1:5]),
    mostly,
    mostly,
)
drawn_claims = st.one_of(
    st.lists(lines, min_size=1, max_size=5),
    st.lists(likely_lines, min_size=2, max_size=4, unique_by=lambda line: line.code),
    st.lists(likely_lines, min_size=2, max_size=4, unique_by=lambda line: line.code),
)
heads = st.sampled_from(
    ("payer=MB", "payer=MC", "payer=CI", "payer=CI with=prefers-x", "payer=MB freq=7 f8=X", "dos=2019-03-12")
)


def added(fix: Fix) -> set[str]:
    before = re.findall(r"\w+", fix.before)
    return {word for word in re.findall(r"\w+", fix.after) if word not in before}


@given(heads, drawn_claims)
@settings(max_examples=300, deadline=None)
def test_no_statement_about_care_without_attested_rows(head: str, drawn: list[Drawn]) -> None:
    built = build(f"{head} | " + " ; ".join(line.text for line in drawn))
    with closing(judge(built)) as report:
        found = list(report.findings())
    documented = []
    for finding in found:
        fix = finding.fix
        if fix is None or not finding.location.line or not added(fix) & NEVER_SAFE:
            continue
        assert fix.safety is not Safety.SAFE, finding
        if fix.safety is Safety.MANUAL:
            assert not fix.edits
        elif added(fix) & SEPARATE:
            documented.append(finding)
            for place in (finding.location, *finding.related):
                assert place.line is not None
                row = drawn[place.line - 1]
                assert row.time, finding
                assert row.attested, finding
            assert drawn[finding.location.line - 1].reason, finding
    if documented:
        after = findings(corrected(built, documented))
        named = {(f.location.line, f.name) for f in documented}
        before = {(f.location.line, f.name) for f in found}
        assert not {(f.location.line, f.name) for f in after} & named
        assert not {(f.location.line, f.name) for f in after if f.severity in ("deny", "reject")} - before


@pytest.mark.parametrize("role", ["aide", "STUDENT", "TECH"])
def test_unskilled_time_documents_no_separate_service(role: str) -> None:
    (finding,) = findings(
        f"97140:GP x1 0900-0915 [cervical] ; 97530:GP x1 0915-0930/{role} [knee R] reason=separate_block",
        "ptp-unbypassed",
    )
    assert finding.fix is None
    assert "skilled" in finding.action


def test_a_pair_that_other_modifiers_answer_must_be_documented_too() -> None:
    (finding,) = findings(
        "97140:GP x1 0900-0915 ; 97150:GP:RT x1 0915-0930 ; 97164:GP:LT x1 0915-0930 reason=separate_block",
        "ptp-unbypassed",
    )
    assert finding.location.line == 3
    assert finding.fix is None  # 59 would also part 97150 and 97164, of the same minutes
