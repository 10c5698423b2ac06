"""The rows of CMS's files, whatever wraps them: edits in six or seven columns, unit limits, add-on codes.

Each reader takes numbered rows of cells and yields tuples for the database. What stands before the first
row of data (notice, title, wrapped header) and after the last (blank lines, a notice) is passed over;
anything else that cannot be read stops the load, because a row left out is an edit nobody is told about.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta

from scrub837.errors import ReferenceUnreadable
from scrub837.reference.database import Row

Cells = Sequence[str]
NumberedRows = Iterable[tuple[int, Cells]]

CODE = re.compile(r"(?=[A-Z]*\d)[A-Z0-9]{5}")  # a procedure code: five characters, a digit among them
CONTRACTOR_DEFINED = "CCCCC"  # stands for the primary code where the contractor decides (add-on type 2)
FIXED_ADD_ON = re.compile(r"[123][A-Z0-9]{5}[\d ]{7}(?:[A-Z0-9]{5}|     )[\d ]{7}[\d ]{7}")
_FIXED_COLUMNS = ((0, 1), (1, 6), (6, 13), (13, 18), (18, 25), (25, 32), (32, 39))
_ADD_ON_COLUMNS = (  # of the header, letters and digits only; CMS has written some with a "_Julian" behind
    "aocedittype", "addoncode", "aocdeldt", "primarycode", "primarycodedeldt", "aocediteffdt", "aoceditdeldt",
)  # fmt: skip
_BLANK = ' \t\r\x1a"'


class _BadCellError(ValueError):
    """A cell that is not what its column holds; the text says what was found."""


def _shown(text: str) -> str:
    return repr(text.strip()[:24])


class _Codes(dict[str, str]):
    """Cell to procedure code, remembered: a table repeats some twelve thousand codes millions of times."""

    def __missing__(self, raw: str) -> str:
        text = raw.strip(_BLANK).upper()
        if not CODE.fullmatch(text):
            raise _BadCellError(f"{_shown(raw)} is not a procedure code")
        self[raw] = text
        return text


class _Days(dict[str, int | None]):
    """Cell to YYYYMMDD number; ``*`` and blank, where allowed, to None."""

    def __init__(self, what: str, *, blank_allowed: bool) -> None:
        super().__init__()
        self._what, self._blank_allowed = what, blank_allowed

    def __missing__(self, raw: str) -> int | None:
        text = raw.strip(_BLANK)
        if text in ("", "*") and self._blank_allowed:
            self[raw] = None
            return None
        try:
            if len(text) != 8 or not text.isdecimal():
                raise ValueError
            date(int(text[:4]), int(text[4:6]), int(text[6:]))
        except ValueError:
            raise _BadCellError(f"the {self._what} {_shown(raw)} is not a date") from None
        self[raw] = int(text)
        return int(text)


class _Indicators(dict[str, str]):
    def __missing__(self, raw: str) -> str:
        text = raw.strip(_BLANK)
        if text not in ("0", "1", "9"):
            raise _BadCellError(f"the modifier indicator {_shown(raw)} is not 0, 1 or 9")
        self[raw] = text
        return text


def is_code(cell: str) -> bool:
    """Whether a cell looks like a procedure code."""
    return CODE.fullmatch(cell.strip(_BLANK).upper()) is not None


def _is_day(cell: str) -> bool:
    text = cell.strip(_BLANK)
    return len(text) == 8 and text.isdecimal()


def starts_pairs(cells: Cells) -> bool:
    """Whether a row is one of the edit table: two codes, and a date third or fourth."""
    return len(cells) > 4 and is_code(cells[0]) and is_code(cells[1]) and any(map(_is_day, cells[2:4]))


def starts_limits(cells: Cells) -> bool:
    """Whether a row is one of the unit-limit table: a code and a number of units."""
    return (
        len(cells) > 1
        and is_code(cells[0])
        and re.fullmatch(r"0*\d{1,4}", cells[1].strip(_BLANK)) is not None
    )


def add_on_columns(cells: Cells) -> dict[str, int] | None:
    """Where each column of the add-on table stands, when this row is its header."""
    names = [re.sub(r"[^a-z0-9]", "", cell.lower()).removesuffix("julian") for cell in cells]
    found = {name: names.index(name) for name in _ADD_ON_COLUMNS if name in names}
    return found if all(name in found for name in _ADD_ON_COLUMNS[:2]) and "primarycode" in found else None


def _closes(cells: Cells) -> bool:
    """Whether a row may stand behind the data: blank, or a sentence in the first cell."""
    filled = [cell.strip(_BLANK) for cell in cells if cell.strip(_BLANK)]
    return not filled or (len(filled) == 1 and " " in filled[0] and filled[0] == cells[0].strip(_BLANK))


def _records(
    rows: NumberedRows,
    begins: Callable[[Cells], bool],
    record: Callable[[int, Cells], Row],
    name: str,
) -> Iterator[Row]:
    started, closed_at = False, 0
    for line, cells in rows:
        if not started:
            if not begins(cells):
                if any(map(_is_day, cells)) and sum(bool(cell.strip(_BLANK)) for cell in cells) > 2:
                    raise ReferenceUnreadable(f"{name}, line {line}: a row with a date but without two codes")
                continue
            started = True
        try:
            found = record(line, cells)
        except _BadCellError as error:
            if not _closes(cells):
                raise ReferenceUnreadable(f"{name}, line {line}: {error}") from None
            closed_at = closed_at or line
            continue
        if closed_at:
            raise ReferenceUnreadable(f"{name}, line {closed_at}: not a row of the table, yet rows follow it")
        yield found
    if not started:
        raise ReferenceUnreadable(f"{name}: no row of the table was found in it")


def pair_rows(rows: NumberedRows, name: str, rationales: dict[str, int]) -> Iterator[Row]:
    """Edits: column 1, column 2, line, effective, deletion, indicator, rationale number.

    Medicare's files carry a pre-1996 column between the codes and the dates, Medicaid's do not; the first
    row decides. Raises ReferenceUnreadable naming file and line.
    """
    codes, indicators = _Codes(), _Indicators()
    starts = _Days("effective date", blank_allowed=False)
    ends = _Days("deletion date", blank_allowed=True)
    first = 0  # column of the effective date; 0 until the first row was seen

    def record(line: int, cells: Cells) -> Row:
        nonlocal first
        if not first:
            first = 2 if _is_day(cells[2]) else 3
        try:
            return (
                codes[cells[0]],
                codes[cells[1]],
                line,
                starts[cells[first]],
                ends[cells[first + 1]],
                indicators[cells[first + 2]],
                rationales[cells[first + 3] if len(cells) > first + 3 else ""],
            )
        except IndexError:
            raise _BadCellError(f"only {len(cells)} columns") from None

    return _records(rows, starts_pairs, record, name)


def limit_rows(rows: NumberedRows, name: str, rationales: dict[str, int]) -> Iterator[Row]:
    """Unit limits: code, line, units, adjudication indicator or None, rationale number."""
    codes = _Codes()
    seen: set[str] = set()

    def record(line: int, cells: Cells) -> Row:
        if not any(cells):
            raise _BadCellError("blank")
        code = codes[cells[0]]
        units = cells[1].strip(_BLANK).replace(",", "") if len(cells) > 1 else ""
        if not units.isdecimal() or len(units) > 6:
            raise _BadCellError(f"{_shown(units)} is not a number of units")
        if code in seen:
            raise _BadCellError(f"{code} has a row already")
        seen.add(code)
        rest = [cell.strip(_BLANK) for cell in cells[2:4]] + ["", ""]
        indicator = re.match(r"([123])(?: |$)", rest[0])
        if indicator is None and rest[1]:  # four columns: the third must be the indicator
            raise _BadCellError(f"the adjudication indicator {_shown(rest[0])} does not begin with 1, 2 or 3")
        rationale = rest[1] if indicator else rest[0]
        return code, line, int(units), indicator and indicator[1], rationales[rationale]

    return _records(rows, starts_limits, record, name)


def _add_on_day(cell: str, what: str) -> int | None:
    """CMS writes the dates of the add-on file as YYYYDDD, year and day of the year. 9999 is "no end"."""
    text = cell.strip(_BLANK)
    if text in ("", "*") or not text.strip("0") or text.startswith("9999"):
        return None
    try:
        if len(text) != 7 or not text.isdecimal() or not 1 <= int(text[4:]) <= 366:
            raise ValueError
        day = date(int(text[:4]), 1, 1) + timedelta(days=int(text[4:]) - 1)
    except ValueError:
        raise _BadCellError(f"the {what} {_shown(cell)} is not a year and day of the year") from None
    return day.year * 10000 + day.month * 100 + day.day


def fixed_add_on_cells(line: str) -> list[str]:
    """A line of the add-on file in its fixed-width form, cut into the columns of the tabular form."""
    return [line[start:end] for start, end in _FIXED_COLUMNS]


def add_on_rows(rows: NumberedRows, name: str, *, fixed: bool) -> Iterator[Row]:
    """Add-on codes: code, primary code or "" (contractor decides), line, type, effective, last day."""
    codes = _Codes()
    where = {name: at for at, name in enumerate(_ADD_ON_COLUMNS) if fixed}

    def cell(cells: Cells, column: str) -> str:
        at = where.get(column, len(cells))
        return cells[at] if at < len(cells) else ""

    def begins(cells: Cells) -> bool:
        return is_code(cell(cells, "addoncode"))

    def record(line: int, cells: Cells) -> Row:
        kind = cell(cells, "aocedittype").strip(_BLANK).lstrip("0")
        code = codes[cell(cells, "addoncode")]
        primary = cell(cells, "primarycode").strip(_BLANK).upper()
        primary = "" if primary in ("", CONTRACTOR_DEFINED) else codes[primary]
        if kind not in ("1", "2", "3"):
            raise _BadCellError(f"the add-on type {_shown(kind)} is not 1, 2 or 3")
        ends = [
            _add_on_day(cell(cells, column), "deletion date")
            for column in ("aocdeldt", "primarycodedeldt", "aoceditdeldt")
        ]
        effective = _add_on_day(cell(cells, "aocediteffdt"), "effective date")
        return code, primary, line, kind, effective, min((end for end in ends if end), default=None)

    def below_header() -> Iterator[tuple[int, Cells]]:
        for line, cells in rows:
            if where:
                yield line, cells
            else:
                where.update(add_on_columns(cells) or {})

    return _records(below_header(), begins, record, name)
