"""Rows that every source of an import yields, and the options that find values in it. Plain records, no database.

A source yields one `Row` for each detection (or photograph without one), and a `Refusal` for whatever
cannot be a row; it never stops at one. Rows name files as the source does, relative to its root.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol

from reid.imaging.crops import Box
from reid.taxonomy import Classification

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

FLANKS: Final = frozenset({"left", "right", "front", "rear", "unknown"})

BAD_CONFIDENCE: Final = "confidence {text} is not between 0 and 1"
REMOVED: Final = "marked as a false detection that repeats (confidence below zero)"
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
    """What cannot be a row. `line` is 0 where the source has no lines, as folders have none."""

    line: int
    path: str
    reason: RefusalReason
    text: str

    def __str__(self) -> str:
        place = f"line {self.line}: " if self.line else ""
        return f"{place}{self.path or '-'}: {self.text}"


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
    """What `label` was understood as (`reid.importing.reading.words`); a format gives the word alone."""
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
    detected_by: UUID | None = None
    """The detector of the store that is meant by that."""
    looked: bool = True
    """Whether anybody has looked for animals; a photograph of a bare folder was not looked at."""
    failure: str = ""
    """Why the detector could not look, in the source's words."""
    frame: int | None = None
    """Where `path` is a video, the number of the frame that the row is about, from 0; None: the video as a whole."""
    of_path: frozenset[str] = field(default=frozenset(), compare=False)
    """Which of captured_at (then it is pattern_time), camera, sighting and flank a pattern takes from the path."""


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

    def __str__(self) -> str:
        return f"line {self.line}: {self.path or '-'}: {self.text}" if self.line else self.text


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


_ROUNDED_UP: Final = 1.00001
"""What single-precision numbers make of 1 at most: programs write 1.0000001192092896."""


def confidence(value: object) -> float:
    """A detector's confidence in [0, 1]. Raises ValueError(BAD_CONFIDENCE)."""
    try:
        number = float(str(value))
    except ValueError:
        number = float("nan")
    if not 0.0 <= number <= _ROUNDED_UP:  # false for NaN too
        text = value if isinstance(value, str) else json.dumps(value, default=str)
        raise ValueError(BAD_CONFIDENCE.format(text=text))
    return min(number, 1.0)


def is_removed(value: object) -> bool:
    """Whether a confidence marks a box as removed: it has its sign turned by repeat detection elimination."""
    return isinstance(value, int | float) and -1.0 <= value < 0.0


def one_line(text: str, longest: int) -> str:
    """A source's own word as its field takes it: what cannot be printed is a blank, and its end may go."""
    if len(text) <= longest and text.isprintable():
        return text.strip()
    return "".join(letter if letter.isprintable() else " " for letter in text)[:longest].strip()


def storable(text: str, longest: int | None = None) -> str:
    """The text as a database can hold it, cut where it is too long: NUL and halves of characters spelled out."""
    whole = text.encode("utf-8", "backslashreplace").decode("utf-8").replace("\0", "\\x00")
    return whole[:longest]


NOT_A_DEER: Final = (
    "its class is {name}, which cannot be the deer {deer}: correct the class, or leave the name out"
)
