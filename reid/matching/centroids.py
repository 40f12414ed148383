"""Length of the sum of a deer's references, weighed as they count for a probe. Pure numpy.

The cosine to a centroid is the sum of the cosines to the references over the length of the references' sum.
What each reference weighs depends on the probe's side alone, but for the few deer that have one in the probe's
own encounter: so the lengths are known once for each side, and computed pair by pair, from the products of
the references with each other, for those few.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from reid.matching.flank_weights import weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SIDES = np.array([0, 1, -1], np.int8)  # so that a side is its row's number: -1 is the last


@dataclass(frozen=True, slots=True)
class Centroids:
    """`lengths` (3, n_deer) by side; `slots` (n_deer, k) are each deer's references, -1 past the last;
    `products` (n_deer, k, k) theirs with each other.
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
        """Of references (r, d), at least one, with their sides (r,); `starts` (n_deer,) each deer's first."""
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
        """(n, n_deer) for probes of these sides, for which references weigh `counting` (n, r).

        `touched` (n, n_deer): pairs for which references are left out that the side alone would count.
        """
        lengths = self.lengths[sides]
        rows, columns = np.nonzero(touched)
        lengths[rows, columns] = _lengths(counting, rows, columns, self.slots, self.products)
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
