"""Finders of values: columns, else named groups of patterns over paths. Plain records, no database."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypedDict

from reid.importing.rows import BAD_FLANK, FLANKS, SourceProblem

if TYPE_CHECKING:
    from collections.abc import Mapping

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
            *(
                Finder.parse(group, options.get(group, ""), columns, source)
                for group in ("captured_at", "camera", "sighting", "flank")
            )
        )

    def values(self, row: Mapping[str, str], path: str) -> Found:
        """Raises ValueError for a flank that is none."""
        flank = self.flank.find(row, path).lower() or "unknown"
        if flank not in FLANKS:
            raise ValueError(BAD_FLANK.format(text=flank))
        return {
            "captured_at": self.captured_at.in_columns(row),
            "pattern_time": self.captured_at.in_path(path),
            "camera": self.camera.find(row, path),
            "sighting": self.sighting.find(row, path),
            "flank": flank,
        }
