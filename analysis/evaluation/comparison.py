"""Comparison of a derived embedding with its parent, on deer that its training never saw. Pure numpy.

Deer are split into folds. Those of a fold are examined by an embedding that was derived from all the others:
each sighting is a probe, against all other sightings of the fold's deer (leave one sighting out), and the parent
is examined on the very same probes. Figures are means over the folds, weighted by mated sightings; a threshold
holds within its fold. Intervals draw whole deer with replacement and keep the galleries as they are; those of
differences draw the same deer for both (`analysis.stats.intervals`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from analysis.evaluation.fold_trials import Examined, Pair, trials
from analysis.evaluation.ranking import FIGURES, Ranking
from analysis.stats.intervals import UndefinedError, expanded_percentiles, resampled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from reid.matching.similarity import Rule

MIN_DEER: Final = 10
MIN_SIGHTINGS: Final = 59
DRAWS: Final = 1000
PRIMARY: Final = "rank1"
_SMALLER_IS_BETTER: Final = frozenset({"eer"})

TOO_FEW: Final = (
    "{sightings} sightings of {deer} deer that were never learned from are too few to judge by: "
    "it takes {min_sightings} of {min_deer}."
)
BETTER: Final = "Its own deer is first for {gain:+.1f} points more of the sightings ({low:+.1f} to {high:+.1f}), and no other figure is worse."
ACROSS: Final = (
    "Where only the other flank is known it is worse, {gain:+.1f} points ({low:+.1f} to {high:+.1f}): say "
    "which flank a photograph shows, and keep references of both."
)
NOT_FIRST: Final = (
    "The gain at rank 1, {gain:+.1f} points ({low:+.1f} to {high:+.1f}), may be chance."
)
WORSE: Final = "It is worse than its parent in {names}."


class ComparisonVerdict(StrEnum):
    """Verdict on a derived embedding."""

    BETTER = "BETTER"
    NOT_BETTER = "NOT_BETTER"
    TOO_FEW = "TOO_FEW"


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


@dataclass(frozen=True, slots=True)
class Judgement:
    """Judgement of a derived embedding.

    Attributes
    ----------
    verdict : ComparisonVerdict
        BETTER, NOT_BETTER or TOO_FEW.
    reason : str
        The verdict's reason, in sentences.
    overall : EmbeddingComparison or None
        As the product compares (both flanks, the other one for less), among the deer of a fold.
    in_store : EmbeddingComparison or None
        The same sightings, looked for among all deer.
    by_flank : dict of str to EmbeddingComparison
        left, right and across, among the deer of a fold; those without a mated sighting are left out.
    folds : tuple of dict
        The figures of each fold.
    """

    verdict: ComparisonVerdict
    reason: str
    overall: EmbeddingComparison | None
    in_store: EmbeddingComparison | None
    by_flank: dict[str, EmbeddingComparison]
    folds: tuple[dict[str, Any], ...]


def judge(folds: Sequence[Examined], rule: Rule, *, seed: int, draws: int = DRAWS) -> Judgement:
    """The judgement of `folds`, each examined by an embedding that had not learned from its deer.

    Parameters
    ----------
    folds : sequence of Examined
        All detections as the embeddings of each fold see them.
    rule : {"max", "top3", "centroid"}
        Rule of the gallery.
    seed : int
        Of the bootstrap; the same seed gives the same judgement.
    draws : int
        Resamples of the bootstrap.

    Returns
    -------
    Judgement
        BETTER where the 95 % interval of the gain at rank 1 is above 0 and no figure's interval is on the bad side.

    Examples
    --------
    Nothing examined is too few:

    >>> judge([], "centroid", seed=1).verdict
    <ComparisonVerdict.TOO_FEW: 'TOO_FEW'>
    """
    # Deer that were never learned from, looked for among nothing but such, and then among all.
    among_unseen = [trials(fold, rule, fold.unseen, fold.unseen) for fold in folds]
    among_all = [trials(fold, rule, fold.unseen, np.ones_like(fold.unseen)) for fold in folds]
    overall = _compare(among_unseen, seed, draws)
    in_store = _compare(among_all, seed, draws)
    by_flank = {}
    for name, (probe, reference) in {
        "left": ("left", "left"),
        "right": ("right", "right"),
        "across": ("left", "right"),
    }.items():
        pairs = [
            trials(
                fold,
                rule,
                fold.unseen & (fold.flanks == probe),
                fold.unseen & (fold.flanks == reference),
            )
            for fold in folds
        ]
        comparison = _compare(pairs, seed, draws)
        if comparison is not None:
            by_flank[name] = comparison
    rows = tuple(
        _fold_row(number, fold, pair)
        for number, (fold, pair) in enumerate(zip(folds, among_unseen, strict=True))
    )
    verdict, reason = _verdict(overall)
    across = by_flank.get("across")
    if across is not None and _is_worse(PRIMARY, across.difference[PRIMARY]):
        reason = f"{reason} {ACROSS.format(**_in_points(across.difference[PRIMARY]))}"
    return Judgement(verdict, reason, overall, in_store, by_flank, rows)


def _compare(pairs: Sequence[Pair], seed: int, draws: int) -> EmbeddingComparison | None:
    """Of the trials of each fold; None where no sighting is mated."""
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
        sightings=int(mated.sum()),
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


def _fold_row(number: int, fold: Examined, pair: Pair) -> dict[str, Any]:
    parent, derived = (
        ranking.figures(np.ones(len(own), np.int64))
        for own, ranking in ((own, Ranking(own)) for own in pair)
    )
    return {
        "fold": number + 1,
        "deer": len(np.unique(fold.deer[fold.unseen])),
        "sightings": int(Ranking(pair[0]).mated.sum()),
        "parent": dict(zip(FIGURES, map(_or_none, parent), strict=True)),
        "derived": dict(zip(FIGURES, map(_or_none, derived), strict=True)),
    }


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _verdict(overall: EmbeddingComparison | None) -> tuple[ComparisonVerdict, str]:
    deer, sightings = (overall.deer, overall.sightings) if overall else (0, 0)
    gain = overall.difference[PRIMARY] if overall else None
    if deer < MIN_DEER or sightings < MIN_SIGHTINGS or not overall or not gain or gain.low is None:
        return ComparisonVerdict.TOO_FEW, TOO_FEW.format(
            sightings=sightings, deer=deer, min_sightings=MIN_SIGHTINGS, min_deer=MIN_DEER
        )
    worse = [name for name, figure in overall.difference.items() if _is_worse(name, figure)]
    if worse:
        return ComparisonVerdict.NOT_BETTER, WORSE.format(names=", ".join(worse))
    points = _in_points(gain)
    if gain.low > 0:
        return ComparisonVerdict.BETTER, BETTER.format(**points)
    return ComparisonVerdict.NOT_BETTER, NOT_FIRST.format(**points)


def _in_points(figure: Estimate) -> dict[str, float]:
    """A difference of shares and its interval, times 100."""
    ends = (figure.estimate if end is None else end for end in (figure.low, figure.high))
    low, high = (100 * end for end in ends)
    return {"gain": 100 * figure.estimate, "low": low, "high": high}


def _is_worse(name: str, figure: Estimate) -> bool:
    """Whether the whole interval of a difference is on the bad side of 0."""
    if figure.low is None or figure.high is None:
        return False
    return figure.low > 0 if name in _SMALLER_IS_BETTER else figure.high < 0
