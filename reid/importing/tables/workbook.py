"""Sheets of Excel workbooks: found, and read as records of text. Pure.

Dates come out as ISO 8601, for a cell of Excel knows its day and month; numbers with a decimal point.
"""

from __future__ import annotations

import struct
import warnings
import zipfile
import zlib
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from reid.importing.rows import SourceProblem
from reid.importing.tables.headings import LOOKED_AT, ON_LINE, heading_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from openpyxl.workbook.workbook import Workbook

    Fits = Callable[[Sequence[str]], bool]
    """Whether the headings of a sheet are those of a table that is meant."""

LARGEST: Final = 2_000_000_000
"""Bytes of a workbook when unpacked: a row of it takes a few hundred."""

BAD_WORKBOOK: Final = (
    "{source} is a broken Excel workbook or ZIP archive: save it again, as .xlsx or CSV UTF-8."
)
OPEN_DOCUMENT: Final = "{source} is an OpenDocument spreadsheet: save it as .xlsx or CSV UTF-8."
TOO_LARGE: Final = "{source} is too large for a workbook: save the sheet as CSV UTF-8."
NO_SHEET: Final = "{source} has no sheet with cells."

_ERRORS: Final = (
    InvalidFileException,
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    SyntaxError,  # what a broken XML part raises
    OSError,
    EOFError,
    NotImplementedError,
    ArithmeticError,
    AssertionError,
    RecursionError,
)
"""What openpyxl raises on bytes that are no workbook: it checks none of them by itself."""


@dataclass(frozen=True, slots=True)
class Sheet:
    name: str
    others: tuple[str, ...]
    rows: int | None
    lines_before: int = 0
    has_title: bool = False

    @property
    def is_plain(self) -> bool:
        return not self.others and not self.has_title

    def __str__(self) -> str:
        text = f"the sheet {self.name!r} of an Excel workbook"
        if self.has_title:
            text += f", {ON_LINE.format(line=self.lines_before + 1)}"
        return f"{text}; left out: {', '.join(self.others)}" if self.others else text


def is_workbook(path: Path) -> bool:
    """Whether the file is a ZIP archive, which no text table is."""
    with path.open("rb") as file:
        return file.read(4) == b"PK\x03\x04"


def find_sheet(path: Path, name: str = "", fits: Fits | None = None) -> Sheet:
    """The sheet of that name, else the first visible one whose headings fit, else the first that has cells.

    Raises SourceProblem.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            if "content.xml" in archive.namelist():
                raise SourceProblem(OPEN_DOCUMENT.format(source=path.name))
            if sum(info.file_size for info in archive.infolist()) > LARGEST:
                raise SourceProblem(TOO_LARGE.format(source=path.name))
    except zipfile.BadZipFile as error:
        raise SourceProblem(BAD_WORKBOOK.format(source=path.name)) from error
    with _opened(path) as book:
        sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
        filled: dict[str, Sheet] = {}
        fitting = name
        for sheet in sheets:
            head = islice(sheet.iter_rows(values_only=True), LOOKED_AT)
            lines = [[_text(cell) for cell in row] for row in head]
            first = next((at for at, line in enumerate(lines) if any(map(str.strip, line))), None)
            if first is None:
                first = _first_filled(sheet)
            if first is None:
                continue
            at = max(heading_line(lines), first)
            rows = max(sheet.max_row - at - 1, 0) if sheet.max_row else None
            filled[sheet.title] = Sheet(sheet.title, (), rows, at, has_title=at > first)
            if fits and not fitting and at < len(lines) and fits(lines[at]):
                fitting = sheet.title
    if not filled:
        raise SourceProblem(NO_SHEET.format(source=path.name))
    chosen = filled.get(fitting) or next(iter(filled.values()))
    return replace(chosen, others=tuple(title for title in filled if title != chosen.name))


def _first_filled(sheet: Any) -> int | None:
    """The place of the first row that has a cell, however far down."""
    for place, row in enumerate(sheet.iter_rows(values_only=True)):
        if any(cell is not None and str(cell).strip() for cell in row):
            return place
    return None


def records(path: Path, sheet: Sheet) -> Iterator[tuple[int, list[str]]]:
    """Line number and cells, from the headings on."""
    with _opened(path) as book:
        rows = book[sheet.name].iter_rows(min_row=sheet.lines_before + 1, values_only=True)
        for number, row in enumerate(rows, start=sheet.lines_before + 1):
            yield number, [_text(cell) for cell in row]


@contextmanager
def _opened(path: Path) -> Iterator[Workbook]:
    """The workbook, whatever its file's name ends in: openpyxl looks at the name, and people rename files.

    What it warns of (drop-down lists, printing) is nothing that an import reads.
    """
    with path.open("rb") as file, warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"openpyxl\.")
        try:
            book = load_workbook(file, read_only=True, data_only=True)
        except _ERRORS as error:
            raise SourceProblem(BAD_WORKBOOK.format(source=path.name)) from error
        try:
            yield book
        except SourceProblem:
            raise
        except _ERRORS as error:
            raise SourceProblem(BAD_WORKBOOK.format(source=path.name)) from error
        finally:
            book.close()


def _text(cell: object) -> str:
    match cell:
        case None:
            return ""
        case bool():
            return "true" if cell else "false"
        case datetime():
            return _to_the_second(cell).isoformat(sep=" ")
        case date() | time():
            return cell.isoformat()
        case float() if cell.is_integer() and abs(cell) < 1e15:
            return str(int(cell))
    return str(cell)


def _to_the_second(moment: datetime) -> datetime:
    """A workbook counts days as fractions, so that 12:00:00 may come out some microseconds early."""
    rounded = moment + timedelta(milliseconds=1)
    return rounded.replace(microsecond=0) if rounded.microsecond < 2_000 else moment
