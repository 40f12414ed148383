"""Shortlists: of each deer the references that look most like the probe by embedding, where all are too many; and of those
that were compared the best, which count. Pure numpy.

A list a deer, not one of the whole gallery: whether a deer's reference is compared then depends on that deer alone, and
a new reference of another one changes no score.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from reid.patterns.card import MatcherCard


def is_needed(sides: NDArray[np.int8], card: MatcherCard) -> bool:
    """Whether a gallery is too large for every reference to be compared.

    Parameters
    ----------
    sides : ndarray of int8, shape (m,)
        Flank of each reference: 1 left, -1 right, 0 not known.
    card : MatcherCard
        Whose `exact_below` is the limit.

    Returns
    -------
    bool
        True where a left or right probe would be compared with `exact_below` references or more.

    Examples
    --------
    >>> from reid.patterns.card import MatcherCard
    >>> is_needed(np.array([1, 1, 0, -1], np.int8), MatcherCard(exact_below=4))
    False
    >>> is_needed(np.array([1, 1, 0, -1], np.int8), MatcherCard(exact_below=3))
    True
    """
    most = max(int((sides >= 0).sum()), int((sides <= 0).sum()))
    return most >= card.exact_below


def shortlist(
    similarities: NDArray[np.float32], owners: NDArray[np.intp], count: int
) -> NDArray[np.intp]:
    """The references of each deer that look most like a probe.

    Parameters
    ----------
    similarities : ndarray of float32, shape (m,)
        Cosine of the probe's embedding to each reference's; NaN, where a reference has none, comes last.
    owners : ndarray of intp, shape (m,)
        Deer of each reference, as its column.
    count : int
        References of one deer, at most.

    Returns
    -------
    ndarray of intp
        Positions, ascending. Of equals the first ones.

    Examples
    --------
    >>> owners = np.array([0, 0, 0, 1])
    >>> shortlist(np.array([0.1, 0.9, 0.5, np.nan], np.float32), owners, 2).tolist()
    [1, 2, 3]
    """
    keys = np.where(np.isnan(similarities), -np.inf, similarities)
    order = np.lexsort((-keys, owners))  # by deer, then the most alike first; stable
    ordered = owners[order]
    starts = np.searchsorted(ordered, ordered)  # where the deer of each begins
    chosen: NDArray[np.intp] = np.sort(order[np.arange(len(order)) - starts < count])
    return chosen


def best_sums(
    sums: NDArray[np.float64], owners: NDArray[np.intp], deer: int, best: int
) -> NDArray[np.float64]:
    """Means of each deer's highest sums.

    Parameters
    ----------
    sums : ndarray of float64, shape (m,)
        Of references; NaN for those that do not count.
    owners : ndarray of intp, shape (m,)
        Deer of each, as its column.
    deer : int
        Number of deer.
    best : int
        Sums of one deer that count, or as many as it has.

    Returns
    -------
    ndarray of float64, shape (deer,)
        NaN for a deer without any.

    Examples
    --------
    >>> best_sums(np.array([1.0, 3.0, 2.0, np.nan]), np.array([0, 0, 0, 1]), deer=2, best=2).tolist()
    [2.5, nan]
    """
    means = np.full(deer, np.nan)
    for column in range(deer):
        own = sums[owners == column]
        own = np.sort(own[~np.isnan(own)])[::-1][:best]
        if len(own):
            means[column] = own.mean()
    return means
