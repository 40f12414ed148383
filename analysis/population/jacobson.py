"""Jacobson's camera survey: bucks counted by their antlers, does and fawns by their photographs. Pure.

Every ranch knows it (Jacobson, Kroll, Browning, Koerth and Conway, Wildlife Society Bulletin 25:547, 1997):

    factor = bucks told apart / photographs of bucks;   does = factor * photographs of does;   fawns likewise

It takes for granted that a doe is photographed as often as a buck, that every buck came to a camera and that no buck was counted twice. Bucks
are photographed 1.9 times as often as does, and in enclosures of known size it was 32 % too low (McCoy, Ditchkoff and Steury, Journal of Wildlife
Management 75:472, 2011): the interval, by resampling whole stations, knows nothing of that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.population.histories import NotEstimable

if TYPE_CHECKING:
    from numpy.typing import NDArray

DRAWS: Final = 2_000
LEAST_STATIONS: Final = 2
NO_BUCKS: Final = "no buck was told apart: Jacobson's survey rests on the bucks"
ONE_STATION: Final = "one station says nothing of how stations differ: the survey needs {least}"


@dataclass(frozen=True, slots=True)
class Bounded:
    """A number of animals with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class JacobsonEstimate:
    """Numbers by class; `factor` is animals a photograph."""

    bucks: Bounded
    does: Bounded
    fawns: Bounded
    total: Bounded
    factor: float


def estimate(
    bucks: NDArray[np.int64],
    does: NDArray[np.int64],
    fawns: NDArray[np.int64],
    generator: np.random.Generator,
    draws: int = DRAWS,
) -> JacobsonEstimate:
    """Numbers of animals from photographs by station.

    `bucks` has shape (bucks told apart, stations): photographs of each at each; `does` and `fawns` have shape (stations,).
    Raises NotEstimable without bucks or with one station.
    """
    stations = bucks.shape[1]
    if not bucks.any():
        raise NotEstimable(NO_BUCKS)
    if stations < LEAST_STATIONS:
        raise NotEstimable(ONE_STATION.format(least=LEAST_STATIONS))
    drawn = np.empty((draws, 4))
    for draw in range(draws):
        drawn[draw] = _numbers(bucks, does, fawns, generator.choice(np.arange(stations), stations))
    drawn = drawn[~np.isnan(drawn).any(axis=1)]
    values = _numbers(bucks, does, fawns, np.arange(stations))
    lows, highs = np.quantile(drawn, (0.025, 0.975), axis=0)
    of_bucks, of_does, of_fawns, of_all = (
        Bounded(float(value), float(low), float(high))
        for value, low, high in zip(values, lows, highs, strict=True)
    )
    factor = float((bucks.sum(axis=1) > 0).sum() / bucks.sum())
    return JacobsonEstimate(of_bucks, of_does, of_fawns, of_all, factor)


def _numbers(
    bucks: NDArray[np.int64],
    does: NDArray[np.int64],
    fawns: NDArray[np.int64],
    stations: NDArray[np.intp],
) -> NDArray[np.float64]:
    """Bucks, does, fawns, all; not a number where these stations saw no buck."""
    photographs = bucks[:, stations].sum(axis=1)
    if not photographs.any():
        return np.full(4, np.nan)
    told_apart = float((photographs > 0).sum())
    factor = told_apart / float(photographs.sum())
    numbers = (
        told_apart,
        factor * float(does[stations].sum()),
        factor * float(fawns[stations].sum()),
    )
    return np.array([*numbers, sum(numbers)])
