"""Blocks of photographs: keypoints laid out so that one multiplication compares a probe with all of them. Pure numpy.

Descriptors are whole numbers, and so is all that is summed: squares and products stay below 2**24, where float32 knows
every whole number (and every half below 2**23). The distances are therefore exact, whatever the order of summation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

import numpy as np

from reid.patterns.keypoints import LENGTH, Keypoints

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

AT_ONCE: Final = 8
"""Photographs of one multiplication: more of them leave the processor's cache."""

_NOWHERE: Final = np.float32(1e9)


@dataclass(frozen=True, slots=True)
class Block:
    """Keypoints of m photographs, padded to the n of the one that has most.

    Attributes
    ----------
    descriptors : ndarray of uint8, shape (m, n, LENGTH)
        Zero where padded.
    places : ndarray of float32, shape (m, n, 2)
        x and y as fractions of the upright crop.
    log_scales : ndarray of float32, shape (m, n)
        Natural logarithms of the diameters.
    halves : ndarray of float32, shape (m, n)
        Half of each descriptor's squared length; where padded a number that makes it farther than any keypoint.
    """

    descriptors: NDArray[np.uint8]
    places: NDArray[np.float32]
    log_scales: NDArray[np.float32]
    halves: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.halves)

    @classmethod
    def of(cls, photographs: Sequence[Keypoints]) -> Self:
        """The block of some photographs.

        Parameters
        ----------
        photographs : sequence of Keypoints, length m
            Each with at least one keypoint.

        Returns
        -------
        Block
            In their order.

        Raises
        ------
        ValueError
            Where a photograph has no keypoint.
        """
        counts = np.array([len(item) for item in photographs], np.intp)
        if (counts == 0).any():
            raise ValueError("a photograph without keypoints cannot be compared")
        m, n = len(counts), int(counts.max(initial=0))
        descriptors = np.zeros((m, n, LENGTH), np.uint8)
        places = np.zeros((m, n, 2), np.float32)
        log_scales = np.zeros((m, n), np.float32)
        halves = np.full((m, n), _NOWHERE)
        for row, item in enumerate(photographs):
            count = len(item)
            descriptors[row, :count] = item.descriptors
            places[row, :count] = item.places
            log_scales[row, :count] = np.log(item.scales.astype(np.float32))
            halves[row, :count] = np.square(item.descriptors, dtype=np.float32).sum(axis=1) / 2
        return cls(descriptors, places, log_scales, halves)

    def take(self, positions: NDArray[np.intp]) -> Self:
        """The block of some of these photographs.

        Parameters
        ----------
        positions : ndarray of intp, shape (k,)
            Which ones.

        Returns
        -------
        Block
            In the order of the positions, as wide as this one.
        """
        return type(self)(
            self.descriptors[positions],
            self.places[positions],
            self.log_scales[positions],
            self.halves[positions],
        )

    def photograph(self, position: int) -> Keypoints:
        """Keypoints of one photograph.

        Parameters
        ----------
        position : int
            Which one.

        Returns
        -------
        Keypoints
            As they were before they were laid out.
        """
        count = int((self.halves[position] < _NOWHERE).sum())
        return Keypoints(
            self.places[position, :count].astype(np.float16),
            np.exp(self.log_scales[position, :count]).astype(np.float16),
            self.descriptors[position, :count],
        )


@dataclass(frozen=True, slots=True)
class Nearest:
    """Nearest keypoints of each keypoint of a probe (n) in each photograph of a block (m).

    Attributes
    ----------
    distances : ndarray of float32, shape (n, m)
        Euclidean, of descriptors as whole numbers: 0 to UNIT times the root of 2.
    keypoints : ndarray of int16, shape (n, m)
        Which one it is in its photograph.
    """

    distances: NDArray[np.float32]
    keypoints: NDArray[np.int16]


def nearest(probe: Keypoints, block: Block, positions: NDArray[np.intp] | None = None) -> Nearest:
    """The nearest keypoints of a probe's in every photograph, by their descriptors.

    Parameters
    ----------
    probe : Keypoints
        n keypoints.
    block : Block
        Photographs.
    positions : ndarray of intp, shape (m,), optional
        Those that are compared; None: all of them.

    Returns
    -------
    Nearest
        Exact; of two equally near the first one.

    Examples
    --------
    >>> from reid.patterns.keypoints import Keypoints
    >>> def photograph(*rows):
    ...     descriptors = np.zeros((len(rows), LENGTH), np.uint8)
    ...     descriptors[:, :2] = rows
    ...     return Keypoints(
    ...         np.zeros((len(rows), 2), np.float16), np.ones(len(rows), np.float16), descriptors
    ...     )
    >>> found = nearest(photograph((0, 3)), Block.of([photograph((0, 9), (4, 3)), photograph((0, 3))]))
    >>> found.distances.tolist(), found.keypoints.tolist()
    ([[4.0, 0.0]], [[1, 0]])
    """
    chosen = np.arange(len(block)) if positions is None else positions
    own = np.empty((len(probe), LENGTH + 1), np.float32)
    own[:, :LENGTH] = probe.descriptors
    own[:, LENGTH] = -1
    squares = np.square(own[:, :LENGTH]).sum(axis=1)
    n, m, most = len(probe), len(chosen), block.halves.shape[1]
    distances = np.empty((n, m), np.float32)
    keypoints = np.empty((n, m), np.int16)
    for start in range(0, m, AT_ONCE):
        part = slice(start, start + AT_ONCE)
        rows = chosen[part]
        other = np.empty((len(rows), most, LENGTH + 1), np.float32)
        other[..., :LENGTH] = block.descriptors[rows]
        other[..., LENGTH] = block.halves[rows]
        # a.b - b.b/2 is largest where |a - b| is smallest: it is (a.a - |a - b|**2) / 2.
        products = (own @ other.reshape(-1, LENGTH + 1).T).reshape(n, len(rows), most)
        best = products.argmax(axis=2)
        nearest_products = np.take_along_axis(products, best[..., None], axis=2)[..., 0]
        distances[:, part] = np.sqrt(squares[:, None] - 2 * nearest_products)
        keypoints[:, part] = best
    return Nearest(distances, keypoints)


def normalisers(
    distances: NDArray[np.float32], owners: NDArray[np.intp], deer: int, rank: int
) -> NDArray[np.float32]:
    """Distances that chance reaches, for each keypoint of a probe and each deer.

    Parameters
    ----------
    distances : ndarray of float32, shape (n, b)
        From each keypoint to its nearest one in each photograph of the background.
    owners : ndarray of intp, shape (b,)
        Deer of each of these photographs; below 0 where it is not known as one.
    deer : int
        Number of deer that are compared.
    rank : int
        Which photograph sets it; 1 is the nearest.

    Returns
    -------
    ndarray of float32, shape (n, deer)
        The rank-th smallest distance among photographs that are not known as that deer's; NaN where these are fewer.

    Examples
    --------
    The second deer's own photograph, which is nearest, does not count for it:

    >>> distances = np.array([[3, 1, 4, 2]], np.float32)
    >>> normalisers(distances, np.array([-1, 1, -1, -1]), deer=2, rank=2).tolist()
    [[2.0, 3.0]]
    """
    n, b = distances.shape
    result = np.full((n, deer), np.nan, np.float32)
    own = np.bincount(owners[owners >= 0], minlength=deer)
    # No deer's normaliser lies behind as many photographs as it has itself, and the rank.
    depth = min(b, rank + int(own.max(initial=0)))
    order = np.argsort(distances, axis=1)[:, :depth]
    ordered = np.take_along_axis(distances, order, axis=1)
    if b >= rank:
        result[:] = ordered[:, rank - 1, None]
    owners_of = owners[order]
    for column in np.flatnonzero(own):
        if b - own[column] < rank:
            result[:, column] = np.nan
            continue
        place = np.argmax(np.cumsum(owners_of != column, axis=1) == rank, axis=1)
        result[:, column] = ordered[np.arange(n), place]
    return result
