"""Thumper's own metadata.csv: from an archive of crops, its ZIP file as it is or the table alone.

A line is a detection; its box is on the photograph that `filename` names below the media folder, and not on the crop
beside it, so --root names a folder that has the photographs under those names. Deer that people gave or imported are
given again; what a run assigned by itself is not, for a guess of a machine becomes no reference of another store. The
apostrophe that keeps a cell from being a formula is taken off. Written by `exports.archive.metadata`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from reid.importing.formats.base import FormatOf, Peek, SourceKind
from reid.importing.rows import Area, Row, Skip
from reid.importing.tables import bundle
from reid.importing.tables.clocks import find_clock
from reid.importing.tables.labels import is_yes
from reid.importing.tables.numbers import box_numbers, sure
from reid.importing.tables.source import TableSource, required
from reid.wording import read_plain_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from reid.importing.formats.base import SourceOptions
    from reid.importing.rows import Item
    from reid.importing.tables.clocks import Clock
    from reid.importing.tables.table import Line, Table

TITLE: Final = "Thumper's metadata.csv"
TABLE: Final = r"metadata\.csv"
AUTOMATIC: Final = ("auto", "certified for this batch")
"""Sources of names that the machine gave: proven where they were given, and not for another store."""
NOT_VALID: Final = "marked as no detection"

_BOX: Final = ("bbox_x", "bbox_y", "bbox_width", "bbox_height")
_NEEDED: Final = ("detection_id", "filename", *_BOX, "deer_name", "identity_source")


@dataclass(frozen=True, slots=True)
class MetadataReader:
    table: Table
    clock: Clock

    @classmethod
    def of(cls, table: Table, options: SourceOptions) -> MetadataReader:
        required(table, TITLE, *_NEEDED)
        time = table.find("captured_at")
        times = ((line.number, line.cells[time]) for line in table.lines() if time)
        return cls(table, find_clock(times, table.name, options.time_format))

    def notes(self) -> tuple[()]:
        return ()

    def path(self, line: Line) -> str:
        return read_plain_text(self._cell(line, "filename"))

    def rows(self, line: Line) -> Iterator[Item]:
        if self._cell(line, "is_valid") and not is_yes(self._cell(line, "is_valid")):
            yield Skip(NOT_VALID)
            return
        comma = self.table.decimal_comma
        texts = {name.removeprefix("bbox_"): self._cell(line, name) for name in _BOX}
        box = box_numbers(texts, decimal_comma=comma)
        word = self._cell(line, "corrected_classification") or self._cell(line, "classification")
        is_given = self._cell(line, "identity_source") not in AUTOMATIC
        deer = read_plain_text(self._cell(line, "deer_name")) if is_given else ""
        yield Row(
            line=line.number,
            path=self.path(line),
            area=Area(*box) if box else None,
            confidence=sure(self._cell(line, "confidence")),
            captured_at=self.clock.read(self._cell(line, "captured_at")),
            camera=read_plain_text(self._cell(line, "camera")),
            deer=deer,
            label=word,
        )

    def _cell(self, line: Line, name: str) -> str:
        column = self.table.find(name)
        return line.cells[column] if column else ""


def _recognises(peek: Peek) -> bool:
    if peek.kind is SourceKind.ARCHIVE:
        tables = bundle.matching(peek.members, TABLE)
        if "manifest.json" not in peek.members or not tables:
            return False
        with bundle.member(peek.path, tables[0]) as file:
            return Peek(file).has_headings(*_NEEDED)
    return peek.has_headings(*_NEEDED)


def _open(path: Path, options: SourceOptions) -> TableSource:
    reader = partial(MetadataReader.of, options=options)
    if Peek(path).kind is not SourceKind.ARCHIVE:
        return TableSource(path, reader)
    name = next(iter(bundle.matching(bundle.names(path), TABLE)), "metadata.csv")
    return TableSource(path, reader, opened=partial(bundle.member, path, name))


FORMAT: Final = FormatOf("thumper-metadata", TITLE, _recognises, _open)
