"""Treatment-time logs: layouts, rows that cannot be used, and the way from a row to its line."""

from __future__ import annotations

import csv
import io
import json
import multiprocessing
import os
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrub837.claims.documentation import Documentation, Stray, open_documentation
from scrub837.claims.intervals import COLUMNS, BadRow, Interval
from scrub837.claims.model import Claim
from scrub837.claims.timelog import LONGEST_ROW, TimeLog, open_time_log
from scrub837.configure import built_in_settings
from scrub837.engine import Job, tasks_of
from scrub837.errors import DocumentationUnreadable
from scrub837.reference.store import open_reference
from scrub837.tasks import body_of
from scrub837.testing import build
from scrub837.x12.outline import read_outline
from scrub837.x12.source import Source

ROOT = Path(__file__).parents[2]
HEADER = "claim_id,line_ref,dos,code,start,stop,minutes,area,side\n"
ROW = "C1,C1L1,2026-11-03,97110,09:00,09:15,16,knee,R\n"


@contextmanager
def opened(folder: Path, content: str | bytes, name: str = "log.csv") -> Iterator[TimeLog]:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with closing(open_time_log(path)) as log:
        yield log


def rows_in(folder: Path, content: str | bytes) -> list[Interval | BadRow]:
    with opened(folder, content) as log:
        return list(log.every_row())


# --- layouts ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        HEADER + ROW,
        "\ufeff" + HEADER + ROW,
        (HEADER + ROW).replace("\n", "\r\n"),
        (HEADER + ROW).rstrip("\n"),
        (HEADER + ROW).replace(",", ";"),
        (HEADER + ROW).replace(",", "\t"),
        HEADER.upper().replace(",", " , ") + ROW.replace(",", " , "),
        "remark," + HEADER + '"a, ""b""\nc",' + ROW,
        HEADER.rstrip() + ",remark\n" + ROW,
        HEADER + ROW + ",,,,,,,,\n\n",
        (
            '{"claim_id": "C1", "line_ref": "C1L1", "dos": "2026-11-03", "code": 97110, "start": "09:00", '
            '"stop": "9:15", "minutes": 16, "area": "knee", "side": "R", "remark": [1], "reason": null}\n\n'
        ),
    ],
)
def test_layouts_say_the_same(tmp_path: Path, content: str) -> None:
    (row,) = rows_in(tmp_path, content)
    assert isinstance(row, Interval)
    assert (row.source, row.claim_id, row.line_ref, row.day, row.code) == (
        "log.csv", "C1", "C1L1", date(2026, 11, 3), "97110",
    )  # fmt: skip
    assert (row.start, row.stop, row.minutes, row.stated) == (540, 555, 16, True)
    assert [(area.region, area.side) for area in row.areas] == [("knee", "R")]
    assert (row.mode, row.reason, row.total_timed) == ("", "", None)


def test_all_columns(tmp_path: Path) -> None:
    values = (
        "C1,,2026-11-03,97110,09:00,09:15,,One on one,1999001013,Aide,neck,,2,why,N7,PT-1,2026-11-03T18:00:00"
    )
    (row,) = rows_in(tmp_path, ",".join(COLUMNS) + "\n" + values + ",45,50,2480.50\n")
    assert isinstance(row, Interval)
    assert (row.minutes, row.stated, row.mode, row.npi, row.role) == (
        15,
        False,
        "one_on_one",
        "1999001013",
        "aide",
    )
    assert (row.session, row.reason, row.doc_ref) == ("2", "why", "N7")
    assert (row.attested_by, row.attested_at) == ("PT-1", "2026-11-03T18:00:00")
    assert (row.total_timed, row.total_treatment, row.ytd_allowed_before) == (45, 50, Decimal("2480.50"))


def test_a_clock_that_runs_backwards_tells_no_minutes(tmp_path: Path) -> None:
    (row,) = rows_in(tmp_path, HEADER + "C1,L1,2026-11-03,97110,09:15,09:00,,,\n")
    assert isinstance(row, Interval)
    assert (row.start, row.stop, row.minutes) == (555, 540, None)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"  \n \n", "is empty"),
        ((HEADER + ROW).encode("utf-16"), "not UTF-8 text"),
        (HEADER.encode() + b"C1,C1L1,2026-11-03,97110,,,15,kn\xe9e,\n", "row 2, is not UTF-8"),
        (b"PK\x03\x04" + b"x" * 100, "is a workbook"),
        (ROW.encode(), "it lacks claim_id, line_ref, dos, code"),
        (b"claim_id,line_ref,dos,code\n", "it lacks minutes"),
        (b"claim_id,line_ref,dos,code,start\n", "it lacks minutes"),
        (b"claim_id,line_ref,dos,code,minutes,DOS\n", "twice: dos"),
        ((HEADER + ROW).replace("\n", "\r").encode(), "CR alone"),
        (HEADER.encode() + b"x" * (LONGEST_ROW + 1), "row 2, is longer"),
        (b"ISA*00*          *00*~", "it lacks claim_id"),
    ],
)
def test_what_is_no_log_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    with pytest.raises(DocumentationUnreadable, match=words) as told, opened(tmp_path, content):
        pass
    assert "C1L1" not in str(told.value), "no data in an exception"


def test_a_missing_file() -> None:
    with pytest.raises(DocumentationUnreadable, match="cannot be read"):
        open_time_log("nowhere.csv")


def test_a_log_that_can_be_read_only_once(tmp_path: Path) -> None:
    read, write = os.pipe()
    os.write(write, (HEADER + ROW).encode())
    os.close(write)
    with closing(open_time_log(f"/dev/fd/{read}")) as log:
        os.close(read)
        assert [row.row for row in log.rows_of("C1")] == [2]
        assert log.rows == len(list(log.every_row())) == 1


# --- rows ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (",C1L1,2026-11-03,97110,,,15", "claim_id is empty"),
        ("C1,C1L1,,97110,,,15", "dos is empty"),
        ("C1,C1L1,11/3/2026,97110,,,15", "dos 11/3/2026 is not a day written YYYY-MM-DD"),
        ("C1,C1L1,2026-02-30,97110,,,15", "dos 2026-02-30 is not a day written YYYY-MM-DD"),
        ("C1,C1L1,SAMPLE,97110,,,15", "dos is not a day written YYYY-MM-DD"),
        ("C1,C1L1,2026-11-03,,,,15", "code is empty"),
        ("C1,C1L1,2026-11-03,97110,9:75,10:00,", "start 9:75 is not a time of day written HH:MM (24 hours)"),
        ("C1,C1L1,2026-11-03,97110,23:00,24:00,", "stop 24:00 is not a time of day written HH:MM (24 hours)"),
        ("C1,C1L1,2026-11-03,97110,,,-5", "minutes -5 is not a whole number of minutes from 0 to 1440"),
        ("C1,C1L1,2026-11-03,97110,,,12.5", "minutes 12.5 is not a whole number of minutes from 0 to 1440"),
        ("C1,C1L1,2026-11-03,97110,,,1441", "minutes 1441 is not a whole number of minutes from 0 to 1440"),
        ("C1,C1L1,2026-11-03,97110,,,", "neither minutes nor start and stop are given"),
        ("C1,C1L1,2026-11-03,97110,09:00,,", "neither minutes nor start and stop are given"),
        ("C1,C1L1,2026-11-03,97110,,09:15,15", "start and stop go together"),
        ("C1,C1L1,2026-11-03,97110,,,15,,,x", "it has 10 cells and the header has 9; text with a ',' in it"),
        ('C1,C1L1,2026-11-03,97110,,,15,"a"b,', "quotation marks do not match"),
        ('C1,C1L1,2026-11-03,97110,,,15,"neck,', "a quotation mark is not closed"),
    ],
)
def test_a_bad_row_is_told_and_the_rest_counts(tmp_path: Path, row: str, problem: str) -> None:
    good, bad, last = rows_in(tmp_path, HEADER + ROW + row + "\n" + ROW)
    assert isinstance(bad, BadRow)
    assert (bad.source, bad.row) == ("log.csv", 3)
    assert len(bad.problems) == 1
    assert bad.problems[0].startswith(problem)
    assert isinstance(good, Interval)
    assert isinstance(last, Interval)
    assert (good.row, last.row) == (2, 4)


def test_everything_wrong_with_a_row_is_told_at_once(tmp_path: Path) -> None:
    text = "claim_id,line_ref,dos,code,minutes,mode,provider_role,total_timed,ytd_allowed_before\n"
    (row,) = rows_in(tmp_path, text + "C1,L1,2026-13-01,97110,x,alone,Dr Sample,many,$5\n")
    assert isinstance(row, BadRow)
    assert [problem.split()[0] for problem in row.problems] == [
        "dos", "minutes", "mode", "provider_role", "total_timed", "ytd_allowed_before",
    ]  # fmt: skip
    assert "Sample" not in str(row.problems), "a name may have slipped into any column"


def test_bad_lines_of_jsonl(tmp_path: Path) -> None:
    good = '{"claim_id": "C1", "line_ref": "", "dos": "2026-11-03", "code": "97110", "minutes": 15}'
    rows = rows_in(tmp_path, f"{good}\n[1]\n{good[:-1]}\n{good.replace('15', '1.5')}\n{good}\n")
    assert [(type(row), row.row) for row in rows] == [
        (Interval, 1), (BadRow, 2), (BadRow, 3), (BadRow, 4), (Interval, 5),
    ]  # fmt: skip


def test_row_numbers_are_those_of_the_spreadsheet(tmp_path: Path) -> None:
    noted = ROW.replace("knee", '"knee\nand ankle"')
    rows = rows_in(tmp_path, HEADER + noted + "\n,,,,,,,,\n" + ROW)
    assert [row.row for row in rows] == [2, 5]
    assert isinstance(rows[0], Interval)
    assert [area.region for area in rows[0].areas] == ["knee", "ankle"]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(["A", "B", "C1", "C,2", 'D"', "É"]), max_size=30), st.booleans())
def test_rows_are_found_in_any_order(
    tmp_path_factory: pytest.TempPathFactory, claims: list[str], first: bool
) -> None:
    text = io.StringIO(newline="")
    table = csv.writer(text)
    table.writerows([["claim_id", "line_ref", "dos", "code", "minutes"]])
    table.writerows([claim, n, "2026-11-03", "97110", 15] for n, claim in enumerate(claims))
    content = text.getvalue()
    if not first:  # another column before claim_id
        lines = list(csv.reader(io.StringIO(content, newline="")))
        text = io.StringIO(newline="")
        csv.writer(text).writerows([["x,y", *line] for line in lines])
        content = text.getvalue()
    with opened(tmp_path_factory.mktemp("log"), content) as log:
        for claim in {*claims, "nobody"}:
            own = [row for row in log.rows_of(claim) if isinstance(row, Interval)]
            assert [int(row.line_ref) for row in own] == [
                n for n, other in enumerate(claims) if other == claim
            ]
            assert all(a.row < b.row for a, b in pairwise(own))


def test_a_change_while_reading_is_told(tmp_path: Path) -> None:
    with opened(tmp_path, HEADER + ROW) as log:
        with (tmp_path / "log.csv").open("a") as file:
            file.write(ROW)
        with pytest.raises(DocumentationUnreadable, match="was changed"):
            list(log.every_row())


def test_a_quotation_mark_too_many_costs_no_other_row(tmp_path: Path) -> None:
    """The second line begins a quoted text that a later, sound one would seem to end."""
    good = ROW.replace("C1L1", "C1L2")
    later = ROW.replace("C1L1", '"C1L3"').replace("C1,", '"C1",', 1)
    content = HEADER + ROW + 'C1,"C1L9,2026-11-03,97110,,,15,,\n' + good + later
    rows = rows_in(tmp_path, content)
    assert [(row.row, isinstance(row, BadRow)) for row in rows] == [
        (2, False),
        (3, True),
        (4, False),
        (5, False),
    ]
    with opened(tmp_path, content) as log:
        assert [row.line_ref for row in log.rows_of("C1") if isinstance(row, Interval)] == [
            "C1L1",
            "C1L2",
            "C1L3",
        ]
        assert log.rows_of_each(["C1", "C2", "C1"]) == [log.rows_of("C1"), [], log.rows_of("C1")]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_rows_read_by_column_are_those_read_one_by_one(tmp_path: Path, end: str) -> None:
    """A row that cannot be used, or is written in an odd way, makes all of its neighbours be read singly."""
    header = "minutes;claim_id;line_ref;dos;code;area;reason;attested_by"
    plain = [f"1{n};C{n // 2};L{n};2026-11-03;97110;neck;;PT" for n in range(6)]
    spaced = [row.replace(";", " ; ") for row in plain]
    quoted = [row.replace(";;", ';"why; because";') for row in plain]
    each = []
    for rows in (plain, spaced, quoted):
        for odd in ((), ("x;C9;L1;2026-11-03;97110;;;",), ('5;C9;L1;2026-11-03;"97""110";;;',)):
            found = rows_in(tmp_path, end.join([header, *rows, *odd, ""]))
            assert len(found) == 6 + len(odd)
            each.append([(row.claim_id, row.minutes, row.areas, row.attested_by) for row in found[:6]])  # type: ignore[union-attr]
    assert each == [each[0]] * 9
    assert [row[1] for row in each[0]] == [10, 11, 12, 13, 14, 15]


# --- from rows to lines -------------------------------------------------------------------------------


def claims_of(notation: str, edits: tuple[tuple[str, str], ...] = ()) -> list[Claim]:
    built = build(notation, edits)
    path = Path(os.devnull)
    with path.open("rb") as nothing:
        source = Source("x", nothing)
        source.size = len(built.edi)
        source.read_at = lambda start, count: built.edi[start : start + count]  # type: ignore[method-assign]
        context = Job(built_in_settings(), open_reference(None), Documentation()).context()
        (task,) = tasks_of(read_outline(source))[0]
        return list(body_of(source, task, context).claims(keep=True))


@contextmanager
def documented(folder: Path, *logs: str) -> Iterator[Documentation]:
    paths = [folder / f"log{n}.csv" for n in range(len(logs))]
    for path, log in zip(paths, logs, strict=True):
        path.write_text("claim_id,line_ref,dos,code,minutes\n" + log)
    with closing(open_documentation(paths)) as documentation:
        yield documentation


def test_rows_join_lines_by_control_number_or_position(tmp_path: Path) -> None:
    (claim,) = claims_of("97110:GP x1 ; 97140:GP x1 ; 97530:GP x1")
    rows = (
        "C1L1,2026-11-03,97110,15",
        "lx:2,2026-11-03,97140,8",
        "C1L1,2026-11-03,97110,5",
        ",2026-11-03,97112,7",
    )
    log = "".join(f"C1,{row}\n" for row in rows)
    with documented(tmp_path, log) as documentation:
        records = [documentation.record(line) for line in claim.lines]
        assert [record and record.minutes for record in records] == [20, 8, None]
        assert [row.code for row in documentation.unbilled(claim)] == ["97112"]
        assert documentation.has_any(claim.lines[2:]), "something is documented of the claim"
        documentation.add_joined(documentation.take_joined())
        assert list(documentation.strays()) == []


def test_all_days_of_a_range_belong_to_the_line(tmp_path: Path) -> None:
    (claim,) = claims_of("97110:GP x3 to=2026-11-05")
    log = "".join(f"C1,C1L1,2026-11-0{day},97110,15\n" for day in range(2, 7))
    with documented(tmp_path, log) as documentation:
        record = documentation.record(claim.lines[0])
        assert record is not None
        assert [row.day.day for row in record.intervals] == [3, 4, 5]
        assert [found.interval.day.day for found in documentation.mismatches(claim)] == [2, 6]


def test_a_row_of_another_code_is_no_part_of_the_record(tmp_path: Path) -> None:
    (claim,) = claims_of("97140:GP x1")
    with documented(tmp_path, "C1,C1L1,2026-11-03,97124,15\n") as documentation:
        assert documentation.record(claim.lines[0]) is None
        (found,) = documentation.mismatches(claim)
        assert (found.line.procedure.code, found.interval.code) == ("97140", "97124")


def test_strays_of_several_logs_and_processes(tmp_path: Path) -> None:
    first, second = claims_of("97110:GP x1 || 97140:GP x1")
    logs = (
        "C1,C1L1,2026-11-03,97110,15\nC9,C9L1,2026-11-03,97110,15\nC2,C2L9,2026-11-03,97140,15\n",
        "C2,C2L1,2026-11-03,97140,15\nC1,C1L1,2026-11-03,97110,-1\n,C1L1,2026-11-03,97110,1\n",
    )
    with documented(tmp_path, *logs) as documentation:
        documentation.more_files = True
        joined = []
        for claim in (first, second):  # as two worker processes would
            documentation.record(claim.lines[0])
            joined.append(documentation.take_joined())
        for numbers in reversed(joined):
            documentation.add_joined(numbers)
        assert list(documentation.strays()) == [], "a further file may hold their claims"
        documentation.more_files = False
        strays = list(documentation.strays())
    told = [
        (s.interval.source, s.interval.row, s.has_claim)
        if isinstance(s, Stray)
        else (s.source, s.row, s.problems)
        for s in strays
    ]
    assert told == [
        ("log0.csv", 3, False),
        ("log0.csv", 4, True),
        ("log1.csv", 3, ("minutes -1 is not a whole number of minutes from 0 to 1440",)),
        ("log1.csv", 4, ("claim_id is empty",)),
    ]


_inherited: TimeLog | None = None


def test_a_forked_process_reads_the_same_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(tmp_path, HEADER + ROW * 3) as log:
        monkeypatch.setattr(sys.modules[__name__], "_inherited", log)
        with multiprocessing.get_context("fork").Pool(1) as pool:
            there = pool.apply_async(_rows_there).get(60)
        assert there == [row.row for row in log.rows_of("C1")] == [2, 3, 4]


def _rows_there() -> list[int]:
    assert _inherited is not None
    return [row.row for row in _inherited.rows_of("C1")]


def test_logs_of_one_name_are_told_apart(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "log.csv").write_text(HEADER + ROW.replace("16", "x"))
    with closing(
        open_documentation([tmp_path / "a" / "log.csv", tmp_path / "b" / "log.csv"])
    ) as documentation:
        sources = [stray.source for stray in documentation.strays() if isinstance(stray, BadRow)]
    assert sources == [str(tmp_path / "a" / "log.csv"), str(tmp_path / "b" / "log.csv")]


# --- what is written about it -------------------------------------------------------------------------


def example_of_the_page() -> str:
    page = (ROOT / "docs" / "time-log.md").read_text("utf-8")
    lines = page[page.index("    claim_id,") :].partition("\n\n")[0].splitlines()
    return "\n".join(line.strip() for line in lines) + "\n"


def test_the_example_of_the_page_is_a_log(tmp_path: Path) -> None:
    rows = rows_in(tmp_path, example_of_the_page())
    assert [row.minutes for row in rows if isinstance(row, Interval)] == [15, 10, 5, 7]


def test_the_page_names_every_column() -> None:
    page = (ROOT / "docs" / "time-log.md").read_text("utf-8")
    assert [column for column in COLUMNS if f"`{column}`" not in page] == []


def test_the_schema_takes_what_is_read_and_nothing_else(tmp_path: Path) -> None:
    schema = json.loads((ROOT / "schemas" / "time-log-1.schema.json").read_text("utf-8"))
    assert set(schema["properties"]) == set(COLUMNS)
    valid = jsonschema.Draft202012Validator(schema).is_valid
    cells = dict(csv.DictReader(io.StringIO(example_of_the_page())).__next__())
    number = {"claim_id": 1, "dos": "2026-11-03", "code": 97110, "minutes": 15, "total_timed": None}
    for row in (
        cells,
        number,
        number | {"start": "9:00", "stop": "09:15"},
        number | {"mode": "group", "x": 1},
    ):
        assert valid(row)
        assert isinstance(rows_in(tmp_path, json.dumps(row))[0], Interval)
    for change in (
        {"minutes": -1},
        {"minutes": None},
        {"dos": "11/3/2026"},
        {"mode": "both"},
        {"start": "9:75"},
    ):
        row = number | {"stop": "10:00"} | change
        assert not valid(row)
        assert isinstance(rows_in(tmp_path, json.dumps(row))[0], BadRow)
