"""Sentinel of the extractor: a drawing whose keypoints are known, so that another OpenCV cannot slip in unseen. Pure.

Keypoints of two ways to find them must never be compared, and a library's version can change the way. So before a process
stores any, it finds those of the sentinel and compares them with what was recorded here when the way was specified.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from reid.patterns.keypoints import LENGTH, find

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from reid.patterns.keypoints import Keypoints

DRIFTED: Final = (
    "OpenCV finds other keypoints than this version of Thumper expects ({}): nothing is stored. Install the packages of "
    "requirements.txt."
)

_HEIGHT, _WIDTH = 288, 432
_DIRECTIONS: Final = 8  # a descriptor has 4 x 4 cells of 8 directions each
_TOLERANCE: Final = 0.01

RECORDED: Final = (
    169,
    (0.4931, 0.48),
    (0.1983, 0.1148, 0.0596, 0.1268, 0.1997, 0.1211, 0.0567, 0.123),
)
"""Of the sentinel: keypoints, their mean place (x, y), and the share of each direction in their descriptors."""


class Drifted(RuntimeError):
    """An extractor that no longer does what it is named for; the message says what to do."""


def drawing() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """A crop (288, 432, 3) and its mask (288, 432), in integer arithmetic: the same pixels everywhere."""
    y, x = np.indices((_HEIGHT, _WIDTH), dtype=np.int64)
    stripes = ((x + (y - 144) ** 2 // 300) // 11 % 4 == 0) * 110
    spots = (((x % 37) - 18) ** 2 + ((y % 29) - 14) ** 2 < 9 + (x * y // 997) % 17) * 70
    grey = 60 + stripes + spots + (x * 7 + y * 13) // 64 % 16
    crop = np.stack((grey, grey * 3 // 4, grey // 2), axis=-1).astype(np.uint8)
    inside = ((x - 216) ** 2 * 9 + (y - 144) ** 2 * 25) < 9 * 200**2
    return crop, np.where(inside, 255, 0).astype(np.uint8)


def summary(found: Keypoints) -> tuple[int, list[float], list[float]]:
    """What is recorded of keypoints (n > 0): `RECORDED`."""
    place = found.places.astype(np.float64).mean(axis=0)
    directions = found.descriptors.reshape(-1, LENGTH // _DIRECTIONS, _DIRECTIONS)
    sums = directions.sum(axis=(0, 1), dtype=np.float64)
    return len(found), place.tolist(), (sums / sums.sum()).tolist()


def check() -> None:
    """Find the sentinel's keypoints. Raises Drifted where they are not those that were recorded.

    One in a hundred may differ: processors round differently.
    """
    count, place, directions = summary(find(*drawing()))
    wanted, wanted_place, wanted_directions = RECORDED
    is_same = (
        abs(count - wanted) <= _TOLERANCE * wanted
        and np.allclose(place, wanted_place, atol=_TOLERANCE)
        and np.allclose(directions, wanted_directions, atol=_TOLERANCE / _DIRECTIONS)
    )
    if not is_same:
        raise Drifted(DRIFTED.format(f"{count} instead of {wanted} on the sentinel"))
