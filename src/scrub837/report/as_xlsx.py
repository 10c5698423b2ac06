"""The worklist as a workbook: findings, claims and a summary, with filters and two columns left empty.

Whatever comes from the file is written as text, never as a formula or link. Amounts, counts and days are
numbers where they are that beyond doubt. Rows go to disk as they come; memory does not grow with them.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, BinaryIO

import xlsxwriter
from xlsxwriter.exceptions import FileCreateError

from scrub837 import __version__
from scrub837.findings import Severity
from scrub837.report import PLAIN, View
from scrub837.report.survey import survey
from scrub837.report.words import clean
from scrub837.report.worklist import CLAIMS, FINDINGS, Column, Kind, Value, claim_rows, finding_rows
from scrub837.results import EditionRow, FileReport, Report

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook

ROWS = 1_048_576  # of a sheet, the header included
LONGEST = 32_767  # characters of a cell
_CUT = " ... (cut, the JSON report holds it all)"
_EPOCH = datetime(1980, 1, 1)  # noqa: DTZ001 - not a moment: the same report is the same bytes
_FIRST_DAY = date(1900, 3, 1)  # before it, spreadsheets disagree about how days are counted
_PLAIN = {  # what reads the same as a number; 15 digits are exact in a spreadsheet's arithmetic
    Kind.NUMBER: re.compile(r"-?(0|[1-9]\d{0,8})(\.\d{1,6})?", re.ASCII),
    Kind.MONEY: re.compile(r"-?(0|[1-9]\d{0,11})\.\d\d", re.ASCII),
}
_SUMMARY = (
    Column("File", 18),
    Column("What", 24),
    Column("Which", 28),
    Column("Number", 14, Kind.NUMBER),
    Column("Remark", 60),
)
_STATES = {
    "ready": "no finding that would bounce or be denied",
    "held": "claims to work before it goes",
    "incomplete": "the file cannot be read to its end: all is provisional",
    "refused": "nothing in it can be read as an 837P claim file",
}


def write(report: Report, out: BinaryIO, _view: View = PLAIN) -> None:
    """Write ``report`` to ``out``, which can seek, as an XLSX workbook. Same report, same bytes."""
    with tempfile.TemporaryDirectory(prefix="scrub837-") as folder:  # mode 0700
        options = {"constant_memory": True, "tmpdir": folder, "use_zip64": True}
        book = xlsxwriter.Workbook(out, options)
        try:
            _fill(book, report)
            book.close()
        except FileCreateError as error:
            raise error.args[0] from None  # the OSError
        finally:
            book.fileclosed = 1  # else it would try once more when it is let go
            for sheet in book.worksheets():
                sheet.row_data_fh.close()


def _fill(book: Workbook, report: Report) -> None:
    comment = f"scrub837 {__version__}"
    book.set_properties({"title": "scrub837 worklist", "comments": comment, "created": _EPOCH})
    styles = _Styles(book)
    findings = _Table(book, styles, "Findings", FINDINGS)
    for file in report.files:
        findings.rows(finding_rows(file))
    findings.close()
    claims = _Table(book, styles, "Claims", CLAIMS)
    for file in report.files:
        claims.rows(claim_rows(file))
    claims.close()
    summary = _Table(book, styles, "Summary", _SUMMARY)
    for file in report.files:
        summary.rows((file.path, *row) for row in _file_rows(file))
    summary.rows((None, *row) for row in _edition_rows(report.reference))
    summary.close()


class _Styles:
    """The few formats cells have."""

    def __init__(self, book: Workbook) -> None:
        top = {"valign": "top"}
        self.header: Format = book.add_format(
            {"bold": True, "bottom": 1, "text_wrap": True, "bg_color": "#E8EEF4"}
        )
        self.kinds: dict[Kind, Format] = {
            Kind.TEXT: book.add_format({**top, "num_format": "@"}),
            Kind.NUMBER: book.add_format({**top, "num_format": "General"}),
            Kind.MONEY: book.add_format({**top, "num_format": "#,##0.00"}),
            Kind.DAY: book.add_format({**top, "num_format": "yyyy-mm-dd"}),
        }
        self.words: Format = book.add_format({**top, "text_wrap": True})  # sentences: long, never a number
        # Text that begins as a formula does would become one when its cell is edited, but not with this mark.
        self.quoted: Format = book.add_format({**top, "num_format": "@", "quote_prefix": True})


class _Table:
    """A sheet of rows below a header; what does not fit goes on in a further sheet."""

    def __init__(self, book: Workbook, styles: _Styles, name: str, columns: Sequence[Column]) -> None:
        self._book, self._styles, self._name, self._columns = book, styles, name, columns
        self._sheets = 0
        self._open()

    def rows(self, rows: Iterable[Sequence[Value]]) -> None:
        """Write rows below those that are there."""
        for row in rows:
            if self._next == ROWS:
                self.close()
                self._open()
            for number, (column, value) in enumerate(zip(self._columns, row, strict=True)):
                if value is not None and value != "":
                    self._cell(number, column, value)
            self._next += 1

    def close(self) -> None:
        """Nothing more comes on this sheet."""
        last = len(self._columns) - 1
        self._sheet.autofilter(0, 0, max(self._next - 1, 1), last)
        self._sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{ROWS}"})

    def _open(self) -> None:
        self._sheets += 1
        name = self._name if self._sheets == 1 else f"{self._name} {self._sheets}"
        self._sheet = self._book.add_worksheet(name)
        for number, column in enumerate(self._columns):
            self._sheet.set_column(number, number, column.width, self._style(column))
            self._sheet.write_string(0, number, column.title, self._styles.header)
        self._sheet.freeze_panes(1, 0)
        self._sheet.repeat_rows(0)
        self._sheet.set_landscape()
        self._sheet.fit_to_pages(1, 0)
        self._next = 1

    def _style(self, column: Column) -> Format:
        return self._styles.words if column.width >= 30 else self._styles.kinds[column.kind]

    def _cell(self, at: int, column: Column, value: str | int) -> None:
        style, kind = self._style(column), column.kind
        if isinstance(value, int):
            self._sheet.write_number(self._next, at, value, style)
        elif kind in _PLAIN and _PLAIN[kind].fullmatch(value):
            self._sheet.write_number(self._next, at, float(value), style)
        elif kind is Kind.DAY and (day := _day(value)):
            self._sheet.write_datetime(self._next, at, day, style)
        else:
            self._text(at, value, style)

    def _text(self, at: int, value: str, style: Format) -> None:
        text = clean(value)
        if len(text) > LONGEST:
            text = text[: LONGEST - len(_CUT)] + _CUT
        risky = not text[:1].isalnum() and style is not self._styles.words
        self._sheet.write_string(self._next, at, text, self._styles.quoted if risky else style)


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day >= _FIRST_DAY else None


def _file_rows(file: FileReport) -> Iterable[Sequence[Value]]:
    """What the first screen of the report for people says."""
    counts, seen = file.counts, survey(file)
    yield "Verdict", file.status, None, _STATES[file.status]
    yield "Size", "bytes", file.bytes, f"SHA-256 {file.sha256}"
    yield "Claims", "all", counts.claims, None
    yield "Claims", "with nothing to work", counts.claims - len(seen.to_work), None
    yield "Claims", "held", seen.held, None
    yield "Charges", "all", f"{counts.charge:.2f}", "sum of CLM02"
    yield "Charges", "held", f"{seen.held_charge:.2f}", None
    yield "Counted", "interchanges", counts.interchanges, None
    for tally in file.tallies:
        declared = "missing" if tally.declared is None else str(tally.declared)
        differs = "" if tally.declared == tally.counted else ": DIFFERS"
        yield "Counted", tally.what, tally.counted, f"declared in {tally.element}: {declared}{differs}"
    yield "Counted", "lines", counts.lines, None
    severities = file.severities()
    for severity in sorted(Severity, key=lambda one: -one.rank):
        yield "Findings", severity.value, severities[severity.value], None
    for name, number in sorted(file.by_rule().items()):
        yield "Findings by rule", name, number, None
    if not file.not_checked:
        yield "Not checked", "nothing", 0, "every check that is switched on could be made"
    for note in file.not_checked:
        yield "Not checked", note.name, note.lines, f"lines: {note.reason}"


def _edition_rows(editions: Sequence[EditionRow]) -> Iterable[Sequence[Value]]:
    """The tables the report was made with."""
    for one in editions:
        days = f"{one.effective_from or 'open'} to {one.effective_to or 'open'}"
        about = "built-in starter edition" if one.starter else one.source
        yield f"Reference {one.program} {one.table}", f"{one.edition}, {days}", one.rows, f"rows: {about}"
