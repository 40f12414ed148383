"""Doubts about labels: sightings whose scores speak for another deer, and deer that look like one. Pure numpy.

A label is doubtful where the sighting scores higher against another deer than against its own one's other encounters,
and one of two things holds. Either it is plain: its own deer looks more like chance than like a sighting's own deer, and
the other one more like its own than like the best of all others. Or the other deer leads by so much that two in five of the
labels, or more, are expected to be wrong from there on. That follows from the store's own scores: had a sighting been called
another deer, its own one would lead as much as it now does the other way round, so the leads of wrong labels are known.
Two deer are likely one where the sightings of each look at the other as at their own, and no other pair of the herd comes
near by chance. A deer of one encounter has nothing of its own to be compared with: its sightings alone have to look at the other
deer, as half of all sightings do at their own.

They ask a person, who decides; nothing else follows from them. (The share of wrong ones among those past a limit: two
groups with one of them known, Efron 2008, doi 10.1214/07-STS236.)
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.score_log.trials import NOT_COMPARED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.score_log.trials import Trials

CHANCE_PAIRS: Final = 3
"""Pairs of two deer that may come up as one by chance in a whole herd, were pairs alike as a normal distribution has it."""
WRONG_AMONG: Final = 0.4
"""Share of the doubtful labels that is expected to be wrong, at least. Looking at a right one costs seconds, a wrong one that
stays costs a threshold: at 0.5 simulated herds kept twice as many, at 0.33 hardly fewer for ten more questions."""
PILOT: Final = 0.75
"""Share of wrong labels by whose leads the number of all is estimated: those past it are hardly ever right ones."""
_MAD: Final = 1.4826  # a normal distribution's standard deviation, of its median absolute deviation


@dataclass(frozen=True, slots=True)
class DoubtfulLabel:
    """A sighting whose scores speak for another deer than it bears.

    Attributes
    ----------
    row : int
        Of the trials.
    other : int
        Column of the deer that it looks like.
    own_score, other_score : int
        Against the deer that it bears and against the other, in score units.
    """

    row: int
    other: int
    own_score: int
    other_score: int

    @property
    def evidence(self) -> int:
        """By how much the other deer's score is the higher one, in score units."""
        return self.other_score - self.own_score


@dataclass(frozen=True, slots=True)
class LikelyTwins:
    """Two deer that look like one.

    Attributes
    ----------
    first, second : int
        Their columns, the lower one first.
    score : int
        What half of the sightings of each reach against the other: the lower of the two medians, in score units; that of
        the one deer where it alone has a single encounter.
    """

    first: int
    second: int
    score: int


@dataclass(frozen=True, slots=True)
class Doubts:
    """All doubts, each kind with the most evident first.

    Attributes
    ----------
    labels : tuple of DoubtfulLabel
        Labels that are likely wrong.
    twins : tuple of LikelyTwins
        Pairs of deer that are likely one.
    """

    labels: tuple[DoubtfulLabel, ...] = ()
    twins: tuple[LikelyTwins, ...] = ()


def find_doubts(trials: Trials, is_kept: NDArray[np.bool_], are_two: NDArray[np.bool_]) -> Doubts:
    """The labels and the pairs of deer that a person should look at.

    Parameters
    ----------
    trials : Trials
        All labelled sightings, evidence or not.
    is_kept : ndarray of bool, shape (n,)
        Labels that a person holds to be right whatever the scores say.
    are_two : ndarray of bool, shape (D, D)
        Pairs of deer that are known to be two. Symmetric.

    Returns
    -------
    Doubts
        No doubtful label where half of the sightings look at another deer as much as at their own: such scores say
        nothing of single labels.

    Notes
    -----
    A sighting of a likely twin is no doubtful label because of the other twin: whoever merges the two, or says that they
    are two, has answered that first. A label whose deer has no other encounter cannot be doubted; its deer can be a twin,
    which is how a sighting that was given a new name by mistake is found.

    Examples
    --------
    The last sighting bears the first deer's name, and looks like the second one:

    >>> from analysis.score_log.trials import Trials
    >>> table = [[8000, 2000], [8200, 1900], [1800, 8100], [2100, 7900], [2000, 8000]]
    >>> trials = Trials(
    ...     np.array(table, np.int32), np.ones((5, 2), bool), np.array([0, 0, 1, 1, 0]), np.arange(5)
    ... )
    >>> doubts = find_doubts(trials, np.zeros(5, bool), np.zeros((2, 2), bool))
    >>> [(doubt.row, doubt.other, doubt.evidence) for doubt in doubts.labels], doubts.twins
    ([(4, 1, 6000)], ())

    A person who has looked and held it to be right is not asked again:

    >>> find_doubts(trials, np.arange(5) == 4, np.zeros((2, 2), bool)).labels
    ()
    """
    genuine = trials.genuine
    others = np.where(trials.is_own | ~trials.eligible, NOT_COMPARED, trials.scores)
    is_other = others > NOT_COMPARED
    if not (genuine > NOT_COMPARED).any() or not is_other.any():
        return Doubts()
    usual = float(np.median(genuine[genuine > NOT_COMPARED]))
    chance = float(np.median(others[is_other]))
    if usual <= chance:
        return Doubts()  # the scores tell no deer from another
    met_again = trials.own[genuine > NOT_COMPARED]
    twins = _twins(trials.own, others, usual, are_two, met_again)
    for pair in twins:
        others[trials.own == pair.first, pair.second] = NOT_COMPARED
        others[trials.own == pair.second, pair.first] = NOT_COMPARED
    return Doubts(_labels(genuine, others, is_kept, (chance, usual)), twins)


def _labels(
    genuine: NDArray[np.int32],
    others: NDArray[np.int32],
    is_kept: NDArray[np.bool_],
    medians: tuple[float, float],
) -> tuple[DoubtfulLabel, ...]:
    """`medians` are of scores against other deer and against the own one."""
    chance, usual = medians
    highest = others.max(axis=1)
    rows = np.flatnonzero((genuine > NOT_COMPARED) & (highest > NOT_COMPARED))
    if not rows.size or usual <= np.median(highest[rows]):
        return ()
    own, other = genuine[rows].astype(np.int64), highest[rows].astype(np.int64)
    compared = others[rows] > NOT_COMPARED
    ahead = other - own
    # Were the label of a sighting another deer's, that deer would be its own, and its own one the other.
    if_wrong = np.sort((np.maximum(own, other)[:, None] - others[rows])[compared])
    is_open = ~is_kept[rows] & (ahead > 0)
    like_own = (float(np.median(other)) + usual) / 2
    is_plain = (own <= (chance + usual) / 2) & (other >= like_own)
    is_far = ahead >= _limit(ahead[is_open], if_wrong)
    doubted = np.flatnonzero(is_open & (is_plain | is_far))
    order = doubted[np.argsort(-ahead[doubted], kind="stable")]
    columns = others[rows[order]].argmax(axis=1)
    return tuple(
        DoubtfulLabel(int(rows[at]), int(column), int(own[at]), int(other[at]))
        for at, column in zip(order, columns, strict=True)
    )


def _limit(ahead: NDArray[np.int64], if_wrong: NDArray[np.int64]) -> float:
    """The lead from which at least WRONG_AMONG of the labels are expected to be wrong; `ahead` are those above 0."""
    falling = np.sort(ahead)[::-1]
    if not falling.size:
        return np.inf
    count = np.arange(1, falling.size + 1)  # labels at or above each lead
    reached = 1 - np.searchsorted(if_wrong, falling, "left") / if_wrong.size
    usual = np.quantile(if_wrong, 1 - PILOT)
    wrong = np.count_nonzero(ahead >= usual) / PILOT  # of all labels, by those that reach it
    good = np.flatnonzero(wrong * reached / count >= WRONG_AMONG)
    return float(falling[good[-1]]) if good.size else np.inf


def _twins(
    own: NDArray[np.int64],
    others: NDArray[np.int32],
    usual: float,
    are_two: NDArray[np.bool_],
    met_again: NDArray[np.int64],
) -> tuple[LikelyTwins, ...]:
    """`met_again` are deer of which a sighting could be compared with another encounter of theirs."""
    deer = others.shape[1]
    across = np.full((deer, deer), np.nan)  # of the sightings of each deer, against each other one
    for column in np.unique(own[own >= 0]):
        of_deer = others[own == column]
        compared = (of_deer > NOT_COMPARED).any(axis=0)
        scores = np.where(of_deer[:, compared] > NOT_COMPARED, of_deer[:, compared], np.nan)
        across[column, compared] = np.nanmedian(scores, axis=0)
    first, second = np.triu_indices(deer, 1)
    one_way, back = across[first, second], across[second, first]
    alike = np.fmin(one_way, back)
    known = alike[~np.isnan(alike)]
    if not known.size:
        return ()
    middle = float(np.median(known))
    spread = _MAD * float(np.median(np.abs(known - middle)))
    rare = NormalDist().inv_cdf(1 - min(CHANCE_PAIRS / known.size, 0.5))
    limit = max((middle + usual) / 2, middle + rare * spread)
    is_single = ~np.isin(np.arange(deer), met_again)
    single, other = is_single[first], is_single[second]
    # One reference answers lower than several: a deer of one encounter is found by its own sightings alone as well.
    alone = np.where(single, one_way, back)
    is_found = (single ^ other) & (alone >= max(usual, limit)) & ~(alike >= limit)
    alike = np.where(is_found, alone, alike)
    found = np.flatnonzero((is_found | (alike >= limit)) & ~are_two[first, second])
    order = found[np.argsort(-alike[found], kind="stable")]
    return tuple(
        LikelyTwins(int(first[at]), int(second[at]), round(float(alike[at]))) for at in order
    )
