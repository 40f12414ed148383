"""AddaxAI's tables of results (once EcoAssist): results_detections.csv, results_files.csv, and both in results.xlsx.

A detection has relative_path, label, confidence and its box as bbox_left, bbox_top, bbox_right, bbox_bottom in pixels;
DateTimeOriginal is day/month/year of two digits. Files without detections stand in the other table alone. Source: the
columns and the time's format in addaxai/processing/export.py of PetervanLunteren/AddaxAI, the tables' first columns in
EcoAssist_GUI.py, and the example table of its depth estimation tool.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from reid.importing.formats.base import FormatOf
from reid.importing.rows import BAD_CONFIDENCE, Area, Row, Skip
from reid.importing.tables.clocks import Clock, Order
from reid.importing.tables.labels import is_yes
from reid.importing.tables.numbers import number, sure
from reid.importing.tables.source import TableSource, clock_of, required

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from reid.importing.formats.base import Peek, SourceOptions
    from reid.importing.rows import Item
    from reid.importing.tables.table import Line, Table

TITLE: Final = "AddaxAI's results"
DETECTIONS: Final = "detections"
"""The workbook's sheet with a line a detection."""

WITH_DETECTIONS: Final = "boxes stand in the table of detections"
NO_SIZE: Final = "the box ends before it begins"

_BOX: Final = ("bbox_left", "bbox_top", "bbox_right", "bbox_bottom")
_AS_WRITTEN: Final = re.compile(r"(\d\d/\d\d/\d\d \d\d:\d\d:\d\d)?", re.ASCII)
_TIMES: Final = ("DateTimeOriginal", "DateTime", "DateTimeDigitized")


@dataclass(frozen=True, slots=True)
class DetectionReader:
    """A line a detection; a person has seen those that are human_verified."""

    table: Table
    clock: Clock
    times: tuple[str, ...]

    @classmethod
    def of(cls, table: Table, options: SourceOptions) -> DetectionReader | FileReader:
        times = tuple(column for name in _TIMES if (column := table.find(name)))
        is_files = bool(table.find("n_detections")) and not table.find("bbox_left")
        names = ("n_detections",) if is_files else ("label", "confidence", *_BOX)
        required(table, TITLE, "relative_path", *names)
        clock = _clock(table, times, options.time_format)
        if is_files:
            return FileReader(table, clock, times)
        return cls(table, clock, times)

    def notes(self) -> tuple[()]:
        return ()

    def path(self, line: Line) -> str:
        return _path(self.table, line)

    def rows(self, line: Line) -> Iterator[Item]:
        cell = {name: line.cells[self.table.find(name)] for name in ("label", "confidence", *_BOX)}
        comma = self.table.decimal_comma
        if not cell["confidence"]:
            raise ValueError(BAD_CONFIDENCE.format(text="''"))
        left, top, right, bottom = (number(name, cell[name], decimal_comma=comma) for name in _BOX)
        if right <= left or bottom <= top:
            raise ValueError(NO_SIZE)
        verified = self.table.find("human_verified")
        yield Row(
            line=line.number,
            path=self.path(line),
            area=Area(left, top, right - left, bottom - top),
            confidence=sure(cell["confidence"]),
            captured_at=_time(line, self.times, self.clock),
            label=cell["label"],
            detector="" if verified and is_yes(line.cells[verified]) else "AddaxAI",
        )


@dataclass(frozen=True, slots=True)
class FileReader:
    """A line a file: those without detections are photographs that were looked at."""

    table: Table
    clock: Clock
    times: tuple[str, ...]

    def notes(self) -> tuple[()]:
        return ()

    def path(self, line: Line) -> str:
        return _path(self.table, line)

    def rows(self, line: Line) -> Iterator[Item]:
        text = line.cells[self.table.find("n_detections")]
        if number("n_detections", text, decimal_comma=False):
            yield Skip(WITH_DETECTIONS)
            return
        time = _time(line, self.times, self.clock)
        yield Row(line.number, self.path(line), None, captured_at=time, detector="AddaxAI")


def _path(table: Table, line: Line) -> str:
    return line.cells[table.find("relative_path")].replace("\\", "/")


def _time(line: Line, times: tuple[str, ...], clock: Clock) -> str:
    return clock.read(_first(line, times))


def _first(line: Line, times: tuple[str, ...]) -> str:
    """The first of its times that is there; NA is none."""
    texts = (line.cells[column] for column in times)
    return next((text for text in texts if text and text != "NA"), "")


def _clock(table: Table, times: tuple[str, ...], time_format: str) -> Clock:
    """As the program writes its times; those that a spreadsheet saved again are found out from the table."""
    if not time_format and all(
        _AS_WRITTEN.fullmatch(_first(line, times)) for line in table.lines()
    ):
        return Clock(order=Order.DAY_FIRST)
    return clock_of(table, partial(_first, times=times), time_format)


def _recognises(peek: Peek) -> bool:
    return peek.has_headings("relative_path", "data_type") and (
        peek.has_headings("bbox_left", "label") or peek.has_headings("n_detections")
    )


def _open(path: Path, options: SourceOptions) -> TableSource:
    return TableSource(path, partial(DetectionReader.of, options=options), DETECTIONS)


FORMAT: Final = FormatOf("addaxai", TITLE, _recognises, _open)
