"""Which fixes are taken, and what is said of the others."""

from __future__ import annotations

from array import array

import msgspec

from scrub837.findings import Edit, Finding, Fix, Location, Safety, Severity
from scrub837.fixes.compose import NEEDS_DOCUMENTED, OUTSIDE, PERSON_ONLY, Composition, compose
from scrub837.found import FoundIndex, record
from scrub837.results import Counts, FileReport
from scrub837.spool import Spool


def finding(code: str, *edits: tuple[int, int, str], safety: Safety = Safety.SAFE) -> Finding:
    """A finding about bytes 0 to 100 whose fix makes these edits."""
    return Finding(
        code=code,
        name=code.lower(),
        severity=Severity.DENY,
        message="m",
        location=Location(start=0, end=100, line=int(code[3:]), claim_index=1, element="SV101-3"),
        fix=Fix(
            safety=safety,
            before="",
            after="",
            edits=tuple(Edit(start, end, "x" * (end - start), new) for start, end, new in edits),
        ),
    )


def composed(*findings: Finding, safety: Safety = Safety.SAFE) -> Composition:
    found = FoundIndex()
    for one in findings:
        found.append(record(one))
    order = list(range(len(findings)))
    report = FileReport("f", "", 0, "held", Counts(), Spool(), array("q"), found, order, [])
    try:
        return compose(report, safety)
    finally:
        report.close()


def changes(result: Composition) -> list[tuple[int, int, str]]:
    return [(one.start, one.end, one.after) for one in result.splices]


def test_a_fix_over_another_is_left_out_whole() -> None:
    result = composed(finding("MOD001", (10, 14, "A")), finding("MOD002", (13, 20, "B"), (30, 31, "C")))
    assert changes(result) == [(10, 14, "A")]
    assert result.reasons == {1: "overlaps the correction of MOD001 on the same element"}


def test_the_same_change_is_made_once_for_all_who_ask_for_it() -> None:
    result = composed(finding("MOD001", (10, 10, ":59")), finding("MOD002", (10, 10, ":59"), (20, 21, "B")))
    assert changes(result) == [(10, 10, ":59"), (20, 21, "B")]
    assert [proposal.code for proposal in result.splices[0].by] == ["MOD001", "MOD002"]
    assert result.reasons == {}


def test_two_insertions_at_one_place_collide() -> None:
    result = composed(finding("MOD001", (10, 10, ":59")), finding("MOD002", (10, 10, ":KX")))
    assert changes(result) == [(10, 10, ":59")]
    assert list(result.reasons) == [1]


def test_an_insertion_beside_a_replacement_is_made() -> None:
    result = composed(finding("MOD001", (10, 12, "GP")), finding("MOD002", (12, 12, ":59")))
    assert changes(result) == [(10, 12, "GP"), (12, 12, ":59")]


def test_safe_goes_before_documented() -> None:
    asked = (finding("MOD001", (10, 12, "A"), safety=Safety.DOCUMENTED), finding("MOD002", (11, 13, "B")))
    assert composed(*asked).reasons == {0: NEEDS_DOCUMENTED}
    both = composed(*asked, safety=Safety.DOCUMENTED)
    assert changes(both) == [(11, 13, "B")]
    assert both.reasons == {0: "overlaps the correction of MOD002 on the same element"}


def test_what_a_program_may_not_write() -> None:
    person = finding("MOD001", (10, 12, "A"), safety=Safety.MANUAL)
    beyond = finding("MOD002", (99, 101, "B"))
    odd = finding("MOD003", (40, 44, "C"), (43, 45, "D"))
    assert composed(person, beyond, odd, safety=Safety.DOCUMENTED).reasons == {
        0: PERSON_ONLY,
        1: OUTSIDE,
        2: "its own changes overlap",
    }


def total(code: str, was: str, now: str, line: tuple[int, int, str]) -> Finding:
    """A finding whose fix changes a line and the total at bytes 50 to 56."""
    one = finding(code, line, safety=Safety.DOCUMENTED)
    assert one.fix is not None
    edits = (*one.fix.edits, Edit(50, 50 + len(was), was, now, adds=True))
    return msgspec.structs.replace(one, fix=msgspec.structs.replace(one.fix, edits=edits))


def test_differences_of_a_total_add_up() -> None:
    """200.00 less 50.00, less 50.00 again and less 12.50."""
    one = total("TIM001", "200.00", "150.00", (10, 11, "2"))
    asked = (
        one,
        total("TIM002", "200.00", "150.00", (20, 21, "1")),
        total("TIM003", "200.00", "187.50", (30, 31, "1")),
    )
    result = composed(*asked, safety=Safety.DOCUMENTED)
    assert changes(result) == [(10, 11, "2"), (20, 21, "1"), (30, 31, "1"), (50, 56, "87.50")]
    assert [proposal.code for proposal in result.splices[-1].by] == ["TIM001", "TIM002", "TIM003"]
    twice = composed(one, total("TIM004", "200.00", "150.00", (10, 11, "2")), safety=Safety.DOCUMENTED)
    assert changes(twice) == [(10, 11, "2"), (50, 56, "150.00")]  # the same change, asked for by two


def test_a_total_that_something_else_rewrites_is_left_alone() -> None:
    other = finding("MOD001", (49, 56, "0200.00"))
    result = composed(other, total("TIM001", "200.00", "150.00", (10, 11, "2")), safety=Safety.DOCUMENTED)
    assert changes(result) == [(49, 56, "0200.00")]
    assert list(result.reasons) == [1]


def test_changes_may_lie_in_any_place_the_finding_names() -> None:
    one = finding("MOD001", (10, 12, "A"), (150, 151, "B"))
    assert composed(one).reasons == {0: OUTSIDE}
    beside = msgspec.structs.replace(one, related=(Location(start=120, end=151),))
    assert changes(composed(beside)) == [(10, 12, "A"), (150, 151, "B")]
