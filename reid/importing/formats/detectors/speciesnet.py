"""SpeciesNet's predictions.json, read entry by entry. No database.

The format: the README of google/cameratrapai ("Output format") and its test_data/predictions_with_errors_v4a.json.
`predictions` is one array: `filepath`, the detector's boxes in shares [x, y, width, height], best first, and
one `prediction` for the whole photograph, a label of seven parts (id; class; order; family; genus; species;
common name). `failures` names the parts that failed (DETECTOR, CLASSIFIER, GEOLOCATION). The prediction is that of
the photograph's animals, so each of its boxes of an animal takes it, as the project's own converter has it; where it
is that of a person who has a box, the animals beside him stay animals.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from reid.importing.formats.base import FormatOf, Peek, SourceKind, SourceOptions
from reid.importing.formats.detectors.areas import in_shares
from reid.importing.formats.detectors.entries import (
    NO_FILE,
    NOTE_FAILED,
    DrawnBox,
    Entry,
    EntryReader,
    class_of,
    slashed,
    word_for,
)
from reid.importing.formats.detectors.json_file import entries, survey
from reid.importing.formats.detectors.outline import outline
from reid.importing.rows import Item, Note, Refusal, RefusalReason, Skip, SourceProblem
from reid.importing.tables.labels import is_empty, is_unseen
from reid.taxonomy import Classification

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NO_PREDICTIONS: Final = "{source} is no SpeciesNet output: it has no predictions."
NO_BOX: Final = "class of a whole photograph, without a box"
_NOTHING_SEEN: Final = frozenset({"", "blank", "empty", "unknown", "no cv result"})
"""Last parts of labels of photographs on which no animal was seen; others are not called empty, box or no box."""
_NO_ANIMALS: Final = frozenset({Classification.PERSON, Classification.VEHICLE})
PART_FAILED: Final = "{path}: SpeciesNet failed in part: {failures}"


@dataclass(slots=True)
class SpeciesNetSource:
    file: Path
    options: SourceOptions = field(default_factory=SourceOptions)

    @property
    def total(self) -> int | None:
        return None

    def items(self) -> Iterator[Item]:
        reader = EntryReader.of(self.file, self.options)
        if "predictions" not in survey(self.file, ("predictions",)).counts:
            raise SourceProblem(NO_PREDICTIONS.format(source=self.file.name))
        for line, prediction in entries(self.file, "predictions"):
            yield from _items(line, prediction, reader)


def _items(line: int, prediction: Any, reader: EntryReader) -> Iterator[Item]:
    if not isinstance(prediction, dict) or not isinstance(prediction.get("filepath"), str):
        yield Refusal(line, "", RefusalReason.ROW, NO_FILE)
        return
    path = slashed(prediction["filepath"])
    failures = ", ".join(str(part) for part in _list(prediction.get("failures")))
    boxes = prediction.get("detections")
    if failures and isinstance(boxes, list):  # it has looked all the same
        yield Note(NOTE_FAILED, PART_FAILED.format(path=path, failures=failures), line, path)
        failures = ""
    version = prediction.get("model_version")
    detector = f"SpeciesNet {version}" if version else "SpeciesNet"
    label, probability = _answer(prediction)
    if not failures and not boxes and _names_something(label):
        yield Skip(NO_BOX)
    looked = label.rpartition(";")[2].strip().lower() in _NOTHING_SEEN
    if class_of(label) in _NO_ANIMALS and _has_box_of(_NO_ANIMALS, boxes):
        label = ""

    def read(box: Any) -> DrawnBox | Skip:
        sure = reader.sure(box["conf"])
        if isinstance(sure, Skip):
            return sure
        word = word_for(str(box["label"]), label, probability)
        return DrawnBox(in_shares(box["bbox"]), sure, word)

    entry = Entry(line, path, _list(boxes), detector, failures, looked=looked)
    yield from reader.items(entry, read)


def _has_box_of(classes: frozenset[Classification], boxes: Any) -> bool:
    """Whether the detector itself drew a box of one of the classes."""
    labels = (box.get("label") for box in _list(boxes) if isinstance(box, dict))
    return any(isinstance(label, str) and class_of(label) in classes for label in labels)


def _names_something(label: str) -> bool:
    name = label.rpartition(";")[2]
    return not (is_empty(name) or is_unseen(name))


def _answer(prediction: dict[str, Any]) -> tuple[str, float | None]:
    """The photograph's label and how likely it is; the classifier's best where the ensemble gave none."""
    label, probability = prediction.get("prediction"), prediction.get("prediction_score")
    if not isinstance(label, str):
        scores = prediction.get("classifications")
        scores = scores if isinstance(scores, dict) else {}
        label = str(next(iter(_list(scores.get("classes"))), ""))
        probability = next(iter(_list(scores.get("scores"))), None)
    return label, float(probability) if isinstance(probability, int | float) else None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _recognises(peek: Peek) -> bool:
    if peek.kind is not SourceKind.JSON:
        return False
    first = outline(peek.text).members.get("predictions")
    return first is not None and (not first or "filepath" in first)


def _open(path: Path, options: SourceOptions) -> SpeciesNetSource:
    return SpeciesNetSource(path, options)


FORMAT: Final = FormatOf(
    "speciesnet", "SpeciesNet predictions", _recognises, _open, frozenset({SourceKind.JSON})
)
