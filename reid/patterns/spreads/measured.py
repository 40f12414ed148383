"""Spreads measured: how far the sums of photographs with each deer scatter where nothing but chance is at work. Pure numpy.

Some coats agree with everything a little, and a deer with many references more so: its name would be given too easily. So
photographs of the background, which no name decided on, are scored against each deer, and its sums are counted in the
standard deviation of theirs (a z-norm without the mean, as for cohorts of speakers: Auckenthaler, Carey and Lloyd-Thomas 2000,
doi 10.1006/dspr.1999.0360). What no name tells is a photograph of that deer among them: each sum is cut, so that a few of
these are not taken for chance. And since few photographs say little of one deer, half of the square is that of the
background among itself.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from reid.patterns.lnbnn import NO_ENCOUNTER, NOBODY, sums
from reid.patterns.shortlist import best_sums

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from reid.patterns.card import MatcherCard
    from reid.patterns.lnbnn import Photographs

LOWEST: Final = 0.98
"""Share of the background's sums with itself that are chance; among the others pairs of one animal lie."""
CUT: Final = 8.0
"""Bases at which a sum with a deer is cut: a photograph of the deer itself, unknown as such, counts as a chance of that size."""
FEWEST: Final = 10
"""Photographs, at least, from which a deer has a spread of its own; else the base alone stands for it."""
LEAST: Final = 0.01
"""Least spread: of plain coats, with which hardly anything agrees."""
NOTHING: Final = 1.0
"""Base of a background of which no two photographs can be compared: sums stay as they are."""


def chosen(size: int, probes: int) -> NDArray[np.intp]:
    """Positions of the photographs of a background that are scored.

    Parameters
    ----------
    size : int
        Photographs of the background.
    probes : int
        Of these at most.

    Returns
    -------
    ndarray of intp, shape (min(size, probes),)
        Evenly spread: of each flank as large a part as it has in the background.

    Examples
    --------
    >>> chosen(10, 4).tolist(), chosen(3, 4).tolist()
    ([0, 2, 5, 7], [0, 1, 2])
    """
    count = min(size, probes)
    positions: NDArray[np.intp] = np.arange(count) * size // max(count, 1)
    return positions


def of_background(
    background: Photographs, card: MatcherCard, on_probe: Callable[[int], None] = lambda _: None
) -> float:
    """Spread of the background among itself: the base.

    Parameters
    ----------
    background : Photographs
        All of it; owners do not count.
    card : MatcherCard
        The matcher's numbers.
    on_probe : callable, optional
        Called with 0 after each photograph that was scored.

    Returns
    -------
    float
        Standard deviation of the sums of its probes with each other, less the highest 2 %, at least LEAST; NOTHING where no
        two can be compared.
    """
    positions = chosen(len(background.block), card.probes)
    owners = np.full(len(background.block), NOBODY, np.intp)
    owners[positions] = np.arange(len(positions))  # each is left out of what it is measured by
    behind = replace(_set_apart(background), owners=owners)
    others = behind.take(positions)
    found = []
    for position in positions.tolist():
        found.append(sums(behind.probe(position), others, behind, len(positions), card))
        on_probe(0)
    pairs = np.concatenate([np.empty(0), *found])
    pairs = np.sort(pairs[~np.isnan(pairs)])
    if not len(pairs):
        return NOTHING
    return max(float(pairs[: int(np.ceil(LOWEST * len(pairs)))].std()), LEAST)


def of_deer(
    references: Photographs,
    background: Photographs,
    deer: int,
    card: MatcherCard,
    base: float,
    on_probe: Callable[[int], None] = lambda _: None,
) -> NDArray[np.float64]:
    """Spreads of deer.

    Parameters
    ----------
    references : Photographs
        Of the deer, each with its owner.
    background : Photographs
        What chance is measured by, with the same owners and codes of encounters.
    deer : int
        Number of deer.
    card : MatcherCard
        The matcher's numbers.
    base : float
        `of_background`.
    on_probe : callable, optional
        Called with 0 after each photograph that was scored.

    Returns
    -------
    ndarray of float64, shape (deer,)
        `shrunk` standard deviations of what the background's probes have against each, those of the deer and of an
        encounter with one of its references left out. References of all antler seasons count.
    """
    behind = _set_apart(background)
    rows = []
    for position in chosen(len(behind.block), card.probes).tolist():
        probe = behind.probe(position)
        found = sums(probe, references, behind, deer, card)
        row = best_sums(found, references.owners, deer, card.best)
        row[references.owners[references.encounters == probe.encounter]] = np.nan
        if behind.owners[position] != NOBODY:
            row[behind.owners[position]] = np.nan
        rows.append(row)
        on_probe(0)
    return shrunk(np.array(rows).reshape(len(rows), deer), base)


def shrunk(found: NDArray[np.float64], base: float) -> NDArray[np.float64]:
    """Spreads of deer from what photographs of the background have against them.

    Parameters
    ----------
    found : ndarray of float64, shape (k, deer)
        Means of the best sums; NaN where a photograph does not count.
    base : float
        Spread of the background among itself, above 0.

    Returns
    -------
    ndarray of float64, shape (deer,)
        Root of the mean of two squares: of the base, and of the standard deviation of a deer's column, each cut at CUT
        bases; the base where a column has fewer than FEWEST numbers. Above 0.

    Examples
    --------
    Half of ten are 2, half 0: their standard deviation is 1, and that of the base 7. Of nine nothing is taken:

    >>> found = np.array([[2.0, 0.0]] * 5 + [[0.0, 0.0]] * 4 + [[0.0, np.nan]])
    >>> shrunk(found, 7.0).tolist()
    [5.0, 7.0]
    """
    spreads = np.full(found.shape[1], base)
    for column in range(found.shape[1]):
        counted = found[~np.isnan(found[:, column]), column]
        if len(counted) >= FEWEST:
            own = float(np.minimum(counted, CUT * base).std())
            spreads[column] = np.sqrt((own**2 + base**2) / 2)
    return spreads


def _set_apart(background: Photographs) -> Photographs:
    """The background with a code of its own for each photograph without an encounter: none is compared with itself."""
    apart = NO_ENCOUNTER - 1 - np.arange(len(background.block))
    encounters = np.where(background.encounters == NO_ENCOUNTER, apart, background.encounters)
    return replace(background, encounters=encounters)
