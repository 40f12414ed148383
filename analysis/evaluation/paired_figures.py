"""Figures of two embeddings on the same trials, with intervals; those of their difference draw the same deer for both. Pure numpy.

Figures are means over the folds, weighted by mated sightings; a threshold holds within its fold. Intervals draw whole
deer with replacement and keep the galleries as they are (`analysis.stats.intervals`): a deer that is drawn comes with all
its sightings, in every deal of the folds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.score_log.ranking import FIGURES, Ranking
from analysis.stats.intervals import UndefinedError, expanded_percentiles, resampled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from analysis.evaluation.fold_trials import Pair


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % interval.

    Attributes
    ----------
    estimate : float
        Share in [0, 1], a difference of shares in [-1, 1], or NaN.
    low, high : float or None
        Ends of the interval; None where too little is known for one.
    """

    estimate: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class EmbeddingComparison:
    """Both embeddings on the same probes.

    Attributes
    ----------
    sightings, deer : int
        Mated sightings, and the deer that they are of.
    parent, derived, difference : dict of str to Estimate
        FIGURES by name, of each embedding, and derived less parent.
    """

    sightings: int
    deer: int
    parent: dict[str, Estimate]
    derived: dict[str, Estimate]
    difference: dict[str, Estimate]


def compare(pairs: Sequence[Pair], seed: int, draws: int, deals: int) -> EmbeddingComparison | None:
    """The comparison on the trials of each fold.

    Parameters
    ----------
    pairs : sequence of Pair
        The trials of each fold of each deal.
    seed : int
        Of the bootstrap.
    draws : int
        Resamples of the bootstrap.
    deals : int
        How often the deer were dealt into folds: so often each sighting is there.

    Returns
    -------
    EmbeddingComparison or None
        None where no sighting is mated.

    Examples
    --------
    >>> compare([], seed=1, draws=10, deals=1) is None
    True
    """
    rankings = [tuple(Ranking(own) for own in pair) for pair in pairs if len(pair[0])]
    pairs = [pair for pair in pairs if len(pair[0])]
    if not any(parent.mated.any() for parent, _ in rankings):
        return None
    deer = np.concatenate([parent.deer for parent, _ in pairs])
    ends = np.cumsum([len(parent) for parent, _ in pairs])[:-1]
    mated = np.concatenate([parent.mated for parent, _ in rankings])

    def figures(times: NDArray[np.int64]) -> NDArray[np.float64]:
        """(2 k,): the parent's figures and the derived ones."""
        parts = np.split(times, ends)
        weights = [pair[0].weight(part) for pair, part in zip(rankings, parts, strict=True)]
        if not sum(weights):
            raise UndefinedError("no mated sighting was drawn")
        per_fold = [
            np.concatenate([ranking.figures(part) for ranking in pair])
            for pair, part in zip(rankings, parts, strict=True)
        ]
        return _weighted_mean(np.array(per_fold), np.array(weights, np.float64))

    estimates = figures(np.ones(len(deer), np.int64))
    groups = len(np.unique(deer))
    resamples = None
    if groups > 1:
        generator = np.random.default_rng(seed)
        resamples = resampled(lambda times: figures(times).tolist(), deer, generator, draws)

    def named(
        estimate: NDArray[np.float64], values: NDArray[np.float64] | None
    ) -> dict[str, Estimate]:
        return {
            name: _figure(float(estimate[k]), None if values is None else values[:, k], groups)
            for k, name in enumerate(FIGURES)
        }

    k = len(FIGURES)
    before, after = (None, None) if resamples is None else (resamples[:, :k], resamples[:, k:])
    return EmbeddingComparison(
        sightings=int(mated.sum()) // deals,
        deer=len(np.unique(deer[mated])),
        parent=named(estimates[:k], before),
        derived=named(estimates[k:], after),
        difference=named(
            estimates[k:] - estimates[:k],
            None if before is None or after is None else after - before,
        ),
    )


def _weighted_mean(
    values: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Of rows (folds, k), each column over the folds in which it is defined; NaN where it is in none."""
    defined = ~np.isnan(values)
    total = (weights[:, None] * defined).sum(axis=0)
    sums = (weights[:, None] * np.where(defined, values, 0.0)).sum(axis=0)
    mean = np.full(values.shape[1], np.nan)
    np.divide(sums, total, out=mean, where=total > 0)
    return mean


def _figure(estimate: float, values: NDArray[np.float64] | None, groups: int) -> Estimate:
    if values is None:
        return Estimate(estimate, None, None)
    try:
        ends = expanded_percentiles(values, groups)
    except UndefinedError:
        return Estimate(estimate, None, None)
    return Estimate(estimate, ends.low, ends.high)
