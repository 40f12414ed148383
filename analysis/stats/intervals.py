"""Intervals of a share whose trials come from few deer: effective sample size, bounds, bootstrap. Pure.

Sightings of one deer resemble one another, so n trials of J deer are worth fewer than n. Every bound
here therefore rests on an effective sample size; a plain interval on n covers 50 to 85 % instead of 95.

Sources: Clopper and Pearson, Biometrika 1934; Korn and Graubard, Survey Methodology 24:193, 1998 (effective
size in the exact interval, and the factor for the degrees of freedom); Wilson, JASA 1927; Field and Welsh,
JRSS B 2007 (resampling whole clusters).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import betaincinv, ndtr, stdtrit  # scipy.stats takes a second to import

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

RHO_FLOOR: Final = 0.10
"""Least intra-deer correlation ever assumed: with few deer its estimate is too often 0 by chance."""


class UndefinedError(ValueError):
    """The quantity has no value for these trials; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A closed interval: both ends belong to it."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Share:
    """A share with its interval.

    Attributes
    ----------
    estimate, low, high : float
        The weighted share and the ends of its interval, in [0, 1].
    hits, trials : int
        Counts, unweighted.
    n_eff : float
        Effective size, at most `trials`: what the trials are worth, were they independent.
    """

    estimate: float
    low: float
    high: float
    hits: int
    trials: int
    n_eff: float


@dataclass(frozen=True, slots=True, eq=False)
class Weighting:
    """Weights of n trials that come from few deer.

    Attributes
    ----------
    weights : ndarray of float64, shape (n,)
        1 / (1 + (m - 1) * rho) for each of the m trials of one deer.
    rho : float
        Intra-deer correlation, in [0, 1].
    clusters : int
        J, the number of deer.
    n_eff : float
        Effective size (`effective_size`).
    """

    weights: NDArray[np.float64]
    rho: float
    clusters: int
    n_eff: float

    def mean(self, values: NDArray[np.bool_]) -> float:
        """The weighted mean.

        Parameters
        ----------
        values : ndarray of bool, shape (n,)
            One value a trial.

        Returns
        -------
        float
            Share in [0, 1] of the weight that is true.
        """
        return float((self.weights * values).sum() / self.weights.sum())


def intraclass_correlation(hits: NDArray[np.bool_], clusters: NDArray[np.int64]) -> float:
    """The one-way ANOVA estimate of the correlation within clusters, clipped to [0, 1].

    Parameters
    ----------
    hits : ndarray of bool, shape (n,)
        One value a trial.
    clusters : ndarray of int64, shape (n,)
        Cluster of each trial, such as its deer.

    Returns
    -------
    float
        (MSB - MSW) / (MSB + (m0 - 1) * MSW) with m0 = (n - sum(m ** 2) / n) / (J - 1), where m are the sizes of
        the J clusters and MSB, MSW the mean squares between and within them. It is 0 where all are alike.

    Raises
    ------
    UndefinedError
        Unless there are two clusters, one of them with two trials.

    Examples
    --------
    >>> intraclass_correlation(np.array([True, True, False, False]), np.array([1, 1, 2, 2]))
    1.0
    >>> intraclass_correlation(np.array([True, False, True, False]), np.array([1, 1, 2, 2]))
    0.0
    """
    values = hits.astype(np.float64)
    _, code, sizes = np.unique(clusters, return_inverse=True, return_counts=True)
    n, groups = len(values), len(sizes)
    if groups < 2 or n == groups:
        raise UndefinedError("an intra-deer correlation needs two deer, one of them seen twice")
    means = np.bincount(code, values) / sizes
    overall = float(values.mean())
    between = float((sizes * (means - overall) ** 2).sum()) / (groups - 1)
    within = float(((values - means[code]) ** 2).sum()) / (n - groups)
    typical = (n - float((sizes**2).sum()) / n) / (groups - 1)
    spread = between + (typical - 1) * within
    return min(1.0, max(0.0, (between - within) / spread)) if spread > 0 else 0.0


def effective_size(sizes: NDArray[np.int64], rho: float) -> float:
    """The worth of clustered trials in independent ones.

    Parameters
    ----------
    sizes : ndarray of int64, shape (J,)
        Trials of each cluster, at least 1.
    rho : float
        Correlation within clusters, in [0, 1].

    Returns
    -------
    float
        sum(m / (1 + (m - 1) * rho)), times the squared ratio of the t quantiles (95 %) of n - 1 and J - 1
        degrees of freedom (Korn and Graubard 1998): J clusters have no more. 0 for less than two clusters.

    Examples
    --------
    Two clusters of two that are fully correlated are worth two trials, but with one degree of freedom for three:
    2 * (2.353 / 6.314) ** 2.

    >>> round(effective_size(np.array([2, 2]), 1.0), 3)
    0.278
    >>> effective_size(np.array([100]), 0.1)
    0.0
    """
    worth = float((sizes / (1 + (sizes - 1) * rho)).sum())
    return worth * _freedom(sizes)


def _freedom(sizes: NDArray[np.int64]) -> float:
    """By how much fewer degrees of freedom clusters leave than their trials would; 0 for less than two clusters."""
    n, groups = int(sizes.sum()), len(sizes)
    if groups < 2:
        return 0.0
    return float(stdtrit(n - 1, 0.95) / stdtrit(groups - 1, 0.95)) ** 2


def weigh(
    indicator: NDArray[np.bool_], clusters: NDArray[np.int64], floor: float = RHO_FLOOR
) -> Weighting:
    """Weights and effective size of trials that are grouped by deer.

    Parameters
    ----------
    indicator : ndarray of bool, shape (n,)
        Values whose correlation within a deer is measured. They must not depend on the threshold under test (take,
        for instance, whether the score is in the upper fifth): hits at a strict threshold are all alike and would
        look independent.
    clusters : ndarray of int64, shape (n,)
        Deer of each trial.
    floor : float
        Least correlation that is assumed, in [0, 1].

    Returns
    -------
    Weighting
        The correlation is `floor` where it cannot be estimated.

    Raises
    ------
    UndefinedError
        Without trials.

    Examples
    --------
    Two trials of one deer, one of another; the first two weigh 1 / (1 + 0.5) each:

    >>> w = weigh(np.array([True, False, True]), np.array([1, 1, 2]), floor=0.5)
    >>> w.weights.round(3).tolist(), w.rho, w.clusters
    ([0.667, 0.667, 1.0], 0.5, 2)
    """
    if len(indicator) == 0:
        raise UndefinedError("no trial has been made")
    _, code, sizes = np.unique(clusters, return_inverse=True, return_counts=True)
    repeated = 1 < len(sizes) < len(clusters)
    rho = max(floor, intraclass_correlation(indicator, clusters)) if repeated else floor
    weights = 1 / (1 + (sizes[code] - 1) * rho)
    return Weighting(weights, rho, len(sizes), effective_size(sizes, rho))


def weigh_evenly(
    indicator: NDArray[np.bool_], clusters: NDArray[np.int64], floor: float = RHO_FLOOR
) -> Weighting:
    """Weights of 1 and their effective size, of trials that are grouped by deer: the share is the plain one.

    Parameters
    ----------
    indicator : ndarray of bool, shape (n,)
        Values whose correlation within a deer is measured, as `weigh` has them.
    clusters : ndarray of int64, shape (n,)
        Deer of each trial.
    floor : float
        Least correlation that is assumed, in [0, 1].

    Returns
    -------
    Weighting
        n_eff is n / (1 + rho * (sum(m ** 2) / n - 1)), Kish's design effect, times the factor for the degrees of freedom
        (`effective_size`): at most that of `weigh`, whose weights are the best ones.

    Raises
    ------
    UndefinedError
        Without trials.

    Examples
    --------
    Three trials, two of one deer: 3 / (1 + 0.5 * (5 / 3 - 1)) = 2.25, times (2.92 / 6.314) ** 2:

    >>> w = weigh_evenly(np.array([True, False, True]), np.array([1, 1, 2]), floor=0.5)
    >>> w.weights.tolist(), round(w.n_eff, 3)
    ([1.0, 1.0, 1.0], 0.481)
    """
    best = weigh(indicator, clusters, floor)
    _, sizes = np.unique(clusters, return_counts=True)
    n = len(clusters)
    worth = n / (1 + best.rho * (float((sizes**2).sum()) / n - 1))
    return Weighting(np.ones(n), best.rho, best.clusters, worth * _freedom(sizes))


def upper_bound(share: float, n_eff: float, risk: float = 0.05) -> float:
    """The exact one-sided upper bound of a share (Clopper and Pearson 1934).

    Parameters
    ----------
    share : float
        Observed share, in [0, 1].
    n_eff : float
        Effective size, at least 0; it need not be whole.
    risk : float
        Probability in (0, 1) with which the bound may be too low.

    Returns
    -------
    float
        Quantile 1 - risk of Beta(share * n + 1, n - share * n), which rises with `share`; 1 where nothing is known.

    Examples
    --------
    Without a hit it is 1 - risk ** (1 / n). 59 trials are the fewest that bound a share below 5 %:

    >>> round(upper_bound(0.0, 59), 4), round(upper_bound(0.0, 58), 4)
    (0.0495, 0.0503)
    """
    if n_eff <= 0 or share >= 1:
        return 1.0
    if share <= 0:
        return -math.expm1(math.log(risk) / n_eff)
    return float(betaincinv(share * n_eff + 1, n_eff - share * n_eff, 1 - risk))


def clopper_pearson(share: float, n_eff: float, level: float = 0.95) -> Interval:
    """The exact two-sided interval of a share, on a sample size that need not be whole.

    Parameters
    ----------
    share : float
        Observed share, in [0, 1].
    n_eff : float
        Effective size, at least 0.
    level : float
        Coverage, in (0, 1).

    Returns
    -------
    Interval
        Clopper and Pearson 1934; [0, 1] where `n_eff` is 0.

    Raises
    ------
    UndefinedError
        Unless 0 <= share <= 1.

    Examples
    --------
    Of one hit in two trials the lower end p solves 1 - (1 - p) ** 2 = 0.025, so it is 1 - sqrt(0.975):

    >>> ends = clopper_pearson(0.5, 2)
    >>> round(ends.low, 4), round(ends.high, 4)
    (0.0126, 0.9874)
    """
    if not 0 <= share <= 1:
        raise UndefinedError(f"{share} is no share")
    if n_eff <= 0:
        return Interval(0.0, 1.0)
    tail, hits = (1 - level) / 2, share * n_eff
    low = float(betaincinv(hits, n_eff - hits + 1, tail)) if hits > 0 else 0.0
    return Interval(low, upper_bound(share, n_eff, tail))


def share_of(hits: NDArray[np.bool_], weighting: Weighting, level: float = 0.95) -> Share:
    """The weighted share of hits, with the exact interval on its effective size.

    Parameters
    ----------
    hits : ndarray of bool, shape (n,)
        One value a trial.
    weighting : Weighting
        Of the same trials.
    level : float
        Coverage of the interval, in (0, 1).

    Returns
    -------
    Share
        Estimate and interval (`clopper_pearson`), counts and effective size.

    Examples
    --------
    The two hits of one deer weigh 0.667 each, the miss of the other 1:

    >>> w = weigh(np.array([True, False, True]), np.array([1, 1, 2]), floor=0.5)
    >>> share = share_of(np.array([True, True, False]), w)
    >>> round(share.estimate, 4), share.hits, share.trials
    (0.5714, 2, 3)
    """
    share = weighting.mean(hits)
    ends = clopper_pearson(share, weighting.n_eff, level)
    return Share(share, ends.low, ends.high, int(hits.sum()), len(hits), weighting.n_eff)


def cluster_bootstrap(
    statistic: Callable[[NDArray[np.int64]], float],
    clusters: NDArray[np.int64],
    generator: np.random.Generator,
    *,
    draws: int = 2000,
    level: float = 0.95,
) -> Interval:
    """The percentile interval of a statistic when whole deer are drawn with replacement.

    Parameters
    ----------
    statistic : callable
        From ndarray of int64, shape (n,), how often each trial is in the resample, to a float. It may raise
        UndefinedError; such a resample is left out.
    clusters : ndarray of int64, shape (n,)
        Deer of each trial.
    generator : numpy.random.Generator
        Source of chance; the same seed gives the same interval.
    draws : int
        Resamples.
    level : float
        Coverage, in (0, 1).

    Returns
    -------
    Interval
        As `expanded_percentiles` gives it.

    Raises
    ------
    UndefinedError
        With less than two deer, or where more than half of the resamples are undefined.

    Examples
    --------
    A statistic that is always the same has an interval without width:

    >>> deer = np.array([1, 1, 2, 2])
    >>> cluster_bootstrap(lambda times: 0.5, deer, np.random.default_rng(0), draws=10)
    Interval(low=0.5, high=0.5)
    """
    values = resampled(lambda times: [statistic(times)], clusters, generator, draws)[:, 0]
    return expanded_percentiles(values, len(np.unique(clusters)), level)


def resampled(
    statistics: Callable[[NDArray[np.int64]], Sequence[float]],
    clusters: NDArray[np.int64],
    generator: np.random.Generator,
    draws: int,
) -> NDArray[np.float64]:
    """Statistics of the same resamples of whole deer (Field and Welsh 2007).

    Parameters
    ----------
    statistics : callable
        From ndarray of int64, shape (n,), how often each trial is in the resample, to k numbers. They belong to
        one resample, so that differences between columns are paired.
    clusters : ndarray of int64, shape (n,)
        Deer of each trial.
    generator : numpy.random.Generator
        Source of chance.
    draws : int
        Resamples.

    Returns
    -------
    ndarray of float64, shape (draws, k)
        A row of NaN where `statistics` raised UndefinedError.

    Raises
    ------
    UndefinedError
        With less than two deer, or where all resamples are undefined.

    Examples
    --------
    Two deer of two trials each: every resample has four trials.

    >>> deer = np.array([1, 1, 2, 2])
    >>> resampled(lambda times: [times.sum()], deer, np.random.default_rng(0), 3).tolist()
    [[4.0], [4.0], [4.0]]
    """
    _, code = np.unique(clusters, return_inverse=True)
    groups = int(code.max()) + 1 if len(code) else 0
    if groups < 2:
        raise UndefinedError("a bootstrap by deer needs two deer")
    resamples: list[Sequence[float] | None] = []
    for _ in range(draws):
        times = np.bincount(generator.integers(0, groups, groups), minlength=groups)
        try:
            resamples.append(statistics(times[code]))
        except UndefinedError:
            resamples.append(None)
    width = next((len(item) for item in resamples if item is not None), 0)
    if not width:
        raise UndefinedError("the statistic is undefined in most resamples")
    undefined = [np.nan] * width
    return np.array([undefined if item is None else item for item in resamples], np.float64)


def expanded_percentiles(values: NDArray[np.float64], groups: int, level: float = 0.95) -> Interval:
    """The interval of a statistic from its resamples.

    Parameters
    ----------
    values : ndarray of float64, shape (draws,)
        The statistic of each resample; NaN where it was undefined.
    groups : int
        J, the deer that were drawn; at least 2.
    level : float
        Coverage, in (0, 1).

    Returns
    -------
    Interval
        Quantiles of the defined values. Plain percentiles of J deer are too narrow by the factor
        sqrt((J - 1) / J) and by normal instead of t quantiles; both are put right by reading them at the level
        that a t quantile of J - 1 degrees of freedom has on the normal scale (Hesterberg, Am. Stat. 2015,
        "expanded percentile").

    Raises
    ------
    UndefinedError
        Where more than half of the values are NaN.

    Examples
    --------
    Two deer leave so much open that the interval reaches from the lowest to the highest value:

    >>> ends = expanded_percentiles(np.array([0.0, 1.0, 2.0]), 2)
    >>> round(ends.low, 6), round(ends.high, 6)
    (0.0, 2.0)
    """
    defined = values[~np.isnan(values)]
    if len(defined) < len(values) / 2:
        raise UndefinedError("the statistic is undefined in most resamples")
    reach = float(stdtrit(groups - 1, (1 + level) / 2)) * math.sqrt(groups / (groups - 1))
    tail = float(ndtr(-reach))
    low, high = np.quantile(defined, [tail, 1 - tail])
    return Interval(float(low), float(high))
