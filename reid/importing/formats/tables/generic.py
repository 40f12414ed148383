"""Two sources that people make themselves: a CSV file, and a folder per deer. No database."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from reid.importing.formats.base import FormatOf, Peek, SourceKind, SourceOptions
from reid.importing.rows import (
    WHOLE_IMAGE,
    Area,
    Finders,
    Item,
    Refusal,
    RefusalReason,
    Row,
    SourceProblem,
    confidence,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


LONGEST_CELL: Final = 131_072  # characters: an open quote ends here and not at the end of the file

NO_PATH_COLUMN: Final = "{source} has no column named path: the first line must name the columns."
DEER_CONFLICT: Final = "sighting {label!r} is of {first} on line {line}: one sighting is one animal"
TOO_MANY_CELLS: Final = "the line has more cells than the first line has columns"
NO_BOX: Final = "the box needs x, y, width and height, all four or none"
NO_NUMBER: Final = "{name} is {text!r} and not a number"


@dataclass(slots=True)
class CsvSource:
    """Columns in any order: path, and any of captured_at, camera, x, y, width, height, classification,
    confidence, deer, sighting, flank. Blank box: the whole photograph. Blank confidence: 1, since a person
    wrote the line.
    """

    file: Path
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def total(self) -> int | None:
        with self.file.open("rb") as lines:
            return max(sum(1 for _ in lines) - 1, 0)

    def items(self) -> Iterator[Item]:
        # utf-8-sig: spreadsheets begin their files with a byte order mark. A byte that is no UTF-8 spoils
        # its own line and no other.
        with self.file.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as lines:
            csv.field_size_limit(
                LONGEST_CELL
            )  # of the whole process: any library may have raised it
            reader = csv.DictReader(lines, restval="")
            try:
                columns = frozenset(name for name in reader.fieldnames or () if name)
                if "path" not in columns:
                    raise SourceProblem(NO_PATH_COLUMN.format(source=self.file.name))
                finders = Finders.parse(self.options, columns, self.file.name)
                labels: dict[str, tuple[str, int]] = {}
                for cells in reader:
                    line = reader.line_num
                    path = cells["path"].strip()
                    try:
                        yield self._row(line, path, cells, finders, labels)
                    except ValueError as error:
                        yield Refusal(line, path, RefusalReason.ROW, str(error))
            except csv.Error as error:
                raise SourceProblem(
                    f"{self.file.name} line {reader.line_num} is not CSV: {error}."
                ) from error

    def _row(
        self,
        line: int,
        path: str,
        cells: dict[str, str],
        finders: Finders,
        labels: dict[str, tuple[str, int]],
    ) -> Row:
        if None in cells:  # where csv puts what has no column
            raise ValueError(TOO_MANY_CELLS)
        if any("\udc80" <= letter <= "\udcff" for cell in cells.values() for letter in cell):
            raise ValueError("the line is not UTF-8 text")
        if not path:
            raise ValueError("the path is empty")
        deer = cells.get("deer", "").strip()
        values = finders.values(cells, path)
        if deer and (label := values["sighting"]):
            first, first_line = labels.setdefault(label, (deer, line))
            if first != deer:
                raise ValueError(DEER_CONFLICT.format(label=label, first=first, line=first_line))
        return Row(
            line=line,
            path=path,
            area=_area(cells),
            label=cells.get("classification", "").strip(),
            confidence=confidence(cells.get("confidence", "").strip() or "1"),
            deer=deer,
            **values,
        )


def _area(cells: Mapping[str, str]) -> Area:
    texts = {name: cells.get(name, "").strip() for name in ("x", "y", "width", "height")}
    if not any(texts.values()):
        return WHOLE_IMAGE
    if not all(texts.values()):
        raise ValueError(NO_BOX)
    numbers = []
    for name, text in texts.items():
        if not re.fullmatch(r"[+-]?\d{1,9}(\.\d*)?", text, re.ASCII):  # no nan, inf or 1e308
            raise ValueError(NO_NUMBER.format(name=name, text=text))
        numbers.append(float(text))
    x, y, width, height = numbers
    return Area(x, y, width, height)


def _recognises(peek: Peek) -> bool:
    return peek.kind is SourceKind.TEXT


def _open(path: Path, options: SourceOptions) -> CsvSource:
    return CsvSource(path, options.finders)


FORMAT: Final = FormatOf("table", "a table", _recognises, _open)
