"""Mixture of two bell curves under the best scores of sightings: a look at the shape, without a label. Pure.

A diagnostic and never more. With no identity signal at all such a fit still finds two bells, and a threshold
between them takes most strangers for deer that it knows; so nothing that decides anything imports this
module, and wherever the fit is shown, DIAGNOSTIC_NOTE stands beside it.

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

DIAGNOSTIC_NOTE: Final = "diagnostic, never used for the recommendation"
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
    """Two bell curves, the low one first, of scores in [0, 1].

    Attributes
    ----------
    share : float
        Share of the sightings in the high bell.
    means, sds : tuple of float
        Mean and standard deviation of the low and of the high bell.
    bic_gain : float
        By how much the BIC of two bells is better than that of one, more than BIC_GAIN.
    ashman_d : float
        Distance of the bells, sqrt(2) * (difference of means) / sqrt(sum of variances), more than APART.
    """

    share: float
    means: tuple[float, float]
    sds: tuple[float, float]
    bic_gain: float
    ashman_d: float

    def density(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """The density of both bells together.

        Parameters
        ----------
        scores : ndarray of float64, shape (n,)
            Similarities in [0, 1].

        Returns
        -------
        ndarray of float64, shape (n,)
            Density per unit of similarity.

        Examples
        --------
        Two bells far apart, a half of the sightings each: at its mean each is 0.5 / (sd * sqrt(2 * pi)).

        >>> bells = Mixture(0.5, (0.2, 0.8), (0.1, 0.1), 20.0, 6.0)
        >>> bells.density(np.array([0.2])).round(4).tolist()
        [1.9947]
        """
        shares = np.array([1 - self.share, self.share])
        density: NDArray[np.float64] = np.exp(
            _log_parts(scores, shares, np.array(self.means), np.array(self.sds))
        ).sum(axis=0)
        return density


def fit(counts: NDArray[np.int64]) -> Mixture:
    """The mixture of two bells that describes a histogram of best scores.

    Parameters
    ----------
    counts : ndarray of int64, shape (10001,)
        Sightings by their best score, in score units.

    Returns
    -------
    Mixture
        By expectation maximisation (Dempster, Laird and Rubin 1977). The start is fixed, the lower half against
        the upper one, so the same log always gives the same fit.

    Raises
    ------
    UndefinedError
        With the reason: too few sightings, a bell that shrank to a single score, no convergence, no better than one
        bell (BIC, Kass and Raftery 1995), or bells that are not apart (Ashman, Bird and Zepf 1994).

    Examples
    --------
    100 sightings about 0.3 and 100 about 0.7:

    >>> counts = np.zeros(10_001, np.int64)
    >>> counts[[2900, 3000, 3100]] = counts[[6900, 7000, 7100]] = 25, 50, 25
    >>> bells = fit(counts)
    >>> round(bells.share, 3), [round(mean, 3) for mean in bells.means]
    (0.5, [0.3, 0.7])
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
    return _worthwhile(total, scores, weights, likelihood, (shares, means, sds))


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


def _worthwhile(
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
