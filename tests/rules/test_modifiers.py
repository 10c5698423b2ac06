"""What is said of modifiers, and what is written in their place."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scrub837.configure import built_in_settings
from scrub837.findings import Finding, Safety, Severity
from scrub837.testing import TODAY, build, findings

ADJUDICATED = (("REF*6R*C1L1~\n", "REF*6R*C1L1~\nSVD*EXOTH*36*HC:97110**1~\n"),)


def only(notation: str, name: str, edits: tuple[tuple[str, str], ...] = ()) -> Finding:
    (found,) = findings(notation, name, edits=edits)
    return found


def corrected(notation: str, name: str, edits: tuple[tuple[str, str], ...] = ()) -> bytes:
    """The file with the edits of the one finding made, each at the place it names."""
    edi = build(notation, edits).edi
    fix = only(notation, name, edits).fix
    assert fix is not None
    for edit in fix.edits:
        assert edi[edit.start : edit.end] == edit.expect.encode("latin-1")
        edi = edi[: edit.start] + edit.new.encode("latin-1") + edi[edit.end :]
    return edi


@pytest.mark.parametrize(
    ("notation", "name", "sent", "written"),
    [
        ("97530:gp x2", "mod-format", "*HC:97530:gp*", "*HC:97530:GP*"),
        ("97110:GP:GP x1", "mod-dup", "*HC:97110:GP:GP*", "*HC:97110:GP*"),
        ("97110:GP:59:gp:KX x1", "mod-dup", "*HC:97110:GP:59:gp:KX*", "*HC:97110:GP:59:KX*"),
        ("97799:GP:GP:::NOTE x1", "mod-dup", "*HC:97799:GP:GP:::NOTE*", "*HC:97799:GP::::NOTE*"),
        ("97140::59 x1", "mod-gap", "*HC:97140::59*", "*HC:97140:59*"),
        ("97799::GP:::NOTE x1", "mod-gap", "*HC:97799::GP:::NOTE*", "*HC:97799:GP::::NOTE*"),
        ("99213:: x1", "mod-trailing", "*HC:99213::*", "*HC:99213*"),
    ],
)
def test_tidied(notation: str, name: str, sent: str, written: str) -> None:
    """A safe correction changes one procedure and nothing else; a description stays in seventh place."""
    before = build(notation).edi
    after = corrected(notation, name)
    assert only(notation, name).fix.safety is Safety.SAFE  # type: ignore[union-attr] # seen by corrected()
    assert before.count(sent.encode()) == 1
    assert after == before.replace(sent.encode(), written.encode())


@pytest.mark.parametrize("name", ["mod-format", "mod-dup"])
@pytest.mark.parametrize(
    ("notation", "edits"),
    [
        ("97110:GP:gp x1", ADJUDICATED),
        ("freq=7 f8=PAYER1 | 97110:GP:gp x1", ()),
        ("97110:GP:gp x1", (("HC:97110:GP:gp", "HC:97110:GP:g\np"),)),
    ],
    ids=["decided by another payer", "a replacement", "wrapped in the middle"],
)
def test_shown_only(name: str, notation: str, edits: tuple[tuple[str, str], ...]) -> None:
    fix = only(notation, name, edits).fix
    assert fix is not None
    assert fix.safety is Safety.MANUAL
    assert fix.edits == ()
    assert fix.reason


def test_untidy_modifier_is_quoted() -> None:
    """A blank behind 59 is seen in the message, and a modifier of foreign letters is none."""
    (blank,) = findings("97116:GP:59 x1", "mod-format", edits=((":59*", ":59 *"),))
    assert "'59 '" in blank.message
    assert blank.location.element == "SV101-4"
    (foreign,) = findings("97116:XY x1", "mod-format", edits=((":XY*", ":\xc9\xc9*"),))
    assert foreign.fix is None


def test_fifth_modifier_is_none() -> None:
    """The 59 in the place of the description is named as not counted; four and a text are left alone."""
    found = only("97530:GP:KX:CQ:76:59 x1", "mod-over4")
    assert (found.severity, found.location.element) == (Severity.DENY, "SV101-7")
    assert found.facts["not_counted"] == ["59"]
    assert found.facts["modifiers"] == ["GP", "KX", "CQ", "76"]


def test_discipline_of_a_bound_code() -> None:
    """97161 can be GP only; where the log names an occupational therapist, nothing is proposed."""
    bound = only("97161:59 x1", "disc-missing")
    assert bound.fix is not None
    assert (bound.fix.safety, bound.fix.after) == (Safety.DOCUMENTED, "HC:97161:GP:59")
    assert only("97161 x1 @30 role=OT", "disc-missing").fix is None


@pytest.mark.parametrize(
    ("line", "after"),
    [
        ("97110 x1 @15 role=PT", "HC:97110:GP"),
        ("97110:CQ x1 @15 role=PTA", "HC:97110:GP:CQ"),
        ("97535 x1 @15 role=OTA", "HC:97535:GO"),
        ("92507 x1 @30 role=SLP", "HC:92507:GN"),
        ("97110 x2 0900-0915/PT 0915-0930/PTA", "HC:97110:GP"),
    ],
)
def test_discipline_of_the_log(line: str, after: str) -> None:
    fix = only(line, "disc-missing").fix
    assert fix is not None
    assert (fix.safety, fix.after) == (Safety.DOCUMENTED, after)
    assert "attested by THERAPIST-1" in (fix.evidence or "")


@pytest.mark.parametrize(
    "line",
    [
        "97110 x1",
        "97110 x1 @15",
        "97110 x1 @15 role=PT unattested",
        "97110 x2 0900-0915/PT 0915-0930/OT",
        "97110 x1 @15 role=DC",
        "97110:59:KX:76:CQ x1 @15 role=PTA",
    ],
    ids=["no log", "no role", "not attested", "two disciplines", "not a therapist", "no room"],
)
def test_discipline_not_shown(line: str) -> None:
    assert only(line, "disc-missing").fix is None


def test_discipline_is_not_added_to_a_replacement() -> None:
    found = only("freq=7 f8=PAYER1 | 97161 x1", "disc-missing")
    assert found.fix is None
    assert "replaces or voids" in found.action


def test_one_fault_one_finding() -> None:
    """GP twice is no second discipline, and a discipline too many is not a wrong one."""
    names = {"disc-missing", "disc-wrong", "disc-multi", "mod-dup"}
    for notation, expected in (
        ("97110:GP:GP x1", {"mod-dup"}),
        ("97161:GP:GO x1", {"disc-multi"}),
        ("97161:GO x1", {"disc-wrong"}),
    ):
        assert {found.name for found in findings(notation)} & names == expected


def test_therapy_amounts_are_by_pool() -> None:
    """2026: $2480. Speech shares the amount of physical therapy; occupational therapy has its own."""
    notation = "97110:GP x1 @15 ytd=2480.01 ; 92507:GN x1 @30 ; 97535:GO x1 @15 ytd=100"
    found = findings(notation, "kx-missing")
    assert [finding.facts["code"] for finding in found] == ["97110", "92507"]
    assert {finding.facts["used_before"] for finding in found} == {"2480.01"}
    assert all(finding.severity is Severity.RISK and finding.fix is None for finding in found)


def test_therapy_amount_of_the_year() -> None:
    """$2410 in 2025, $2480 in 2026."""
    assert findings("dos=2025-12-30 | 97110:GP x1 @15 ytd=2410", "kx-missing")
    assert not findings("dos=2026-01-02 | 97110:GP x1 @15 ytd=2410", "kx-missing")


@pytest.mark.parametrize(
    ("notation", "expected"),
    [
        ("98941 x1", {"at-missing"}),
        ("98941:AT x1", set()),
        ("98940:AT:GA x1", {"at-with-ga"}),
        ("98940:GZ x1", set()),
        ("98943 x1", {"code-not-paid"}),
    ],
)
def test_manipulation_for_medicare(notation: str, expected: set[str]) -> None:
    names = {"at-missing", "at-with-ga", "code-not-paid", "initial-treatment-missing"}
    assert {found.name for found in findings(f"provider=DC | {notation}")} & names == expected
    assert not {found.name for found in findings(f"provider=DC payer=CI | {notation}")} & names


def test_initial_treatment_on_a_line() -> None:
    """The date may stand on the line (loop 2400) as well as on the claim."""
    notation = "provider=DC 454=none | 98941:AT x1"
    assert findings(notation, "initial-treatment-missing")
    line_date = (("DTP*472*", "DTP*454*D8*20261020~\nDTP*472*"),)
    assert not findings(notation, "initial-treatment-missing", edits=line_date)


def test_codes_a_profile_denies() -> None:
    """What a payer's settings list as denied is found with their reason, for a payer that is not Medicare."""
    base = built_in_settings(today=TODAY, guide=False)
    plan = replace(base.profiles["default"], denied_codes={"97124": "not a benefit"})
    settings = replace(base, profiles={**base.profiles, "default": plan})
    notation = "payer=CI | 97124:GP x1 ; 97140:GP x1"
    (found,) = findings(notation, "code-payer-invalid", settings=settings)
    assert (found.facts["code"], found.why, found.fix) == ("97124", "not a benefit", None)
    assert not findings(notation, "code-payer-invalid")
