"""Entries of detector files: one photograph and its boxes -> rows, the same way for every format. No database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from reid.importing.finders import Finders
from reid.importing.formats.detectors.areas import UnreadableBox
from reid.importing.rows import (
    REMOVED,
    WHOLE_IMAGE,
    Area,
    Item,
    Note,
    Refusal,
    RefusalReason,
    Row,
    Skip,
    confidence,
    is_removed,
)
from reid.taxonomy import Classification
from reid.vocabulary import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from reid.importing.formats.base import SourceOptions

BELOW_CONFIDENCE: Final = "below --min-confidence"
NO_FILE: Final = "the entry names no file"
NO_BOXES: Final = "the entry has no detections and no failure"
BAD_DETECTION: Final = "a detection cannot be read: {error}"
FAILED: Final = "the detector failed: {failure}"

OTHER_SHAPE: Final = "it is not made as the format has it"
NO_PART: Final = "it has no {name}"

NOTE_FAILED: Final = "detector failed"
"""The kind of the notes that name photographs at which a detector failed."""

LEAST_SPECIES: Final = 0.5
"""A species that the classifier thinks less likely than not leaves the animal an animal."""

_WORDS: Final = Vocabulary()


@dataclass(frozen=True, slots=True)
class DrawnBox:
    """One box as its source gives it; `label` is its word for what is in it, which is understood later."""

    area: Area
    confidence: float = 1.0
    label: str = ""
    detector: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One photograph or one frame of a source, and its boxes in whatever form the format has them."""

    line: int
    path: str
    boxes: Sequence[Any] = ()
    detector: str = ""
    failure: str = ""
    looked: bool = True
    camera: str = ""
    clock: str = ""
    """When it was taken, for photographs that do not say so themselves."""
    frame: int | None = None
    """Of a video, the number of the frame that the boxes are on."""


@dataclass(frozen=True, slots=True)
class EntryReader:
    """What concerns every entry of a source: where values are found, and which boxes are too unsure."""

    finders: Finders
    min_confidence: float

    @classmethod
    def of(cls, file: Path, options: SourceOptions) -> EntryReader:
        """Raises SourceProblem for options that name columns or are no patterns."""
        return cls(Finders.parse(options.finders, None, file.name), options.min_confidence)

    def items(self, entry: Entry, read: Callable[[Any], DrawnBox | Skip]) -> Iterator[Item]:
        """The rows of one photograph; without boxes, the one row that says that there are none.

        A box that cannot be read is refused, and its neighbours are not. `read` raises UnreadableBox for it, or
        whatever Python raises for a box of another shape.
        """
        line, path = entry.line, entry.path
        try:
            values = self.finders.values({}, path)
        except ValueError as error:
            yield Refusal(line, path, RefusalReason.ROW, str(error))
            return
        values["camera"] = values["camera"] or entry.camera
        values["pattern_time"] = values["pattern_time"] or entry.clock
        if entry.failure:
            yield Note(NOTE_FAILED, f"{path}: {FAILED.format(failure=entry.failure)}", line, path)
            yield Row(line, path, None, failure=entry.failure, **values)
            return
        is_empty = True
        for box in entry.boxes:
            try:
                drawn = read(box)
            except (ValueError, TypeError, KeyError, IndexError, OverflowError) as error:
                is_empty = False
                text = BAD_DETECTION.format(error=_words(error))
                yield Refusal(line, path, RefusalReason.ROW, text)
                continue
            if isinstance(drawn, Skip):
                yield drawn
                continue
            is_empty = False
            yield Row(
                line,
                path,
                drawn.area,
                confidence=drawn.confidence,
                label=drawn.label,
                detector=drawn.detector or entry.detector,
                frame=entry.frame,
                **values,
            )
        if is_empty:  # the camera ran: that is effort, even where it saw nothing
            yield Row(line, path, None, looked=entry.looked, frame=entry.frame, **values)

    def sure(self, value: object) -> float | Skip:
        """A confidence, or why its box is left out. Raises UnreadableBox for what is none."""
        if is_removed(value):
            return Skip(REMOVED)
        try:
            number = confidence(value)
        except ValueError as error:
            raise UnreadableBox(str(error)) from error
        return Skip(BELOW_CONFIDENCE) if number < self.min_confidence else number


def _words(error: Exception) -> str:
    """The error in a user's words: what is missing, and nothing of Python's own."""
    if isinstance(error, UnreadableBox):
        return str(error)
    if isinstance(error, KeyError) and isinstance(error.args[0], str):
        return NO_PART.format(name=error.args[0])
    return OTHER_SHAPE


def class_of(word: str) -> Classification:
    """What a detector's word means by the built-in vocabulary: for what a format must know before words are understood."""
    return _WORDS.meaning(word, of_detector=True).classification


def word_for(detector: str, species: str, probability: float | None) -> str:
    """The word for what a box shows: an animal's likely species, else the detector's own word."""
    is_animal = class_of(detector) is Classification.ANIMAL
    is_likely = probability is not None and probability >= LEAST_SPECIES
    return species if is_animal and is_likely and species else detector


def whole_image(label: str) -> DrawnBox:
    """The box of an animal of which only its photograph is known."""
    return DrawnBox(WHOLE_IMAGE, label=label)


def names_by_id(categories: Any) -> dict[str, str]:
    """Category names by id, from the object {"1": "animal"} that detectors write."""
    if not isinstance(categories, dict):
        return {}
    return {str(number): str(name) for number, name in categories.items()}


def slashed(path: str) -> str:
    """The path with the slashes of every system but Windows."""
    return path.replace("\\", "/")
