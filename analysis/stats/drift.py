"""Whether the newest sightings still look like the earlier ones: PSI of scores, a control chart of a share.

Pure. Both compare a sample of n sightings with a baseline of m, and both allow for three things: that the
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
class Tally:
    """`hits` of `trials` sightings were assigned."""

    hits: int
    trials: int

    @property
    def share(self) -> float:
        """Raises UndefinedError without trials."""
        if not self.trials:
            raise UndefinedError("a share of no sighting is not defined")
        return self.hits / self.trials


@dataclass(frozen=True, slots=True)
class Limits:
    """A share outside of `lower` and `upper` is no chance. None: no share of so few would be too extreme."""

    centre: float
    lower: float | None
    upper: float | None


@dataclass(frozen=True, slots=True)
class Stability:
    """`value` is the PSI over `bins` bins; chance alone exceeds `bound` once in 1 / CHANCE samples."""

    value: float
    bound: float
    bins: int

    @property
    def is_drift(self) -> bool:
        """Large, and larger than chance makes it: of few sightings PSI is large without any drift."""
        return self.value > max(PSI_LIMIT, self.bound)


def dispersion(hits: NDArray[np.bool_], groups: NDArray[np.int64]) -> float:
    """How much more the share of hits (n,) varies between groups (n,) than chance makes it; at least 1.

    Pearson's chi-squared over its degrees of freedom. It is 1 where it cannot be told: less than two groups,
    or all trials alike.
    """
    _, code, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    share = float(hits.mean()) if len(hits) else 0.0
    if len(sizes) < 2 or share in (0.0, 1.0):
        return 1.0
    expected = sizes * share
    squares = (np.bincount(code, hits) - expected) ** 2 / (expected * (1 - share))
    return max(1.0, float(squares.sum()) / (len(sizes) - 1))


def control_limits(baseline: Tally, trials: int, spread: float = 1.0) -> Limits:
    """Limits for the share of `trials` new sightings, about that of the baseline (with half a hit and miss).

    They are exact binomial ones of CHANCE a side for trials / spread sightings, less what the baseline
    itself is unsure of; for many sightings they are the three sigma of a p chart. A normal approximation
    would put them below 0 for few. Raises UndefinedError where either has no sighting.
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
    """Inner edges of the bins: deciles of the reference scores (m,), each once; an edge is in the bin below it.

    Deciles that coincide make one bin, so there may be fewer than BINS. Raises UndefinedError where the
    reference is all alike, or empty.
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
    """How many scores are in each bin, (len(edges) + 1,)."""
    where = np.searchsorted(edges, scores, side="left")
    return np.bincount(where, minlength=len(edges) + 1).astype(np.int64)


def stability_index(
    reference: NDArray[np.int32], sample: NDArray[np.int32], spread: float = 1.0
) -> Stability:
    """PSI = sum((s - r) ln(s / r)) over the bins of `decile_edges`, r and s the shares of the two.

    An empty bin has no logarithm: every count gets half a sighting more, on both sides. Raises
    UndefinedError as `decile_edges` does, and without a sample.
    """
    if not len(sample):
        raise UndefinedError("the stability of no score is not defined")
    edges = decile_edges(reference)
    before, after = (_shares(binned(scores, edges)) for scores in (reference, sample))
    value = float(((after - before) * np.log(after / before)).sum())
    bound = float(chdtri(len(edges), CHANCE)) * (1 / len(sample) + 1 / len(reference)) * spread
    return Stability(value, bound, len(edges) + 1)


def _shares(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    raised = counts + 0.5
    shares: NDArray[np.float64] = raised / raised.sum()
    return shares


def coarse(scores: NDArray[np.int32], width: int, top: int) -> Sequence[int]:
    """Counts of scores of 0 to `top` in bars of `width`; `top` itself is in the last one."""
    bars = top // width
    counts: list[int] = np.bincount(np.minimum(scores // width, bars - 1), minlength=bars).tolist()
    return counts
