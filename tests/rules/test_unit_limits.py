"""Unit limits and add-on codes, against small tables in CMS's layout whose rows are invented."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest
from cms_files import add_ons_text, limits_text, put

from scrub837.findings import Finding, Severity
from scrub837.reference.load import load
from scrub837.reference.store import Reference, open_reference
from scrub837.testing import findings, judge

LIMITS = """\
97012 1 2
97110 6 3
97140 4 1
"""  # code, units, adjudication indicator
ADD_ONS = """\
1 97130 97129 2020001 -
2 96999 - 2020001 -
3 99417 99205 2021001 -
"""  # type, add-on, primary, first day as year and day of the year


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Reference:
    """Medicare limits of the fourth quarter of 2026 and add-on codes of the year."""
    folder: Path = tmp_path_factory.mktemp("tables")
    files = [
        put(folder, "MCR_MUE_PractitionerServices_Eff_10-01-2026.csv", limits_text(LIMITS)),
        put(folder, "AOC_V2026Q4_01-MCR.txt", add_ons_text(ADD_ONS)),
    ]
    load(files, folder / "reference.sqlite", "medicare")
    return open_reference(folder / "reference.sqlite")


def over(notation: str, reference: Reference) -> list[Finding]:
    return findings(notation, "mue-over", reference=reference)


def test_limit_of_a_line(reference: Reference) -> None:
    """Indicator 1, limit 4: 3 + 3 on two lines pass, 5 on one does not."""
    assert not over("97140:GP x3 ; 97140:GP:59 x3", reference)
    (found,) = over("97140:GP x3 ; 97140:GP:59 x5", reference)
    assert found.location.line == 2
    assert (found.facts["billed"], found.facts["limit"], found.facts["indicator"]) == ("5", 4, "1")
    assert "another line" in found.action


def test_limit_of_a_day(reference: Reference) -> None:
    """Indicator 3, limit 6: 4 + 3 over two lines is 7; the last line is named, the first beside it."""
    assert not over("97110:GP x3 ; 97110:GP:59 x3", reference)
    (found,) = over("97110:GP x4 ; 97140:GP x1 ; 97110:GP:CQ x3", reference)
    assert (found.severity, found.location.line, found.location.element) == (Severity.DENY, 3, "SV104")
    assert [place.line for place in found.related] == [1]
    assert (found.facts["billed"], found.facts["lines"], found.facts["edition"]) == ("7", [1, 3], "2026Q4")
    assert "appeal" in found.why
    assert found.fix is None


def test_limit_of_policy(reference: Reference) -> None:
    (found,) = over("97012:GP x2", reference)
    assert "nothing above it is ever paid" in found.why


def test_two_claims_are_one_day(reference: Reference) -> None:
    """4 + 3 units on two claims of the same provider; another provider, patient or day is counted apart."""
    (found,) = over("97110:GP x4 || 97110:GP x3", reference)
    assert (found.location.claim, [place.claim for place in found.related]) == ("C2", ["C1"])
    assert not over("97110:GP x4 || provider=P3 | 97110:GP x3", reference)
    assert not over("97110:GP x4 || patient=B | 97110:GP x3", reference)
    assert not over("97110:GP x4 || dos=2026-11-04 | 97110:GP x3", reference)


def test_what_is_not_summed(reference: Reference) -> None:
    """A voided claim, a replacement beside its original, and post-operative care (55)."""
    assert not over("97110:GP x4 || freq=8 f8=PAYER1 | 97110:GP x4", reference)
    assert not over("97110:GP x4 || freq=7 f8=PAYER1 | 97110:GP x5", reference)
    assert not over("97110:GP x4 ; 97110:55 x3", reference)
    (found,) = over("freq=7 f8=PAYER1 | 97110:GP x7", reference)
    assert found.location.claim == "C1"


def test_units_by_day_of_a_range(reference: Reference) -> None:
    """18 units over three days are 6 a day, 19 are more; the range is told of once."""
    assert not over("97110:GP x18 to=2026-11-05", reference)
    (found,) = over("97110:GP x19 to=2026-11-05", reference)
    assert found.facts["day"] == "2026-11-03"
    assert "6.33 units" in found.message


def test_quarter_without_limits(reference: Reference) -> None:
    """Nothing is loaded for the third quarter: two lines are not checked, and it is said."""
    notation = "dos=2026-09-30 | 97110:GP x99 ; 97012:GP x9"
    with closing(judge(notation, reference=reference)) as report:
        notes = Counter({(note.name, note.reason): note.lines for note in report.not_checked})
        assert not [found for found in report.findings() if found.name == "mue-over"]
    assert notes["mue-over", "no unit limits of Medicare for 2026Q3 are loaded"] == 2


def test_days_without_limits_count_a_line_once(reference: Reference) -> None:
    """Two claims over three and four days of the third quarter, two days in common: two lines, not seven."""
    notation = "dos=2026-09-01 | 97110:GP x9 to=2026-09-03 || dos=2026-09-02 | 97110:GP x8 to=2026-09-05"
    with closing(judge(notation, reference=reference)) as report:
        assert [note.lines for note in report.not_checked if note.name == "mue-over"] == [2]


def test_code_without_a_built_in_limit() -> None:
    """The starter edition is no whole table: a code it does not hold is not checked, and it is said."""
    with closing(judge("payer=MC dos=2026-03-10 | 99213 x9")) as report:
        notes = {(note.name, note.reason): note.lines for note in report.not_checked}
    assert notes["mue-over", "the built-in unit limits do not hold the code"] == 1


def test_add_on_types(reference: Reference) -> None:
    """Type 1 is denied alone; types 2 and 3 are a risk alone and worth knowing beside something else."""

    def severities(notation: str) -> list[Severity]:
        return [found.severity for found in findings(notation, "addon-no-primary", reference=reference)]

    assert severities("97130:GN x1 ; 92507:GN x1") == [Severity.DENY]
    assert severities("97129:GN x1 ; 97130:GN x1") == []
    assert severities("96999 x1") == [Severity.RISK]
    assert severities("96999 x1 ; 99213 x1") == [Severity.INFO]
    assert severities("99205 x1 ; 99417 x1") == []
    assert severities("99215 x1 ; 99417 x1") == [Severity.INFO]
    assert severities("97129:GN x1 {P1} ; 97130:GN x1 {P2}") == [Severity.DENY]


def test_partner_in_critical_care() -> None:
    """99292 may go on from a partner's 99291, which need not be in the file."""
    (found,) = findings("provider=MD place=23 | 99292 x1", "addon-no-primary")
    assert found.severity is Severity.RISK
