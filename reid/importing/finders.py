"""Finders of values: columns, else named groups of patterns over paths. Plain records, no database.

A reader applies patterns to paths as its source has them. Where a path turns out to mean a file that is spelled
otherwise below the root (one of another machine: `D:\\cards\\north\\1.jpg`), they are applied to that anew.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, TypedDict

from reid.importing.rows import BAD_FLANK, FLANKS, SourceProblem
from reid.importing.tables.clocks import Clock

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reid.importing.rows import Row

NO_COLUMN: Final = "{option} names the column {name!r}, and {source} has none of that name."


NO_COLUMNS: Final = (
    "{option}={name!r}: {source} has no columns; give a pattern with (?P<{group}>...)."
)


BAD_PATTERN: Final = "{option} is no pattern: {problem}."


NO_GROUP: Final = "{option} has no group (?P<{group}>...)."


@dataclass(frozen=True, slots=True)
class Finder:
    """Source of one value of a row: a column, else a named group of a pattern over the path."""

    group: str
    column: str = ""
    pattern: re.Pattern[str] | None = None

    @classmethod
    def parse(cls, group: str, text: str, columns: frozenset[str] | None, source: str) -> Finder:
        """From an option's text: a column's name, or a pattern, recognised by its `(?P<`.

        `columns` is None for sources that have none. The column named like the group stands in where
        the option is empty, and before a pattern. Raises SourceProblem.
        """
        option = "--" + group.replace("_", "-")
        own = group if columns and group in columns else ""
        if not text:
            return cls(group, own)
        if "(?P<" in text:
            try:
                pattern = re.compile(text)
            except re.error as error:
                raise SourceProblem(BAD_PATTERN.format(option=option, problem=error)) from error
            if group not in pattern.groupindex:
                raise SourceProblem(NO_GROUP.format(option=option, group=group))
            return cls(group, own, pattern)
        if columns is None:
            raise SourceProblem(
                NO_COLUMNS.format(option=option, name=text, source=source, group=group)
            )
        if text not in columns:
            raise SourceProblem(NO_COLUMN.format(option=option, name=text, source=source))
        return cls(group, text)

    def in_columns(self, row: Mapping[str, str]) -> str:
        return row.get(self.column, "").strip() if self.column else ""

    def in_path(self, path: str) -> str:
        match = self.pattern.search(path) if self.pattern else None
        return (match[self.group] or "").strip() if match else ""

    def find(self, row: Mapping[str, str], path: str) -> str:
        return self.in_columns(row) or self.in_path(path)


class Found(TypedDict):
    """The fields of a Row that columns and patterns give."""

    captured_at: str
    pattern_time: str
    camera: str
    sighting: str
    flank: str
    of_path: frozenset[str]


_FIELDS: Final = ("captured_at", "camera", "sighting", "flank")
_NOTHING: Final[frozenset[str]] = frozenset()
_DRIVE: Final = re.compile(r"[A-Za-z]:")


@dataclass(frozen=True, slots=True)
class Finders:
    captured_at: Finder
    camera: Finder
    sighting: Finder
    flank: Finder

    @classmethod
    def parse(
        cls, options: Mapping[str, str], columns: frozenset[str] | None, source: str
    ) -> Finders:
        """From the options' texts by name. Raises SourceProblem."""
        return cls(
            *(Finder.parse(group, options.get(group, ""), columns, source) for group in _FIELDS)
        )

    def values(self, row: Mapping[str, str], path: str) -> Found:
        """Raises ValueError for a flank of a column that is none; that of a path is judged by `PathPatterns`."""
        flank = self.flank.find(row, path).lower() or "unknown"
        if flank not in FLANKS and not self.flank.pattern:
            raise ValueError(BAD_FLANK.format(text=flank))
        return {
            "captured_at": self.captured_at.in_columns(row),
            "pattern_time": self.captured_at.in_path(path),
            "camera": self.camera.find(row, path),
            "sighting": self.sighting.find(row, path),
            "flank": flank,
            "of_path": self._of_path(row),
        }

    def in_folder(self, path: str) -> Found:
        """What the patterns find in a path as it is below the root. Raises ValueError for a flank that is none."""
        values = self.values({}, path)
        if values["flank"] not in FLANKS:
            raise ValueError(BAD_FLANK.format(text=values["flank"]))
        return values | {"of_path": _NOTHING}

    def _of_path(self, row: Mapping[str, str]) -> frozenset[str]:
        """Names of the fields that a pattern is asked for."""
        finders = (self.captured_at, self.camera, self.sighting, self.flank)
        asked = [
            finder.group
            for finder in finders
            if finder.pattern and (finder is self.captured_at or not finder.in_columns(row))
        ]
        return frozenset(asked) if asked else _NOTHING


@dataclass(frozen=True, slots=True)
class PathPatterns:
    """The patterns that an import was given, for paths as they are spelled below its root."""

    finders: Finders
    clock: Clock

    @classmethod
    def parse(cls, options: Mapping[str, str], time_format: str) -> PathPatterns:
        """From the options' texts by name; those that name columns are left out. Raises SourceProblem."""
        patterns = {name: text for name, text in options.items() if "(?P<" in text}
        return cls(Finders.parse(patterns, None, ""), Clock(time_format))

    def settled(self, row: Row, spelling: str) -> Row:
        """The row with what patterns find in `spelling`, its file's path below the root; empty: as the row has it.

        What they do not find there stays as they found it in the row's own path. Raises ValueError for a flank
        that is none, or a time that is not of the format.
        """
        if spelling:
            row = replace(
                row,
                pattern_time=self._time(row, spelling),
                camera=self._anew(self.finders.camera, row, row.camera, spelling),
                sighting=self._anew(self.finders.sighting, row, row.sighting, spelling),
                flank=self._anew(self.finders.flank, row, row.flank, spelling).lower(),
            )
        if row.flank not in FLANKS:
            raise ValueError(BAD_FLANK.format(text=row.flank))
        return row

    def _time(self, row: Row, spelling: str) -> str:
        text = self._anew(self.finders.captured_at, row, "", spelling)
        return (self.clock.read(text) if self.clock.time_format else text) or row.pattern_time

    def _anew(self, finder: Finder, row: Row, before: str, spelling: str) -> str:
        """What the finder's pattern says where the row's value is of its path; a drive is no value."""
        if finder.group not in row.of_path:
            return before
        return finder.in_path(spelling) or ("" if _DRIVE.fullmatch(before) else before)
