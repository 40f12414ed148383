"""Certificate of a batch: whether few of some frozen assignments are wrong, however few deer there are. Pure.

An error rate among strangers to come cannot be bounded with a dozen deer. That few of the M assignments that
are there are wrong can: they are a finite population, of which a random sample is judged
(`analysis.stats.betting_test`), and nothing is assumed about deer, cameras or scores.

A store may ask again and again. Plan k of it, counted from 1 over every plan that was ever opened, whatever
became of it, gets the risk 0.05 x 6 / (pi^2 k^2). These sum to 0.05 over all k, so that the probability that
any certificate of the store is wrong is at most 0.05 (union bound; Robbins 1970 spends risk in the same way).
Within a plan at most two candidates are tested in a fixed order, at the same risk, until the first failure.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.stats.betting_test import RISK, Evidence, Status, judgements_until_pass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

MIN_PAIRS: Final = 50
"""Pairs below which a candidate is not sampled: nearly all of them would have to be judged anyhow."""
ERRORS_SHOWN: Final = (0, 1, 2)
"""Errors for which the needed judgements are said beforehand."""
HALF: Final = 0.5
"""The smaller candidate's share of the larger one, and the share that is tried where nothing is labelled."""


def risk_of(number: int, risk: float = RISK) -> float:
    """The risk that plan `number` of a store may take.

    Parameters
    ----------
    number : int
        Which plan it is, from 1; every plan that was opened counts.
    risk : float
        Risk of all plans together, in (0, 1).

    Returns
    -------
    float
        risk * 6 / (pi^2 * number^2).

    Raises
    ------
    ValueError
        Where the number is below 1.

    Examples
    --------
    >>> [round(risk_of(number), 4) for number in (1, 2, 10)]
    [0.0304, 0.0076, 0.0003]
    """
    if number < 1:
        raise ValueError(f"plans are counted from 1, not from {number}")
    return risk * 6 / (math.pi**2 * number**2)


def cuts(scores: NDArray[np.int32], shares: Sequence[float]) -> tuple[tuple[int, int], ...]:
    """The candidates of a batch: the best-scored shares of its pairs, smallest first.

    Parameters
    ----------
    scores : ndarray of int32, shape (M,)
        Score of each pair, in score units.
    shares : sequence of float
        Shares of the pairs, in (0, 1].

    Returns
    -------
    tuple of (int, int)
        Lowest score of each candidate, and how many pairs reach it: at least the share and MIN_PAIRS of them.
        Pairs of one score go together, and shares that come to the same pairs are one candidate. With fewer
        than MIN_PAIRS pairs the one candidate is all of them.

    Examples
    --------
    60 pairs at 0.9 and 60 at 0.7:

    >>> scores = np.repeat([9000, 7000], 60).astype(np.int32)
    >>> cuts(scores, (0.5, 1.0)), cuts(scores, (0.1, 0.2)), cuts(scores[:49], (0.5,))
    (((9000, 60), (7000, 120)), ((9000, 60),), ((9000, 49),))
    """
    falling = -np.sort(-scores)
    found: dict[int, int] = {}
    for share in shares:
        if not len(falling):
            break
        wanted = max(math.ceil(round(share * len(falling), 9)), MIN_PAIRS)
        cut = int(falling[min(wanted, len(falling)) - 1])
        found[cut] = int((falling >= cut).sum())
    return tuple(sorted(found.items(), reverse=True))


def likely_share(scores: NDArray[np.int32], decoys: NDArray[np.int32], alpha: float) -> float:
    """The share of a batch's pairs, best scores first, that is likely to be certified.

    Parameters
    ----------
    scores : ndarray of int32, shape (M,)
        Score of each pair, in score units, of all sightings without a name.
    decoys : ndarray of int32, shape (n,)
        Best score of each labelled sighting against every deer but its own, in score units.
    alpha : float
        Share of wrong pairs that is to be certified, in (0, 1).

    Returns
    -------
    float
        In (0, 1]. HALF where there is no decoy, 1 where there is no pair.

    Notes
    -----
    If all M sightings were strangers and looked like the labelled deer, M * F(t) of them would reach a score t,
    where F is the share of decoys that do. With A pairs at or above t, M * F(t) / A forecasts the share of
    wrong ones from above. F is taken as (hits + 1/2) / (n + 1), which few decoys cannot make 0. The lowest t
    with a forecast of at most alpha / 2 is taken, since a candidate that is hardly good enough takes very long to
    pass, and where there is none that with the least. The forecast only chooses what is asked. It proves nothing:
    where it is wrong, because strangers look more alike, the batch fails.

    Examples
    --------
    100 pairs, half of them above all of 99 decoys. The 60 best are forecast to have 0.5 / 100 * 100 / 60 wrong:

    >>> scores = np.concatenate((np.full(60, 9000), np.full(40, 5000))).astype(np.int32)
    >>> likely_share(scores, np.full(99, 6000, np.int32), 0.05)
    0.6
    """
    if not len(scores):
        return 1.0
    if not len(decoys):
        return HALF
    cut, pairs = np.unique(-scores, return_counts=True)
    taken = np.cumsum(pairs)
    hits = len(decoys) - np.searchsorted(np.sort(decoys), -cut, side="left")
    forecast = len(scores) * (hits + 0.5) / (len(decoys) + 1) / taken
    good = np.flatnonzero(forecast <= alpha * HALF)
    at = int(good[-1]) if good.size else int(forecast.argmin())
    return float(taken[at] / len(scores))


def judgements_needed(errors: int, pairs: int, alpha: float, risk: float) -> int | None:
    """The number of judgements that certify a candidate when `errors` of them call the pair wrong.

    Parameters
    ----------
    errors : int
        Errors among the judgements, at least 0.
    pairs : int
        Pairs of the candidate, more than 0.
    alpha : float
        Share of wrong pairs to be certified, in (0, 1).
    risk : float
        Risk of the plan, in (0, 1).

    Returns
    -------
    int or None
        None where so many errors are too many. Below MIN_PAIRS all pairs are judged.

    Examples
    --------
    At the risk of a single audit, of an endless number of pairs (the table of the betting test):

    >>> [judgements_needed(errors, 10**6, 0.05, 0.05) for errors in (0, 1, 2)]
    [74, 134, 170]

    The first batch of a store, 120 pairs:

    >>> [judgements_needed(errors, 120, 0.05, risk_of(1)) for errors in (0, 1, 2)]
    [52, 78, 94]
    """
    if pairs < MIN_PAIRS:
        return pairs
    return judgements_until_pass(errors, pairs, alpha, risk=risk)


def judged_whole(outcomes: Sequence[bool], pairs: int) -> Evidence:
    """The evidence of a batch of which every pair is judged, because it has fewer than MIN_PAIRS.

    Parameters
    ----------
    outcomes : sequence of bool
        Judgements in the order of the draw; True: the pair is wrong.
    pairs : int
        Pairs of the batch, more than 0.

    Returns
    -------
    Evidence
        Open until all are judged. It passes where one of them was found right: these are certified, and no
        other, so that nothing is left to chance and the bound is 0.

    Raises
    ------
    ValueError
        Where there are more judgements than pairs, or none.

    Examples
    --------
    >>> judged_whole([False, True], 3).status, judged_whole([False, True, True], 3).status
    (<Status.OPEN: 'open'>, <Status.PASSED: 'passed'>)
    """
    if pairs <= 0 or len(outcomes) > pairs:
        raise ValueError(f"{len(outcomes)} judgements of {pairs} pairs are none")
    wrong = sum(outcomes)
    if len(outcomes) < pairs:
        return Evidence(pairs, len(outcomes), wrong, 1.0, 1.0, 1.0, Status.OPEN)
    if wrong < pairs:
        return Evidence(pairs, pairs, wrong, math.inf, 1.0, 0.0, Status.PASSED)
    return Evidence(pairs, pairs, wrong, 0.0, 1.0, 1.0, Status.FAILED)
