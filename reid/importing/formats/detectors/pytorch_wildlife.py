"""PytorchWildlife's own JSON, read entry by entry. No database.

The format: `save_detection_json` and `save_detection_classification_json` in microsoft/Biodiversity,
PytorchWildlife/utils/post_process.py. `annotations` is one array with an entry a photograph: `img_id`, and lists
beside one another of boxes [left, top, right, bottom] in pixels, of category numbers and of confidences;
with a classifier, the lists `clf_category` and `clf_confidence` too. Names stand in `categories`, or in
`det_categories` and `clf_categories`; where they are null, MegaDetector's own numbers count. Its files for
Timelapse are MegaDetector's format.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, Final

from reid.importing.formats.base import FormatOf, Peek, SourceKind, SourceOptions
from reid.importing.formats.detectors.areas import UnreadableBox, between_corners
from reid.importing.formats.detectors.entries import (
    NO_FILE,
    DrawnBox,
    Entry,
    EntryReader,
    names_by_id,
    slashed,
    word_for,
)
from reid.importing.formats.detectors.json_file import entries, survey
from reid.importing.formats.detectors.outline import outline
from reid.importing.rows import Item, Refusal, RefusalReason, Skip, SourceProblem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

NO_ANNOTATIONS: Final = "{source} is no PytorchWildlife output: it has no annotations."
UNEVEN: Final = "the lists of boxes, categories and confidences differ in length"
DOTS: Final = "points instead of boxes: save the detections as boxes (save_detection_json)"
UNKNOWN_CATEGORY: Final = "the file does not name category {number}"

_DETECTOR: Final = "PytorchWildlife"
_OWN_NAMES: Final = {"0": "animal", "1": "person", "2": "vehicle"}
_CLASSES: Final = ("clf_category", "clf_confidence")


@dataclass(slots=True)
class PytorchWildlifeSource:
    file: Path
    options: SourceOptions = field(default_factory=SourceOptions)

    @property
    def total(self) -> int | None:
        return None

    def items(self) -> Iterator[Item]:
        reader = EntryReader.of(self.file, self.options)
        result = survey(self.file, ("annotations",))
        if "annotations" not in result.counts:
            raise SourceProblem(NO_ANNOTATIONS.format(source=self.file.name))
        members = result.members
        names = _names(members.get("categories") or members.get("det_categories")) or _OWN_NAMES
        species = _names(members.get("clf_categories"))

        def read(box: Any) -> DrawnBox | Skip:
            return _box(box, names, species, reader)

        for line, annotation in entries(self.file, "annotations"):
            parsed = _entry(line, annotation)
            if isinstance(parsed, Refusal):
                yield parsed
            else:
                yield from reader.items(parsed, read)


def _names(categories: Any) -> dict[str, str]:
    """By number as text; a list names its places."""
    if isinstance(categories, list):
        return {str(number): str(name) for number, name in enumerate(categories)}
    return names_by_id(categories)


def _entry(line: int, annotation: Any) -> Entry | Refusal:
    if not isinstance(annotation, dict) or not isinstance(annotation.get("img_id"), str):
        return Refusal(line, "", RefusalReason.ROW, NO_FILE)
    path = slashed(annotation["img_id"])
    if "dot" in annotation and "bbox" not in annotation:
        return Refusal(line, path, RefusalReason.ROW, DOTS)
    prefix = "det_" if "det_category" in annotation else ""
    names = ("bbox", f"{prefix}category", f"{prefix}confidence")
    columns = [value for name in names if isinstance(value := annotation.get(name), list)]
    if len(columns) < len(names) or len({len(column) for column in columns}) > 1:
        return Refusal(line, path, RefusalReason.ROW, UNEVEN)
    boxes = columns[0]
    # Classes are given to the boxes in their order; a classifier that left one out leaves the last without.
    classes = [
        value if isinstance(value := annotation.get(name), list) else [] for name in _CLASSES
    ]
    if len(classes[0]) > len(boxes) or len(classes[0]) != len(classes[1]):
        return Refusal(line, path, RefusalReason.ROW, UNEVEN)
    return Entry(line, path, list(zip_longest(*columns, *classes)), _DETECTOR)


def _box(
    box: tuple[Any, ...], names: Mapping[str, str], species: Mapping[str, str], reader: EntryReader
) -> DrawnBox | Skip:
    corners, category, sure, kind, likely = box
    number = reader.sure(sure)
    if isinstance(number, Skip):
        return number
    if str(category) not in names:
        raise UnreadableBox(UNKNOWN_CATEGORY.format(number=category))
    label = word_for(
        names[str(category)],
        "" if kind is None else species.get(str(kind), str(kind)),
        None if likely is None else float(likely),
    )
    return DrawnBox(between_corners(corners), number, label)


def _recognises(peek: Peek) -> bool:
    if peek.kind is not SourceKind.JSON:
        return False
    members = outline(peek.text).members
    first = members.get("annotations", frozenset())
    return "img_id" in first or ("annotations" in members and "det_categories" in members)


def _open(path: Path, options: SourceOptions) -> PytorchWildlifeSource:
    return PytorchWildlifeSource(path, options)


FORMAT: Final = FormatOf(
    "pytorch-wildlife", "PytorchWildlife", _recognises, _open, frozenset({SourceKind.JSON})
)
