"""Ranges: how likely a capture at a place is of a deer that was captured at others. Pure.

A deer's captures lie about its centre as a half-normal detection says, with the same sigma for all. From n captures with mean m the
centre is known up to sigma^2 / n in each direction, so that a further capture lies about m with variance sigma^2 (1 + 1 / n); what
cameras there are, and how long they ran, decides how often the deer is captured at one of them. That share times n is the weight.

Source: the predictive distribution of a normal mean with known variance (Gelman and others, Bayesian Data Analysis, 2013, 2.5);
sigma from successive captures, whose squared distance is 4 sigma^2 in the mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import logsumexp

from analysis.population.spatial.state_space import distances

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.population.histories import SpatialHistory


@dataclass(frozen=True, slots=True, eq=False)
class Ranges:
    """Weights of deer for captures at places, to be handed to `identification_errors.reassigned`.

    Attributes
    ----------
    captured : ndarray of float64, shape (C, 2)
        Easting and northing of every capture, metres: the mean of its cameras.
    cameras : ndarray of float64, shape (K, 2)
        Those of the cameras that ran.
    effort : ndarray of float64, shape (K,)
        How long each one ran, above 0.
    sigma : float
        Metres, above 0.
    """

    captured: NDArray[np.float64]
    cameras: NDArray[np.float64]
    effort: NDArray[np.float64]
    sigma: float

    def __call__(
        self, asked: NDArray[np.intp], own: NDArray[np.intp], rows: NDArray[np.intp]
    ) -> NDArray[np.float64]:
        often = np.bincount(rows)
        sums = np.zeros((len(often), 2))
        np.add.at(sums, rows, self.captured[own])
        middles = sums / often[:, None]
        spread = 2 * self.sigma**2 * (1 + 1 / often[:, None])
        to_cameras = distances(middles, self.cameras) ** 2 / spread
        anywhere = logsumexp(-to_cameras, axis=1, b=self.effort)
        to_asked = distances(middles, self.captured[asked]) ** 2 / spread
        return np.asarray((np.log(often) - anywhere)[:, None] - to_asked).T


def ranges(history: SpatialHistory) -> Ranges | None:
    """Ranges of the captures of a history in the order of `numpy.nonzero(captures.any(axis=2))`; None where no deer moved."""
    moved = history.movements()
    if not moved.any():
        return None
    counts = history.captures[history.captures.any(axis=2)].astype(np.float64)
    spent = history.effort.sum(axis=0)
    return Ranges(
        counts @ history.places / counts.sum(axis=1, keepdims=True),
        history.places[spent > 0],
        spent[spent > 0],
        float(np.sqrt(np.mean(moved**2) / 4)),
    )
