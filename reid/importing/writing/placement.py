"""Placement of rows: each row of a photograph is a stored detection, a new one, or a double in its source.

A row whose box is stored, to the pixel, is that detection. Of the others, the doubles of the source go first;
then each is the stored detection in the same place, if no other row is that, and takes its box; the rest are new.
Nothing here reads or writes the database.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reid.imaging.crops import Box
from reid.importing.writing import overlaps
from reid.taxonomy import Classification

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from reid.importing.rows import Row
    from reid.models import Detection


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
