"""What score histograms say of thresholds: assignment rates, and false assignments with their bounds.

Pure numpy. A histogram is an int64 array with one count a score unit, so that `counts[score]` is how many
had it; matched means `score >= threshold`. What is undefined is None, never NaN.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import beta

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Proportion:
    """k of n (n > 0), with the exact interval of Clopper and Pearson."""

    hits: int
    trials: int
    low: float
    high: float

    @property
    def estimate(self) -> float:
        return self.hits / self.trials


@dataclass(frozen=True, slots=True)
class ThresholdRow:
    """What a threshold (in score units) would do to the eligible sightings.

    `change_relative` and `change_points` (percentage points) compare with the active threshold;
    relative is None where that one assigns nothing. `fpir` is None without decoys.
    """

    threshold: int
    assigned: int
    assignment_rate: float
    change_relative: float | None
    change_points: float
    fpir: Proportion | None


def at_or_above(counts: NDArray[np.int64], threshold: int) -> int:
    """How many of a histogram have a score of `threshold` units or more."""
    return int(counts[threshold:].sum())


def clopper_pearson(hits: int, trials: int, level: float = 0.95) -> Proportion:
    """The exact two-sided interval of a binomial share (Clopper and Pearson, Biometrika 1934).

    Its ends are the beta quantiles B(a/2; k, n-k+1) and B(1-a/2; k+1, n-k), with 0 and 1 where k is 0 or n.
    Raises ValueError unless 0 <= hits <= trials and trials > 0.
    """
    if trials <= 0 or not 0 <= hits <= trials:
        raise ValueError(f"{hits} of {trials} is no share")
    tail = (1 - level) / 2
    low = float(beta.ppf(tail, hits, trials - hits + 1)) if hits else 0.0
    high = float(beta.ppf(1 - tail, hits + 1, trials - hits)) if hits < trials else 1.0
    return Proportion(hits, trials, low, high)


def what_if(
    eligible: int,
    best: NDArray[np.int64],
    decoys: NDArray[np.int64],
    thresholds: Sequence[int],
    active: int,
) -> list[ThresholdRow]:
    """One row a threshold, in the order given.

    `best` counts eligible sightings by their best score, `decoys` labelled sightings by their best score
    against every deer but their own. Raises ValueError where no sighting is eligible.
    """
    if eligible <= 0:
        raise ValueError("an assignment rate of no eligible sighting is not defined")
    before = at_or_above(best, active)
    trials = int(decoys.sum())
    rows = []
    for threshold in thresholds:
        assigned = at_or_above(best, threshold)
        rows.append(
            ThresholdRow(
                threshold=threshold,
                assigned=assigned,
                assignment_rate=assigned / eligible,
                change_relative=(assigned - before) / before if before else None,
                change_points=100 * (assigned - before) / eligible,
                fpir=clopper_pearson(at_or_above(decoys, threshold), trials) if trials else None,
            )
        )
    return rows


def lowest_with_fpir(decoys: NDArray[np.int64], limit: float) -> int | None:
    """The smallest threshold, in score units, at which the share of decoys accepted is at most `limit`.

    A point estimate without a bound: it shows how the tables work and proves nothing. None where there is
    no decoy, or where the highest score there is still accepts too many.
    """
    trials = int(decoys.sum())
    if trials == 0:
        return None
    accepted = np.cumsum(decoys[::-1])[::-1]  # accepted[t]: decoys with a score of t or more
    passing = np.flatnonzero(accepted <= limit * trials)
    passing = passing[passing > 0]  # a threshold of 0 would accept what has nothing in common
    return int(passing[0]) if passing.size else None
