"""Columns of a table of somebody's own that are not what their headings seem to say, or that are not read. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from reid.importing.rows import Note
from reid.importing.tables.fields import UNCLEAR, columns_text
from reid.importing.tables.synonyms import SYNONYMS
from reid.importing.tables.table import fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reid.importing.tables.table import Line, Table

NUMBERS_FOR_DEER: Final = (
    "{source}: the column {column} holds numbers such as {value!r}, as counts and scores are, and no names: "
    "it is not read. If it names deer, say so by --column deer={column}"
)
NOT_READ: Final = "{source}: these columns are not read: {columns}. Name one that should be by --column FIELD=HEADING"
NO_CLASS: Final = (
    "{source}: no column says what the photographs show, so each comes in as one animal; these columns are not read: "
    "{columns}. If one of them says it, name it by --column classification=HEADING"
)

_KNOWN: Final = frozenset(
    fold(name) for field in SYNONYMS.items() for name in (field[0], *field[1])
)
_NUMBER: Final = re.compile(r"\d+|\d*[.,]\d+", re.ASCII)
_COUNT_OR_SCORE: Final = re.compile(r"0+|\d*[.,]\d+", re.ASCII)


@dataclass(slots=True)
class NamesOrNumbers:
    """Evidence whether a column named deer holds names, or how many deer there are, or how surely one is.

    Deer may be called 7 and 07; a column of nothing but numbers in which there is a 0 or a fraction names none.
    """

    column: str
    are_numbers: bool = False
    example: str = ""
    _has_names: bool = False

    def see(self, line: Line) -> None:
        text = line.cells[self.column] if self.column and not self._has_names else ""
        if not text:
            return
        self._has_names = not _NUMBER.fullmatch(text)
        self.example = self.example or text
        is_none = bool(_COUNT_OR_SCORE.fullmatch(text))
        self.are_numbers = not self._has_names and (self.are_numbers or is_none)

    def note(self, source: str) -> Note:
        text = NUMBERS_FOR_DEER.format(source=source, column=self.column, value=self.example)
        return Note(UNCLEAR, text)


def unread(table: Table, columns: Mapping[str, str]) -> Iterator[Note]:
    """What the table has and is not read; `columns` are those that are, by field.

    A second column for a field, or the photograph's width, is none that somebody misses.
    """
    read = {*columns.values(), ""}
    names = tuple(
        column for column in table.columns if column not in read and fold(column) not in _KNOWN
    )
    if names:
        is_silent = not {"classification", "deer", "x"} & columns.keys()
        text = NO_CLASS if is_silent else NOT_READ
        yield Note(UNCLEAR, text.format(source=table.name, columns=columns_text(names)))
