"""What a user hands to the loader: a text file, a workbook, or a zip of them. Nothing is unpacked to disk."""

from __future__ import annotations

import csv
import io
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path, PurePosixPath
from typing import IO

from scrub837.errors import ReferenceUnreadable

TEXT_SUFFIXES = frozenset({".txt", ".csv", ".tsv"})
WORKBOOK_SUFFIXES = frozenset({".xlsx"})
MAX_MEMBERS = 64  # CMS's archives hold one to four tables
MAX_BYTES = 1 << 30  # one table unpacked; the largest CMS publishes, Medicaid's edits, is about a fifth of it
_BYTE_ORDER_MARK = "\xef\xbb\xbf"  # UTF-8's, read as Latin-1
_CHUNK = 1 << 20
_SAMPLE = 1 << 16

Progress = Callable[[str, int, int], None]
"""Called with the name of the file being read, the bytes or rows done, and their total (0: not known)."""


@dataclass(frozen=True, slots=True)
class Member:
    """A text file or workbook that can be read: ``path`` itself, or what ``inside`` names in that zip."""

    path: Path
    inside: str | None
    size: int

    @property
    def name(self) -> str:
        """Its own file name, without folders."""
        return PurePosixPath(self.inside).name if self.inside else self.path.name

    @property
    def names(self) -> tuple[str, ...]:
        """Its own name, then that of the zip around it."""
        return (self.name, self.path.name) if self.inside else (self.name,)

    @property
    def shown(self) -> str:
        """For messages."""
        return f"{self.path.name}: {self.name}" if self.inside else self.name

    @property
    def workbook(self) -> bool:
        """Whether it is a workbook rather than text."""
        return PurePosixPath(self.name).suffix.lower() in WORKBOOK_SUFFIXES

    @contextmanager
    def opened(self) -> Iterator[IO[bytes]]:
        """Its bytes. Whatever breaks while they are read is raised as ReferenceUnreadable."""
        with _readable(self.path):
            if self.inside is None:
                with self.path.open("rb") as stream:
                    yield stream
            else:
                with zipfile.ZipFile(self.path) as archive, archive.open(self.inside) as stream:
                    yield stream

    def sample(self) -> str:
        """The beginning of a text, enough for notice, header and the first rows."""
        with self.opened() as stream:
            return stream.read(_SAMPLE).decode("latin-1").removeprefix(_BYTE_ORDER_MARK)

    def lines(self, progress: Progress | None = None) -> Iterator[str]:
        """The lines of a text, decoded as Latin-1 (CMS's own), without line ends' newline."""
        done, tail = 0, ""
        with self.opened() as stream:
            while chunk := stream.read(_CHUNK):
                done += len(chunk)
                if done > MAX_BYTES:
                    raise ReferenceUnreadable(
                        f"{self.shown} unpacks to more than {MAX_BYTES >> 20} MB; not a CMS table"
                    )
                block = (tail + chunk.decode("latin-1")).split("\n")
                if done == len(chunk):
                    block[0] = block[0].removeprefix(_BYTE_ORDER_MARK)
                tail = block.pop()
                yield from block
                if progress:
                    progress(self.name, done, self.size)
        if tail:
            yield tail

    def split_rows(self, separator: str, progress: Progress | None = None) -> Iterator[tuple[int, list[str]]]:
        """Numbered rows of a text whose cells are never quoted."""
        for number, line in enumerate(self.lines(progress), 1):
            yield number, line.split(separator)

    def quoted_rows(
        self, separator: str, progress: Progress | None = None
    ) -> Iterator[tuple[int, list[str]]]:
        """Numbered rows of a text whose cells may be quoted and then hold line ends."""
        rows = csv.reader((line.rstrip("\r") + "\n" for line in self.lines(progress)), delimiter=separator)
        try:
            for cells in rows:
                yield rows.line_num, cells
        except csv.Error as error:
            raise ReferenceUnreadable(f"{self.shown}, line {rows.line_num}: {error}") from error

    def sheets(
        self, progress: Progress | None = None
    ) -> Iterator[tuple[str, Iterator[tuple[int, list[str]]]]]:
        """The sheets of a workbook: name, and numbered rows of cells as text."""
        try:
            from python_calamine import CalamineError, CalamineWorkbook  # noqa: PLC0415  # an extra
        except ImportError as error:
            raise ReferenceUnreadable(
                f"{self.shown} is a workbook, and reading it needs: pip install 'scrub837[xlsx]'. "
                "CMS publishes the same table as text; load that instead"
            ) from error
        with self.opened() as stream:
            packed = io.BytesIO(stream.read(MAX_BYTES + 1))
        _refuse_bomb(packed, self.shown)
        try:
            with CalamineWorkbook.from_filelike(packed) as book:
                for name in book.sheet_names:
                    sheet = book.get_sheet_by_name(name)
                    yield name, self._sheet_rows(sheet.iter_rows(), sheet.total_height, progress)
        except CalamineError as error:
            raise ReferenceUnreadable(f"{self.shown} is damaged: {error}") from error

    def _sheet_rows(
        self, rows: Iterable[Sequence[object]], total: int, progress: Progress | None
    ) -> Iterator[tuple[int, list[str]]]:
        for number, cells in enumerate(rows, 1):
            yield number, [_cell_text(at, cell) for at, cell in enumerate(cells)]
            if progress and number % 20_000 == 0:
                progress(self.name, number, total)


def _cell_text(at: int, cell: object) -> str:
    """A cell as CMS's text file has it. A workbook may hold codes as numbers (00100 as 100.0), days as days.

    Codes stand in the first two columns, where a number of units does not mind the zeros.
    """
    if isinstance(cell, str):
        return cell
    if isinstance(cell, float) and cell.is_integer():
        return f"{int(cell):05d}" if at < 2 else str(int(cell))
    if isinstance(cell, date):
        return f"{cell:%Y%m%d}"
    return str(cell)


def _refuse_bomb(packed: IO[bytes], shown: str) -> None:
    try:
        with zipfile.ZipFile(packed) as archive:
            if sum(item.file_size for item in archive.infolist()) > 2 * MAX_BYTES:
                raise ReferenceUnreadable(
                    f"{shown} unpacks to more than {MAX_BYTES >> 19} MB; not a CMS table"
                )
    except zipfile.BadZipFile as error:
        raise ReferenceUnreadable(f"{shown} is damaged: {error}") from error
    packed.seek(0)


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise ReferenceUnreadable(f"{path.name} is damaged ({error}); download it again") from error
    except (NotImplementedError, RuntimeError) as error:  # an unusual compression, or a password
        raise ReferenceUnreadable(
            f"{path.name} cannot be unpacked here ({error}); load the file inside it"
        ) from error
    except OSError as error:
        raise ReferenceUnreadable(f"{path} cannot be read: {error.strerror or error}") from error


def members(path: Path) -> list[Member]:
    """What can be read in a file: itself, or the tables in a zip; workbooks only where there is no text.

    CMS packs the same table as text and as workbook; the text needs neither the extra nor the memory.
    """
    suffix = path.suffix.lower()
    with _readable(path):
        if suffix in TEXT_SUFFIXES | WORKBOOK_SUFFIXES:
            return [Member(path, None, path.stat().st_size)]
        if suffix != ".zip" and not zipfile.is_zipfile(path):
            path.open("rb").close()  # says so when there is no such file
            wanted = ", ".join(sorted(TEXT_SUFFIXES | WORKBOOK_SUFFIXES))
            raise ReferenceUnreadable(f"{path.name} is neither a zip archive nor one of {wanted}")
        with zipfile.ZipFile(path) as archive:
            items = [
                item for item in archive.infolist() if not item.is_dir() and "__MACOSX" not in item.filename
            ]
    if len(items) > MAX_MEMBERS:
        raise ReferenceUnreadable(f"{path.name} holds {len(items)} files; an archive of CMS holds a few")
    found = [Member(path, item.filename, item.file_size) for item in items]
    texts = [one for one in found if PurePosixPath(one.name).suffix.lower() in TEXT_SUFFIXES]
    return texts or [one for one in found if one.workbook]
