"""Rows that every source of an import yields, and the options that find values in it. Plain records, no database.

A source yields one `Row` for each detection (or photograph without one), and a `Refusal` for whatever
cannot be a row; it never stops at one. Rows name files as the source does, relative to its root.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol, TypedDict

from reid.imaging.crops import Box
from reid.taxonomy import Classification

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FLANKS: Final = frozenset({"left", "right", "front", "rear", "unknown"})

NO_COLUMN: Final = "{option} names the column {name!r}, and {source} has none of that name."
NO_COLUMNS: Final = (
    "{option}={name!r}: {source} has no columns; give a pattern with (?P<{group}>...)."
)
BAD_PATTERN: Final = "{option} is no pattern: {problem}."
NO_GROUP: Final = "{option} has no group (?P<{group}>...)."
BAD_CONFIDENCE: Final = "confidence {text} is not between 0 and 1"
BAD_FLANK: Final = "unknown flank {text!r}: use left, right, front, rear or unknown"


class SourceProblem(Exception):
    """The source as a whole cannot be read; the text is one sentence for the user."""

    def __init__(self, text: str) -> None:
        # It may quote the source, whose headings can hold control codes.
        super().__init__("".join(letter if letter.isprintable() else "?" for letter in text))


class RefusalReason(StrEnum):
    """Reason why a row is not imported; the summary counts by it."""

    ROW = "bad row"
    DETECTOR = "detector failed"
    VIDEO = "video"
    PATH = "path outside the root"
    MISSING = "missing file"
    UNREADABLE = "unreadable image"
    TOO_LARGE = "image too large"
    OUTSIDE = "box outside the image"
    TIME = "bad capture time"
    CONFLICT = "contradiction"


@dataclass(frozen=True, slots=True)
class Refusal:
    line: int
    path: str
    reason: RefusalReason
    text: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.path or '-'}: {self.text}"


@dataclass(frozen=True, slots=True)
class Area:
    """Place on the photograph: pixels or, with `relative`, shares of its width and height."""

    x: float
    y: float
    width: float
    height: float
    relative: bool = False

    def box(self, size: tuple[int, int]) -> Box:
        """In whole pixels, each edge rounded by itself so that touching areas stay touching."""
        across, down = size if self.relative else (1, 1)
        left, top = round(self.x * across), round(self.y * down)
        right = round((self.x + self.width) * across)
        bottom = round((self.y + self.height) * down)
        return Box(left, top, right - left, bottom - top)


WHOLE_IMAGE: Final = Area(0.0, 0.0, 1.0, 1.0, relative=True)


@dataclass(frozen=True, slots=True)
class Row:
    """One detection as its source gives it; without `area`, a photograph on which there is none."""

    line: int
    path: str
    area: Area | None
    classification: Classification = Classification.ANIMAL
    confidence: float = 1.0
    captured_at: str = ""
    pattern_time: str = ""
    camera: str = ""
    deer: str = ""
    sighting: str = ""
    flank: str = "unknown"
    label: str = ""
    """The source's own word for the class, as it was read."""
    detector: str = ""
    """Name and version of the detector that drew the box; empty: a person, or nobody says."""
    looked: bool = True
    """Whether anybody has looked for animals; a photograph of a bare folder was not looked at."""
    failure: str = ""
    """Why the detector could not look, in the source's words."""


@dataclass(frozen=True, slots=True)
class Note:
    """Something suspicious that is kept as it is and named: a warning, no refusal. `kind` is what counts it."""

    kind: str
    text: str
    line: int = 0
    path: str = ""
    count: int = 1
    """How many photographs or rows it is about."""
    is_summary: bool = False
    """Whether it sums up the whole import: then it is shown, however many notes came before it."""


@dataclass(frozen=True, slots=True)
class Skip:
    """A detection that the source itself gives little for."""

    reason: str


Item = Row | Refusal | Skip | Note


class RowSource(Protocol):
    @property
    def total(self) -> int | None:
        """About how many items it will yield, for a progress bar; None: not known."""

    def items(self) -> Iterator[Item]: ...


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


def confidence(value: object) -> float:
    """A detector's confidence in [0, 1]. Raises ValueError(BAD_CONFIDENCE)."""
    try:
        number = float(str(value))
    except ValueError:
        number = float("nan")
    if not 0.0 <= number <= 1.0:  # false for NaN too
        raise ValueError(BAD_CONFIDENCE.format(text=str(value)))
    return number


def storable(text: str, longest: int | None = None) -> str:
    """The text as a database can hold it, cut where it is too long: NUL and halves of characters spelled out."""
    whole = text.encode("utf-8", "backslashreplace").decode("utf-8").replace("\0", "\\x00")
    return whole[:longest]


NOT_A_DEER: Final = (
    "its class is {name}, which cannot be the deer {deer}: correct the class, or leave the name out"
)
