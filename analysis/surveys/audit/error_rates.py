"""Rates of error of a survey's identifications, from an audit of some of its captures. Pure.

Captures are drawn by chance in two strata: of profiles that were captured once, and of the others. Nearly all ghosts are among the
first, so that they are drawn more often than their share, and every count is weighted back by the sizes of the strata.

Each stratum's shares of the kinds of answers have a Dirichlet posterior with 1/2 of a judgement for each kind (Jeffreys), and what the
captures that were not judged are follows from it, as a multinomial: the predictive distribution of a finite population. A stratum that
was judged as a whole is known exactly. It is what `analysis.population.identification_errors` imputes with, so that these rates and the
honest interval rest on the same thing.

Sources: Cochran, Sampling Techniques, 1977, chapter 5 (stratified shares); Ericson, JRSS B 31:195, 1969 (predictive distribution of a
finite population); Brown, Cai and DasGupta, Statistical Science 16:101, 2001 (Jeffreys interval, and its ends at no error found).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import betaincinv  # scipy.stats takes a second to import

from analysis.population.identification_errors import PRIOR

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

DRAWS: Final = 10_000
SEED: Final = 16
TAIL: Final = 0.025
EXPECTED: Final = 0.05
"""Share of errors for which the effort of an audit is said before one begins."""
LEAST: Final = 30
"""Judgements of each stratum, or all of a smaller one, without which an audit says nothing: 30 without an error leave 11 % possible."""
NO_CAPTURES: Final = "a survey without captures has no rates of error"
NOT_JUDGED: Final = "of a stratum without a judgement nothing is known"


@dataclass(frozen=True, slots=True)
class Once:
    """Captures of profiles that were captured once, with the answers.

    `captures` is their number. Of those that were judged `apart` are no other profile's, `of_often` are those of a profile that was
    captured more often, and `of_once` of another one that was captured once as well. Whose `cannot_tell` are nobody could see.
    """

    captures: int
    apart: int = 0
    of_often: int = 0
    of_once: int = 0
    cannot_tell: int = 0

    @property
    def told(self) -> int:
        return self.apart + self.of_often + self.of_once

    @property
    def kinds(self) -> tuple[int, int, int]:
        return self.apart, self.of_often, self.of_once

    def doubted(self) -> Once:
        """The same, had every capture of which nobody could tell been another profile's."""
        return replace(self, of_often=self.of_often + self.cannot_tell, cannot_tell=0)


@dataclass(frozen=True, slots=True)
class Often:
    """Captures of profiles that were captured on several occasions, `profiles` in number, with the answers.

    Of those that were judged `own` are the profile's, `other` another profile's of the survey, and `nobody` none of theirs.
    """

    captures: int
    profiles: int
    own: int = 0
    other: int = 0
    nobody: int = 0
    cannot_tell: int = 0

    @property
    def told(self) -> int:
        return self.own + self.other + self.nobody

    @property
    def kinds(self) -> tuple[int, int, int]:
        return self.own, self.other, self.nobody

    def doubted(self) -> Often:
        """The same, had every capture of which nobody could tell been another profile's."""
        return replace(self, other=self.other + self.cannot_tell, cannot_tell=0)


@dataclass(frozen=True, slots=True)
class Rate:
    """A share with its 95 % interval.

    `worst` is the upper end, had every capture of which nobody could tell been an error: answers that nobody could give are no
    evidence, and those of hard pictures may well be the wrong ones.
    """

    rate: float
    low: float
    high: float
    worst: float


@dataclass(frozen=True, slots=True)
class Rates:
    """Errors of a survey's identifications.

    Attributes
    ----------
    judged, cannot_tell : int
        Captures whose deer was told, and those of which nobody could tell.
    false_matches : Rate
        Of all captures, those that are not the deer of their profile's other captures.
    missed_matches : Rate or None
        Of the captures whose deer has another capture in the survey, those that stand under another profile than that. None where
        no capture is known to have another one.
    ghosts : Rate
        Of all profiles, those that are a deer with another profile. One deer with two profiles is one ghost, so that of two that were
        captured once each counts half. A profile that was captured on several occasions counts as a deer of its own: its captures
        were held for one another, and no audit of single captures says whether all of them have a second name.
    """

    judged: int
    cannot_tell: int
    false_matches: Rate
    missed_matches: Rate | None
    ghosts: Rate


Totals = tuple["NDArray[np.float64]", "NDArray[np.float64]"]
"""Numbers of captures of each kind, (..., 3), in both strata."""


def _false_matches(totals: Totals) -> NDArray[np.float64]:
    once, often = totals
    return np.asarray((often[..., 1] + often[..., 2]) / (once.sum(-1) + often.sum(-1)))


def _missed_matches(totals: Totals) -> NDArray[np.float64]:
    once, often = totals
    missed = once[..., 1] + once[..., 2] + often[..., 1]
    with np.errstate(invalid="ignore"):  # no capture that ought to have matched: no share of them
        return np.asarray(missed / (missed + often[..., 0]))


def error_rates(once: Once, often: Often) -> Rates:
    """The rates with their intervals, weighted back by the sizes of the strata.

    Raises ValueError for a survey without captures, and for a stratum in which nothing was judged.
    """
    for stratum in (once, often):
        if stratum.captures and not stratum.told:
            raise ValueError(NOT_JUDGED)
    if not once.captures + often.captures:
        raise ValueError(NO_CAPTURES)
    profiles = once.captures + often.profiles

    def ghosts(totals: Totals) -> NDArray[np.float64]:
        return np.asarray((totals[0][..., 1] + totals[0][..., 2] / 2) / profiles)

    drawn, doubted = _drawn(once, often), _drawn(once.doubted(), often.doubted())

    def rate(of: Callable[[Totals], NDArray[np.float64]], found: int) -> Rate:
        estimate = float(of((_share(once), _share(often))))
        low, high = _ends(of(drawn))
        # None found leaves none possible: the posterior alone would say that there is at least a little.
        low, high = min(low, estimate) if found else 0.0, max(high, estimate)
        return Rate(estimate, low, high, max(high, _ends(of(doubted))[1]))

    split = once.of_often + once.of_once + often.other
    return Rates(
        judged=once.told + often.told,
        cannot_tell=once.cannot_tell + often.cannot_tell,
        false_matches=rate(_false_matches, often.other + often.nobody),
        missed_matches=rate(_missed_matches, split) if split + often.own else None,
        ghosts=rate(ghosts, once.of_often + once.of_once),
    )


def _share(stratum: Once | Often) -> NDArray[np.float64]:
    """Captures of each kind, as many as the judged ones say."""
    return stratum.captures * np.array(stratum.kinds, np.float64) / max(1, stratum.told)


def _drawn(once: Once, often: Often) -> Totals:
    """Captures of each kind as they may be, shape (DRAWS, 3): those that were judged, and the others by chance."""
    generator = np.random.default_rng(SEED)

    def of(stratum: Once | Often) -> NDArray[np.float64]:
        seen = np.array(stratum.kinds, np.float64)
        rest = stratum.captures - stratum.told
        shares = generator.dirichlet(seen + PRIOR, DRAWS)
        return np.asarray(seen + generator.multinomial(rest, shares))

    return of(once), of(often)


def _ends(values: NDArray[np.float64]) -> tuple[float, float]:
    known = values[~np.isnan(values)]
    low, high = np.quantile(known, [TAIL, 1 - TAIL])
    return float(low), float(high)


def judgements_for(
    width: float, captures: int, weight: float = 1.0, expected: float = EXPECTED
) -> int:
    """The number of judgements of one stratum after which a rate's 95 % interval is at most this wide, as far as one can say before.

    `captures` are in the stratum, which has `weight` of what the rate is a share of, and `expected` of them are wrong. With n judged
    the width is weight * (b(0.975) - b(0.025)) * sqrt(1 - n / captures), b the quantiles of Beta(n e + 1/2, n (1 - e) + 1/2)
    (Jeffreys; Cochran 1977, 2.9, the finite population's factor). At least LEAST, or all captures of a smaller stratum.
    """

    def reach(n: int) -> float:
        hits = n * expected
        low, high = betaincinv(hits + PRIOR, n - hits + PRIOR, [TAIL, 1 - TAIL])
        return weight * float(high - low) * math.sqrt(1 - n / captures)

    low = min(LEAST, captures)
    high = captures
    while low < high:
        middle = (low + high) // 2
        if reach(middle) <= width:
            high = middle
        else:
            low = middle + 1
    return low
