"""Tables that people make themselves: one line a detection, columns in any order. No database."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final

from reid.importing.finders import Finders
from reid.importing.formats.base import FormatOf, Peek, SourceKind, SourceOptions
from reid.importing.rows import Note, Row, SourceProblem
from reid.importing.tables.clocks import Clock, OrderFinder, joined
from reid.importing.tables.columns import NamesOrNumbers, unread
from reid.importing.tables.fields import BOX, UNCLEAR, find_fields
from reid.importing.tables.labels import is_empty, is_unseen
from reid.importing.tables.numbers import UnitFinder, area, box_numbers, sure, with_point
from reid.importing.tables.source import TableSource, in_folder, required
from reid.importing.tables.synonyms import SYNONYMS
from reid.importing.tables.table import HOW_READ, fold, read_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from reid.importing.tables.table import Line, Table
    from reid.importing.tables.workbook import Fits

DEER_CONFLICT: Final = "sighting {label!r} is of {first} on line {line}: one sighting is one animal"
NO_PATH: Final = "the path is empty"
COLUMN_TWICE: Final = "--{option}={text!r} and --column {field}={column!r}: give one of them."
DECIMAL_COMMAS: Final = "{source}: numbers with decimal commas"
SHARES: Final = "{source}: boxes in shares of the photograph's width and height"

NO_WORDS: Final = (
    "{source}: no column says what the photographs show, nor which deer; they come in as not looked at. "
    "Name one by --column classification=HEADING"
)

_HAS_BOTH: Final = re.compile(r"\d[-/.]\w+[-/.]\d.*\d:\d\d")
_FINDERS: Final = ("captured_at", "camera", "sighting", "flank")


@dataclass(frozen=True, slots=True)
class Layout:
    """What a program's table has that others do not.

    `fixed`: headings by field. `folder`: the column of the folder in which the path's column names a file.
    `second_camera`: the column that tells several cameras of one place apart. `missing`: what stands where there is no
    value. `whole_photographs`: a line is a photograph and not a detection, its class a word of the user's own; one without
    a word was not looked at.
    """

    title: str = ""
    fixed: Mapping[str, str] = field(default_factory=dict)
    folder: str = ""
    second_camera: str = ""
    missing: str = ""
    whole_photographs: bool = False


PLAIN: Final = Layout()


@dataclass(slots=True)
class GenericReader:
    """Columns in any order: path, and any of captured_at (or date and time), camera, x, y, width, height,
    classification, confidence, deer, sighting, flank. Blank box: the whole photograph. The word for a
    class stays as it is, and says nothing of the class yet. Blank confidence: 1, since a person wrote the line.
    """

    table: Table
    columns: Mapping[str, str]
    finders: Finders
    clock: Clock
    shares: bool
    layout: Layout = PLAIN
    folder: str = ""
    _notes: list[Note] = field(default_factory=list)
    _deer_of: dict[str, tuple[str, int]] = field(default_factory=dict)

    @classmethod
    def of(cls, table: Table, options: SourceOptions, layout: Layout = PLAIN) -> GenericReader:
        """The reader of a table, once all its lines were looked at. Raises SourceProblem."""
        given, patterns = _given(options)
        if layout.folder:
            required(table, layout.title, layout.folder, layout.fixed["path"])
        columns, notes = find_fields(table, given, layout.fixed)
        finders = Finders.parse(patterns, frozenset(columns) | {"captured_at"}, table.name)
        order = OrderFinder(table.name, options.time_format)
        units, commas = UnitFinder(), False
        names = NamesOrNumbers(columns.get("deer", ""))
        for line in table.lines():
            names.see(line)
            order.see(line.number, _time(line, columns))
            texts = [line.cells[columns[name]] for name in (*BOX, "confidence") if name in columns]
            commas = commas or any(
                with_point(text, decimal_comma=table.decimal_comma) != text for text in texts
            )
            try:
                box = _box(line, columns, table)
            except ValueError:
                continue  # the line is refused when it is read
            if box:
                units.see(box)
        if commas:
            notes.append(Note(HOW_READ, DECIMAL_COMMAS.format(source=table.name)))
        if units.shares:
            notes.append(Note(HOW_READ, SHARES.format(source=table.name)))
        if names.are_numbers and "deer" not in given:
            del columns["deer"]
            notes.append(names.note(table.name))
        if layout is PLAIN:
            notes += unread(table, columns)
        if layout.whole_photographs and not {"classification", "deer"} & columns.keys():
            notes.append(Note(UNCLEAR, NO_WORDS.format(source=table.name)))
        folder = table.find(layout.folder) if layout.folder else ""
        return cls(table, columns, finders, order.clock(), units.shares, layout, folder, notes)

    def notes(self) -> list[Note]:
        return self._notes

    def path(self, line: Line) -> str:
        name = line.cells[self.columns["path"]]
        return in_folder(line.cells[self.folder], name) if self.folder and name else name

    def rows(self, line: Line) -> Iterator[Row]:
        cells = {
            name: "" if line.cells[column] == self.layout.missing else line.cells[column]
            for name, column in self.columns.items()
        }
        path = self.path(line)
        if not path:
            raise ValueError(NO_PATH)
        cells["captured_at"] = self.clock.read(_time(line, self.columns))
        deer, word = cells.get("deer", ""), cells.get("classification", "")
        box = _box(line, self.columns, self.table)
        is_bare = not deer and box is None
        unseen = is_bare and self.layout.whole_photographs and is_unseen(word)
        empty = is_bare and (unseen or is_empty(word))
        if second := self.table.find(self.layout.second_camera):
            cells["camera"] = f"{cells.get('camera', '')} {line.cells[second]}".strip()
        values = self.finders.values(cells, path)
        if self.clock.time_format and values["pattern_time"]:
            values["pattern_time"] = self.clock.read(values["pattern_time"])
        if deer and (label := values["sighting"]):
            first, first_line = self._deer_of.setdefault(label, (deer, line.number))
            if first != deer:
                raise ValueError(DEER_CONFLICT.format(label=label, first=first, line=first_line))
        yield Row(
            line=line.number,
            path=path,
            area=None if empty else area(box, shares=self.shares),
            confidence=sure(cells.get("confidence", "")),
            deer=deer,
            label=word,
            looked=not unseen,
            **values,
        )


def open_as(layout: Layout, path: Path, options: SourceOptions) -> TableSource:
    """A program's table that is read as people's own are, but for its layout."""
    return TableSource(path, partial(GenericReader.of, options=options, layout=layout))


def _given(options: SourceOptions) -> tuple[dict[str, str], dict[str, str]]:
    """Headings by field, and patterns: --camera and its like take either. Raises SourceProblem."""
    headings, patterns = dict(options.columns), {}
    for name in _FINDERS:
        text = options.finders.get(name, "")
        if not text or "(?P<" in text:
            patterns[name] = text
        elif headings.setdefault(name, text) != text:
            option = name.replace("_", "-")
            raise SourceProblem(
                COLUMN_TWICE.format(option=option, text=text, field=name, column=headings[name])
            )
    return headings, patterns


def _time(line: Line, columns: Mapping[str, str]) -> str:
    """The time as the line has it: of one column, else of the date's and the time's together."""
    if "captured_at" in columns:
        return line.cells[columns["captured_at"]]
    day, time = (line.cells[columns[name]] if name in columns else "" for name in ("date", "time"))
    if day and time:
        return joined(day, time)
    either = day or time
    return either if _HAS_BOTH.search(either) else ""


def _box(
    line: Line, columns: Mapping[str, str], table: Table
) -> tuple[float, float, float, float] | None:
    texts = {name: line.cells[columns[name]] for name in BOX if name in columns}
    return box_numbers(texts, decimal_comma=table.decimal_comma)


def _recognises(peek: Peek) -> bool:
    return peek.kind in (SourceKind.TEXT, SourceKind.SPREADSHEET) or "content.xml" in peek.members


def _fits(options: SourceOptions) -> Fits:
    """How a workbook's sheet is told: by a column that may be the path's."""
    paths = {fold(name) for name in ("path", *SYNONYMS["path"], options.columns.get("path", ""))}
    return lambda cells: not paths.isdisjoint(map(fold, cells))


def table_of(path: Path, options: SourceOptions) -> Table:
    """The table as an import would read it. Raises SourceProblem."""
    return read_table(path, "", _fits(options))


def _open(path: Path, options: SourceOptions) -> TableSource:
    return TableSource(path, partial(GenericReader.of, options=options), fits=_fits(options))


FORMAT: Final = FormatOf("table", "a table", _recognises, _open)
