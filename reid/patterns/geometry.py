"""Geometric consistency of matched points: do two points lie to each other in both pictures alike? Pure numpy.

Two torsos that stand upright show the same mark at nearly the same place, and its neighbours in nearly the same
direction and distance. A chance match does not fit its neighbours. So one match is taken as seed, those that fit it
are kept, and the best seed wins: a vote of pairs (as in spectral matching, Leordeanu and Hebert 2005,
doi 10.1109/ICCV.2005.20, without its eigenvector), which bears the bending of a coat that one affine map does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

FEWEST: Final = 3
"""Matches that must fit each other; fewer are chance."""

_BENT: Final = 0.25
_SHIFTED: Final = 0.015
_APART: Final = 0.02


def consistent(
    probe: NDArray[np.float32], reference: NDArray[np.float32], weights: NDArray[np.float32]
) -> NDArray[np.bool_]:
    """The matches that fit each other.

    Parameters
    ----------
    probe, reference : ndarray of float32, shape (n, 2)
        Places of the matched points, as fractions of the upright crop.
    weights : ndarray of float32, shape (n,)
        Weights of the matches, above 0.

    Returns
    -------
    ndarray of bool, shape (n,)
        The seed with the heaviest company, and its company; none where these are fewer than FEWEST. Two matches fit
        where the step from one to the other differs between the pictures by less than a quarter of its length (sum of
        both pictures, L1) and 0.015; of matches closer than 0.02 in all it cannot be said.

    Examples
    --------
    Three points moved together, and one that went another way:

    >>> place = np.array([[0.1, 0.1], [0.5, 0.1], [0.1, 0.5], [0.5, 0.5]], np.float32)
    >>> moved = place + np.array([[0.1, 0], [0.1, 0], [0.1, 0], [-0.4, 0]], np.float32)
    >>> consistent(place, moved, np.ones(4, np.float32)).tolist()
    [True, True, True, False]
    """
    n = len(weights)
    if n < FEWEST:
        return np.zeros(n, bool)
    steps = probe[:, None] - probe[None]
    steps_there = reference[:, None] - reference[None]
    differences = np.abs(steps - steps_there).sum(axis=2)
    lengths = np.abs(steps).sum(axis=2) + np.abs(steps_there).sum(axis=2)
    fits = (differences < _BENT * lengths + _SHIFTED) & (lengths > _APART)
    np.fill_diagonal(fits, val=True)
    company = fits[np.argmax(fits @ weights)]
    return company if company.sum() >= FEWEST else np.zeros(n, bool)
