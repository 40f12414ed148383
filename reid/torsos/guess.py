"""Guess of a torso by colours alone: GrabCut with a prior that the animal fills its box. Pure cv2.

No label and no network: this is what a mask head learns from. Many of these guesses are wrong, each in a way of its
own; the head learns what they have in common.
GrabCut: Rother, Kolmogorov and Blake 2004 (doi 10.1145/1015706.1015720).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_CELLS: Final = 112
_ROUNDS: Final = 3
_LEAST: Final = 0.12
_MOST: Final = 0.45
"""Share of the picture that an animal covers; what is beyond has run into the ground, or found nothing."""


def guess(picture: NDArray[np.uint8], grid: int) -> NDArray[np.float32] | None:
    """Where the torso of the one animal in a box seems to be.

    Parameters
    ----------
    picture : NDArray[np.uint8]
        RGB, (height, width, 3): what a detector's box holds.
    grid : int
        Cells a side of the answer.

    Returns
    -------
    NDArray[np.float32] or None
        (grid, grid), 0 to 1: the share of each cell that is torso. None where the colours tell no animal from the ground.
    """
    small = cv2.resize(picture, (_CELLS, _CELLS), interpolation=cv2.INTER_AREA).astype(np.uint8)
    found = _animal(small)
    if not _LEAST < found.mean() < _MOST:
        return None
    torso = (found * _inside(0.5, 0.40, 0.46, 0.33)).astype(np.float32)
    return cv2.resize(torso, (grid, grid), interpolation=cv2.INTER_AREA).astype(
        np.float32, copy=False
    )


def _animal(small: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """1 where the largest part of the foreground is."""
    labels = np.full(small.shape[:2], cv2.GC_PR_BGD, np.uint8)
    labels[_inside(0.5, 0.42, 0.38, 0.27)] = cv2.GC_PR_FGD
    labels[_inside(0.5, 0.40, 0.17, 0.10)] = cv2.GC_FGD
    labels[~_inside(0.5, 0.46, 0.52, 0.50)] = cv2.GC_BGD
    labels[: round(0.03 * _CELLS)] = labels[round(0.93 * _CELLS) :] = cv2.GC_BGD
    cv2.setRNGSeed(0)  # the first clusters of colours are drawn
    nowhere = (0, 0, 0, 0)  # a rectangle is not looked at where labels are given
    ground, animal = np.zeros((2, 1, 65))
    cv2.grabCut(small, labels, nowhere, ground, animal, _ROUNDS, cv2.GC_INIT_WITH_MASK)
    found = ((labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD)).astype(np.uint8)
    found = cv2.morphologyEx(found, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    found = cv2.morphologyEx(found, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    count, parts, statistics, _ = cv2.connectedComponentsWithStats(found)
    if count == 1:
        return np.zeros_like(found)
    largest: NDArray[np.uint8] = (
        parts == 1 + int(np.argmax(statistics[1:, cv2.CC_STAT_AREA]))
    ).astype(np.uint8)
    return largest


def _inside(x: float, y: float, wide: float, high: float) -> NDArray[np.bool_]:
    """The ellipse around (x, y) of these half axes, all in fractions of the picture."""
    at = (np.arange(_CELLS) + 0.5) / _CELLS
    inside: NDArray[np.bool_] = ((at[None] - x) / wide) ** 2 + ((at[:, None] - y) / high) ** 2 < 1
    return inside
