"""Layouts: what networks answer for a photograph, read as boxes with a class and a score. Pure.

Sources: YOLOv5 (models/yolo.py: score = objectness * class), YOLOv8 and later (ultralytics: no objectness, transposed),
DETR (Carion et al. 2020) with a sigmoid for each class (Deformable DETR, Zhu et al. 2021; RT-DETR).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from reid.detecting.cards import Layout
from reid.detecting.suppression import kept

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from reid.detecting.cards import DetectorCard

    Outputs = Sequence[NDArray[np.float32]]

MOST: Final = 300
"""Boxes of one photograph, the surest: no photograph of a trail camera shows more."""
_MOST_BEFORE: Final = 30_000
"""Candidates that are compared with one another, the surest."""

WRONG_SHAPE: Final = (
    "The detector {name} answers {shapes} where its layout {layout} with {classes} needs {needed}: correct layout or "
    "classes in detector.json."
)
NOT_FINITE: Final = "The detector {name} answers NaN or infinity for a photograph: do not use it."


class BadAnswer(ValueError):
    """An answer that the card does not speak of; the message is one sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """Boxes (n, 4), centre, width and height in pixels of the input; scores (n,) from 0 to 1; indices of classes (n,)."""

    boxes: NDArray[np.float32]
    scores: NDArray[np.float32]
    classes: NDArray[np.intp]

    def at(self, index: NDArray[np.intp] | NDArray[np.bool_]) -> Candidates:
        return Candidates(self.boxes[index], self.scores[index], self.classes[index])


def read(outputs: Outputs, card: DetectorCard) -> Candidates:
    """What a network answers for one photograph, surest first: above the threshold, of a class that is kept, suppressed.

    `outputs` are its arrays without the dimension of the batch. Raises BadAnswer.
    """
    found = _READ[card.layout](outputs, card)
    is_kept = np.array([item.classification is not None for item in card.classes])
    found = found.at((found.scores >= card.threshold) & is_kept[found.classes])
    if not (np.isfinite(found.boxes).all() and np.isfinite(found.scores).all()):
        raise BadAnswer(NOT_FINITE.format(name=card.name))
    found = found.at(np.argsort(-found.scores, kind="stable")[:_MOST_BEFORE])
    if card.suppression is not None:
        found = found.at(kept(found.boxes, found.scores, found.classes, card.suppression))
    return found.at(np.arange(min(MOST, len(found.scores))))


def _yolov5(outputs: Outputs, card: DetectorCard) -> Candidates:
    rows = _array(outputs, card, 0, (-1, 5 + len(card.classes)))
    return _surest_class(rows[:, :4], rows[:, 4:5] * rows[:, 5:], card)


def _yolov8(outputs: Outputs, card: DetectorCard) -> Candidates:
    rows = _array(outputs, card, 0, (4 + len(card.classes), -1)).T
    return _surest_class(rows[:, :4], rows[:, 4:], card)


def _detr(outputs: Outputs, card: DetectorCard) -> Candidates:
    boxes = _array(outputs, card, 0, (-1, 4))
    logits = _array(outputs, card, 1, (len(boxes), len(card.classes)))
    size = (card.input.width, card.input.height)
    with np.errstate(over="ignore"):
        scores = (1 / (1 + np.exp(-logits))).astype(np.float32)
    return _surest_class(boxes * np.array(size * 2, np.float32), scores, card)


_READ: Final = {Layout.YOLOV5: _yolov5, Layout.YOLOV8: _yolov8, Layout.DETR: _detr}


def _surest_class(
    boxes: NDArray[np.float32], scores: NDArray[np.float32], card: DetectorCard
) -> Candidates:
    """Each candidate with the class that it is surest of. Raises BadAnswer for a score that is no number."""
    if np.isnan(scores).any():
        raise BadAnswer(NOT_FINITE.format(name=card.name))
    return Candidates(boxes, scores.max(axis=1), scores.argmax(axis=1))


def _array(
    outputs: Outputs, card: DetectorCard, index: int, needed: tuple[int, int]
) -> NDArray[np.float32]:
    """One of the answers, whose shape must be `needed`, -1 being any number."""
    found = outputs[index] if index < len(outputs) else np.empty(0, np.float32)
    fits = found.ndim == 2 and all(
        want in (-1, have) for want, have in zip(needed, found.shape, strict=True)
    )
    if fits:
        return found
    raise BadAnswer(
        WRONG_SHAPE.format(
            name=card.name,
            shapes=" and ".join(str((1, *item.shape)) for item in outputs) or "nothing",
            layout=card.layout,
            classes=f"{len(card.classes)} {'class' if len(card.classes) == 1 else 'classes'}",
            needed=_NEEDED[card.layout].format(
                c=len(card.classes), c4=4 + len(card.classes), c5=5 + len(card.classes)
            ),
        )
    )


_NEEDED: Final = {
    Layout.YOLOV5: "(1, n, {c5})",
    Layout.YOLOV8: "(1, {c4}, n)",
    Layout.DETR: "boxes (1, n, 4) and logits (1, n, {c})",
}
