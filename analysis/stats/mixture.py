"""Two bell curves under the best scores of sightings: a look at the shape, without a label. Pure.

A diagnostic and never more. With no identity signal at all such a fit still finds two bells, and a threshold
between them takes most strangers for deer that it knows; so nothing that decides anything imports this
module, and wherever the fit is shown it bears the name NAME.

Expectation maximisation (Dempster, Laird and Rubin 1977) on the histogram. It is kept only where the two
are worth their parameters (BIC better than one bell's by more than 10, Kass and Raftery 1995) and stand
apart (Ashman's D above 2; Ashman, Bird and Zepf 1994).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.stats.intervals import UndefinedError
from reid.units import SCORE_UNITS

if TYPE_CHECKING:
    from numpy.typing import NDArray

NAME: Final = "diagnostic, never used for the recommendation"
LEAST: Final = 50
"""Sightings below which five parameters are too many."""
STEPS: Final = 2000
_CLOSE: Final = 1e-7  # gain in mean log-likelihood that is no more gain
_NARROWEST: Final = 10 / SCORE_UNITS  # a bell narrower than this has fallen into a single score
BIC_GAIN: Final = 10.0
APART: Final = 2.0

TOO_FEW: Final = "a mixture needs at least {least} sightings with a score, and there are {found}"
COLLAPSED: Final = "one bell shrank to a single score"
UNSETTLED: Final = "the fit did not settle in {steps} steps"
ONE_BELL: Final = "one bell describes the best scores as well as two"
TOO_NEAR: Final = (
    "the two bells are not apart (Ashman's D is {d:.1f}, and more than 2 is asked for)"
)


@dataclass(frozen=True, slots=True)
class Mixture:
    """Low and high bell, scores in [0, 1]. `share` of the sightings is in the high one."""

    share: float
    means: tuple[float, float]
    sds: tuple[float, float]
    bic_gain: float
    ashman_d: float

    def density(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n,): of both bells together, per unit of similarity."""
        shares = np.array([1 - self.share, self.share])
        density: NDArray[np.float64] = np.exp(
            _log_parts(scores, shares, np.array(self.means), np.array(self.sds))
        ).sum(axis=0)
        return density


def fit(counts: NDArray[np.int64]) -> Mixture:
    """Of a histogram (10001,) of best scores. Raises UndefinedError, with the reason, where none fits.

    The start is fixed (the lower half against the upper one), so the same log always gives the same fit.
    """
    total = int(counts.sum())
    if total < LEAST:
        raise UndefinedError(TOO_FEW.format(least=LEAST, found=total))
    occupied = np.flatnonzero(counts)
    scores, weights = occupied / SCORE_UNITS, counts[occupied] / total
    shares, means, sds = _start(scores, weights)
    before = -math.inf
    for _ in range(STEPS):
        parts = _log_parts(scores, shares, means, sds)
        together = np.logaddexp(parts[0], parts[1])
        likelihood = float(weights @ together)
        if likelihood - before < _CLOSE:
            break
        before = likelihood
        shares, means, sds = _maximised(scores, weights * np.exp(parts - together))
        if sds.min() < _NARROWEST or shares.min() * total < 1:
            raise UndefinedError(COLLAPSED)
    else:
        raise UndefinedError(UNSETTLED.format(steps=STEPS))
    return _kept(total, scores, weights, likelihood, (shares, means, sds))


def _start(
    scores: NDArray[np.float64], weights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    is_high = np.cumsum(weights) > 0.5
    shares, means, sds = _maximised(scores, np.stack([weights * ~is_high, weights * is_high]))
    return shares, means, np.maximum(sds, _NARROWEST)


def _maximised(
    scores: NDArray[np.float64], belonging: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Shares, means and spreads (2,) each, from how much of each score belongs to each bell (2, n)."""
    shares = np.maximum(belonging.sum(axis=1), np.finfo(float).tiny)
    means = belonging @ scores / shares
    variances = (belonging * (scores - means[:, None]) ** 2).sum(axis=1) / shares
    return shares, means, np.sqrt(variances)


def _log_parts(
    scores: NDArray[np.float64],
    shares: NDArray[np.float64],
    means: NDArray[np.float64],
    sds: NDArray[np.float64],
) -> NDArray[np.float64]:
    """(2, n): logarithm of each bell's share of the density at each score."""
    away = (scores - means[:, None]) / sds[:, None]
    heights = np.log(shares / sds) - math.log(math.sqrt(2 * math.pi))
    parts: NDArray[np.float64] = heights[:, None] - away**2 / 2
    return parts


def _kept(
    total: int,
    scores: NDArray[np.float64],
    weights: NDArray[np.float64],
    likelihood: float,
    bells: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]],
) -> Mixture:
    shares, means, sds = bells
    mean = float(weights @ scores)
    variance = max(float(weights @ (scores - mean) ** 2), _NARROWEST**2)
    alone = -0.5 * (math.log(2 * math.pi * variance) + 1)
    gain = 2 * total * (likelihood - alone) - 3 * math.log(total)  # five parameters against two
    if gain <= BIC_GAIN:
        raise UndefinedError(ONE_BELL)
    apart = math.sqrt(2) * abs(means[1] - means[0]) / math.hypot(*sds)
    if apart <= APART:
        raise UndefinedError(TOO_NEAR.format(d=apart))
    low, high = np.argsort(means)
    return Mixture(
        share=float(shares[high]),
        means=(float(means[low]), float(means[high])),
        sds=(float(sds[low]), float(sds[high])),
        bic_gain=float(gain),
        ashman_d=float(apart),
    )
