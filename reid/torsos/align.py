"""Alignment: the torso of an animal turned upright and cut out, by a mask that says where it is. Pure cv2.

The mask's principal axis becomes the horizontal of the crop, and the mask's extent along and across it the crop's width
and height. So a place of a flank lies at about the same place of every crop, whatever the animal's size and tilt.

Coordinates are in pixels from the top left corner of a picture: the middle of its first pixel is (0.5, 0.5).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

HEIGHT: Final = 288
WIDTH: Final = 432
"""Pixels of an upright crop."""

_FINE: Final = 144  # the mask is enlarged to this many cells a side before it is measured
_SURE: Final = 0.5  # probability from which a cell is of the torso
_SMOOTHED: Final = 15  # cells across the disc by which the mask is smoothed
_DISC: Final = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_SMOOTHED, _SMOOTHED))
_FEWEST: Final = 0.01  # share of the picture below which there is no torso
_TAIL: Final = 0.015  # share of the mask that may lie beyond each edge of the box around it
_MARGIN: Final = 0.07  # of the box's width and height, added on each side
_ROUND: Final = 1.25  # elongation below which the axis is noise
_STEEPEST: Final = 0.5  # radians
_DAMPING: Final = 0.8  # a neck in the mask tilts the axis more than the back is tilted
_TOLERANCE: Final = 1.5  # pixels of the crop by which an outline may leave the edge of its mask
_SHRUNK: Final = 1.5  # pixels of the picture a pixel of the crop, above which it is blurred first

SPECIFICATION: Final = (
    f"torso 1: mask enlarged to {_FINE} cells (cubic); what is at or above {_SURE}, closed and "
    f"opened by a disc of {_SMOOTHED} cells, of it the largest part; principal axis, at most "
    f"{_STEEPEST} rad and times {_DAMPING}, none below elongation {_ROUND}; box around all but {_TAIL:.1%} of the mask at "
    f"each edge, wider by {_MARGIN:.0%} on each side; {WIDTH} x {HEIGHT}, cubic, blurred first where shrunk by {_SHRUNK}"
)
"""What `align` does, in words; covered by the fingerprint of every mask head. Change it with `align`."""


class NoTorso(ValueError):
    """A picture in whose mask there is no torso."""


@dataclass(frozen=True, slots=True, eq=False)
class AlignedTorso:
    """Torso of an animal, upright.

    Attributes
    ----------
    crop : NDArray[np.uint8]
        RGB, (288, 432, 3): the animal's back is along the upper edge, its axis horizontal.
    mask : NDArray[np.uint8]
        (288, 432), 0 to 255: 255 times the probability that the pixel is of the torso.
    angle : float
        Radians by which the axis was tilted in the picture; positive where it falls to the right.
    elongation : float
        Length of the mask along its axis over its length across (ratio of standard deviations), >= 1.
    width, height : float
        Of what the crop shows, along and across the axis, in pixels of the picture.
    to_picture : NDArray[np.float32]
        Affine map (2, 3): a point of the crop (x, y, 1) to the picture it was cut from.
    coverage : float
        Share of the picture that the mask covers, 0 to 1.
    second : float
        Area of the second largest part of the mask over that of the largest, 0 to 1.
    certainty : float
        Mean of the probability over the mask, 0 to 1.
    solidity : float
        Area of the mask over that of its convex hull, 0 to 1: low where it is ragged or bent.
    """

    crop: NDArray[np.uint8]
    mask: NDArray[np.uint8]
    angle: float
    elongation: float
    width: float
    height: float
    to_picture: NDArray[np.float32]
    coverage: float
    second: float
    certainty: float
    solidity: float


def align(picture: NDArray[np.uint8], probability: NDArray[np.float32]) -> AlignedTorso:
    """The torso of the animal in `picture`, upright.

    Parameters
    ----------
    picture : NDArray[np.uint8]
        RGB, (height, width, 3), of any size.
    probability : NDArray[np.float32]
        (g, g), 0 to 1: of each cell of a g x g grid over the picture, that it shows the torso.

    Returns
    -------
    AlignedTorso

    Raises
    ------
    NoTorso
        Where no part of the mask is as large as one per cent of the picture.
    """
    height, width = picture.shape[:2]
    weighed, part, second = _parts(probability)
    weights = weighed[part].astype(np.float64)
    rows, columns = np.nonzero(part)
    x, y = (columns + 0.5) * (width / _FINE), (rows + 0.5) * (height / _FINE)
    total = weights.sum()
    middle_x, middle_y = float(weights @ x / total), float(weights @ y / total)
    x, y = x - middle_x, y - middle_y
    angle, elongation = _axis(weights, x, y)
    cos, sin = np.cos(angle), np.sin(angle)
    left, right = _extent(x * cos + y * sin, weights)
    top, bottom = _extent(y * cos - x * sin, weights)
    across, down = (right - left) / WIDTH, (bottom - top) / HEIGHT
    to_picture = np.array(
        [
            [across * cos, -down * sin, middle_x + left * cos - top * sin],
            [across * sin, down * cos, middle_y + left * sin + top * cos],
        ],
        np.float32,
    )
    return AlignedTorso(
        crop=_cut(picture, to_picture, max(across, down)),
        mask=_warped(weighed, to_picture, (width, height)),
        angle=float(angle),
        elongation=elongation,
        width=float(right - left),
        height=float(bottom - top),
        to_picture=to_picture,
        coverage=float(part.mean()),
        second=second,
        certainty=float(weights.mean()),
        solidity=_solidity(part),
    )


def outlines(
    mask: NDArray[np.uint8], to_picture: NDArray[np.float32]
) -> list[list[tuple[float, float]]]:
    """Closed lines around what is rather torso than not, each as points (x, y) of the picture.

    `mask` (288, 432), 0 to 255, and the affine map (2, 3) of an `AlignedTorso`.
    """
    lines, _ = cv2.findContours(
        (mask > 127).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE
    )
    found = []
    for line in lines:
        points = cv2.approxPolyDP(line, _TOLERANCE, closed=True)[:, 0] + 0.5
        moved = points @ to_picture[:, :2].T + to_picture[:, 2]
        found.append([(round(float(x), 1), round(float(y), 1)) for x, y in moved])
    return found


def _parts(
    probability: NDArray[np.float32],
) -> tuple[NDArray[np.float32], NDArray[np.bool_], float]:
    """The enlarged mask (144, 144), which of its cells are of the torso, and the area of the next part over its own.

    Smoothed first: notches are closed, and what is thinner than the disc (legs, a neck, a tail) is gone.
    """
    fine = cv2.resize(
        np.clip(probability, 0.0, 1.0).astype(np.float32),
        (_FINE, _FINE),
        interpolation=cv2.INTER_CUBIC,
    ).clip(0.0, 1.0)
    sure = (fine >= _SURE).astype(np.uint8)
    smooth = cv2.morphologyEx(cv2.morphologyEx(sure, cv2.MORPH_CLOSE, _DISC), cv2.MORPH_OPEN, _DISC)
    count, labels, statistics, _ = cv2.connectedComponentsWithStats(smooth)
    areas = statistics[:, cv2.CC_STAT_AREA]
    if count == 1 or areas[1:].max() < _FEWEST * _FINE**2:
        raise NoTorso
    order = 1 + np.argsort(-areas[1:])
    second = float(areas[order[1]] / areas[order[0]]) if count > 2 else 0.0
    part = labels == order[0]
    return np.where(part, np.maximum(fine, _SURE), 0.0).astype(np.float32), part, second


def _solidity(part: NDArray[np.bool_]) -> float:
    lines, _ = cv2.findContours(part.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    (line,) = lines  # one part has one outer line
    return float(cv2.contourArea(line) / cv2.contourArea(cv2.convexHull(line)))


def _axis(
    weights: NDArray[np.float64], x: NDArray[np.float64], y: NDArray[np.float64]
) -> tuple[float, float]:
    """Angle of the principal axis as it is used, and the elongation; `x` and `y` from the centre of mass."""
    mixed = weights @ (x * y)
    spread = np.array([[weights @ (x * x), mixed], [mixed, weights @ (y * y)]])
    values, vectors = np.linalg.eigh(spread)
    elongation = float(np.sqrt(values[1] / max(values[0], 1e-9)))
    if elongation < _ROUND:
        return 0.0, elongation
    axis = vectors[:, 1] * (1.0 if vectors[0, 1] >= 0 else -1.0)
    angle = float(np.arctan2(axis[1], axis[0]))
    return float(np.clip(angle, -_STEEPEST, _STEEPEST)) * _DAMPING, elongation


def _extent(along: NDArray[np.float64], weights: NDArray[np.float64]) -> tuple[float, float]:
    """First and last place of the crop along one direction: the mask without its tails, and the margin."""
    order = np.argsort(along)
    share = np.cumsum(weights[order])
    at = np.searchsorted(share, (_TAIL * share[-1], (1 - _TAIL) * share[-1]))
    first, last = along[order][at]
    margin = _MARGIN * (last - first)
    return float(first - margin), float(last + margin)


def _cut(
    picture: NDArray[np.uint8], to_picture: NDArray[np.float32], scale: float
) -> NDArray[np.uint8]:
    if scale > _SHRUNK:  # less aliasing
        picture = cv2.GaussianBlur(picture, (0, 0), 0.4 * scale).astype(np.uint8, copy=False)
    return cv2.warpAffine(
        picture,
        _between_middles(to_picture.astype(np.float64)),
        (WIDTH, HEIGHT),
        flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REFLECT,
    ).astype(np.uint8, copy=False)


def _warped(
    mask: NDArray[np.float32], to_picture: NDArray[np.float32], size: tuple[int, int]
) -> NDArray[np.uint8]:
    to_mask = to_picture.astype(np.float64) * ([[_FINE / size[0]], [_FINE / size[1]]])
    warped = cv2.warpAffine(
        mask.astype(np.float32),
        _between_middles(to_mask),
        (WIDTH, HEIGHT),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
    )
    upright: NDArray[np.uint8] = np.round(warped * 255.0).clip(0, 255).astype(np.uint8)
    return upright


def _between_middles(affine: NDArray[np.float64]) -> NDArray[np.float64]:
    """The map between indices of pixels, as OpenCV counts: the middle of the first pixel is (0, 0)."""
    moved = affine.copy()
    moved[:, 2] += 0.5 * affine[:, 0] + 0.5 * affine[:, 1] - 0.5
    return moved
