"""Made-up photographs of tests: keypoints with descriptors of a few numbers, and crops with marks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reid.patterns.blocks import Block
from reid.patterns.keypoints import LENGTH, Keypoints
from reid.patterns.lnbnn import NO_ENCOUNTER, Photographs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

PLACES = ((0.2, 0.2), (0.5, 0.2), (0.2, 0.6), (0.7, 0.5), (0.4, 0.8))


def photograph(
    rows: Sequence[Sequence[int]],
    places: Sequence[Sequence[float]] = PLACES,
    scales: Sequence[float] = (),
) -> Keypoints:
    """One keypoint a row of first numbers of its descriptor (the others are 0), at `places` in their order."""
    descriptors = np.zeros((len(rows), LENGTH), np.uint8)
    for line, row in zip(descriptors, rows, strict=True):
        line[: len(row)] = row
    return Keypoints(
        np.array(places[: len(rows)], np.float16),
        np.array(scales or [0.05] * len(rows), np.float16),
        descriptors,
    )


MARKS = ((100, 0, 0), (0, 100, 0), (0, 0, 100))
"""The probe's three marks; a photograph with marks (100 - a, ..) has them at distance a."""


def near(*distances: int) -> Keypoints:
    """A photograph with the probe's marks at these distances, in their places."""
    rows = [[0, 0, 0], [0, 0, 0], [0, 0, 0]]
    for number, distance in enumerate(distances):
        rows[number][number] = 100 - distance
    return photograph(rows)


def photographs(
    *items: Keypoints,
    owners: list[int],
    encounters: list[int] | None = None,
    sides: list[int] | None = None,
) -> Photographs:
    n = len(items)
    return Photographs(
        Block.of(items),
        np.array(owners, np.intp),
        np.array(sides or [0] * n, np.int8),
        np.array(encounters or [NO_ENCOUNTER] * n, np.int64),
    )


def spotted(seed: int, shift: int = 0) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """A crop with light spots that `seed` puts in their places, moved `shift` pixels to the right, and its mask."""
    rng = np.random.default_rng(seed)
    y, x = np.indices((288, 432))
    grey = np.full((288, 432), 90.0)
    for _ in range(60):
        across, down = rng.uniform(60, 372), rng.uniform(50, 238)
        radii = rng.uniform(3, 9, 2)
        distance = ((x - across - shift) / radii[0]) ** 2 + ((y - down) / radii[1]) ** 2
        grey += 120 * np.exp(-distance)
    crop = np.repeat(np.minimum(grey, 255)[..., None], 3, axis=2).astype(np.uint8)
    mask = np.zeros((288, 432), np.uint8)
    mask[30:258, 40:392] = 255
    return crop, mask
