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
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.optimize import brentq, minimize, minimize_scalar
from scipy.special import expit, gammaln, logsumexp, xlogy

from analysis.population.histories import History, NotEstimable

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

DROP: Final = 1.920729410347062
"""Half of the 95 % quantile of chi-square with one degree of freedom."""
MOST: Final = 1e6
"""Animals; an interval that reaches further has no upper end."""
Z95: Final = 1.959963984540054
FAR: Final = 30.0
"""Logit of a probability that is 0 or 1 for every purpose."""

NO_RECAPTURES: Final = "no deer was captured on a second occasion: without recaptures nothing says which share of the deer was missed"
NO_DEPLETION: Final = "as many deer are new in late occasions as in early ones: a model in which captured deer change has no estimate"
TOO_FEW_OCCASIONS: Final = "the model needs {least} occasions, and there are {found}"
NO_UPPER_END: Final = "the captures set no upper bound to the number of deer under this model"


class Model(StrEnum):
    """Models of capture."""

    M0 = "M0"
    MT = "Mt"
    MB = "Mb"
    MH = "Mh"


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
    if history.occasions < 2:
        raise NotEstimable(TOO_FEW_OCCASIONS.format(least=2, found=history.occasions))
    if model is not Model.MB and not history.recaptures:
        raise NotEstimable(NO_RECAPTURES)
    profile, parameters = _PROFILES[model](history)
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
        factor = float(np.exp(Z95 * np.sqrt(np.log1p(variance / missed**2))))
        low, high = history.animals + missed / factor, history.animals + missed * factor
    return Estimate(
        history.animals + missed, low, high, history.animals, float("nan"), 2, float("inf")
    )


def _at_maximum(profile: Callable[[float], float], captured: int, parameters: int) -> Estimate:
    """The maximum of a profile over N >= captured, and where it falls by DROP on either side."""

    def at(log_missed: float) -> float:
        return profile(captured + float(np.exp(log_missed)))

    # In the logarithm of the animals missed the profile is smooth and has one hill.
    grid = np.linspace(np.log(1e-6), np.log(MOST), 40)
    heights = [at(point) for point in grid]
    top = int(np.argmax(heights))
    if top == len(grid) - 1:
        raise NotEstimable(NO_UPPER_END)
    around = grid[max(top - 1, 0)], grid[min(top + 1, len(grid) - 1)]
    found = minimize_scalar(
        lambda point: -at(point), bounds=around, method="bounded", options={"xatol": 1e-10}
    )
    best = float(found.x)
    height = max(at(best), profile(captured))
    n = captured + float(np.exp(best)) if at(best) > profile(captured) else float(captured)

    def below(point: float) -> float:
        return at(point) - (height - DROP)

    low = float(captured)
    if profile(captured) < height - DROP:
        low += float(np.exp(brentq(below, grid[0], best)))
    high = float("inf")
    if below(grid[-1]) < 0:
        high = captured + float(np.exp(brentq(below, best, grid[-1])))
    spare = captured - parameters - 1
    correction = 2 * parameters * (parameters + 1) / spare if spare > 0 else float("inf")
    aicc = -2 * height + 2 * parameters + correction
    return Estimate(n, low, high, captured, height, parameters, aicc)


def _missed(n: float, captured: int) -> float:
    """log( N! / (N - n)! )"""
    return float(gammaln(n + 1) - gammaln(n - captured + 1))


def _m0(history: History) -> tuple[Callable[[float], float], int]:
    hits = history.captures

    def profile(n: float) -> float:
        trials = n * history.occasions
        return _missed(n, history.animals) + _binomial(hits, trials)

    return profile, 2


def _mt(history: History) -> tuple[Callable[[float], float], int]:
    hits = history.seen.sum(axis=0)

    def profile(n: float) -> float:
        return _missed(n, history.animals) + sum(_binomial(int(hit), n) for hit in hits)

    return profile, history.occasions + 1


def _mb(history: History) -> tuple[Callable[[float], float], int]:
    """Only first captures speak of N: the captures of those that are known already have a probability of their own."""
    first = history.seen.argmax(axis=1)
    new = np.bincount(first, minlength=history.occasions)
    known = np.concatenate([[0], np.cumsum(new)[:-1]])
    trials_known = int(known.sum())
    # Otis and others 1978, 106: else the estimate is infinite.
    weights = history.occasions + 1 - 2 * np.arange(1, history.occasions + 1)
    if int((weights * new).sum()) <= 0:
        raise NotEstimable(NO_DEPLETION)
    again = _binomial(history.recaptures, trials_known) if trials_known else 0.0

    def profile(n: float) -> float:
        trials = n * history.occasions - trials_known
        return _missed(n, history.animals) + _binomial(history.animals, trials) + again

    return profile, 3


def _mh(history: History) -> tuple[Callable[[float], float], int]:
    least = 4  # two probabilities and a share beside N: fewer occasions have fewer frequencies than parameters
    if history.occasions < least:
        raise NotEstimable(TOO_FEW_OCCASIONS.format(least=least, found=history.occasions))
    frequencies = history.frequencies().astype(np.float64)
    times = np.arange(history.occasions + 1)
    mean = history.captures / (history.animals * history.occasions)
    start = np.array([0.0, np.log(mean / 2), np.log(min(2 * mean, 0.95))])
    last: NDArray[np.float64] = start

    def profile(n: float) -> float:
        nonlocal last
        counts = frequencies.copy()
        counts[0] = n - history.animals

        def negative(theta: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
            theta = np.clip(theta, -FAR, FAR)
            shares = np.array([-np.logaddexp(0, -theta[0]), -np.logaddexp(0, theta[0])])
            probabilities = expit(theta[1:])
            logs = (
                shares[None, :]
                + xlogy(times[:, None], probabilities[None, :])
                + xlogy(history.occasions - times[:, None], 1 - probabilities[None, :])
            )
            total = logsumexp(logs, axis=1)
            kinds = counts[:, None] * np.exp(
                logs - total[:, None]
            )  # animals of each kind, expected
            slope = [
                (kinds[:, 0] - counts * expit(theta[0])).sum(),
                *(kinds * (times[:, None] - history.occasions * probabilities)).sum(axis=0),
            ]
            return -float(counts @ total), -np.array(slope)

        results = [minimize(negative, point, method="BFGS", jac=True) for point in (last, start)]
        best = min(results, key=lambda result: float(result.fun))
        last = best.x
        return _missed(n, history.animals) - float(best.fun)

    return profile, 4


def _binomial(hits: float, trials: float) -> float:
    """Log-likelihood of `hits` in `trials` at its best probability, without the binomial coefficient."""
    share = hits / trials
    return float(xlogy(hits, share) + xlogy(trials - hits, 1 - share))


_PROFILES: Final = {Model.M0: _m0, Model.MT: _mt, Model.MB: _mb, Model.MH: _mh}
