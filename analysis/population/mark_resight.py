"""Mark-resight: how many animals there are where only some can be told apart. Pure.

Marked animals are those that can be told apart; each is seen a Poisson number of times, with a rate of its own (log-normal: animals
differ). Unmarked animals are seen at the same rates, and only counted. The Poisson log-normal estimator of McClintock, White, Antolin
and Tripp, Biometrics 65:237, 2009, for one survey:

    y_i | z ~ Poisson(exp(alpha + sigma z)), z ~ N(0, 1), of marked animals; seen at least once where their number is not known
    T_u     ~ Normal(U r, U (r + r^2 (exp(sigma^2) - 1))), sightings of the U unmarked animals, r = exp(alpha + sigma^2 / 2) + e / n*
    N       = U + n*, n* the marked animals: known, or n / (1 - Pr(y = 0))

e are the sightings of marked animals that could not be told apart. Assumes a closed population, and that an animal that
can be told apart is seen neither more nor less often than one that cannot.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, expm1, log, pi
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.optimize import minimize
from scipy.special import gammaln

from analysis.population.histories import NotEstimable
from analysis.population.intervals import above_known
from analysis.population.numerics import hessian, log_sum

if TYPE_CHECKING:
    from numpy.typing import NDArray

_NODES, _weights = np.polynomial.hermite_e.hermegauss(40)
_LOG_SHARES: Final = np.log(_weights / _weights.sum())  # of a Gauss-Hermite rule over z
TOO_FEW_MARKED: Final = (
    "{found} deer that can be told apart were seen: a mark-resight estimate needs at least {least}"
)
LEAST_MARKED: Final = 5
SEEN_ONCE: Final = (
    "every deer that can be told apart was seen once: nothing says how many were never seen"
)
NO_UNMARKED: Final = "no sighting of a deer that cannot be told apart: use capture-recapture"
UNSETTLED: Final = "these sightings fit many numbers about equally well, so none stands out (the likelihood has no clear maximum)"
_SMALLEST: Final = 1e-300
_NARROWEST, _WIDEST = log(1e-3), log(5.0)  # of sigma


@dataclass(frozen=True, slots=True, eq=False)
class Resightings:
    """Sightings of one survey.

    Attributes
    ----------
    marked : ndarray of int64, shape (n,)
        Sightings of each animal that can be told apart. With `is_number_known` all of them, the unseen ones with 0; else
        those that were seen.
    unidentified : int
        Sightings of marked animals that could not be told apart that time.
    unmarked : int
        Sightings of animals that cannot be told apart.
    is_number_known : bool
        Whether the number of marked animals is known.
    """

    marked: NDArray[np.int64]
    unidentified: int
    unmarked: int
    is_number_known: bool = False


@dataclass(frozen=True, slots=True)
class MarkResightEstimate:
    """Numbers of animals, with a log-normal 95 % interval of N above those known to live.

    Attributes
    ----------
    n, low, high : float
        All animals.
    unmarked, marked : float
        Those that cannot be told apart, and those that can.
    rate : float
        Mean sightings of an animal.
    sigma : float
        Spread of the log of the rates between animals.
    """

    n: float
    low: float
    high: float
    unmarked: float
    marked: float
    rate: float
    sigma: float


def estimate(sightings: Resightings) -> MarkResightEstimate:
    """The estimate of largest likelihood. Raises NotEstimable where there are too few marked animals or none was seen twice."""
    seen = int((sightings.marked > 0).sum())
    if seen < LEAST_MARKED:
        raise NotEstimable(TOO_FEW_MARKED.format(found=seen, least=LEAST_MARKED))
    if not sightings.is_number_known and sightings.marked.max() < 2:
        raise NotEstimable(SEEN_ONCE)
    if not sightings.unmarked:
        raise NotEstimable(NO_UNMARKED)
    mean = float(sightings.marked.mean())
    start = np.array([np.log(mean) - 0.1, np.log(0.3), np.log(sightings.unmarked / mean)])

    likelihood = LogLikelihood(sightings)

    def negative(theta: NDArray[np.float64]) -> float:
        return -likelihood(theta)

    found = minimize(
        negative,
        start,
        method="Nelder-Mead",
        options={"xatol": 1e-8, "fatol": 1e-10, "maxiter": 6000},
    )
    theta = found.x
    # A spread that is next to none has no curvature of its own: it is held then.
    free = [0, 1, 2] if _NARROWEST + 1 < theta[1] < _WIDEST else [0, 2]

    def whole(values: NDArray[np.float64]) -> NDArray[np.float64]:
        point = theta.copy()
        point[free] = values
        return point

    information = -hessian(lambda values: likelihood(whole(values)), theta[free])
    if not np.isfinite(information).all() or (np.linalg.eigvalsh(information) <= 0).any():
        raise NotEstimable(UNSETTLED)
    covariance = np.linalg.inv(information)

    def total(values: NDArray[np.float64]) -> float:
        point = whole(values)
        return float(np.exp(point[2])) + _marked(sightings, point)

    slope = np.array(
        [
            (total(theta[free] + step) - total(theta[free] - step)) / 2e-5
            for step in 1e-5 * np.eye(len(free))
        ]
    )
    variance = float(slope @ covariance @ slope)
    unmarked, marked = float(np.exp(theta[2])), _marked(sightings, theta)
    n = unmarked + marked
    known = float(len(sightings.marked))
    low, high = above_known(known, n - known, variance)
    rate, sigma = _rate(sightings, theta), float(np.exp(theta[1]))
    return MarkResightEstimate(n, low, high, unmarked, marked, rate, sigma)


class LogLikelihood:
    """Log-likelihood of sightings, as a function of (alpha, log sigma, log U)."""

    def __init__(self, sightings: Resightings) -> None:
        self._sightings = sightings
        values, self._repeats = np.unique(sightings.marked, return_counts=True)
        self._values = values[:, None].astype(np.float64)
        self._constant = _LOG_SHARES - gammaln(self._values + 1.0)

    def __call__(self, theta: NDArray[np.float64]) -> float:
        sightings = self._sightings
        alpha, log_sigma, log_unmarked = (float(value) for value in theta)
        sigma = _sigma(log_sigma)
        logs = alpha + sigma * _NODES  # log rates
        total = float(self._repeats @ log_sum(self._constant + self._values * logs - np.exp(logs)))
        if not sightings.is_number_known:
            total -= len(sightings.marked) * log(_seen(alpha, sigma))
        rate = _rate(sightings, theta)
        unmarked = exp(log_unmarked)
        variance = unmarked * (rate + rate**2 * expm1(sigma**2))
        deviation = sightings.unmarked - unmarked * rate
        return total - 0.5 * (log(2 * pi * variance) + deviation**2 / variance)


def _marked(sightings: Resightings, theta: NDArray[np.float64]) -> float:
    count = float(len(sightings.marked))
    if sightings.is_number_known:
        return count
    sigma = _sigma(theta[1])
    return count / _seen(float(theta[0]), sigma)


def _rate(sightings: Resightings, theta: NDArray[np.float64]) -> float:
    sigma = _sigma(theta[1])
    own = exp(theta[0] + sigma**2 / 2)
    if not sightings.unidentified:
        return own
    return own + sightings.unidentified / _marked(sightings, theta)


def _sigma(log_sigma: float) -> float:
    return exp(min(max(log_sigma, _NARROWEST), _WIDEST))


def _seen(alpha: float, sigma: float) -> float:
    """1 - Pr(y = 0); above 0 also where it rounds to that."""
    log_unseen = float(log_sum((_LOG_SHARES - np.exp(alpha + sigma * _NODES))[None])[0])
    return max(-expm1(log_unseen), _SMALLEST)
