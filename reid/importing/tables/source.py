"""Sources of rows that are a table: its lines read one by one, a bad line refused by itself. Pure."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Protocol

from reid.importing.rows import (
    REMOVED,
    Refusal,
    RefusalReason,
    Row,
    Skip,
    SourceProblem,
    is_removed,
)
from reid.importing.tables.clocks import find_clock
from reid.importing.tables.fields import columns_text
from reid.importing.tables.table import Table, read_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from reid.importing.rows import Item, Note
    from reid.importing.tables.clocks import Clock
    from reid.importing.tables.table import Line
    from reid.importing.tables.workbook import Fits

LACKING: Final = "{source} lacks the columns {lacking}, which {title} has; it has {columns}."


class LineReader(Protocol):
    """Reading of one format's lines, made for one table."""

    def notes(self) -> Iterable[Note]:
        """What was understood of the table as a whole."""

    def path(self, line: Line) -> str:
        """The photograph that the line names."""

    def rows(self, line: Line) -> Iterable[Item]:
        """What the line says. Raises ValueError where it is refused."""


@dataclass(slots=True)
class TableSource:
    """A table and what reads its lines.

    `opened` makes the table's file readable where it lies in an archive; `reader` raises SourceProblem where the
    table is not of its format.
    """

    file: Path
    reader: Callable[[Table], LineReader]
    sheet: str = ""
    fits: Fits | None = None
    opened: Callable[[], AbstractContextManager[Path]] | None = None

    @property
    def total(self) -> int | None:
        with self._file() as file:
            return read_table(file, self.sheet, self.fits).size

    def items(self) -> Iterator[Item]:
        with self._file() as file:
            table = read_table(file, self.sheet, self.fits)
            reader = self.reader(table)
            yield from table.notes()
            yield from reader.notes()
            emptied = _Emptied()
            for line in table.lines():
                path = reader.path(line)
                try:
                    if line.problem:
                        raise ValueError(line.problem)
                    for item in reader.rows(line):
                        yield emptied.taken(item)
                except ValueError as error:
                    yield Refusal(line.number, path, RefusalReason.ROW, str(error))
            yield from emptied.rows()

    def _file(self) -> AbstractContextManager[Path]:
        return self.opened() if self.opened else nullcontext(self.file)


@dataclass(slots=True)
class _Emptied:
    """Photographs all of whose boxes were removed as ones that repeat: the camera ran, which is effort."""

    _last: str = ""
    _rows: dict[str, Row] = field(default_factory=dict)

    def taken(self, item: Item) -> Item:
        """The item, or the Skip that a row of a removed box is."""
        if not isinstance(item, Row):
            return item
        if not is_removed(item.confidence):
            self._rows.pop(item.path, None)
            self._last = item.path
            return item
        if item.path != self._last:
            empty = replace(item, area=None, confidence=1.0, deer="", label="", sighting="")
            self._rows.setdefault(item.path, empty)
        return Skip(REMOVED)

    def rows(self) -> Iterator[Row]:
        yield from self._rows.values()


def required(table: Table, title: str, *names: str) -> tuple[str, ...]:
    """The columns of those names. Raises SourceProblem where the table lacks any."""
    columns = tuple(table.find(name) for name in names)
    if lacking := [name for name, column in zip(names, columns, strict=True) if not column]:
        raise SourceProblem(
            LACKING.format(
                source=table.name,
                lacking=", ".join(lacking),
                title=title,
                columns=columns_text(table.columns),
            )
        )
    return columns


def in_folder(folder: str, name: str) -> str:
    """A file's path from the two columns in which programs, many of them on Windows, write it.

    >>> in_folder("oak\\\\100", "a.jpg"), in_folder("", "a.jpg"), in_folder(".", "a.jpg")
    ('oak/100/a.jpg', 'a.jpg', 'a.jpg')
    """
    path = folder.replace("\\", "/").rstrip("/")
    return f"{path}/{name}" if path not in ("", ".") else name


def clock_of(table: Table, time: Callable[[Line], str], time_format: str = "") -> Clock:
    """How the table's times are to be read, found out from all its lines. Raises SourceProblem."""
    return find_clock(
        ((line.number, time(line)) for line in table.lines()), table.name, time_format
    )
