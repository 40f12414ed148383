"""Ratios of counts by camera and day, with intervals by resampling cameras and days: bucks and fawns per doe, and the index. Pure.

Encounters of one camera, and of one day, resemble each other, so whole cameras, and whole days within them, are drawn with
replacement (two-stage bootstrap; Davison and Hinkley 1997, section 3.8), and the ratio of the sums is taken each time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.population.histories import NotEstimable

if TYPE_CHECKING:
    from numpy.typing import NDArray

DRAWS: Final = 2_000
LEAST_CAMERAS: Final = 2
NOTHING_ABOVE: Final = "there is no {above}, so nothing says how rare they are"
NOTHING_BELOW: Final = "there is no {below} to divide by"
ONE_CAMERA: Final = (
    "one camera says nothing of how cameras differ: a ratio needs {least} for an interval"
)


@dataclass(frozen=True, slots=True)
class Ratio:
    """A ratio of two sums with its 95 % percentile interval; `high` is infinite where resamples without a denominator reach it."""

    value: float
    low: float
    high: float
    above: float
    below: float


def ratio(
    above: NDArray[np.float64],
    below: NDArray[np.float64],
    running: NDArray[np.bool_],
    generator: np.random.Generator,
    name: str = "denominator",
    above_name: str = "numerator",
    draws: int = DRAWS,
) -> Ratio:
    """Sum of `above` / sum of `below`, both of shape (cameras, days), over the camera-days that were `running`.

    A camera-day without effort is left out, never counted as 0. Raises NotEstimable where either is nothing or one camera ran.
    """
    above, below = np.where(running, above, 0.0), np.where(running, below, 0.0)
    cameras = np.flatnonzero(running.any(axis=1))
    if not above.sum():
        raise NotEstimable(NOTHING_ABOVE.format(above=above_name))
    if not below.sum():
        raise NotEstimable(NOTHING_BELOW.format(below=name))
    if len(cameras) < LEAST_CAMERAS:
        raise NotEstimable(ONE_CAMERA.format(least=LEAST_CAMERAS))
    days = [np.flatnonzero(running[camera]) for camera in cameras]
    values = np.empty(draws)
    for draw in range(draws):
        top = bottom = 0.0
        for place in generator.integers(len(cameras), size=len(cameras)):
            drawn = generator.choice(days[place], len(days[place]))
            top += above[cameras[place], drawn].sum()
            bottom += below[cameras[place], drawn].sum()
        values[draw] = top / bottom if bottom else np.inf
    low, high = np.quantile(values, (0.025, 0.975), method="inverted_cdf")
    top, bottom = float(above.sum()), float(below.sum())
    return Ratio(top / bottom, float(low), float(high), top, bottom)
