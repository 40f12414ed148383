"""Profile likelihoods of closed capture-recapture: for every N the best that a model's probabilities can do. Pure.

Sources: see `analysis.population.closed`. Terms that no model changes are left out, the same in all, so that models can be compared.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import expit, gammaln, logit, xlogy

from analysis.population.histories import History, NotEstimable

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Profile = Callable[[NDArray[np.float64]], NDArray[np.float64]]

FAR: Final = 30.0
"""Logit of a probability that is 0 or 1 for every purpose."""
STEPS: Final = 200
"""At most, of Newton's method."""
CLOSE: Final = 1e-6
"""A log-likelihood that rises by less has come to its maximum."""
LONGEST: Final = 4.0
"""A step of the logits, at most."""

NO_RECAPTURES: Final = "no deer was captured on a second occasion: without recaptures nothing says which share of the deer was missed"
NO_DEPLETION: Final = "as many deer are new in late occasions as in early ones: a model in which captured deer change has no estimate"
TOO_FEW_OCCASIONS: Final = "the model needs {least} occasions, and there are {found}"


class Model(StrEnum):
    """Models of capture."""

    M0 = "M0"
    MT = "Mt"
    MB = "Mb"
    MH = "Mh"


def profile_of(history: History, model: Model) -> tuple[Profile, int]:
    """The log-likelihood at each of several N (real, at least the animals captured), and the number of parameters, N among them.

    Raises NotEstimable where the captures do not bear the model.
    """
    if history.occasions < 2:
        raise NotEstimable(TOO_FEW_OCCASIONS.format(least=2, found=history.occasions))
    if model is not Model.MB and not history.recaptures:
        raise NotEstimable(NO_RECAPTURES)
    return _PROFILES[model](history)


def _missed(n: NDArray[np.float64], captured: int) -> NDArray[np.float64]:
    """log( N! / (N - n)! )"""
    return np.asarray(gammaln(n + 1) - gammaln(n - captured + 1), np.float64)


def _m0(history: History) -> tuple[Profile, int]:
    hits = history.captures

    def profile(n: NDArray[np.float64]) -> NDArray[np.float64]:
        return _missed(n, history.animals) + _binomial(hits, n * history.occasions)

    return profile, 2


def _mt(history: History) -> tuple[Profile, int]:
    hits = history.seen.sum(axis=0)

    def profile(n: NDArray[np.float64]) -> NDArray[np.float64]:
        whole: NDArray[np.float64] = _binomial(hits[:, None], n[None, :]).sum(axis=0)
        return _missed(n, history.animals) + whole

    return profile, history.occasions + 1


def _mb(history: History) -> tuple[Profile, int]:
    """Only first captures speak of N: the captures of those that are known already have a probability of their own."""
    first = history.seen.argmax(axis=1)
    new = np.bincount(first, minlength=history.occasions)
    known = np.concatenate([[0], np.cumsum(new)[:-1]])
    trials_known = int(known.sum())
    # Otis and others 1978, 106: else the estimate is infinite.
    weights = history.occasions + 1 - 2 * np.arange(1, history.occasions + 1)
    if int((weights * new).sum()) <= 0:
        raise NotEstimable(NO_DEPLETION)
    again = (
        float(_binomial(history.recaptures, np.array([trials_known]))[0]) if trials_known else 0.0
    )

    def profile(n: NDArray[np.float64]) -> NDArray[np.float64]:
        trials = n * history.occasions - trials_known
        return _missed(n, history.animals) + _binomial(history.animals, trials) + again

    return profile, 3


def _mh(history: History) -> tuple[Profile, int]:
    least = 4  # two probabilities and a share beside N: fewer occasions have fewer frequencies than parameters
    if history.occasions < least:
        raise NotEstimable(TOO_FEW_OCCASIONS.format(least=least, found=history.occasions))
    frequencies = history.frequencies().astype(np.float64)
    mean = history.captures / (history.animals * history.occasions)

    def profile(n: NDArray[np.float64]) -> NDArray[np.float64]:
        counts = np.repeat(frequencies[None, :], len(n), axis=0)
        counts[:, 0] = n - history.animals
        # A search may end on a lower hill: it begins where the kinds are alike, where few are easily captured, and where those
        # that were missed are a kind of their own.
        share = np.clip(counts[:, 0] / n, 0.02, 1 - 1e-7)
        hard = np.maximum(0.1 * mean * history.animals / n, 1e-9)
        starts = [
            np.broadcast_to([0.0, logit(mean / 2), logit(min(2 * mean, 0.95))], (len(n), 3)),
            np.broadcast_to([3.0, logit(0.9 * mean), logit(0.95)], (len(n), 3)),
            np.stack([logit(share), logit(hard), np.full(len(n), logit(min(mean, 0.95)))], axis=1),
        ]
        found = _mixed(np.tile(counts, (len(starts), 1)), np.concatenate(starts))
        best: NDArray[np.float64] = found.reshape(len(starts), -1).max(axis=0)
        return _missed(n, history.animals) + best

    return profile, 4


def _mixed(counts: NDArray[np.float64], start: NDArray[np.float64]) -> NDArray[np.float64]:
    """Largest log-likelihood of two kinds of animals for each row of frequencies of 0 .. T captures, shape (B, T + 1).

    `start`: logits of the share of the first kind, and of both kinds' probabilities, shape (B, 3). Newton's method on all rows at once, damped
    where it would fall (Levenberg, Quarterly of Applied Mathematics 2:164, 1944), uphill along directions that curve upwards.
    """
    times = np.arange(counts.shape[1])
    theta, damping = start.astype(np.float64), np.full(len(counts), 1e-3)
    height, slope, curve = _heights(counts, times, theta)
    running = np.arange(len(counts))
    for _ in range(STEPS):
        values, ways = np.linalg.eigh(-curve[running])
        along = np.einsum("bij,bi->bj", ways, slope[running])
        size = np.abs(values) + damping[running, None] * (1 + np.abs(values).max(axis=1))[:, None]
        step = np.einsum("bij,bj->bi", ways, along / size)
        step *= np.minimum(1.0, LONGEST / np.maximum(np.abs(step).max(axis=1), 1e-300))[:, None]
        tried = np.clip(theta[running] + step, -FAR, FAR)
        found, its_slope, its_curve = _heights(counts[running], times, tried)
        gain = found - height[running]
        better = gain > 0
        rows = running[better]
        theta[rows], height[rows] = tried[better], found[better]
        slope[rows], curve[rows] = its_slope[better], its_curve[better]
        damping[running] = np.where(better, damping[running] / 5, damping[running] * 8)
        ended = np.where(better, gain < CLOSE, damping[running] > 1e6)
        running = running[~ended]
        if not len(running):
            break
    return height


def _heights(
    counts: NDArray[np.float64], times: NDArray[np.int64], theta: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Log-likelihoods of two kinds, shape (B,), their slopes (B, 3) and curvatures (B, 3, 3)."""
    most = times[-1]
    share, probabilities = expit(theta[:, :1]), expit(theta[:, 1:, None])
    # log p and log(1 - p) from the logit: without loss where p is next to 0 or 1
    log_p, log_q = -np.logaddexp(0, -theta[:, 1:, None]), -np.logaddexp(0, theta[:, 1:, None])
    logs = times * log_p + (most - times) * log_q
    first = logs[:, 0] - np.logaddexp(0, -theta[:, :1])
    second = logs[:, 1] - np.logaddexp(0, theta[:, :1])
    total = np.logaddexp(first, second)
    kind = np.exp(first - total)
    away = times - most * probabilities
    one, two = counts * kind, counts * (1 - kind)
    d1, d2 = away[:, 0], away[:, 1]
    slope = np.stack([(one - counts * share).sum(1), (one * d1).sum(1), (two * d2).sum(1)], axis=1)
    both = one * (1 - kind)
    spread = most * (probabilities * (1 - probabilities))[:, :, 0]
    curve = np.empty((len(theta), 3, 3))
    curve[:, 0, 0] = both.sum(1) - counts.sum(1) * (share * (1 - share))[:, 0]
    curve[:, 1, 1] = (both * d1**2).sum(1) - one.sum(1) * spread[:, 0]
    curve[:, 2, 2] = (both * d2**2).sum(1) - two.sum(1) * spread[:, 1]
    curve[:, 0, 1] = curve[:, 1, 0] = (both * d1).sum(1)
    curve[:, 0, 2] = curve[:, 2, 0] = -(both * d2).sum(1)
    curve[:, 1, 2] = curve[:, 2, 1] = -(both * d1 * d2).sum(1)
    return (counts * total).sum(1), slope, curve


def _binomial(
    hits: int | NDArray[np.int64], trials: NDArray[np.float64] | NDArray[np.int64]
) -> NDArray[np.float64]:
    """Log-likelihood of `hits` in `trials` at its best probability, without the binomial coefficient."""
    share = hits / trials
    return np.asarray(xlogy(hits, share) + xlogy(trials - hits, 1 - share), np.float64)


_PROFILES: Final = {Model.M0: _m0, Model.MT: _mt, Model.MB: _mb, Model.MH: _mh}
