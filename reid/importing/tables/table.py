"""Tables as lines of cells by heading, whatever file they lie in: the one way in which an import reads a table. Pure.

`read_table(path)` says what the file is; `Table.lines()` reads it anew each time, one line at a time.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from reid.importing.rows import Note, SourceProblem
from reid.importing.tables import workbook
from reid.importing.tables.dialect import UTF8, UTF8_BOM, Dialect, find_dialect

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

HOW_READ: Final = "how the table was read"
NOT_CSV: Final = "{source} line {line} is not CSV: {error}."
OPEN_QUOTE: Final = "{source}: a quote that opens on line {line} is never closed: close it, or save the table again."
TOO_MANY_CELLS: Final = "the line has more cells than the first line has columns"
NOT_UTF8: Final = "the line is not UTF-8 text"
_NO_LETTER: Final = re.compile("[\udc80-\udcff]")
IS_FOLDER: Final = "{source} is a folder: name the table in it."
TWO_COLUMNS: Final = "{source} has two columns named {name!r}: rename one of them."


def fold(heading: str) -> str:
    """A heading without what people and programs write differently: case, blanks, hyphens, dots, underscores.

    >>> fold(" Captured_At "), fold("DateTimeOriginal") == fold("date time original")
    ('capturedat', True)
    """
    return re.sub(r"[\W_]+", "", heading).lower()


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its number in the file, and its cells, stripped, by the headings as they stand in the file.

    `problem` says what is wrong with the line as a whole, else it is empty; the cells are there all the same.
    """

    number: int
    cells: dict[str, str]
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table that can be read: `columns` are its headings, stripped, in their order."""

    path: Path
    columns: tuple[str, ...]
    dialect: Dialect | workbook.Sheet
    _columns_by_fold: dict[str, list[str]] = field(default_factory=dict)
    _found: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def is_workbook(self) -> bool:
        return isinstance(self.dialect, workbook.Sheet)

    @property
    def decimal_comma(self) -> bool:
        """Whether a comma in a number can be a decimal comma alone, since it does not stand between columns."""
        return isinstance(self.dialect, Dialect) and self.dialect.separator != ","

    @property
    def size(self) -> int | None:
        """About how many lines it has."""
        if isinstance(self.dialect, Dialect):
            with self.path.open("rb") as lines:
                return max(sum(1 for _ in lines) - 1 - self.dialect.lines_before, 0)
        return self.dialect.rows

    def find(self, *names: str) -> str:
        """The column of one of the names, tried in their order, by its exact heading or a like one; else ''.

        Raises SourceProblem where two columns answer to the name.
        """
        for name in filter(None, names):
            if name not in self._found:
                self._found[name] = self._find(name)
            if column := self._found[name]:
                return column
        return ""

    def _find(self, name: str) -> str:
        alike = self._columns_by_fold.get(fold(name), [])
        exact = [column for column in alike if column == name]
        columns = exact or alike
        if len(columns) > 1:
            raise SourceProblem(TWO_COLUMNS.format(source=self.name, name=name))
        return columns[0] if columns else ""

    def notes(self) -> Iterator[Note]:
        """How the file was read, where that is not as a plain CSV is."""
        if not self.dialect.is_plain:
            yield Note(HOW_READ, f"{self.name}: {self.dialect}")

    def lines(self) -> Iterator[Line]:
        """The lines below the headings; empty ones are left out. Raises SourceProblem where it is no table."""
        for number, cells in _records(self.path, self.dialect):
            cells = [cell.strip() for cell in cells]
            if not any(cells):
                continue
            problem = ""
            if any(cells[len(self.columns) :]):
                problem = TOO_MANY_CELLS
            elif not (text := "".join(cells)).isascii() and _NO_LETTER.search(text):
                problem = NOT_UTF8
            padded = cells + [""] * (len(self.columns) - len(cells))
            by_column: dict[str, str] = {}
            for column, cell in zip(self.columns, padded, strict=False):
                by_column.setdefault(column, cell)
            yield Line(number, by_column, problem)


def read_table(path: Path, sheet: str = "", fits: workbook.Fits | None = None) -> Table:
    """The table in a CSV, TSV or Excel file, of a workbook the sheet of that name or whose headings fit.

    Raises SourceProblem, in one sentence, where it cannot be read.
    """
    if path.is_dir():
        raise SourceProblem(IS_FOLDER.format(source=path.name))
    if not path.is_file():
        raise SourceProblem(f"There is no file {path.name}.")
    dialect: Dialect | workbook.Sheet
    if workbook.is_workbook(path):
        dialect = workbook.find_sheet(path, sheet, fits)
    else:
        dialect = find_dialect(path)
    _, headings = next(_records(path, dialect, headings=True), (0, []))
    columns = tuple(heading.strip() for heading in headings)
    while columns and not columns[-1]:
        columns = columns[:-1]
    by_fold: dict[str, list[str]] = {}
    for column in columns:
        by_fold.setdefault(fold(column), []).append(column)
    return Table(path, columns, dialect, by_fold)


def _records(
    path: Path, dialect: Dialect | workbook.Sheet, *, headings: bool = False
) -> Iterator[tuple[int, list[str]]]:
    """Line number and cells: of the headings alone, or of all that follows them."""
    records = (
        _csv_records(path, dialect)
        if isinstance(dialect, Dialect)
        else workbook.records(path, dialect)
    )
    for place, record in enumerate(records):
        if headings:
            yield record
            return
        if place:
            yield record


def _csv_records(path: Path, dialect: Dialect) -> Iterator[tuple[int, list[str]]]:
    errors = "surrogateescape" if dialect.encoding in (UTF8, UTF8_BOM) else "strict"
    with path.open(encoding=dialect.encoding, errors=errors, newline="") as file:
        for _ in range(dialect.lines_before):
            file.readline()
        lines = _Remembered(file)
        reader = csv.reader(lines, delimiter=dialect.separator)
        first = dialect.lines_before + 1
        try:
            for cells in reader:
                first_of_record = first
                first = dialect.lines_before + reader.line_num + 1
                if lines.ended:
                    _require_closed(path, dialect, lines.taken, first_of_record)
                lines.taken.clear()
                yield dialect.lines_before + reader.line_num, cells
        except csv.Error as error:
            line = dialect.lines_before + reader.line_num
            if lines.taken and "field larger" in str(error) and len(lines.taken) > 1:
                raise SourceProblem(OPEN_QUOTE.format(source=path.name, line=first)) from error
            raise SourceProblem(NOT_CSV.format(source=path.name, line=line, error=error)) from error


def _require_closed(path: Path, dialect: Dialect, taken: list[str], line: int) -> None:
    """Raise where the last record ends within a quote: what follows the quote was swallowed."""
    try:
        list(csv.reader(taken, delimiter=dialect.separator, strict=True))
    except csv.Error as error:
        if "unexpected end of data" in str(error):
            raise SourceProblem(OPEN_QUOTE.format(source=path.name, line=line)) from error


class _Remembered:
    """Lines of a file that keeps those of the record which is being read."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self.taken: list[str] = []
        self.ended = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        try:
            line = next(self._lines)
        except StopIteration:
            self.ended = True
            raise
        self.taken.append(line)
        return line
