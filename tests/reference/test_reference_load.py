"""Loading CMS's files: every layout, and what a load may and may not do to the database."""

from __future__ import annotations

import io
import multiprocessing
import zipfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from pathlib import Path

import pytest
from cms_files import (
    WHY,
    add_ons_text,
    fixed_add_ons_text,
    limits_text,
    medicaid_limits_text,
    pairs_text,
    put,
    put_zip,
)
from filelock import FileLock

from scrub837.errors import ReferenceUnreadable, SettingsInvalid, TryLater
from scrub837.reference import sources
from scrub837.reference.load import Outcome, load
from scrub837.reference.published import edition_from
from scrub837.reference.store import Pair, Reference, UnitLimit, open_reference

DAY = date(2026, 11, 3)
ROWS = "10000 20000 20050101 * 1\n10000 20001 20050101 20101231 0\nA0001 10000 20200101 20200101 9"


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "new" / "reference.sqlite"


def outcomes(files: list[Path], database: Path, **options: str) -> list[str]:
    told: list[Outcome] = []
    load(files, database, outcome=told.append, **options)  # type: ignore[arg-type]  # only text options here
    return [one.did for one in told]


# --- layouts ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("tail", ["", "\r\n\x1a", "\t\t\t\t\t\t\r\nEnd of the sample table\t\t\t\t\t\t\r\n"])
def test_medicare_edits_as_text(tmp_path: Path, database: Path, tail: str) -> None:
    (edition,) = load([put(tmp_path, "ccipra-v323r0-f2.TXT", pairs_text(ROWS, tail=tail))], database)
    assert (edition.program, edition.table, edition.edition) == ("medicare", "ptp", "2026Q4")
    assert (edition.effective_from, edition.effective_to) == (date(2026, 10, 1), date(2026, 12, 31))
    assert (edition.rows, edition.parts, edition.complete) == (3, ("f2",), False)
    assert edition.source == "ccipra-v323r0-f2.TXT"
    expected = Pair(
        "10000", "20001", date(2005, 1, 1), date(2010, 12, 31), "0", WHY, "2026Q4", "medicare", edition.source
    )
    assert open_reference(database).pairs("20001", "10000", "medicare") == (expected,)


def test_medicaid_edits_have_one_column_less(tmp_path: Path, database: Path) -> None:
    name = "medicaid-ncci-q2-2026-ptp-edits-practitioner-services.txt"
    (edition,) = load([put(tmp_path, name, pairs_text(ROWS, old_column=False))], database)
    assert (edition.program, edition.edition, edition.parts, edition.complete) == (
        "medicaid",
        "2026Q2",
        (),
        True,
    )
    (row,) = open_reference(database).pairs("10000", "20000", "medicaid")
    assert (row.effective, row.deletion, row.indicator) == (date(2005, 1, 1), None, "1")


def test_zips_of_four_parts_are_one_edition(tmp_path: Path, database: Path) -> None:
    files = []
    for part, first in enumerate("1357", 1):
        text = pairs_text(f"{first}0000 99999 20050101 * 1\n{first}0001 99999 20050101 * 1")
        name = f"medicare-ncci-2026q4-practitioner-ptp-edits-ccipra-v323r0-f{part}.zip"
        files.append(
            put_zip(tmp_path, name, **{f"ccipra_v323r0_f{part}__TXT": text, "readme__txt": b"Hello"})
        )
    (edition,) = load(files, database)
    assert (edition.rows, edition.complete, edition.parts) == (8, True, ("f1", "f2", "f3", "f4"))
    assert len(edition.sha256) == 64
    assert edition.sha256 not in {file.sha256 for file in edition.files}
    known = open_reference(database)
    assert [bool(known.pairs("99999", f"{first}0001", "medicare")) for first in "13579"] == [True] * 4 + [
        False
    ]


def test_edits_as_workbook(tmp_path: Path, database: Path) -> None:
    """Excel turns codes and dates into numbers; 00100 must not become 100."""
    xlsxwriter = pytest.importorskip("xlsxwriter")
    packed = io.BytesIO()
    with xlsxwriter.Workbook(packed, {"in_memory": True}) as book:
        book.add_worksheet("Notice").write(0, 0, "Sample rows")
        sheet = book.add_worksheet("Edits")
        sheet.write_row(0, 0, ["Column 1", "Column 2", "*=in existence", "Effective", "Deletion", "Modifier"])
        sheet.write_row(1, 0, ["0001A", "G0008", "", 20220101, "*", 0, WHY])
        sheet.write_row(2, 0, [100, 20000, "*", 19960101, 20101231, 1, WHY])
    archive = put_zip(tmp_path, "ccipra-v323r0-f1.zip", ccipra_v323r0_f1__xlsx=packed.getvalue())
    (edition,) = load([archive], database)
    assert edition.rows == 2
    (row,) = open_reference(database).pairs("20000", "00100", "medicare")
    assert (row.column1, row.effective, row.deletion) == ("00100", date(1996, 1, 1), date(2010, 12, 31))


def test_text_in_an_archive_is_taken_before_the_workbook_beside_it(tmp_path: Path, database: Path) -> None:
    archive = put_zip(
        tmp_path,
        "x.zip",
        ccipra_v323r0_f1__xlsx=b"not even a workbook",
        ccipra_v323r0_f1__txt=pairs_text(ROWS),
    )
    (edition,) = load([archive], database)
    assert (edition.rows, edition.source) == (3, "x.zip")


def test_workbook_without_its_reader_says_what_to_do(
    tmp_path: Path, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "python_calamine", None)
    with pytest.raises(ReferenceUnreadable, match=r"pip install 'scrub837\[xlsx\]'"):
        load([put(tmp_path, "ccipra-v323r0-f1.xlsx", b"PK")], database)


def test_unit_limits_of_both_programs(tmp_path: Path, database: Path) -> None:
    medicare = put(
        tmp_path, "MCR_MUE_PractitionerServices_Eff_10-01-2026.csv", limits_text("10000 4 3\n10001 1 2")
    )
    medicaid = put(
        tmp_path, "medicaid-ncci-2026-q4-mue-edits-practitioner-services.txt", medicaid_limits_text("10000 2")
    )
    load([medicare, medicaid], database)
    known = open_reference(database)
    quarter = (date(2026, 10, 1), date(2026, 12, 31))
    assert known.unit_limit("10000", DAY, "medicare") == UnitLimit("10000", 4, "3", WHY, "2026Q4", *quarter)
    assert known.unit_limit("10000", DAY, "medicaid") == UnitLimit("10000", 2, None, WHY, "2026Q4", *quarter)
    assert known.unit_limit("10001", DAY, "medicaid") is None


@pytest.mark.parametrize("text", [add_ons_text, fixed_add_ons_text])
def test_add_on_codes(tmp_path: Path, database: Path, text: Callable[[str], bytes]) -> None:
    rows = """
    1 20001 20000 2015001 -
    1 20001 20009 2015001 2019365
    2 20002 CCCCC 2015001 -
    3 20003 20000 2024060 -
    """
    (edition,) = load([put(tmp_path, "AOC_V2025Q4_01-MCR.txt", text(rows))], database)
    assert (edition.table, edition.edition, edition.rows) == ("aoc", "2025Q4", 4)
    assert edition.effective_to == date(2025, 12, 31)
    known = open_reference(database)
    now = known.add_on("20001", DAY)
    before = known.add_on("20001", date(2019, 12, 31))
    assert now
    assert before
    assert (now.kind, now.primaries) == ("1", frozenset({"20000"}))
    assert (before.primaries, before.effective) == (frozenset({"20000", "20009"}), date(2015, 1, 1))
    contractor = known.add_on("20002", DAY)
    assert contractor
    assert (contractor.kind, contractor.primaries) == ("2", frozenset())
    assert known.add_on("20003", date(2024, 2, 28)) is None  # day 60 of a leap year is 29 February
    assert known.add_on("20003", date(2024, 2, 29)) is not None
    assert known.add_on("20000", DAY) is None


# --- names and options -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "edition"),
    [
        ("ccipra-v320r0-f4", "2026Q1"),
        ("ccipra-v313r0-f1", "2025Q4"),
        ("v301r0", "2024Q2"),
        ("medicare-ncci-2026q3-practitioner-ptp-edits", "2026Q3"),
        ("medicaid-ncci-q2-2026-ptp-edits", "2026Q2"),
        ("medicaid-ncci-2026-q3-ptp-edits", "2026Q3"),
        ("MCR_MUE_PractitionerServices_Eff_07-01-2026", "2026Q3"),
        ("add-code-edits-medicare-effective-06012026", "2026Q2"),
        ("practitioner-edits", None),
    ],
)
def test_the_quarter_in_a_name(name: str, edition: str | None) -> None:
    assert edition_from(name) == edition


def test_what_the_name_does_not_tell_must_be_said(tmp_path: Path, database: Path) -> None:
    file = put(tmp_path, "edits.txt", pairs_text(ROWS))
    with pytest.raises(ReferenceUnreadable, match="add --program medicare"):
        load([file], database)
    with pytest.raises(ReferenceUnreadable, match="add --edition 2026Q4"):
        load([file], database, "medicaid")
    with pytest.raises(SettingsInvalid, match="write it as 2026Q4"):
        load([file], database, "medicaid", "next quarter")
    (edition,) = load([file], database, "medicaid", "q3-2026")
    assert (edition.program, edition.edition) == ("medicaid", "2026Q3")


@pytest.mark.parametrize(("program", "edition"), [("medicaid", None), (None, "2026Q3")])
def test_an_option_must_not_contradict_the_name(
    tmp_path: Path, database: Path, program: str | None, edition: str | None
) -> None:
    with pytest.raises(SettingsInvalid, match="its name says"):
        load([put(tmp_path, "ccipra-v323r0-f1.txt", pairs_text(ROWS))], database, program, edition)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("ccioph-v323r0-f1.txt", pairs_text(ROWS), "not the practitioners' table"),
        (
            "MCR_MUE_Eff_10-01-2026.csv",
            limits_text("10000 4 3").replace(b"Practitioner Services", b"Outpatient Hospital Services"),
            "hospitals or suppliers",
        ),
        (
            "medicare-2026q2-practitioner-additions-deletions-revisions-ptp.txt",
            pairs_text(ROWS),
            "changes only",
        ),
        ("ccipra-v323r0-f1.txt", b"Dear reader,\r\nthis is a letter.\r\n", "no table of CMS was recognised"),
        ("ccipra-v323r0-f1.pdf", b"%PDF-1.7", "neither a zip archive nor"),
    ],
)
def test_files_that_are_not_wanted(
    tmp_path: Path, database: Path, name: str, content: bytes, says: str
) -> None:
    with pytest.raises(ReferenceUnreadable, match=says):
        load([put(tmp_path, name, content)], database)
    assert not database.exists()


# --- damage; the edits begin on line 7 --------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("20000", "2000", "line 7: a row with a date but without two codes"),
        ("20001", "2000?", "line 8: '2000\\?' is not a procedure code"),
        (
            "\t20050101\t20101231",
            "\t20051301\t20101231",
            "line 8: the effective date '20051301' is not a date",
        ),
        ("\t20050101\t20101231", "\t\t20101231", "line 8: the effective date '' is not a date"),
        ("20101231", "2010123", "line 8: the deletion date '2010123' is not a date"),
        ("\t0\tInvented", "\t2\tInvented", "line 8: the modifier indicator '2' is not 0, 1 or 9"),
        (f"\t20200101\t9\t{WHY}\r\n", "", "line 9: only 4 columns"),
        (
            f"10000\t20001\t\t20050101\t20101231\t0\t{WHY}",
            "A sentence of words",
            "line 8: not a row of the table, yet rows follow it",
        ),
    ],
)
def test_a_bad_row_stops_the_load_and_names_its_line(
    tmp_path: Path, database: Path, old: str, new: str, says: str
) -> None:
    load([put(tmp_path, "ccipra-v322r0-f1.txt", pairs_text(ROWS))], database)
    before = database.read_bytes()
    text = pairs_text(ROWS).decode().replace(old, new, 1).encode()
    assert text != pairs_text(ROWS)
    with pytest.raises(ReferenceUnreadable, match=f"ccipra-v323r0-f1.txt, {says}"):
        load([put(tmp_path, "ccipra-v323r0-f1.txt", text)], database)
    assert database.read_bytes() == before
    assert sorted(path.suffix for path in database.parent.iterdir()) == [".lock", ".sqlite"]


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (
            limits_text("10000 4 3\n10001 1 2").replace(b",1,2 ", b",one,2 "),
            "line 7: 'one' is not a number of units",
        ),
        (
            limits_text("10000 4 3\n10001 1 2").replace(b",1,2 ", b",1,7 "),
            "line 7: the adjudication indicator",
        ),
        (limits_text("10000 4 3\n10000 1 2"), "line 7: 10000 has a row already"),
    ],
)
def test_a_bad_unit_limit(tmp_path: Path, database: Path, rows: bytes, says: str) -> None:
    with pytest.raises(ReferenceUnreadable, match=says):
        load([put(tmp_path, "MCR_MUE_PractitionerServices_Eff_10-01-2026.csv", rows)], database)


def test_a_damaged_archive(tmp_path: Path, database: Path) -> None:
    rows = "\n".join(f"{number} {number + 1} 20050101 * 1" for number in range(10000, 12000))
    whole = put_zip(tmp_path, "ccipra-v323r0-f1.zip", ccipra_v323r0_f1__txt=pairs_text(rows)).read_bytes()
    cut = put(tmp_path, "ccipra-v323r0-f2.zip", whole[: len(whole) // 2])
    with pytest.raises(ReferenceUnreadable, match=r"ccipra-v323r0-f2\.zip is damaged"):
        load([cut], database)
    middle = len(whole) // 2
    flipped = put(
        tmp_path, "ccipra-v323r0-f3.zip", whole[:middle] + bytes([whole[middle] ^ 255]) + whole[middle + 1 :]
    )
    with pytest.raises(
        ReferenceUnreadable, match=r"ccipra-v323r0-f3\.zip(: ccipra-v323r0-f1\.txt, line \d+| is damaged)"
    ):
        load([flipped], database)
    assert not database.exists()


def test_one_bad_file_of_several_loads_none(tmp_path: Path, database: Path) -> None:
    good = put(tmp_path, "ccipra-v323r0-f1.txt", pairs_text(ROWS))
    bad = put(tmp_path, "ccipra-v323r0-f2.txt", pairs_text(ROWS).replace(b"20101231", b"20109999"))
    with pytest.raises(ReferenceUnreadable, match=r"f2\.txt"):
        load([good, bad], database)
    assert not database.exists()


def test_an_archive_that_unpacks_without_end(
    tmp_path: Path, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "MAX_BYTES", 1 << 20)
    bomb = put_zip(
        tmp_path, "ccipra-v323r0-f1.zip", ccipra_v323r0_f1__txt=pairs_text(ROWS) + b" " * (3 << 20)
    )
    with pytest.raises(ReferenceUnreadable, match="unpacks to more than 1 MB"):
        load([bomb], database)


def test_names_in_an_archive_are_never_paths(tmp_path: Path, database: Path) -> None:
    archive = tmp_path / "x.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("../../ccipra-v323r0-f1.txt", pairs_text(ROWS))
    before = set(tmp_path.rglob("*"))
    load([archive], database)
    written = set(tmp_path.rglob("*")) - before
    assert {path.name for path in written} == {"new", "reference.sqlite", ".reference.sqlite.lock"}
    assert not (tmp_path.parent / "ccipra-v323r0-f1.txt").exists()


def test_something_else_is_not_written_over(tmp_path: Path) -> None:
    other = put(tmp_path, "notes.sqlite", b"SQLite format 3\0 but no, just my notes, which I want to keep")
    with pytest.raises(ReferenceUnreadable, match="cannot be opened as a reference database"):
        load([put(tmp_path, "ccipra-v323r0-f1.txt", pairs_text(ROWS))], other)
    assert other.read_bytes().endswith(b"keep")


# --- loading again ---------------------------------------------------------------------------------


def test_the_same_file_again_changes_nothing(tmp_path: Path, database: Path) -> None:
    file = put(tmp_path, "ccipra-v323r0-f1.txt", pairs_text(ROWS))
    assert outcomes([file], database) == ["loaded"]
    before, touched = database.read_bytes(), database.stat().st_mtime_ns
    assert outcomes([file, file], database) == ["already loaded"]
    assert (database.read_bytes(), database.stat().st_mtime_ns) == (before, touched)


def test_a_changed_file_takes_the_place_of_the_same_part_alone(tmp_path: Path, database: Path) -> None:
    first = put(
        tmp_path, "ccipra-v323r0-f1.txt", pairs_text("10000 20000 20050101 * 1\n10001 20000 20050101 * 1")
    )
    second = put(tmp_path, "ccipra-v323r0-f2.txt", pairs_text("30000 40000 20050101 * 1"))
    older = put(tmp_path, "ccipra-v322r0-f1.txt", pairs_text("10000 20000 20050101 * 0"))
    load([first, second, older], database)
    put(tmp_path, "ccipra-v323r0-f1.txt", pairs_text("10000 20000 20050101 * 1\n10002 20000 20050101 * 1"))
    assert outcomes([first], database) == ["replaced"]
    known = open_reference(database)
    assert not known.pairs("10001", "20000", "medicare")
    assert known.pairs("10002", "20000", "medicare")
    assert known.pairs("30000", "40000", "medicare")
    assert [(one.edition, one.rows) for one in known.editions_of("ptp")] == [("2026Q3", 1), ("2026Q4", 3)]


def test_two_different_files_of_the_same_part(tmp_path: Path, database: Path) -> None:
    one = put(tmp_path, "ccipra-v323r0-f1.txt", pairs_text(ROWS))
    other = put(tmp_path, "copy-of-ccipra-v323r0-f1.txt", pairs_text("10000 20000 20050101 * 1"))
    with pytest.raises(ReferenceUnreadable, match="are both medicare ptp 2026Q4 f1"):
        load([one, other], database)


def test_a_reader_keeps_its_edition_while_another_is_loaded(tmp_path: Path, database: Path) -> None:
    file = put(tmp_path, "ccipra-v323r0-f1.txt", pairs_text("10000 20000 20050101 * 1"))
    load([file], database)
    reader = open_reference(database)
    put(tmp_path, "ccipra-v323r0-f1.txt", pairs_text("10000 20000 20050101 20101231 1"))
    load([file], database)
    assert reader.active_pair("10000", "20000", DAY, "medicare") is not None
    assert open_reference(database).active_pair("10000", "20000", DAY, "medicare") is None


def test_two_loads_at_once(tmp_path: Path, database: Path) -> None:
    database.parent.mkdir()
    file = put(tmp_path, "ccipra-v323r0-f1.txt", pairs_text(ROWS))
    with (
        FileLock(database.with_name(".reference.sqlite.lock")),
        pytest.raises(TryLater, match="another load"),
    ):
        load([file], database)
    assert not database.exists()


def test_progress_reaches_the_end(tmp_path: Path, database: Path) -> None:
    steps: list[tuple[str, int, int]] = []
    text = pairs_text(ROWS)
    load(
        [put_zip(tmp_path, "x.zip", ccipra_v323r0_f1__txt=text)],
        database,
        progress=lambda name, done, total: steps.append((name, done, total)),
    )
    assert steps[-1] == ("ccipra-v323r0-f1.txt", len(text), len(text))


# --- in worker processes ---------------------------------------------------------------------------

_shared: Reference


def _ask(reference: Reference | None) -> str:
    found = (reference or _shared).active_pair("10000", "20000", DAY, "medicare")
    return found.indicator if found else "none"


@pytest.mark.parametrize("built_in", [True, False])
def test_a_reference_works_in_a_forked_process_and_travels_to_one(
    tmp_path: Path, database: Path, built_in: bool
) -> None:
    global _shared  # noqa: PLW0603  # what a fork inherits is a module's state
    load([put(tmp_path, "ccipra-v323r0-f1.txt", pairs_text(ROWS))], database)
    _shared = open_reference(None if built_in else database)
    expected = _ask(None)
    assert expected == ("none" if built_in else "1")
    with ProcessPoolExecutor(1, multiprocessing.get_context("fork")) as pool:
        assert list(pool.map(_ask, [None, _shared])) == [expected, expected]
