"""Length of the sum of a deer's references, weighed as they count for a probe. Pure numpy.

The cosine to a centroid is the sum of the cosines to the references over the length of the references' sum.
What each reference weighs depends on the probe's side alone, but for the few deer that have one in the probe's
own encounter, or of another antler season: so the lengths are known once for each side, and computed pair by pair, from
the products of the references with each other, for those.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

import numpy as np

from reid.matching.flank_weights import weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

_AT_ONCE: Final = 2048
"""Pairs whose lengths are computed at once: with 20 references a deer, 7 MB of products, with three antler years of them 59."""
_SIDES = np.array([0, 1, -1], np.int8)  # so that a side is its row's number: -1 is the last


@dataclass(frozen=True, slots=True)
class Centroids:
    """Lengths of the sums of references, by which the cosine to a centroid is divided.

    Attributes
    ----------
    lengths : ndarray of float64, shape (3, n_deer)
        Length of the weighed sum of each deer's references, for a probe of each side: 0, 1 and, in the last row, -1.
    slots : ndarray of intp, shape (n_deer, k)
        References of each deer, -1 past the last.
    products : ndarray of float64, shape (n_deer, k, k)
        Products of each deer's references with each other.
    """

    lengths: NDArray[np.float64]
    slots: NDArray[np.intp]
    products: NDArray[np.float64]

    @classmethod
    def build(
        cls,
        references: NDArray[np.float64],
        starts: NDArray[np.intp],
        sides: NDArray[np.int8],
    ) -> Self:
        """The lengths for some references.

        Parameters
        ----------
        references : ndarray of float64, shape (r, d)
            Unit rows, those of one deer side by side; at least one.
        starts : ndarray of intp, shape (n_deer,)
            First reference of each deer.
        sides : ndarray of int8, shape (r,)
            The flank that each shows: 1 left, -1 right, 0 another.

        Returns
        -------
        Centroids
            Of all deer.

        Examples
        --------
        Two references at right angles, one of the left and one of the right flank. A probe of unknown side counts both
        fully: the sum (1, 1) has length sqrt(2). For one of the left flank the right one weighs half: (1, 0.5).

        >>> sides = np.array([1, -1], np.int8)
        >>> Centroids.build(np.eye(2), np.array([0]), sides).lengths.round(3).tolist()
        [[1.414], [1.118], [1.118]]
        """
        counts = np.diff(np.append(starts, len(references)))
        places = np.arange(counts.max())[None, :]
        slots = np.where(places < counts[:, None], starts[:, None] + places, -1)
        products = np.zeros((*slots.shape, slots.shape[1]))
        for number, (start, count) in enumerate(zip(starts, counts, strict=True)):
            own = references[start : start + count]
            products[number, :count, :count] = own @ own.T
        everything = np.ones((len(_SIDES), len(references)), np.bool_)
        counting = weights(everything, _SIDES, sides)
        rows, columns = np.indices((len(_SIDES), len(starts)))
        lengths = _lengths(counting, rows.ravel(), columns.ravel(), slots, products)
        return cls(lengths.reshape(rows.shape), slots, products)

    def of(
        self,
        counting: NDArray[np.float64],
        sides: NDArray[np.int8],
        touched: NDArray[np.bool_],
    ) -> NDArray[np.float64]:
        """The lengths for some probes.

        Parameters
        ----------
        counting : ndarray of float64, shape (n, r)
            Weight of each reference for each probe.
        sides : ndarray of int8, shape (n,)
            Side of each probe.
        touched : ndarray of bool, shape (n, n_deer)
            Pairs for which references are left out that the side alone would count.

        Returns
        -------
        ndarray of float64, shape (n, n_deer)
            Length of the weighed sum of each deer's references for each probe.
        """
        lengths = self.lengths[sides]
        rows, columns = np.nonzero(touched)
        for start in range(0, len(rows), _AT_ONCE):
            pairs = rows[start : start + _AT_ONCE], columns[start : start + _AT_ONCE]
            lengths[pairs] = _lengths(counting, *pairs, self.slots, self.products)
        return lengths


def _lengths(
    counting: NDArray[np.float64],
    rows: NDArray[np.intp],
    columns: NDArray[np.intp],
    slots: NDArray[np.intp],
    products: NDArray[np.float64],
) -> NDArray[np.float64]:
    """(p,) for pairs of a row of `counting` (n, r) and a deer."""
    places = slots[columns]
    chosen = counting[rows[:, None], places] * (places >= 0)
    squares = ((chosen[:, None, :] @ products[columns])[:, 0, :] * chosen).sum(axis=1)
    lengths: NDArray[np.float64] = np.sqrt(np.maximum(squares, 0.0))
    return lengths
