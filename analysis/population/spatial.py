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

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, gammaln, logit, logsumexp

from analysis.population.curvature import hessian
from analysis.population.histories import NotEstimable, SpatialHistory
from analysis.population.state_space import StateSpace, around, distances

if TYPE_CHECKING:
    from numpy.typing import NDArray

NO_RECAPTURES: Final = (
    "no deer was captured twice: without recaptures nothing says which share of the deer was missed"
)
NO_MOVEMENT: Final = (
    "no deer was captured by two cameras: without that nothing says how far a deer ranges"
)
UNSETTLED: Final = "the likelihood has no clear maximum: {reason}"
Z95: Final = 1.959963984540054
BUFFER: Final = 4.0
"""Width of the state space around the detectors, in sigmas."""
_LEAST: Final = 1e-12


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


@dataclass(frozen=True, slots=True, eq=False)
class SpatialFit:
    """A fitted model.

    Attributes
    ----------
    coefficients, errors : ndarray of float64, shape (3,)
        log D (animals per hectare), logit g0 (log of the expected count for COUNT) and log sigma (metres), and their standard errors.
    covariance : ndarray of float64, shape (3, 3)
    log_likelihood : float
        At the maximum, log n! left out.
    effective_area : float
        Hectares a: n = D a.
    """

    coefficients: NDArray[np.float64]
    covariance: NDArray[np.float64]
    log_likelihood: float
    effective_area: float
    detectors: Detectors
    shape: Shape

    @property
    def errors(self) -> NDArray[np.float64]:
        return np.sqrt(np.diag(self.covariance))

    @property
    def density(self) -> float:
        """Animals per hectare."""
        return float(np.exp(self.coefficients[0]))

    @property
    def interval(self) -> tuple[float, float]:
        """Animals per hectare, 95 %, log-normal."""
        reach = Z95 * self.errors[0]
        return float(np.exp(self.coefficients[0] - reach)), float(
            np.exp(self.coefficients[0] + reach)
        )

    @property
    def sigma(self) -> float:
        """Metres."""
        return float(np.exp(self.coefficients[2]))


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
        # Occasions with the same effort at all detectors are one kind; an animal's captures are counted in each.
        rows, kind_of = np.unique(history.effort, axis=0, return_inverse=True)
        self._efforts = rows
        kinds = [kind_of.ravel() == kind for kind in range(len(rows))]
        self._occasions = np.array([kind.sum() for kind in kinds], np.float64)
        self._counts = [captures[:, kind, :].sum(axis=1).astype(np.float64) for kind in kinds]
        self._caught = [captures[:, kind, :].any(axis=2).sum(axis=1) for kind in kinds]
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
        total = np.zeros(hazard.shape[1])
        animals = np.zeros((self.history.animals, hazard.shape[1]))
        for effort, number, counts, caught in zip(
            self._efforts, self._occasions, self._counts, self._caught, strict=True
        ):
            exposure = hazard * effort[:, None]  # (K, M)
            summed = exposure.sum(axis=0)  # (M,)
            total += number * summed
            if self.detectors is Detectors.MULTI:
                own = np.log(np.maximum(exposure, _LEAST)) + (
                    np.log(-np.expm1(-np.maximum(summed, _LEAST)))
                    - np.log(np.maximum(summed, _LEAST))
                )
                animals += counts @ own - (number - caught)[:, None] * summed
            elif self.detectors is Detectors.PROXIMITY:
                # log(p) where captured instead of log(1 - p) = -exposure, which all have.
                own = np.log(-np.expm1(-np.maximum(exposure, _LEAST))) + exposure
                animals += counts @ own - number * summed
            else:
                animals += counts @ np.log(np.maximum(exposure, _LEAST)) - number * summed
        conditional = logsumexp(animals, axis=1) + np.log(self.space.cell)
        return conditional, float(-np.expm1(-total).sum() * self.space.cell)

    def _hazard(self, size: float, log_sigma: float) -> NDArray[np.float64]:
        """Expected detections of an occasion of full effort, shape (K, M)."""
        scaled = self._distances / np.exp(log_sigma)
        exponent = 0.5 * scaled**2 if self.shape is Shape.HALF_NORMAL else scaled
        fall: NDArray[np.float64] = np.exp(-exponent)
        if self.detectors is Detectors.COUNT:
            return float(np.exp(size)) * fall
        hazard: NDArray[np.float64] = -np.log1p(-np.minimum(float(expit(size)) * fall, 1 - 1e-12))
        return hazard


def fit(
    history: SpatialHistory,
    space: StateSpace | None = None,
    *,
    detectors: Detectors = Detectors.PROXIMITY,
    shape: Shape = Shape.HALF_NORMAL,
) -> SpatialFit:
    """Maximum of the likelihood, with standard errors from its curvature there.

    Without a `space` one is laid around the detectors as wide as BUFFER times sigma, and widened where the fit asks for it.
    Raises NotEstimable where nothing was captured twice or by two detectors, or where there is no maximum.
    """
    if history.without_space().recaptures + int((history.captures > 0).sum()) <= history.animals:
        raise NotEstimable(NO_RECAPTURES)
    moved = history.movements()
    if not moved.any():
        raise NotEstimable(NO_MOVEMENT)
    sigma = float(np.sqrt(np.mean(moved**2) / 2))
    if space is not None:
        return _fitted(Likelihood(history, space, detectors, shape), sigma)
    for _ in range(3):
        laid = around(history.places, BUFFER * sigma, sigma / 2)
        result = _fitted(Likelihood(history, laid, detectors, shape), sigma)
        if result.sigma <= 1.1 * sigma:
            return result
        sigma = 1.05 * result.sigma
    return result


def _fitted(likelihood: Likelihood, sigma: float) -> SpatialFit:
    animals = likelihood.history.animals

    def negative(detection: NDArray[np.float64]) -> float:
        """Density at its best for this detection is n / a: two coefficients are left."""
        conditional, effective = likelihood.parts(detection)
        if not effective > 0:
            return 1e10
        return -(float(conditional.sum()) - animals * float(np.log(effective)))

    is_count = likelihood.detectors is Detectors.COUNT
    starts = [(value if is_count else logit(value), np.log(sigma)) for value in (0.05, 0.2)]
    if is_count:
        starts = [(np.log(value), np.log(sigma)) for value in (0.05, 0.5)]
    best = min(
        (
            minimize(
                negative,
                start,
                method="Nelder-Mead",
                options={"xatol": 1e-7, "fatol": 1e-9, "maxiter": 4000},
            )
            for start in starts
        ),
        key=lambda result: float(result.fun),
    )
    _, effective = likelihood.parts(best.x)
    coefficients = np.array([np.log(animals / effective), *best.x])
    information = -hessian(likelihood, coefficients)
    try:
        covariance = np.linalg.inv(information).astype(np.float64)
    except np.linalg.LinAlgError:
        covariance = np.full((3, 3), np.nan)
    if not np.isfinite(covariance).all() or (np.diag(covariance) <= 0).any():
        raise NotEstimable(UNSETTLED.format(reason="its curvature says nothing of the error"))
    return SpatialFit(
        coefficients,
        covariance,
        likelihood(coefficients),
        effective,
        likelihood.detectors,
        likelihood.shape,
    )
