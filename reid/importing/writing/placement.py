"""Placement of rows: each row of a photograph is a stored detection, a new one, or a double in its source.

A row whose box is stored, to the pixel, is that detection. Of the others, the doubles of the source go first;
then each is the stored detection in the same place, if no other row is that; the rest are new. Nothing here
reads or writes the database.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reid.imaging.crops import Box
from reid.importing.writing import overlaps
from reid.taxonomy import Classification

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reid.importing.rows import Row
    from reid.models import Detection


@dataclass(slots=True)
class Placement:
    """Where the rows of one photograph belong, by their index."""

    stored: dict[int, Detection] = field(default_factory=dict)
    elsewhere: set[int] = field(default_factory=set)
    """Of `stored`, those whose box is a little elsewhere."""
    doubles: set[int] = field(default_factory=set)


def box_of(detection: Detection) -> Box:
    return Box(detection.x, detection.y, detection.width, detection.height)


def place(
    rows: Sequence[tuple[Row, Box | None]],
    stored: Iterable[Detection],
    may_match: Iterable[Detection],
) -> Placement:
    """`may_match`: those of the stored detections that a box near theirs can be."""
    boxes = {index: box for index, (_, box) in enumerate(rows) if box is not None}
    exact = {box_of(detection): detection for detection in stored}
    placement = Placement({index: exact[box] for index, box in boxes.items() if box in exact})
    placement.doubles = _doubles(rows, boxes) - placement.stored.keys()
    open_rows = [
        index for index in boxes if index not in placement.stored and index not in placement.doubles
    ]
    taken = {detection.pk for detection in placement.stored.values()}
    free = [detection for detection in may_match if detection.pk not in taken]
    pair_of = overlaps.pairs([boxes[index] for index in open_rows], [box_of(item) for item in free])
    for number, at in pair_of.items():
        placement.stored[open_rows[number]] = free[at]
        placement.elsewhere.add(open_rows[number])
    return placement


def _doubles(rows: Sequence[tuple[Row, Box | None]], boxes: dict[int, Box]) -> set[int]:
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
