"""Drift of the newest sightings against earlier ones: PSI of their scores, a control chart of a share. Pure.

Both compare a sample of n sightings with a baseline of m, and both allow for three things: that the
baseline is a sample too (1/n + 1/m in place of 1/n), that sightings of one day resemble one another (the
dispersion), and that few sightings differ by chance alone. What has no value for so few is None or raises.

Sources: Siddiqi, Credit Risk Scorecards, 2006 (PSI, its limits of 0.1 and 0.2); Yurdakul and Naranjo, J. Risk
Model Validation 14(4), 2020 (without drift PSI is chi-squared with B - 1 degrees of freedom, times 1/n + 1/m);
Montgomery, Introduction to Statistical Quality Control, 7.2 (the p chart, limits at three sigma); McCullagh and
Nelder, Generalized Linear Models, 4.5 (dispersion); Laney, Quality Engineering 14, 2002 (the same on a p chart).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import bdtrik, chdtri  # scipy.stats takes a second to import

from analysis.stats.intervals import UndefinedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

PSI_LIMIT: Final = 0.2
BINS: Final = 10
CHANCE: Final = 0.00135
"""One tail beyond three sigma: what chance alone may call an alarm, a sample and chart."""


@dataclass(frozen=True, slots=True)
class AssignmentCount:
    """Sightings that were assigned, of all that were tried.

    Attributes
    ----------
    hits, trials : int
        Assigned sightings, and all of them; 0 <= hits <= trials.
    """

    hits: int
    trials: int

    @property
    def share(self) -> float:
        """The share of hits in [0, 1]. Raises UndefinedError without trials."""
        if not self.trials:
            raise UndefinedError("a share of no sighting is not defined")
        return self.hits / self.trials


@dataclass(frozen=True, slots=True)
class Limits:
    """Control limits of a share: one outside of them is no chance.

    Attributes
    ----------
    centre : float
        The baseline's share, in (0, 1).
    lower, upper : float or None
        Limits in [0, 1]; None where no share of so few sightings would be too extreme.
    """

    centre: float
    lower: float | None
    upper: float | None


@dataclass(frozen=True, slots=True)
class Stability:
    """Population stability of scores, with what chance explains.

    Attributes
    ----------
    value : float
        PSI, from 0 (the same distribution).
    bound : float
        PSI that chance alone exceeds with probability CHANCE.
    bins : int
        Bins that were compared, at least 2.
    """

    value: float
    bound: float
    bins: int

    @property
    def is_drift(self) -> bool:
        """Whether PSI is large, and larger than chance makes it: of few sightings it is large without any drift."""
        return self.value > max(PSI_LIMIT, self.bound)


def dispersion(hits: NDArray[np.bool_], groups: NDArray[np.int64]) -> float:
    """The variation of a share between groups, in units of what chance makes it.

    Parameters
    ----------
    hits : ndarray of bool, shape (n,)
        Whether each sighting was assigned.
    groups : ndarray of int64, shape (n,)
        Group of each sighting, such as its day.

    Returns
    -------
    float
        Pearson's chi-squared over its degrees of freedom (McCullagh and Nelder 4.5), at least 1. It is 1 where
        it cannot be estimated: less than two groups, or all sightings alike.

    Examples
    --------
    Two days of two sightings, all or nothing. Each day differs by 1 from the expected 1, with a variance of 0.5:

    >>> dispersion(np.array([True, True, False, False]), np.array([1, 1, 2, 2]))
    4.0
    """
    _, code, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    share = float(hits.mean()) if len(hits) else 0.0
    if len(sizes) < 2 or share in (0.0, 1.0):
        return 1.0
    expected = sizes * share
    squares = (np.bincount(code, hits) - expected) ** 2 / (expected * (1 - share))
    return max(1.0, float(squares.sum()) / (len(sizes) - 1))


def control_limits(baseline: AssignmentCount, trials: int, spread: float = 1.0) -> Limits:
    """Limits for the share of new sightings, about that of the baseline.

    Parameters
    ----------
    baseline : AssignmentCount
        The earlier sightings, at least one.
    trials : int
        Number of new sightings, at least 1.
    spread : float
        Dispersion (`dispersion`), at least 1.

    Returns
    -------
    Limits
        The centre has half a hit and half a miss more than the baseline.

    Raises
    ------
    UndefinedError
        Where either has no sighting.

    Notes
    -----
    The limits are exact binomial ones of CHANCE a side for 1 / (spread * (1/trials + 1/baseline.trials))
    sightings, since the baseline is a sample too. For many sightings they are the three sigma of a p chart
    (Montgomery 7.2); a normal approximation would put them below 0 for few.

    Examples
    --------
    100 against 100 are worth 50; three sigma of 50 at one half are 3 * sqrt(0.25 / 50) = 0.21:

    >>> limits = control_limits(AssignmentCount(50, 100), 100)
    >>> limits.centre, round(limits.lower, 1), round(limits.upper, 1)
    (0.5, 0.3, 0.7)

    Of five sightings none assigned would be nothing unusual:

    >>> control_limits(AssignmentCount(50, 100), 5).lower is None
    True
    """
    if not baseline.trials or trials <= 0:
        raise UndefinedError("control limits need sightings before and after")
    centre = (baseline.hits + 0.5) / (baseline.trials + 1)
    size = 1 / (spread * (1 / trials + 1 / baseline.trials))
    upper = _lowest(1 - centre, size)
    return Limits(centre, _lowest(centre, size), None if upper is None else 1 - upper)


def _lowest(share: float, size: float) -> float | None:
    """The share at or below which a binomial of `size` trials falls with probability CHANCE."""
    if (1 - share) ** size > CHANCE:
        return None  # not even none at all would be unusual
    return float(bdtrik(CHANCE, size, share)) / size


def decile_edges(reference: NDArray[np.int32]) -> NDArray[np.int32]:
    """Inner edges of the bins in which PSI compares: deciles of the reference, each once.

    Parameters
    ----------
    reference : ndarray of int32, shape (m,)
        Scores in score units.

    Returns
    -------
    ndarray of int32, shape (b - 1,)
        Edges, rising; an edge is in the bin below it. Deciles that coincide make one bin, so b <= BINS.

    Raises
    ------
    UndefinedError
        Where the reference is empty, or all its scores are alike.

    Examples
    --------
    >>> decile_edges(np.arange(1, 21, dtype=np.int32)).tolist()
    [2, 4, 6, 8, 10, 12, 14, 16, 18]
    """
    if not len(reference):
        raise UndefinedError("deciles of no score are not defined")
    at = np.arange(1, BINS) / BINS
    edges = np.unique(np.quantile(reference, at, method="inverted_cdf"))
    inner: NDArray[np.int32] = edges[edges < reference.max()].astype(np.int32)
    if not inner.size:
        raise UndefinedError("scores that are all alike have no deciles")
    return inner


def binned(scores: NDArray[np.int32], edges: NDArray[np.int32]) -> NDArray[np.int64]:
    """Counts of scores by bin.

    Parameters
    ----------
    scores : ndarray of int32, shape (n,)
        Scores in score units.
    edges : ndarray of int32, shape (b - 1,)
        Inner edges, as `decile_edges` gives them.

    Returns
    -------
    ndarray of int64, shape (b,)
        Counts, whose sum is n.

    Examples
    --------
    >>> binned(np.array([1, 2, 3, 20], np.int32), np.array([2, 4], np.int32)).tolist()
    [2, 1, 1]
    """
    where = np.searchsorted(edges, scores, side="left")
    return np.bincount(where, minlength=len(edges) + 1).astype(np.int64)


def stability_index(
    reference: NDArray[np.int32], sample: NDArray[np.int32], spread: float = 1.0
) -> Stability:
    """Population stability index (PSI) of a sample against a reference.

    Parameters
    ----------
    reference : ndarray of int32, shape (m,)
        Earlier scores, in score units.
    sample : ndarray of int32, shape (n,)
        New scores.
    spread : float
        Dispersion (`dispersion`), at least 1; it widens the bound.

    Returns
    -------
    Stability
        PSI = sum((s - r) * ln(s / r)) over the bins of `decile_edges`, r and s the shares of the two, each count
        with half a sighting more, since an empty bin has no logarithm (Siddiqi 2006). Its bound is the
        chi-squared quantile with bins - 1 degrees of freedom, times 1/n + 1/m (Yurdakul and Naranjo 2020).

    Raises
    ------
    UndefinedError
        As `decile_edges` does, and without a sample.

    Examples
    --------
    Counts (1, 1) against (0, 3) are shares (0.5, 0.5) against (0.125, 0.875), so
    PSI = 0.375 * ln(4) + 0.375 * ln(1.75):

    >>> stability = stability_index(np.array([1, 2], np.int32), np.array([2, 2, 2], np.int32))
    >>> round(stability.value, 4), stability.bins, stability.is_drift
    (0.7297, 2, False)
    """
    if not len(sample):
        raise UndefinedError("the stability of no score is not defined")
    edges = decile_edges(reference)
    before, after = (_shares(binned(scores, edges)) for scores in (reference, sample))
    value = float(((after - before) * np.log(after / before)).sum())
    bound = float(chdtri(len(edges), CHANCE)) * (1 / len(sample) + 1 / len(reference)) * spread
    return Stability(value, bound, len(edges) + 1)


def _shares(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    smoothed = counts + 0.5
    shares: NDArray[np.float64] = smoothed / smoothed.sum()
    return shares


def coarse(scores: NDArray[np.int32], width: int, top: int) -> Sequence[int]:
    """Counts of scores in bars of equal width.

    Parameters
    ----------
    scores : ndarray of int32, shape (n,)
        Scores from 0 to `top`, in score units.
    width : int
        Score units a bar; it divides `top`.
    top : int
        The highest score there is; it belongs to the last bar.

    Returns
    -------
    list of int
        Counts of the top / width bars.

    Examples
    --------
    >>> coarse(np.array([0, 5, 10], np.int32), 5, 10)
    [1, 2]
    """
    bars = top // width
    counts: list[int] = np.bincount(np.minimum(scores // width, bars - 1), minlength=bars).tolist()
    return counts
