"""How sure a share is when its trials come from few deer: effective sample size, bounds, bootstrap.

Pure. Sightings of one deer resemble one another, so n trials of J deer are worth fewer than n. Every bound
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
    """Both ends belong to it."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Share:
    """A share with its interval. `hits` and `trials` are counted; `n_eff` <= `trials` is what they are worth."""

    estimate: float
    low: float
    high: float
    hits: int
    trials: int
    n_eff: float


@dataclass(frozen=True, slots=True, eq=False)
class Weighting:
    """Trials of J = `clusters` deer: `weights` (n,), their intra-deer correlation and effective size."""

    weights: NDArray[np.float64]
    rho: float
    clusters: int
    n_eff: float

    def mean(self, values: NDArray[np.bool_]) -> float:
        """The weighted mean of values (n,)."""
        return float((self.weights * values).sum() / self.weights.sum())


def intraclass_correlation(hits: NDArray[np.bool_], clusters: NDArray[np.int64]) -> float:
    """The one-way ANOVA estimate, clipped to [0, 1]: (MSB - MSW) / (MSB + (m0 - 1) MSW).

    m0 = (n - sum(m^2) / n) / (J - 1). It is 0 where all are alike. Raises UndefinedError unless
    there are two clusters, one of them with two values.
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
    """What clusters of these sizes (J,) are worth in independent trials; 0 for less than two clusters.

    Each trial of a cluster of m weighs 1 / (1 + (m - 1) rho), which no one deer can dominate; the squared
    ratio of t quantiles (Korn and Graubard) pays for having J - 1 degrees of freedom and not n - 1.
    """
    n, groups = int(sizes.sum()), len(sizes)
    if groups < 2:
        return 0.0
    worth = float((sizes / (1 + (sizes - 1) * rho)).sum())
    factor = float(stdtrit(n - 1, 0.95) / stdtrit(groups - 1, 0.95)) ** 2
    return worth * factor


def weigh(
    indicator: NDArray[np.bool_], clusters: NDArray[np.int64], floor: float = RHO_FLOOR
) -> Weighting:
    """Weights and effective size of trials (n,) grouped by deer (n,).

    The correlation is that of `indicator`, at least `floor`. Take an indicator that does not depend on the
    threshold under test (such as: score in the upper fifth): hits at a strict threshold are all alike and
    would look independent. Raises UndefinedError without trials.
    """
    if len(indicator) == 0:
        raise UndefinedError("no trial has been made")
    _, code, sizes = np.unique(clusters, return_inverse=True, return_counts=True)
    repeated = 1 < len(sizes) < len(clusters)
    rho = max(floor, intraclass_correlation(indicator, clusters)) if repeated else floor
    weights = 1 / (1 + (sizes[code] - 1) * rho)
    return Weighting(weights, rho, len(sizes), effective_size(sizes, rho))


def upper_bound(share: float, n_eff: float, risk: float = 0.05) -> float:
    """The exact one-sided bound B(1 - risk; share n + 1, n - share n); 1 where nothing is known.

    Monotone in `share`. Without a hit it is 1 - risk**(1 / n).
    """
    if n_eff <= 0 or share >= 1:
        return 1.0
    if share <= 0:
        return -math.expm1(math.log(risk) / n_eff)
    return float(betaincinv(share * n_eff + 1, n_eff - share * n_eff, 1 - risk))


def clopper_pearson(share: float, n_eff: float, level: float = 0.95) -> Interval:
    """The exact two-sided interval on a sample size that need not be whole; [0, 1] where n_eff is 0.

    Raises UndefinedError unless 0 <= share <= 1.
    """
    if not 0 <= share <= 1:
        raise UndefinedError(f"{share} is no share")
    if n_eff <= 0:
        return Interval(0.0, 1.0)
    tail, hits = (1 - level) / 2, share * n_eff
    low = float(betaincinv(hits, n_eff - hits + 1, tail)) if hits > 0 else 0.0
    return Interval(low, upper_bound(share, n_eff, tail))


def share_of(hits: NDArray[np.bool_], weighting: Weighting, level: float = 0.95) -> Share:
    """The weighted share of hits (n,) with the exact interval on its effective size."""
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

    `statistic` gets how often each trial (n,) is in the resample. Percentiles of J deer are too narrow by
    the factor sqrt((J - 1) / J) and by normal instead of t quantiles; both are put right by reading them at
    the level that a t quantile of J - 1 degrees of freedom has on the normal scale (Hesterberg, Am. Stat.
    2015, "expanded percentile"). A resample in which the statistic raises UndefinedError is left out.
    Raises UndefinedError with less than two deer, or where half of the resamples are undefined.
    """
    values = resampled(lambda times: [statistic(times)], clusters, generator, draws)[:, 0]
    return expanded_percentiles(values, len(np.unique(clusters)), level)


def resampled(
    statistics: Callable[[NDArray[np.int64]], Sequence[float]],
    clusters: NDArray[np.int64],
    generator: np.random.Generator,
    draws: int,
) -> NDArray[np.float64]:
    """Statistics (draws, k) of the same resamples of whole deer; NaN where one raised UndefinedError.

    `statistics` gets how often each trial (n,) is in the resample, and answers k numbers: those of one resample
    belong together, so that differences between columns are paired. Raises UndefinedError with less than two
    deer, or where all resamples are undefined.
    """
    _, code = np.unique(clusters, return_inverse=True)
    groups = int(code.max()) + 1 if len(code) else 0
    if groups < 2:
        raise UndefinedError("a bootstrap by deer needs two deer")
    drawn: list[Sequence[float] | None] = []
    for _ in range(draws):
        times = np.bincount(generator.integers(0, groups, groups), minlength=groups)
        try:
            drawn.append(statistics(times[code]))
        except UndefinedError:
            drawn.append(None)
    width = next((len(item) for item in drawn if item is not None), 0)
    if not width:
        raise UndefinedError("the statistic is undefined in most resamples")
    undefined = [np.nan] * width
    return np.array([undefined if item is None else item for item in drawn], np.float64)


def expanded_percentiles(values: NDArray[np.float64], groups: int, level: float = 0.95) -> Interval:
    """The interval of a statistic from its resamples (draws,) of `groups` deer, as `cluster_bootstrap` says.

    Raises UndefinedError where half of them are NaN.
    """
    defined = values[~np.isnan(values)]
    if len(defined) < len(values) / 2:
        raise UndefinedError("the statistic is undefined in most resamples")
    reach = float(stdtrit(groups - 1, (1 + level) / 2)) * math.sqrt(groups / (groups - 1))
    tail = float(ndtr(-reach))
    low, high = np.quantile(defined, [tail, 1 - tail])
    return Interval(float(low), float(high))
