"""Flank weights: how much a reference counts for a probe, by the flanks that the two show. Pure numpy.

The two flanks of a deer are different pictures, and not quite: build, coat and head are seen from both sides.
So the cosine to a centroid weighs the references of the other flank by half, and single best references are
taken from the other flank only where a deer has no others. Front, rear and unknown count for everything,
for nobody knows what they show. What else was tried, and what each gave: docs/viewpoint-and-fusion.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from reid.taxonomy import SIDE_OF_FLANK

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

OTHER_FLANK: Final = 0.5
"""What a reference of the other flank weighs in a centroid; one of the same flank weighs 1."""


def sides(flanks: Iterable[str]) -> NDArray[np.int8]:
    """Sides of flanks, as numbers.

    Parameters
    ----------
    flanks : iterable of str
        n flanks.

    Returns
    -------
    ndarray of int8, shape (n,)
        1 for left, -1 for right, 0 for whatever is compared with everything.

    Examples
    --------
    >>> sides(["left", "right", "front"]).tolist()
    [1, -1, 0]
    """
    return np.array([SIDE_OF_FLANK.get(flank, 0) for flank in flanks], np.int8)


def weights(
    allowed: NDArray[np.bool_], probes: NDArray[np.int8], references: NDArray[np.int8]
) -> NDArray[np.float64]:
    """Weights of references for probes in a centroid.

    Parameters
    ----------
    allowed : ndarray of bool, shape (n, r)
        Pairs that count at all.
    probes : ndarray of int8, shape (n,)
        Side of each probe.
    references : ndarray of int8, shape (r,)
        Side of each reference.

    Returns
    -------
    ndarray of float64, shape (n, r)
        OTHER_FLANK for the other flank, 1 for any other pair, 0 where it is not allowed.

    Examples
    --------
    >>> weights(np.ones((1, 3), bool), sides(["left"]), sides(["left", "right", "front"])).tolist()
    [[1.0, 0.5, 1.0]]
    """
    is_other = probes[:, None] * references[None, :] < 0
    result: NDArray[np.float64] = np.where(is_other, OTHER_FLANK, 1.0) * allowed
    return result


def on_the_same_side(
    allowed: NDArray[np.bool_],
    probes: NDArray[np.int8],
    references: NDArray[np.int8],
    starts: NDArray[np.intp],
    owners: NDArray[np.intp],
) -> NDArray[np.bool_]:
    """The pairs that count where single best references do: those of the other flank only for want of others.

    Parameters
    ----------
    allowed : ndarray of bool, shape (n, r)
        Pairs that count at all.
    probes : ndarray of int8, shape (n,)
        Side of each probe.
    references : ndarray of int8, shape (r,)
        Side of each reference.
    starts : ndarray of intp, shape (n_deer,)
        First reference of each deer.
    owners : ndarray of intp, shape (r,)
        Deer of each reference, as its column.

    Returns
    -------
    ndarray of bool, shape (n, r)
        Of each deer the allowed pairs of one flank, or all of its allowed pairs where it has none of those.

    Examples
    --------
    The first deer has references of both flanks, the second one of the right flank alone:

    >>> allowed, left = np.ones((1, 3), bool), sides(["left"])
    >>> references = sides(["left", "right", "right"])
    >>> on_the_same_side(allowed, left, references, np.array([0, 2]), np.array([0, 0, 1])).tolist()
    [[True, False, True]]
    """
    near = allowed & (probes[:, None] * references[None, :] >= 0)
    has_some = np.logical_or.reduceat(near, starts, axis=1)
    return np.where(has_some[:, owners], near, allowed)
