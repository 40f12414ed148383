"""What a histogram of scores says of itself: moments and quantiles, without its rows. Pure."""

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
    """Scores in [0, 1]. Quantiles are scores that occur: the least with that share at or below it."""

    count: int
    mean: float
    sd: float
    low: float
    q05: float
    median: float
    q95: float
    high: float


def describe(counts: NDArray[np.int64]) -> Distribution:
    """Of a histogram (10001,) of score units. Raises UndefinedError where it is empty."""
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
    """Distance of two means in units of their pooled spread. Raises UndefinedError where nothing spreads."""
    spread = math.sqrt((genuine.sd**2 + impostor.sd**2) / 2)
    if spread == 0:
        raise UndefinedError("scores that are all alike have no d'")
    return (genuine.mean - impostor.mean) / spread
