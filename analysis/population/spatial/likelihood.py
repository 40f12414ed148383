"""Spatial capture-recapture: density from where and how often each animal was captured. Pure.

Animals have centres, a Poisson number of them, anywhere in the state space with the same density D. A detector at distance d from a
centre detects its animal on an occasion with a probability that falls with d. The likelihood of the captures sums
over all places where each animal's centre may be:

    log L = n log(D) - D a + sum over i of log( cell * sum over x of Pr(captures of i | centre x) )
    a     = cell * sum over x of (1 - Pr(no capture at all | centre x)),

log n! left out. Sources: Efford, Oikos 106:598, 2004; Borchers and Efford, Biometrics 64:377, 2008; Efford, Borchers and
Byrom 2009 (kinds of detectors). Assumes that nobody is born, dies, comes or goes during the survey, that centres stay, and that
animals are captured independently of one another. An animal that cannot be told apart must be left out as a whole.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import expit, gammaln

from analysis.population.numerics import log_sum
from analysis.population.spatial.state_space import distances

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.population.histories import SpatialHistory
    from analysis.population.spatial.state_space import StateSpace

_LEAST: Final = 1e-300


class Detectors(StrEnum):
    """Kinds of detectors: what one may record of an animal on an occasion."""

    MULTI = "multi"
    """A trap that holds an animal: at most one detector an animal and occasion."""
    PROXIMITY = "proximity"
    """A camera whose photographs of one occasion are one capture: yes or no, each camera for itself."""
    COUNT = "count"
    """A camera whose captures are counted: a Poisson number each."""


class Shape(StrEnum):
    """Detection functions: the probability at distance d, g0 at d = 0."""

    HALF_NORMAL = "half-normal"
    """g0 exp(-d^2 / (2 sigma^2))"""
    EXPONENTIAL = "exponential"
    """g0 exp(-d / sigma)"""


class Likelihood:
    """Log-likelihood of a history as a function of the three coefficients."""

    def __init__(
        self, history: SpatialHistory, space: StateSpace, detectors: Detectors, shape: Shape
    ) -> None:
        self.history, self.space, self.detectors, self.shape = history, space, detectors, shape
        self._distances = distances(history.places, space.points)
        captures = history.captures
        if detectors is not Detectors.COUNT:
            captures = np.minimum(captures, 1)
        if detectors is Detectors.MULTI:
            # Occasions with the same effort at all detectors are one kind; an animal's captures are counted in each.
            rows, kind_of = np.unique(history.effort, axis=0, return_inverse=True)
            self._efforts = rows
            kinds = [kind_of.ravel() == kind for kind in range(len(rows))]
            self._occasions = np.array([kind.sum() for kind in kinds], np.float64)
            self._counts = [captures[:, kind, :].sum(axis=1).astype(np.float64) for kind in kinds]
            self._caught = [captures[:, kind, :].any(axis=2).sum(axis=1) for kind in kinds]
        else:
            # Each detector stands for itself: captures are counted by the effort of their detector then.
            self._efforts = np.unique(history.effort[history.effort > 0])
            self._counts = [
                (captures * (history.effort == effort)).sum(axis=1).astype(np.float64)
                for effort in self._efforts
            ]
            self._exposed = history.effort.sum(axis=0)
        self._constant = (
            float(-gammaln(captures + 1.0).sum()) if detectors is Detectors.COUNT else 0.0
        )

    def __call__(self, coefficients: NDArray[np.float64]) -> float:
        log_density = float(coefficients[0])
        conditional, effective = self.parts(coefficients[1:])
        return (
            self.history.animals * log_density
            - float(np.exp(log_density)) * effective
            + float(conditional.sum())
            + self._constant
        )

    def parts(self, detection: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
        """log(cell * sum of Pr(captures of i | x)) of each animal, shape (n,), and the effective area in hectares."""
        hazard = self._hazard(*detection)
        of_kind = self._held if self.detectors is Detectors.MULTI else self._apart
        animals, total = of_kind(hazard)
        conditional = log_sum(animals) + np.log(self.space.cell)
        return conditional, float(-np.expm1(-total).sum() * self.space.cell)

    def _apart(
        self, hazard: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """log Pr(captures of i | x), shape (n, M), and the hazard of all occasions, (M,), of detectors that each stand for themselves."""
        total = self._exposed @ hazard
        animals = np.tile(-total, (self.history.animals, 1))
        for effort, counts in zip(self._efforts, self._counts, strict=True):
            exposure = np.maximum(hazard * effort, _LEAST)
            if self.detectors is Detectors.PROXIMITY:
                # log(p) where captured instead of log(1 - p) = -exposure, which all have.
                animals += counts @ (np.log(-np.expm1(-exposure)) + exposure)
            else:
                animals += counts @ np.log(exposure)
        return animals, total

    def _held(self, hazard: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The same of detectors that hold an animal."""
        total = np.zeros(hazard.shape[1])
        animals = np.zeros((self.history.animals, hazard.shape[1]))
        for effort, number, counts, caught in zip(
            self._efforts, self._occasions, self._counts, self._caught, strict=True
        ):
            exposure = hazard * effort[:, None]  # (K, M)
            summed = exposure.sum(axis=0)  # (M,)
            total += number * summed
            own = np.log(np.maximum(exposure, _LEAST)) + (
                np.log(-np.expm1(-np.maximum(summed, _LEAST))) - np.log(np.maximum(summed, _LEAST))
            )
            animals += counts @ own - (number - caught)[:, None] * summed
        return animals, total

    def _hazard(self, size: float, log_sigma: float) -> NDArray[np.float64]:
        """Expected detections of an occasion of full effort, shape (K, M)."""
        scaled = self._distances / np.exp(log_sigma)
        exponent = 0.5 * scaled**2 if self.shape is Shape.HALF_NORMAL else scaled
        fall: NDArray[np.float64] = np.exp(-exponent)
        if self.detectors is Detectors.COUNT:
            return float(np.exp(size)) * fall
        hazard: NDArray[np.float64] = -np.log1p(-np.minimum(float(expit(size)) * fall, 1 - 1e-15))
        return hazard
