"""Profile likelihoods of closed capture-recapture: for every N the best that a model's probabilities can do. Pure.

Sources: see `analysis.population.closed`. Terms that no model changes are left out, the same in all, so that models can be compared.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, gammaln, logsumexp, xlogy

from analysis.population.histories import History, NotEstimable

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

FAR: Final = 30.0
"""Logit of a probability that is 0 or 1 for every purpose."""

NO_RECAPTURES: Final = "no deer was captured on a second occasion: without recaptures nothing says which share of the deer was missed"
NO_DEPLETION: Final = "as many deer are new in late occasions as in early ones: a model in which captured deer change has no estimate"
TOO_FEW_OCCASIONS: Final = "the model needs {least} occasions, and there are {found}"


class Model(StrEnum):
    """Models of capture."""

    M0 = "M0"
    MT = "Mt"
    MB = "Mb"
    MH = "Mh"


def profile_of(history: History, model: Model) -> tuple[Callable[[float], float], int]:
    """The log-likelihood as a function of N (real, at least the animals captured), and the number of parameters, N among them.

    Raises NotEstimable where the captures do not bear the model.
    """
    if history.occasions < 2:
        raise NotEstimable(TOO_FEW_OCCASIONS.format(least=2, found=history.occasions))
    if model is not Model.MB and not history.recaptures:
        raise NotEstimable(NO_RECAPTURES)
    return _PROFILES[model](history)


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
