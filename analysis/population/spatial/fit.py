"""Density by spatial capture-recapture: the maximum of its likelihood, with errors from the curvature there. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.optimize import minimize
from scipy.special import logit

from analysis.population.histories import NotEstimable
from analysis.population.intervals import Z95
from analysis.population.numerics import hessian
from analysis.population.spatial.likelihood import Detectors, Likelihood, Shape
from analysis.population.spatial.state_space import around, distances

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.population.histories import SpatialHistory
    from analysis.population.spatial.state_space import StateSpace

NO_RECAPTURES: Final = (
    "no deer was captured twice: without recaptures nothing says which share of the deer was missed"
)
NO_MOVEMENT: Final = (
    "no deer was captured by two cameras: without that nothing says how far a deer ranges"
)
NO_RANGE: Final = "captures do not grow rarer with distance, so nothing says how far deer range: cameras over a wider area would"
UNSETTLED: Final = "these captures fit many densities about equally well, so none stands out (the likelihood has no clear maximum)"
BUFFER: Final = 4.0
"""Width of the state space around the detectors, in sigmas."""
WIDENED: Final = 4
"""Times that it is laid, each time for the sigma found in the one before."""
FLAT: Final = 1e-5
"""Slope of the log-likelihood at which a search has come to its maximum."""


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
    space : StateSpace
        Places in which centres may be.
    """

    coefficients: NDArray[np.float64]
    covariance: NDArray[np.float64]
    log_likelihood: float
    effective_area: float
    space: StateSpace
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
        factor = float(np.exp(Z95 * self.errors[0]))
        return self.density / factor, self.density * factor

    @property
    def sigma(self) -> float:
        """Metres."""
        return float(np.exp(self.coefficients[2]))


def fit(
    history: SpatialHistory,
    space: StateSpace | None = None,
    *,
    detectors: Detectors = Detectors.PROXIMITY,
    shape: Shape = Shape.HALF_NORMAL,
    start: NDArray[np.float64] | None = None,
) -> SpatialFit:
    """Maximum of the likelihood, with standard errors from its curvature there.

    Without a `space` one is laid around the detectors as wide as BUFFER times sigma, and widened where the fit asks for it.
    `start`: coefficients of a fit to captures that are nearly the same, from which the search begins; it takes half as long then.
    Raises NotEstimable where nothing was captured twice or by two detectors, where deer seem to range farther than the detectors
    lie apart, or where there is no maximum.
    """
    if (history.captures > 0).sum() <= history.animals:
        raise NotEstimable(NO_RECAPTURES)
    moved = history.movements()
    if not moved.any():
        raise NotEstimable(NO_MOVEMENT)
    sigma = float(np.sqrt(np.mean(moved**2) / 2))
    if space is not None:
        return _fitted(Likelihood(history, space, detectors, shape), sigma, start)
    for _ in range(WIDENED):
        laid = around(history.places, BUFFER * sigma, sigma / 2)
        result = _fitted(Likelihood(history, laid, detectors, shape), sigma, start)
        if result.sigma <= 1.1 * sigma:
            return result
        sigma = 1.05 * result.sigma
    raise NotEstimable(NO_RANGE)


def _fitted(likelihood: Likelihood, sigma: float, start: NDArray[np.float64] | None) -> SpatialFit:
    animals = likelihood.history.animals

    def negative(detection: NDArray[np.float64]) -> float:
        """Density at its best for this detection is n / a: two coefficients are left."""
        conditional, effective = likelihood.parts(detection)
        if not effective > 0:
            return 1e10
        return -(float(conditional.sum()) - animals * float(np.log(effective)))

    # The likelihood may have two hills: a search from afar begins on either side.
    sizes = np.log([0.05, 0.5]) if likelihood.detectors is Detectors.COUNT else logit([0.05, 0.2])
    starts = [(size, np.log(sigma)) for size in sizes] if start is None else [start[1:]]
    best = min(
        (
            minimize(negative, point, method="BFGS", jac="3-point", options={"gtol": FLAT})
            for point in starts
        ),
        key=lambda result: float(result.fun),
    )
    places = likelihood.history.places
    if float(best.x[1]) > np.log(distances(places, places).max()):
        raise NotEstimable(NO_RANGE)
    _, effective = likelihood.parts(best.x)
    coefficients = np.array([np.log(animals / effective), *best.x])
    information = -hessian(likelihood, coefficients)
    try:
        covariance = np.linalg.inv(information).astype(np.float64)
    except np.linalg.LinAlgError:
        covariance = np.full((3, 3), np.nan)
    if not np.isfinite(covariance).all() or (np.diag(covariance) <= 0).any():
        raise NotEstimable(UNSETTLED)
    return SpatialFit(
        coefficients,
        covariance,
        likelihood(coefficients),
        effective,
        likelihood.space,
        likelihood.detectors,
        likelihood.shape,
    )
