"""Histogram statistics: moments and quantiles of scores that are only counted, and their separation. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.stats.intervals import UndefinedError
from reid.units import SCORE_UNITS

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Distribution:
    """Moments and quantiles of scores in [0, 1].

    Attributes
    ----------
    count : int
        Number of scores.
    mean, sd : float
        Mean, and standard deviation of the population (divided by `count`).
    low, q05, median, q95, high : float
        Quantiles, which are scores that occur: the least one with that share of all at or below it.
    """

    count: int
    mean: float
    sd: float
    low: float
    q05: float
    median: float
    q95: float
    high: float


def describe(counts: NDArray[np.int64]) -> Distribution:
    """Moments and quantiles of a histogram.

    Parameters
    ----------
    counts : ndarray of int64, shape (10001,)
        How many have each score, by score unit.

    Returns
    -------
    Distribution
        In similarities, [0, 1].

    Raises
    ------
    UndefinedError
        Where the histogram is empty.

    Examples
    --------
    Two scores, 0.2 and 0.4:

    >>> d = describe(np.bincount([2000, 4000], minlength=10_001))
    >>> d.count, round(d.mean, 6), round(d.sd, 6), d.median, d.high
    (2, 0.3, 0.1, 0.2, 0.4)
    """
    total = int(counts.sum())
    if not total:
        raise UndefinedError("no score has this distribution")
    scores = np.arange(len(counts)) / SCORE_UNITS
    mean = float((scores * counts).sum() / total)
    variance = float((scores**2 * counts).sum() / total) - mean**2
    up_to = np.cumsum(counts)

    def quantile(share: float) -> float:
        return float(scores[int(np.searchsorted(up_to, math.ceil(share * total)))])

    occupied = np.flatnonzero(counts)
    return Distribution(
        count=total,
        mean=mean,
        sd=math.sqrt(max(0.0, variance)),
        low=float(scores[occupied[0]]),
        q05=quantile(0.05),
        median=quantile(0.5),
        q95=quantile(0.95),
        high=float(scores[occupied[-1]]),
    )


def d_prime(genuine: Distribution, impostor: Distribution) -> float:
    """Distance of two means in units of their pooled spread (d' of signal detection).

    Parameters
    ----------
    genuine, impostor : Distribution
        Scores of the same deer, and of different deer.

    Returns
    -------
    float
        (mean of genuine - mean of impostor) / sqrt((sd of genuine ** 2 + sd of impostor ** 2) / 2).

    Raises
    ------
    UndefinedError
        Where neither has any spread.

    Examples
    --------
    Means 0.6 and 0.4, and a spread of 0.1 in both:

    >>> genuine = describe(np.bincount([5000, 7000], minlength=10_001))
    >>> impostor = describe(np.bincount([3000, 5000], minlength=10_001))
    >>> round(d_prime(genuine, impostor), 6)
    2.0
    """
    spread = math.sqrt((genuine.sd**2 + impostor.sd**2) / 2)
    if spread == 0:
        raise UndefinedError("scores that are all alike have no d'")
    return (genuine.mean - impostor.mean) / spread
