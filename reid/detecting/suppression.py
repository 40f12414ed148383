"""Suppression: of boxes of one class that overlap, the surest stays (non-maximum suppression). Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def kept(
    boxes: NDArray[np.float32],
    scores: NDArray[np.float32],
    classes: NDArray[np.intp],
    limit: float,
) -> NDArray[np.intp]:
    """Indices of the boxes that stay, surest first; of two equally sure ones the earlier comes first.

    `boxes` (n, 4) are centre, width and height; a box goes where its intersection over union with a surer one of its
    class, which stays, is greater than `limit`, from 0 to 1.
    """
    order = np.argsort(-scores, kind="stable")
    half = boxes[:, 2:].astype(np.float64) / 2
    first, last = boxes[:, :2] - half, boxes[:, :2] + half
    areas = np.prod(last - first, axis=1)
    stays: list[int] = []
    while order.size:
        best, rest = order[0], order[1:]
        stays.append(int(best))
        sides = np.minimum(last[best], last[rest]) - np.maximum(first[best], first[rest])
        shared = np.prod(np.maximum(sides, 0.0), axis=1)
        union = areas[best] + areas[rest] - shared
        # Two boxes without any area share nothing.
        overlap = np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)
        order = rest[(overlap <= limit) | (classes[rest] != classes[best])]
    return np.array(stays, np.intp)
