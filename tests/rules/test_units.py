"""Timed units judged end to end: which line, how severe, what is said, what is left unchecked."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest

from scrub837.config import Settings
from scrub837.configure import built_in_settings
from scrub837.findings import Finding, Severity
from scrub837.testing import TODAY, findings, judge


def one(notation: str, name: str, **options: Any) -> Finding:
    (found,) = findings(notation, name, **options)
    return found


def names(notation: str, **options: Any) -> set[str]:
    return {found.name for found in findings(notation, **options) if found.code.startswith("TIM")}


def not_checked(notation: str, name: str) -> dict[str, int]:
    with closing(judge(notation)) as report:
        return {note.reason: note.lines for note in report.not_checked if note.name == name}


def medicare(**changes: Any) -> Settings:
    settings = built_in_settings(today=TODAY, guide=False)
    changed = replace(settings.profiles["medicare"], **changes)
    return replace(settings, profiles={**settings.profiles, "medicare": changed})


def test_message_shows_the_arithmetic() -> None:
    found = one("97112:GP x2 @24 ; 97110:GP x2 @23", "units-over")
    assert found.message == (
        "47 timed minutes support 3 units under the CMS 8-minute rule (38-52 = 3); 4 are billed."
    )
    assert found.action.startswith("Bill 97112 x2 + 97110 x1;")
    assert found.facts["minutes"] == {"97112": 24, "97110": 23}
    assert found.facts["rules"] == [{"rule": "cms", "units_supported": 3, "legal": ["97112 x2 + 97110 x1"]}]


@pytest.mark.parametrize(
    ("notation", "profile", "line"),
    [
        ("97110:GP x2 @33 ; 97140:GP x1 @7", "commercial-ama", 2),  # 7 minutes earn nothing by themselves
        ("97110:GP x1 @18 ; 97140:GP x1 @13 ; 97116:GP x1 @10 ; 97035:GP x1 @8", None, 4),
        ("97110:GP x3 @24 ; 97112:GP x1 @23", None, 1),
        ("97140:GP x1 @10 ; 97110:GP x2 @15", None, 2),
        ("97110:GP x1 @15 ; 97110:GP:59 x2 @7", None, 2),  # a code on two lines: its last one
    ],
)
def test_the_line_with_most_excess(notation: str, profile: str | None, line: int) -> None:
    assert one(notation, "units-over", profile=profile).location.line == line


def test_pools_are_apart_by_discipline_and_provider_and_day() -> None:
    """8 and 8 minutes of one pool are one unit; in two pools they are one each."""
    assert "units-over" in names("97110:GP x1 @8 ; 97530:GP x1 @8")
    assert "units-over" not in names("97110:GP x1 @8 ; 97530:GO x1 @8")
    assert "units-over" not in names("97110:GP x1 @8 ; 97530:GP x1 @8 {P3}")
    assert "units-over" not in names("97110:GP x1 @8 ; 97530:GP x1 @8 dos=2026-11-04")


def test_a_pool_spans_claims() -> None:
    found = one("id=A1 | 97110:GP x1 @8 || id=A2 | 97530:GP x1 @8", "units-over")
    assert {place.claim for place in (found.location, *found.related)} == {"A1", "A2"}


def test_void_and_replacement_claims_are_not_added_to_what_they_replace() -> None:
    assert names("97110:GP x2 @30 || freq=8 f8=NO1 | 97110:GP x2 @30") == set()
    assert names("97110:GP x2 @30 || freq=7 f8=NO1 | 97110:GP x2 @30") == set()


@pytest.mark.parametrize("how", ["role=aide", "role=STUDENT", "role=TECH", "mode=group", "mode=eval"])
def test_minutes_that_do_not_count(how: str) -> None:
    found = one(f"97110:GP x1 @15 {how}", "units-over")
    assert "support 0 units" in found.message
    assert found.why.count("Not counted: 15 minutes") == 1


def test_the_shorter_of_clock_and_stated_minutes_counts() -> None:
    assert "20 timed minutes support 1 unit" in one("97110:GP x2 0900-0920 @30", "units-over").message
    assert "22 timed minutes support 1 unit" in one("97110:GP x2 0900-0930 @22", "units-over").message


def test_unbilled_minutes_count_for_their_provider_alone() -> None:
    """52 and 1 pooled minutes are four units; the minute of another provider is not in the pool."""
    assert names("97110:GP x4 @52 ; -97140 @1") == set()
    two = "97110:GP x4 @52 ; 97530:GP x1 @15 {P3} ; -97140 @1 {P3}"
    assert "52 timed minutes support 3 units" in one(two, "units-over").message


def test_wrong_under_both_rules_or_one() -> None:
    """33 and 7 minutes: three units of 97110 are misplaced for CMS and one too many by midpoint."""
    found = one("payer=CI | 97110:GP x3 @33 ; -97140 @7", "units-over")
    assert found.message == (
        "33 minutes of 97110 support 2 units under the CPT midpoint rule (23-37 = 2); 3 are billed; "
        "the CMS 8-minute rule and the CPT midpoint rule both support less than is billed."
    )
    assert names("payer=CI | 97110:GP x2 @33 ; 97140:GP x1 @7") == {"units-payer-dep"}


def test_full_quarters() -> None:
    settings = medicare(timed_units="full15")
    assert "support 1 unit under the rule of full 15 minutes (15-29 = 1)" in (
        one("97110:GP x2 @29", "units-over", settings=settings).message
    )
    assert findings("97110:GP x2 @29", "units-over", settings=medicare(timed_units="none")) == []


def test_a_line_without_minutes_leaves_its_day_unjudged() -> None:
    notation = "97110:GP x4 @15 ; 97140:GP x1"
    assert findings(notation, "units-over") == []
    assert not_checked(notation, "units-over") == {"a timed line of the day has no documented minutes": 2}
    assert one(notation, "no-minutes").location.line == 2


def test_without_a_log_nothing_passes_for_checked() -> None:
    reason = "no minutes are documented: an 837P carries units, not minutes"
    for name in ("units-over", "units-misalloc", "no-minutes", "asst-missing"):
        assert not_checked("97110:GP x2 ; 97140:GP x1 ; 97012:GP x1", name)[reason] == (
            3 if name == "asst-missing" else 2
        )


def test_a_claim_the_log_does_not_know() -> None:
    notation = "97110:GP x1 @15 || patient=B | 97110:GP x4 ; 97140:GP x1"
    assert names(notation) == set()
    assert not_checked(notation, "no-minutes") == {"the treatment-time log says nothing of the claim": 2}


def test_a_range_of_days_is_told_and_its_units_are_not_judged() -> None:
    notation = "97110:GP x9 @15 to=2026-11-05"
    assert names(notation) == {"dos-range"}
    assert "a line covers several days: its units of one day are not known" in not_checked(
        notation, "units-over"
    )


def test_money_left_on_the_table() -> None:
    """Two of three units billed; the third belongs to 97140, charged 45 a unit."""
    found = one("97110:GP x1 $50 @15 ; 97140:GP x1 $45 @23", "units-under")
    assert found.severity is Severity.INFO
    assert found.facts["charge_not_billed"] == "45"
    tied = one("97110:GP x1 $50 @20 ; 97140:GP x1 $45 @20", "units-under")  # either code may have it
    assert tied.facts["charge_not_billed"] == "45"
    assert "charge_not_billed" not in one("97110:GP x1 @15 ; -97140 @15", "units-under").facts


def test_shared_remainder_is_told_for_information() -> None:
    """37, 7 and 7 minutes: 97110 has two quarters and one seven earns the third unit, not two of them."""
    found = one("97110:GP x1 @37 ; 97112:GP x1 @7 ; 97140:GP x1 @7", "units-misalloc")
    assert found.severity is Severity.INFO


def test_critical_care_by_payer() -> None:
    claim = "place=23 provider=MD | 99291 x1 @80 ; 99292 x1"
    found = one(claim, "units-over")
    assert (found.severity, found.location.line) == (Severity.DENY, 2)
    assert found.message == (
        "80 documented minutes support 0 units of 99292 (one from 104 minutes, then one every 30); 1 billed."
    )
    assert findings(claim.replace("place", "payer=CI place"), "units-over") == []
    assert "99291 needs 30 minutes; 20 documented minutes" in (
        one("place=23 provider=MD | 99291 x1 @20", "units-over").message
    )


def test_unconfirmed_bounds_are_a_risk_at_most() -> None:
    assert one("97129:GN x1 @22 ; 97130:GN x1", "units-over").severity is Severity.RISK
    assert (
        one("payer=CI provider=MD | 99213 x1 ; 90836 x1 @20", "psy-time-mismatch").severity is Severity.RISK
    )
    assert one("payer=CI provider=MD | 90837 x1 @50", "psy-time-mismatch").severity is Severity.DENY
    assert one("payer=CI provider=MD | 90832 x1 @50", "psy-time-mismatch").severity is Severity.INFO


def test_further_units_alone_are_not_judged() -> None:
    assert findings("97130:GN x1 @15", "units-over") == []
    assert not_checked("97130:GN x1 @15", "units-over") == {
        "the code it is added to is not billed by the provider that day": 1
    }


def test_prolonged_visit_goes_by_its_visit() -> None:
    assert findings("payer=CI provider=MD | 99215 x1 @55 ; 99417 x1", "units-over") == []
    assert one("payer=CI provider=MD | 99205 x1 @74 ; 99417 x1", "units-over").location.line == 2


def test_minutes_on_a_service_billed_in_units_are_rejected() -> None:
    assert one("97110:GP x15 unit=MJ", "anes-unit").severity is Severity.REJECT
    assert one("provider=MD place=24 | 00670:AA x8", "anes-unit").severity is Severity.DENY


def test_hours_no_day_has() -> None:
    assert one("97110:GP x97", "units-implausible").severity is Severity.DENY
    assert one("97110:GP x17", "units-implausible").severity is Severity.RISK


def test_assistant_units_go_on_two_lines() -> None:
    found = one("97530:GO x2 0900-0915/OT 0915-0930/OTA", "asst-missing")
    assert found.message == (
        "An assistant gave 15 of 30 minutes of 97530: 1 of 2 units must carry CO; billed with it: none."
    )
    assert found.action == "Bill 1 unit of 97530 with CO and 1 unit without it, on two lines."
