"""Evidence on strangers: labelled sightings of deer that the scorer did not learn from, where there are enough. Pure.

A stranger to come is none of the deer that an embedding or a calibration learned from. Such deer score lower against
others than strangers do, so a threshold that rests on them lets more strangers through than it says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.recommendation.fpir_gate import MIN_DEER, MIN_TRIALS
from analysis.score_log.error_rates import ErrorRates
from analysis.score_log.trials import NOT_COMPARED
from reid.units import as_score

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.score_log.trials import Trials

LEARNED: Final = (
    "FPIR rests on {learned} sightings of deer that the scorer learned from, and strangers to come may be named more "
    "often than it says, since of deer that it did not learn there are too few ({unseen} sightings of {deer} deer; it "
    "takes {min_trials} of {min_deer})."
)
MAY_BE: Final = (
    "By those few, FPIR at {threshold} may be {high:.1%} ({estimate:.1%}, interval {low:.1%} to {high:.1%}) where all "
    "together say {told:.1%}."
)
UNKNOWN: Final = "By how much cannot be said here; on other animals 4.9% so measured was 12.9% of deer that nothing had learned."
LEFT_OUT: Final = (
    "Error rates rest on the {trials} labelled sightings of {deer} deer that the scorer did not learn from; {learned} "
    "of deer that it learned from are left out."
)


def evidence_of(trials: Trials, learned: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which labelled sightings are evidence on strangers.

    Parameters
    ----------
    trials : Trials
        n labelled sightings.
    learned : ndarray of bool, shape (n,)
        Whether the scorer learned from the sighting's deer.

    Returns
    -------
    ndarray of bool, shape (n,)
        Those of deer that were not learned where they have decoys of MIN_DEER deer and MIN_TRIALS sightings, else all.

    Examples
    --------
    Two sightings are no evidence apart from the rest, whoever was learned:

    >>> from analysis.score_log.trials import Trials
    >>> trials = Trials(
    ...     np.array([[9000, 4000], [3000, 8000]], np.int32),
    ...     np.ones((2, 2), bool),
    ...     np.array([0, 1]),
    ...     np.array([0, 1]),
    ... )
    >>> evidence_of(trials, np.array([True, False])).tolist()
    [True, True]
    """
    unseen = ~learned
    usable = unseen & (trials.decoys > NOT_COMPARED)
    is_enough = usable.sum() >= MIN_TRIALS and len(np.unique(trials.deer[usable])) >= MIN_DEER
    return unseen if is_enough else np.ones(len(trials), np.bool_)


def about_learned(trials: Trials, learned: NDArray[np.bool_], threshold: int) -> str:
    """What is to be known of the evidence where the scorer learned from some of the labelled deer.

    Parameters
    ----------
    trials : Trials
        n labelled sightings.
    learned : ndarray of bool, shape (n,)
        Whether the scorer learned from the sighting's deer.
    threshold : int
        In score units: where FPIR of deer that were not learned is compared with that of all.

    Returns
    -------
    str
        That learned deer are left out; or that they are not, and by how much FPIR may be off. Empty where nothing was
        learned of any labelled deer.
    """
    compared = trials.decoys > NOT_COMPARED
    if not (learned & compared).any():
        return ""
    unseen = ~learned & compared
    deer = len(np.unique(trials.deer[unseen]))
    counts = {"learned": int((learned & compared).sum()), "deer": deer}
    if not evidence_of(trials, learned).all():
        return LEFT_OUT.format(trials=int(unseen.sum()), **counts)
    said = LEARNED.format(
        unseen=int(unseen.sum()), min_trials=MIN_TRIALS, min_deer=MIN_DEER, **counts
    )
    if not unseen.any():
        return f"{said} {UNKNOWN}"
    apart = ErrorRates(trials.take(unseen)).fpir(threshold)
    told = ErrorRates(trials).fpir(threshold).estimate
    ends = {"estimate": apart.estimate, "low": apart.low, "high": apart.high, "told": told}
    return f"{said} {MAY_BE.format(threshold=as_score(threshold), **ends)}"
