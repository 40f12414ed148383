"""Wildbook's bulk import sheet: a line an encounter, with its photographs and its one animal.

Encounter.mediaAsset0, 1, ... name the photographs (also written Encounter.MediaAsset.0); the animal is
MarkedIndividual.individualID or Encounter.individualID, its species Encounter.genus and Encounter.specificEpithet, the
time Encounter.year, month, day, hour and minutes, the place Encounter.locationID or Encounter.verbatimLocality.
Source: "Fields Available" of Bulk Import in
WildMeOrg/wildbook-docs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from reid.importing.formats.base import FormatOf
from reid.importing.rows import WHOLE_IMAGE, Row
from reid.importing.tables.numbers import number
from reid.importing.tables.source import TableSource, required
from reid.importing.tables.table import fold

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from reid.importing.formats.base import Peek, SourceOptions
    from reid.importing.tables.table import Line, Table

TITLE: Final = "Wildbook's bulk import sheet"
NO_PHOTOGRAPH: Final = "the encounter names no photograph"
_TIME_PARTS: Final = ("Encounter.year", "Encounter.month", "Encounter.day", "Encounter.hour")

_MEDIA: Final = re.compile(r"encountermediaasset(\d+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class WildbookReader:
    table: Table
    media: tuple[str, ...]

    @classmethod
    def of(cls, table: Table) -> WildbookReader:
        numbered = {
            int(match[1]): column
            for column in table.columns
            if (match := _MEDIA.fullmatch(fold(column)))
        }
        if not numbered:
            required(table, TITLE, "Encounter.mediaAsset0")
        return cls(table, tuple(column for _, column in sorted(numbered.items())))

    def notes(self) -> tuple[()]:
        return ()

    def path(self, line: Line) -> str:
        return next((line.cells[column] for column in self.media if line.cells[column]), "")

    def rows(self, line: Line) -> Iterator[Row]:
        photographs = list(dict.fromkeys(filter(None, (line.cells[name] for name in self.media))))
        if not photographs:
            raise ValueError(NO_PHOTOGRAPH)
        genus, epithet = (
            self._cell(line, f"Encounter.{name}") for name in ("genus", "specificEpithet")
        )
        deer = self._cell(line, "MarkedIndividual.individualID", "Encounter.individualID")
        time = self._time(line)
        for path in photographs:
            yield Row(
                line=line.number,
                path=path,
                area=WHOLE_IMAGE,
                captured_at=time,
                camera=self._cell(line, "Encounter.locationID", "Encounter.verbatimLocality"),
                deer=deer,
                label=f"{genus} {epithet}".strip(),
            )

    def _time(self, line: Line) -> str:
        """Year to minute; a date without a time of day is none, for midnight would be an invention."""
        parts = [self._cell(line, name) for name in _TIME_PARTS]
        if not all(parts):
            return ""
        parts.append(self._cell(line, "Encounter.minutes") or "0")
        year, month, day, hour, minutes = (
            int(number(name, text, decimal_comma=False))
            for name, text in zip((*_TIME_PARTS, "Encounter.minutes"), parts, strict=True)
        )
        return f"{year:04}-{month:02}-{day:02} {hour:02}:{minutes:02}:00"

    def _cell(self, line: Line, *names: str) -> str:
        for name in names:
            if (column := self.table.find(name)) and line.cells[column]:
                return line.cells[column]
        return ""


def _recognises(peek: Peek) -> bool:
    return any(_MEDIA.fullmatch(name) for name in peek.headings)


def _open(path: Path, _options: SourceOptions) -> TableSource:
    return TableSource(path, WildbookReader.of)


FORMAT: Final = FormatOf("wildbook", TITLE, _recognises, _open)
