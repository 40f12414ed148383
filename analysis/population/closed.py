"""Closed capture-recapture without space: how many animals there are, from how often each was captured. Pure.

Four models of why an animal is captured on an occasion. N is real, at least n, and its interval is that of the profile likelihood
(every N whose best likelihood is within 1.92 of the maximum), which is not symmetric, as the error is not.

    M0  every animal, every occasion alike
    MT  occasions differ
    MB  an animal that was captured once is captured again with another probability (shy of the camera, or used to the bait)
    MH  animals differ: two kinds, easily and hardly captured (finite mixture)

Sources: Otis, Burnham, White and Anderson, Wildlife Monographs 62, 1978 (M0, MT, MB); Pledger, Biometrics 56:434, 2000 (MH);
Chao, Biometrics 43:783, 1987 and Chao, Biometrics 45:427, 1989 (the lower bound). All assume that the population is closed: nobody is born, dies, comes or goes
in the period; that no animal is taken for another; and that animals are captured independently of each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.population.histories import History, NotEstimable
from analysis.population.intervals import above_known
from analysis.population.profiles import TOO_FEW_OCCASIONS, Model, profile_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.population.profiles import Profile

DROP: Final = 1.920729410347062
"""Half of the 95 % quantile of chi-square with one degree of freedom."""
LEAST_MISSED: Final = 1e-3
MOST: Final = 1e6
"""Animals; an interval that reaches further has no upper end."""
COARSE: Final = 30
"""Points over all N."""
FINE: Final = 4
"""Points between two, in each of ROUNDS."""
ROUNDS: Final = 5
LEVEL: Final = 0.01
"""Log-likelihood by which a profile falls short of the interval's edge at MOST and is taken to reach it: a profile that runs level for
ever crosses the edge anywhere, or nowhere."""
NO_UPPER_END: Final = "the captures set no upper bound to the number of deer under this model"


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number of animals with its interval.

    Attributes
    ----------
    n : float
        Estimated number, at least `captured`.
    low, high : float
        Ends of the 95 % interval; `high` is infinite where the captures set no bound.
    captured : int
        Animals that were captured.
    log_likelihood : float
        At the maximum, without the terms that no model changes; nan for a bound without a likelihood.
    parameters : int
        N and the model's probabilities.
    aicc : float
        Akaike's criterion, corrected for small samples (Hurvich and Tsai, Biometrika 76:297, 1989), the number of animals captured
        counted as the sample; infinite where there are too few for so many parameters.
    """

    n: float
    low: float
    high: float
    captured: int
    log_likelihood: float
    parameters: int
    aicc: float


def estimate(history: History, model: Model) -> Estimate:
    """N under one model. Raises NotEstimable where the captures do not bound it."""
    profile, parameters = profile_of(history, model)
    return _at_maximum(profile, history.animals, parameters)


def all_models(history: History) -> dict[Model, Estimate | NotEstimable]:
    """Every model's estimate, or why it has none; compare them by `aicc`."""
    results: dict[Model, Estimate | NotEstimable] = {}
    for model in Model:
        try:
            results[model] = estimate(history, model)
        except NotEstimable as reason:
            results[model] = reason
    return results


def chao_bound(history: History) -> Estimate:
    """Chao's lower bound: whatever differences between animals, there are at least so many.

    n + (T - 1) / T * f1 (f1 - 1) / (2 (f2 + 1)), f1 and f2 the animals captured once and twice (the bias-corrected form, Chao 1989). The
    interval is log-normal in what was missed (Chao 1987). It is a bound and no estimate: its interval covers less
    than it says where animals differ much.
    """
    if history.occasions < 2:
        raise NotEstimable(TOO_FEW_OCCASIONS.format(least=2, found=history.occasions))
    once, twice = (int(value) for value in history.frequencies()[1:3])
    part = (history.occasions - 1) / history.occasions
    missed = part * once * (once - 1) / (2 * (twice + 1))
    variance = (
        part * once * (once - 1) / (2 * (twice + 1))
        + part**2 * once * (2 * once - 1) ** 2 / (4 * (twice + 1) ** 2)
        + part**2 * once**2 * twice * (once - 1) ** 2 / (4 * (twice + 1) ** 4)
    )
    low = high = float(history.animals)
    if missed > 0:
        low, high = above_known(history.animals, missed, variance)
    return Estimate(
        history.animals + missed, low, high, history.animals, float("nan"), 2, float("inf")
    )


def _at_maximum(profile: Profile, captured: int, parameters: int) -> Estimate:
    """The maximum of a profile over N >= captured, and where it falls by DROP on either side.

    In the logarithm of the animals missed the profile is smooth and has one hill: it is laid out on a grid, which is refined around
    the three points at once, and they are read between the last neighbours.
    """
    grid = np.linspace(np.log(LEAST_MISSED), np.log(MOST), COARSE)
    heights = profile(captured + np.exp(grid))
    if int(np.argmax(heights)) == len(grid) - 1:
        raise NotEstimable(NO_UPPER_END)
    all_seen = float(profile(np.array([float(captured)]))[0])
    for _ in range(ROUNDS):
        top, (first, last) = int(np.argmax(heights)), _within(heights, all_seen)
        starts = {max(top - 1, 0), top, max(first - 1, 0), min(last, len(grid) - 2)}
        fresh = np.concatenate(
            [np.linspace(grid[place], grid[place + 1], FINE + 2)[1:-1] for place in sorted(starts)]
        )
        grid, places = np.unique(np.concatenate([grid, fresh]), return_index=True)
        heights = np.concatenate([heights, profile(captured + np.exp(fresh))])[places]
    top = int(np.argmax(heights))
    height = max(float(heights[top]), all_seen)
    n = captured + float(np.exp(grid[top])) if heights[top] > all_seen else float(captured)
    first, last = _within(heights, all_seen)
    floor, low, high = height - DROP, float(captured), float("inf")
    if all_seen < floor and first > 0:
        low += float(
            np.exp(np.interp(floor, heights[first - 1 : first + 1], grid[first - 1 : first + 1]))
        )
    if last < len(grid) - 1 and heights[-1] < floor - LEVEL:
        high = captured + float(
            np.exp(np.interp(-floor, -heights[last : last + 2], grid[last : last + 2]))
        )
    spare = captured - parameters - 1
    correction = 2 * parameters * (parameters + 1) / spare if spare > 0 else float("inf")
    aicc = -2 * height + 2 * parameters + correction
    return Estimate(n, low, high, captured, height, parameters, aicc)


def _within(heights: NDArray[np.float64], all_seen: float) -> tuple[int, int]:
    """Places of the first and last point that is at most DROP below the highest."""
    near = np.flatnonzero(heights >= max(float(heights.max()), all_seen) - DROP)
    return int(near[0]), int(near[-1])
