"""TrapTagger's table of results: a line an image or a detection, with the columns that its user chose.

image is the path below the survey's folder, timestamp 2025-10-03 06:12:44, site the place (once trapgroup), and left,
right, top, bottom and score the box in shares of the photograph. Labels and individuals stand in a column each
(image_label_1, image_individual_1), labels also as a list ([White-tailed deer;Cow]) or a line each; None is nothing.
Source: generate_csv and create_task_dataframe in app/functions/results.py of WildEyeConservation/TrapTagger.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from reid.importing.formats.base import FormatOf
from reid.importing.rows import WHOLE_IMAGE, Area, Note, Row
from reid.importing.tables.labels import weightiest
from reid.importing.tables.numbers import number, sure
from reid.importing.tables.source import TableSource, clock_of, required
from reid.importing.tables.table import fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from reid.importing.formats.base import Peek, SourceOptions
    from reid.importing.tables.clocks import Clock
    from reid.importing.tables.table import Line, Table

TITLE: Final = "TrapTagger's results"
SEVERAL: Final = "the line has one box and several animals ({names}): export the labels of each detection, and not of the photograph"
NO_BOX_KIND: Final = "several animals on a photograph without boxes"
NO_BOX: Final = (
    "{path}: line {line} names {names} and has no box: it is one detection of the whole photograph, called {taken}. "
    "Export the detections with their boxes to have each by itself."
)
NO_SIZE: Final = "the box ends before it begins"

_BOX: Final = ("left", "top", "right", "bottom")
_LEVELS: Final = ("detection", "image", "capture", "cluster")
"""What a label or an individual can be of, the nearest to the box first."""
_NO_ANIMALS: Final = frozenset({"", "None", "Nothing", "Knocked Down"})
"""Labels of TrapTagger's own that say what is no animal; of an individual None."""


@dataclass(frozen=True, slots=True)
class TrapTaggerReader:
    table: Table
    clock: Clock
    image: str
    labels: tuple[str, ...]
    individuals: tuple[str, ...]

    @classmethod
    def of(cls, table: Table, options: SourceOptions) -> TrapTaggerReader:
        (image,) = required(table, TITLE, "image")
        timestamp = table.find("timestamp")
        return cls(
            table,
            clock_of(
                table,
                lambda line: line.cells[timestamp] if timestamp else "",
                options.time_format,
            ),
            image,
            _columns(table.columns, "label"),
            _columns(table.columns, "individual"),
        )

    def notes(self) -> tuple[()]:
        return ()

    def path(self, line: Line) -> str:
        return line.cells[self.image]

    def rows(self, line: Line) -> Iterator[Row | Note]:
        labels = _values(line, self.labels)
        names = _values(line, self.individuals)
        box = self._box(line)
        if len(labels) > 1 and box:
            raise ValueError(SEVERAL.format(names=", ".join(labels)))
        if len(names) > 1:
            raise ValueError(SEVERAL.format(names=", ".join(names)))
        seen = bool(labels or names)
        label = labels[weightiest(labels)] if labels else ""
        if len(labels) > 1:
            path, listed = self.path(line), ", ".join(labels)
            text = NO_BOX.format(path=path, line=line.number, names=listed, taken=label)
            yield Note(NO_BOX_KIND, text, line.number, path)
        yield Row(
            line=line.number,
            path=self.path(line),
            area=box or (WHOLE_IMAGE if seen else None),
            confidence=sure(self._cell(line, "score")) if box else 1.0,
            captured_at=self.clock.read(_some(self._cell(line, "timestamp"))),
            camera=_some(self._cell(line, "site") or self._cell(line, "trapgroup")),
            deer=names[0] if names else "",
            label=label,
        )

    def _box(self, line: Line) -> Area | None:
        texts = [_some(self._cell(line, name)) for name in _BOX]
        if not all(texts):
            return None
        left, top, right, bottom = (
            number(name, text, decimal_comma=self.table.decimal_comma)
            for name, text in zip(_BOX, texts, strict=True)
        )
        if right <= left or bottom <= top:
            raise ValueError(NO_SIZE)
        return Area(left, top, right - left, bottom - top, relative=True)

    def _cell(self, line: Line, name: str) -> str:
        column = self.table.find(name)
        return line.cells[column] if column else ""


def _some(text: str) -> str:
    return "" if text == "None" else text


def _columns(columns: Sequence[str], what: str) -> tuple[str, ...]:
    """The columns of labels or individuals at the level nearest to the box."""
    for level in _LEVELS:
        pattern = re.compile(rf"{level}{what}(s|\d+)", re.ASCII)
        if of_level := tuple(column for column in columns if pattern.fullmatch(fold(column))):
            return of_level
    return ()


def _values(line: Line, columns: Sequence[str]) -> list[str]:
    """What the cells name: each one word, or several as [a;b]."""
    words: dict[str, None] = {}
    for column in columns:
        cell = line.cells[column]
        listed = cell[1:-1].split(";") if cell[:1] == "[" and cell[-1:] == "]" else [cell]
        words |= dict.fromkeys(word.strip() for word in listed)
    return [word for word in words if word not in _NO_ANIMALS]


def _recognises(peek: Peek) -> bool:
    of_image = [name for name in peek.headings if _columns([name], "label")]
    return peek.has_headings("image") and bool(of_image)


def _open(path: Path, options: SourceOptions) -> TableSource:
    return TableSource(path, partial(TrapTaggerReader.of, options=options))


FORMAT: Final = FormatOf("traptagger", TITLE, _recognises, _open)
