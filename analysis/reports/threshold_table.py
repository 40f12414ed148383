"""Threshold table: how many sightings each threshold assigns, and how often that is wrong. Pure numpy.

A histogram is an int64 array with one count a score unit, so that `counts[score]` is how many had it; matched
means `score >= threshold`. What is undefined is None, never NaN.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.stats.intervals import UndefinedError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from analysis.score_log.error_rates import ErrorRates
    from analysis.stats.intervals import Share

ERRORS: Final = ("fmr", "fnmr", "fpir", "fnir", "misid", "fdp")
"""Error rates of a row, each a method of `ErrorRates`."""


@dataclass(frozen=True, slots=True)
class ThresholdRow:
    """The effect of one threshold (in score units) on the eligible sightings.

    `change_relative` and `change_points` (percentage points) compare with the active threshold;
    relative is None where that one assigns nothing. `errors` has a share for each of ERRORS, or None where
    no labelled sighting gives one; `fdp_forecast` is the FDP that decoys foresee, and proves nothing. A
    labelled herd has hardly a stranger in it, so the upper end of `fdp` reaches to the forecast at least.
    """

    threshold: int
    assigned: int
    assignment_rate: float
    change_relative: float | None
    change_points: float
    errors: Mapping[str, Share | None]
    fdp_forecast: float | None


def at_or_above(counts: NDArray[np.int64], threshold: int) -> int:
    """The count of a histogram's scores of `threshold` units or more."""
    return int(counts[threshold:].sum())


def what_if(
    eligible: int,
    best: NDArray[np.int64],
    rates: ErrorRates,
    thresholds: Sequence[int],
    active: int,
    forecast: Callable[[int], float | None] = lambda _: None,
    *,
    assigned_by_active: int | None = None,
) -> list[ThresholdRow]:
    """One row a threshold, in the order given.

    `assigned_by_active` is what the active threshold assigns, where it is for other sightings than those of `best`.

    `best` counts eligible sightings by their best score, `rates` are those of the labelled ones. Raises
    ValueError where no sighting is eligible.
    """
    if eligible <= 0:
        raise ValueError("an assignment rate of no eligible sighting is not defined")
    before = at_or_above(best, active) if assigned_by_active is None else assigned_by_active
    rows = []
    for threshold in thresholds:
        assigned = at_or_above(best, threshold)
        errors = {name: _defined(getattr(rates, name), threshold) for name in ERRORS}
        foreseen = forecast(threshold)
        if errors["fdp"] is not None and foreseen is not None:
            errors["fdp"] = replace(errors["fdp"], high=max(errors["fdp"].high, foreseen))
        rows.append(
            ThresholdRow(
                threshold=threshold,
                assigned=assigned,
                assignment_rate=assigned / eligible,
                change_relative=(assigned - before) / before if before else None,
                change_points=100 * (assigned - before) / eligible,
                errors=errors,
                fdp_forecast=foreseen,
            )
        )
    return rows


def _defined(rate: Callable[[int], Share], threshold: int) -> Share | None:
    try:
        return rate(threshold)
    except UndefinedError:
        return None


def lowest_accepting(decoys: NDArray[np.int64], limit: float) -> int | None:
    """The smallest threshold, in score units, at which the share of decoys accepted, each once, is at most `limit`.

    Not FPIR (`analysis.score_log.figures`), and without a bound: it shows how the tables work and proves nothing. None where there is
    no decoy, or where the highest score there is still accepts too many.
    """
    trials = int(decoys.sum())
    if trials == 0:
        return None
    accepted = np.cumsum(decoys[::-1])[::-1]  # accepted[t]: decoys with a score of t or more
    passing = np.flatnonzero(accepted <= limit * trials)
    passing = passing[passing > 0]  # a threshold of 0 would accept what has nothing in common
    return int(passing[0]) if passing.size else None
