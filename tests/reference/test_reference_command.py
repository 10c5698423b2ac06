"""``scrub837 reference`` as a person uses it."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cms_files import limits_text, pairs_text, put

from scrub837.cli.reference import reference
from scrub837.errors import ReferenceUnreadable

ROWS = "10000 20000 20050101 20191231 0\n10000 20000 20201001 * 1\n10000 20001 20200101 20200101 9"


def run(*arguments: object) -> Result:
    result = CliRunner().invoke(reference, [str(argument) for argument in arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.fixture(autouse=True)
def _no_database_of_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SCRUB837_REFERENCE", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


@pytest.fixture
def loaded(tmp_path: Path) -> Path:
    """The user's own database, loaded without naming it."""
    edits = put(tmp_path, "ccipra-v323r0-f1.txt", pairs_text(ROWS))
    limits = put(tmp_path, "MCR_MUE_PractitionerServices_Eff_10-01-2026.csv", limits_text("10000 4 3"))
    result = run("load", edits, limits)
    assert result.exit_code == 0
    assert result.stdout == ""
    assert result.stderr.splitlines() == [
        "ccipra-v323r0-f1.txt: medicare PTP 2026Q4 f1, 3 rows, loaded",
        "MCR_MUE_PractitionerServices_Eff_10-01-2026.csv: medicare MUE 2026Q4, 1 rows, loaded",
        "medicare 2026Q4: only f1 of f1 to f4 so far",
        f"The reference is in {tmp_path / 'data' / 'scrub837' / 'reference.sqlite'}",
    ]
    return tmp_path


def test_loading_again_says_so(loaded: Path) -> None:
    result = run("load", loaded / "ccipra-v323r0-f1.txt")
    assert "2026Q4 f1, 3 rows, already loaded" in result.stderr


def test_list_shows_parts_and_files(loaded: Path) -> None:
    lines = run("list").stdout.splitlines()
    assert lines[1:4] == [
        "medicare procedure-to-procedure edits 2026Q4: 3 rows, 2026-10-01 to 2026-12-31",
        "  2026Q4 is loaded in part: f1; codes in f2, f3, f4 were not looked up",
        lines[3],
    ]
    assert lines[3].startswith("  f1  ccipra-v323r0-f1.txt  3 rows  sha256 ")
    assert "medicare unit limits 2026Q4: 1 rows, 2026-10-01 to 2026-12-31" in lines
    assert "medicare add-on codes starter, built in: 247 rows, any day" in lines


def test_lookup_of_an_edit(loaded: Path) -> None:
    lines = run("lookup", "20000", "10000", "--date", "2026-11-03").stdout.splitlines()
    assert lines[:3] == [
        "20000 is bundled into 10000 on 2026-11-03.",
        "  10000 is column 1 (paid), 20000 is column 2 (denied without a modifier)",
        "  indicator 1: an NCCI modifier separates them when the record shows why",
    ]
    assert any("2005-01-01 to 2019-12-31, indicator 0" in line for line in lines)
    assert any(
        "medicare edition 2026Q4, ccipra-v323r0-f1.txt; basis: Invented reason" in line for line in lines
    )


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("20000", "10000", "--date", "2010-05-05"), "10000 is column 1 (paid), 20000 is column 2 (denied)"),
        (("20000", "10000", "--date", "2020-05-05"), "No edit between 20000 and 10000 on 2020-05-05."),
        (("10000", "20001", "--date", "2020-01-01"), "indicator 9: deleted from its first day on"),
        (("10000", "20000", "--date", "2027-05-05"), "no edition loaded reaches 2027-05-05"),
        (("10000", "20000", "--date", "2026-11-03", "--program", "medicaid"), "asked of the medicare table"),
        (("88888", "20000", "--date", "2026-11-03"), "codes in f2, f3, f4 were not looked up"),
        (("10000", "--date", "2026-11-03"), "unit limit: 4 (edition 2026Q4); per day (indicator 3)"),
        (("10001", "--date", "2026-11-03"), "unit limit: none in the table of that quarter"),
        (("10000", "--date", "2026-01-03"), "unit limit: not known: no table of that quarter is loaded"),
        (("97130", "--date", "2026-11-03"), "add-on code: yes, only beside 97129 (edition starter)"),
        (("97130", "--date", "2026-11-03"), "time: one unit per further 15 minutes beside 97129"),
        (("97162", "--date", "2026-11-03"), "therapy: always; needs GP for Medicare"),
        (("97001", "--date", "2026-11-03"), "ended: last valid day 2016-12-31"),
        (("97014", "--date", "2026-11-03"), "billed as G0283"),
    ],
)
def test_lookup_in_words(loaded: Path, arguments: tuple[str, ...], says: str) -> None:
    assert says in run("lookup", *arguments).stdout


def test_lookup_without_a_database_never_claims_there_is_no_edit() -> None:
    assert "No database: the built-in starter edition answers." in run("list").stdout
    assert "97140 is column 1" in run("lookup", "97530", "97140", "--date", "2026-11-03").stdout
    unknown = run("lookup", "10000", "20000", "--date", "2026-11-03").stdout
    assert unknown.startswith("Not known: the starter edition")
    assert "No edit" not in unknown


@pytest.mark.parametrize(
    "arguments",
    [
        ("lookup", "9714"),
        ("lookup", "97140", "97530", "97110"),
        ("lookup", "97140", "--date", "yesterday"),
        ("load",),
    ],
)
def test_wrong_use_is_status_2(arguments: tuple[str, ...]) -> None:
    assert run(*arguments).exit_code == 2


def test_a_damaged_file_is_the_callers_error(loaded: Path) -> None:
    bad = put(loaded, "ccipra-v323r0-f2.txt", pairs_text(ROWS).replace(b"20191231", b"20191299"))
    with pytest.raises(ReferenceUnreadable, match=r"ccipra-v323r0-f2\.txt, line 7"):
        run("load", bad)
