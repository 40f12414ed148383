"""Placement of rows: each row of a photograph is a stored detection, a new one, or a double in its source.

A row whose box is stored, to the pixel, is that detection. Of the others, the doubles of the source go first;
then each is the stored detection in the same place, if no other row is that, and takes its box; the rest are new.
A row that names no box is the one animal that is boxed on its photograph, and the reverse.
Nothing here reads or writes the database.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from reid.imaging.crops import Box
from reid.importing.rows import WHOLE_IMAGE, Note
from reid.importing.writing import overlaps
from reid.taxonomy import DEER, Classification
from reid.wording import Number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from reid.importing.rows import Row
    from reid.models import Detection, Import


TAKEN: Final = "rows without a box taken for a boxed animal"
TAKEN_WHOLE: Final = "boxes taken for an animal known without one"
OPEN: Final = "rows without a box beside boxes"
_TEXTS: Final = {
    TAKEN: "{count:row names no box, and one animal is boxed on its photograph|rows name no box, and one animal is boxed on their photographs}, such as {path}: {count:|it is|they are} taken for it.",
    TAKEN_WHOLE: (
        "{count:box lies on a photograph|boxes lie on photographs} of which one animal is known without a box, such as {path}: {count:|it is|they are} taken "
        "for it, and its place stays the whole photograph."
    ),
    OPEN: (
        "{count:photograph has|photographs have} rows without a box beside boxes of several animals, or of one of another kind, such "
        "as {path}: nobody says which is which, so all of them count. Give each row its box in the source."
    ),
}

_NO_ANIMALS: Final = frozenset({Classification.PERSON, Classification.VEHICLE})

Rows = list[tuple["Row", "Box | None"]]


@dataclass(frozen=True, slots=True)
class Placement:
    """The rows of one photograph that stay, with the boxes of the detections that they are."""

    rows: Rows
    elsewhere: int
    """How many rows are a stored detection whose box is a little elsewhere."""
    doubles: int
    """How many rows went."""


def box_of(detection: Detection) -> Box:
    return Box(detection.x, detection.y, detection.width, detection.height)


def place(
    rows: Rows, stored: Mapping[Box, Detection], may_be_one: Callable[[Row, Detection], bool]
) -> Placement:
    """`may_be_one`: whether a row can be a stored detection whose box is a little elsewhere."""
    boxes = {index: box for index, (_, box) in enumerate(rows) if box is not None}
    exact = {index for index, box in boxes.items() if box in stored}
    if len(exact) == len(boxes):  # as it is where the same file is imported again
        return Placement(rows, elsewhere=0, doubles=0)
    doubles = _doubles(rows, boxes) - exact
    open_rows = [index for index in boxes if index not in exact | doubles]
    taken = {boxes[index] for index in exact}
    free = [box for box in stored if box not in taken]
    pair_of = overlaps.pairs(
        [boxes[index] for index in open_rows],
        free,
        lambda number, at: may_be_one(rows[open_rows[number]][0], stored[free[at]]),
    )
    moved = {open_rows[number]: free[at] for number, at in pair_of.items()}
    return Placement(
        rows=[
            (row, moved.get(index, box))
            for index, (row, box) in enumerate(rows)
            if index not in doubles
        ],
        elsewhere=len(moved),
        doubles=len(doubles),
    )


def is_among(row: Row, box: Box, corrected: set[Box]) -> bool:
    """Whether a new row is one of these boxes: another run's may be a little elsewhere, but not what bears a name."""
    return box in corrected or (
        not row.deer and any(overlaps.is_same_place(box, other) for other in corrected)
    )


def _doubles(rows: Rows, boxes: dict[int, Box]) -> set[int]:
    """Indices of the rows that are the second box around one animal; a named one stays before an unnamed."""
    surest_first = sorted(
        boxes, key=lambda index: (not rows[index][0].deer, -rows[index][0].confidence, index)
    )
    ordered = [boxes[index] for index in surest_first]

    def may_be_one(kept: int, other: int) -> bool:
        share = overlaps.overlap(ordered[kept], ordered[other])
        return _may_be_one(rows[surest_first[kept]][0], rows[surest_first[other]][0], share)

    return {surest_first[number] for number in overlaps.doubles(ordered, may_be_one)}


def _may_be_one(kept: Row, other: Row, share: float) -> bool:
    """Whether two boxes in the same place can be one animal: neither two deer nor two classes.

    A box without any doubt was drawn by a person, who saw two animals where two boxes are.
    """
    if other.deer not in ("", kept.deer):
        return False
    if other.confidence >= 1.0 and share < overlaps.IDENTICAL:
        return False
    classes = {kept.classification, other.classification}
    return len(classes) == 1 or (
        Classification.ANIMAL in classes and not classes & {"person", "vehicle"}
    )


@dataclass(slots=True)
class Wholes:
    """One import's rows without a box on photographs with boxes, and the reverse; counted, to be told at its end."""

    counts: Counter[str] = field(default_factory=Counter)
    _examples: dict[str, str] = field(default_factory=dict)

    def settled(
        self, rows: Rows, stored: Mapping[Box, Detection], size: tuple[int, int], record: Import
    ) -> Rows:
        """The rows, one without a box as the one boxed animal; `stored` are those of the photograph, of `size`.

        Where a row and a stored detection are one to the pixel, nothing is open.
        """
        drawn = [
            (row, box)
            for row, box in rows
            if box is not None and row.classification not in _NO_ANIMALS
        ]
        animals = [item for item in stored.values() if _is_open(item, record)]
        known = {box_of(item) for item in animals}
        if not drawn or not animals or any(box in known for _, box in drawn):
            return rows
        row, path = drawn[0][0], drawn[0][0].path
        frame = Box(0, 0, *size)
        has_whole = any(row.area == WHOLE_IMAGE for row, _ in drawn)
        is_of_whole = any(box_of(item) == frame and not item.detector for item in animals)
        if not (has_whole or is_of_whole) or (has_whole and is_of_whole):
            return rows
        if len(drawn) > 1 or len(animals) > 1 or not _may_be_whole(row, animals[0]):
            self._count(OPEN, path)
            return rows
        self._count(TAKEN if has_whole else TAKEN_WHOLE, path)
        return [(other, box_of(animals[0]) if other is row else box) for other, box in rows]

    def _count(self, kind: str, path: str) -> None:
        self.counts[kind] += 1
        self._examples.setdefault(kind, path)

    def notes(self) -> Iterator[Note]:
        for kind, count in self.counts.items():
            path = self._examples[kind]
            text = _TEXTS[kind].format(count=Number(count), path=path)
            yield Note(kind, text, path=path, count=count, is_summary=True)


def _is_open(detection: Detection, record: Import) -> bool:
    """Whether it is an animal that the store shows, of another import than this one."""
    is_shown = detection.is_valid and not detection.hidden_at
    return (
        is_shown
        and detection.made_by_import_id != record.pk
        and _class_of(detection) not in _NO_ANIMALS
    )


def _class_of(detection: Detection) -> Classification:
    return Classification(detection.corrected_classification or detection.classification)


def _may_be_whole(row: Row, detection: Detection) -> bool:
    """Whether both can be one animal, by their classes alone."""
    classes = {row.classification, _class_of(detection)}
    return (
        classes <= DEER
        or len(classes) == 1
        or (Classification.ANIMAL in classes and not classes & _NO_ANIMALS)
    )
