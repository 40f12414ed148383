"""Jacobson's camera survey: bucks counted by their antlers, does and fawns by their photographs. Pure.

Every ranch knows it (Jacobson, Kroll, Browning, Koerth and Conway, Wildlife Society Bulletin 25:547, 1997):

    factor = bucks told apart / photographs of bucks;   does = factor * photographs of does;   fawns likewise

A photograph of three does is three photographs of a doe, and those of bucks are all of them, also those on which nobody told which buck it is.

It takes for granted that a doe is photographed as often as a buck, that every buck came to a camera and that no buck was counted twice. Bucks
are photographed 1.9 times as often as does, and in enclosures of known size it was 32 % too low (McCoy, Ditchkoff and Steury, Journal of Wildlife
Management 75:472, 2011): the interval, by resampling whole stations, knows nothing of that. The bucks told apart are all bucks, so that they
are the same in every resample: fewer stations show fewer of them, and an interval of those would lie below their number.
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
NO_PHOTOGRAPHS: Final = (
    "no photograph is known to be of a buck, so nothing says how often one is photographed"
)
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
    told_apart: int,
    bucks: NDArray[np.float64],
    does: NDArray[np.float64],
    fawns: NDArray[np.float64],
    generator: np.random.Generator,
    draws: int = DRAWS,
) -> JacobsonEstimate:
    """Numbers of animals from photographs by station.

    `told_apart` is the number of different bucks; `bucks`, `does` and `fawns` are photographs, of shape (stations,).
    Raises NotEstimable without bucks or with one station.
    """
    stations = len(bucks)
    if not told_apart:
        raise NotEstimable(NO_BUCKS)
    if not bucks.any():
        raise NotEstimable(NO_PHOTOGRAPHS)
    if stations < LEAST_STATIONS:
        raise NotEstimable(ONE_STATION.format(least=LEAST_STATIONS))
    photographs = np.stack([bucks, does, fawns])
    shares = np.stack(
        [photographs[:, generator.choice(stations, stations)].sum(axis=1) for _ in range(draws)]
    )
    drawn = _numbers(told_apart, shares[shares[:, 0] > 0])
    (values,) = _numbers(told_apart, photographs.sum(axis=1)[None])
    lows, highs = np.quantile(drawn, (0.025, 0.975), axis=0)
    of_bucks, of_does, of_fawns, of_all = (
        Bounded(float(value), float(low), float(high))
        for value, low, high in zip(values, lows, highs, strict=True)
    )
    return JacobsonEstimate(of_bucks, of_does, of_fawns, of_all, told_apart / float(bucks.sum()))


def _numbers(told_apart: int, photographs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bucks, does, fawns, all, shape (n, 4), from n times the photographs of bucks (at least one), does and fawns."""
    numbers = told_apart * photographs / photographs[:, :1]
    return np.column_stack([numbers, numbers.sum(axis=1)])
