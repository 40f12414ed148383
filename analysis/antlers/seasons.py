"""References of bucks by the year of their antlers: with those of other years, and without. Pure numpy.

The sightings are labelled ones of bucks that have a reference of the sighting's antler year and one of another year. None is
compared with its own encounter. Both ways of counting references score the very same sightings against the same deer, so
differences are paired; intervals draw whole bucks with all their sightings (`analysis.evaluation.paired_figures`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.evaluation.paired_figures import Estimate, compare
from analysis.score_log.ranking import EACH_ONCE, Definition
from analysis.score_log.trials import NOT_COMPARED, Trials
from analysis.stats.intervals import UndefinedError, expanded_percentiles, resampled
from reid.units import SCORE_UNITS

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from analysis.evaluation.paired_figures import EmbeddingComparison

MIN_BUCKS: Final = 10
"""Bucks below which nothing is said: an interval by deer rests on the number of deer."""
DECIDING: Final = ("rank1", "auc")
"""Figures of `analysis.score_log.ranking` that say whether references of other years harm."""

DEFINITIONS: Final = {
    "genuine": Definition(
        "genuine score", "mean score of sightings against their own buck", EACH_ONCE
    ),
    "decoy": Definition(
        "decoy score",
        "mean of the best score of sightings against another buck, of those with references of both kinds",
        EACH_ONCE,
    ),
}
"""By the name under which the document has the figure."""


class SeasonVerdict(StrEnum):
    """Verdict on references of other antler years."""

    HELP = "HELP"
    NO_DIFFERENCE = "NO_DIFFERENCE"
    HARM = "HARM"
    BOTH = "BOTH"


@dataclass(frozen=True, slots=True, eq=False)
class SeasonScores:
    """Scores of n probes against D deer, by the references that count.

    Attributes
    ----------
    every : ndarray of int32, shape (n, D)
        With all references, in score units; NOT_COMPARED where there is none.
    same : ndarray of int32, shape (n, D)
        Without references of other antler years, as REID_ANTLER_SEASONS=same scores.
    own_year : ndarray of int32, shape (n, D)
        With references of the probe's antler year alone; NOT_COMPARED unless the deer has those and others.
    other_years : ndarray of int32, shape (n, D)
        With references of other antler years alone; NOT_COMPARED in the same places.
    """

    every: NDArray[np.int32]
    same: NDArray[np.int32]
    own_year: NDArray[np.int32]
    other_years: NDArray[np.int32]

    def each(self, change: Callable[[NDArray[np.int32]], NDArray[np.int32]]) -> SeasonScores:
        """The four, each of them changed in one way.

        Parameters
        ----------
        change : callable
            From ndarray of int32, shape (n, D), to another one.

        Returns
        -------
        SeasonScores
            Of what it made of each.
        """
        return SeasonScores(
            change(self.every), change(self.same), change(self.own_year), change(self.other_years)
        )


@dataclass(frozen=True, slots=True)
class BothKinds:
    """A figure against references of the sighting's antler year, and of other years.

    Attributes
    ----------
    own_year, other_years, difference : Estimate
        In [0, 1], and own year less other years, each with its interval.
    sightings, deer : int
        Those that it is of.
    """

    own_year: Estimate
    other_years: Estimate
    difference: Estimate
    sightings: int
    deer: int


@dataclass(frozen=True, slots=True)
class SeasonComparison:
    """References of other antler years, measured on one scorer.

    Attributes
    ----------
    verdict : SeasonVerdict
        HARM where rank-1 or AUC are lower with them beyond its error, HELP where one is higher; BOTH where one is and the
        other is not, NO_DIFFERENCE where neither is.
    figures : EmbeddingComparison
        Its `parent` is without references of other years, its `derived` with them, and the difference with less without.
    genuine : BothKinds
        DEFINITIONS["genuine"].
    decoy : BothKinds or None
        DEFINITIONS["decoy"]; None where no sighting was compared with another buck that has references of both kinds.
    """

    verdict: SeasonVerdict
    figures: EmbeddingComparison
    genuine: BothKinds
    decoy: BothKinds | None


def compare_seasons(
    scores: SeasonScores,
    eligible: NDArray[np.bool_],
    own: NDArray[np.int64],
    *,
    seed: int,
    draws: int,
) -> SeasonComparison:
    """The comparison on n sightings of bucks against D deer.

    Parameters
    ----------
    scores : SeasonScores
        Of the sightings.
    eligible : ndarray of bool, shape (n, D)
        Whether sex and life span leave the deer possible.
    own : ndarray of int64, shape (n,)
        Column of the sighting's own buck.
    seed : int
        Of the bootstrap.
    draws : int
        Resamples of the bootstrap.

    Returns
    -------
    SeasonComparison
        With intervals of 95 % by deer.

    Raises
    ------
    UndefinedError
        With less than two bucks, or where a sighting's own buck has not references of both kinds.

    Examples
    --------
    Two bucks, of one sighting each. Last year's antlers of the other one draw each sighting away from its own:

    >>> scores = SeasonScores(
    ...     every=np.array([[7000, 8000], [8000, 7000]], np.int32),
    ...     same=np.array([[9000, 3000], [3000, 9000]], np.int32),
    ...     own_year=np.array([[9000, 3000], [3000, 9000]], np.int32),
    ...     other_years=np.array([[5000, 8000], [8000, 5000]], np.int32),
    ... )
    >>> eligible, own = np.ones((2, 2), bool), np.array([0, 1])
    >>> found = compare_seasons(scores, eligible, own, seed=1, draws=50)
    >>> found.verdict.value, found.figures.difference["rank1"].estimate
    ('HARM', -1.0)
    >>> found.genuine.difference.estimate, found.decoy.difference.estimate
    (0.4, -0.5)
    """
    rows = np.arange(len(own))
    genuine = scores.own_year[rows, own], scores.other_years[rows, own]
    if not len(own) or min(half.min() for half in genuine) <= NOT_COMPARED:
        raise UndefinedError(
            "each sighting's buck needs references of its antler year and of others"
        )
    without, with_others = (Trials(of, eligible, own, own) for of in (scores.same, scores.every))
    figures = compare([(without, with_others)], seed, draws, deals=1)
    if figures is None:
        raise UndefinedError("no sighting is compared with its own buck")
    rivals = eligible.copy()
    rivals[rows, own] = False
    decoys = [
        np.where(rivals, half, NOT_COMPARED).max(axis=1, initial=NOT_COMPARED)
        for half in (scores.own_year, scores.other_years)
    ]
    has_decoy = decoys[0] > NOT_COMPARED
    return SeasonComparison(
        verdict=_verdict(figures),
        figures=figures,
        genuine=_both_kinds(genuine[0], genuine[1], own, seed, draws),
        decoy=_both_kinds(decoys[0][has_decoy], decoys[1][has_decoy], own[has_decoy], seed, draws)
        if len(np.unique(own[has_decoy])) > 1
        else None,
    )


def _both_kinds(
    own_year: NDArray[np.int32],
    other_years: NDArray[np.int32],
    deer: NDArray[np.int64],
    seed: int,
    draws: int,
) -> BothKinds:
    """Means of n sightings each way, in [0, 1], and of what each sighting loses."""
    values = np.stack((own_year, other_years, own_year - other_years)) / SCORE_UNITS

    def means(times: NDArray[np.int64]) -> list[float]:
        return list(map(float, (values * times).sum(axis=1) / times.sum()))

    estimates = means(np.ones(len(deer), np.int64))
    groups = len(np.unique(deer))
    resamples = resampled(means, deer, np.random.default_rng(seed), draws)
    named: list[Estimate] = []
    for estimate, column in zip(estimates, resamples.T, strict=True):
        ends = expanded_percentiles(column, groups)
        named.append(Estimate(round(estimate, 12), ends.low, ends.high))
    first, second, difference = named
    return BothKinds(first, second, difference, len(deer), groups)


def _verdict(figures: EmbeddingComparison) -> SeasonVerdict:
    differences = [figures.difference[name] for name in DECIDING]
    harms = any(item.high is not None and item.high < 0 for item in differences)
    helps = any(item.low is not None and item.low > 0 for item in differences)
    if harms and helps:
        return SeasonVerdict.BOTH
    if harms:
        return SeasonVerdict.HARM
    return SeasonVerdict.HELP if helps else SeasonVerdict.NO_DIFFERENCE
