"""Comparison of a derived embedding with its parent, on deer that its training never saw. Pure numpy.

Deer are split into folds. Those of a fold are examined by an embedding that was derived from all the others:
each sighting is a probe, against all other sightings of the fold's deer (leave one sighting out), and the parent
is examined on the very same probes (`analysis.evaluation.paired_figures`). The deer are dealt more than once, so that
the verdict hangs less on who met whom in a fold, and it rests on mAP, which every rank counts in: rank 1 alone moves by
points from one deal to the next.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from analysis.evaluation.fold_trials import Examined, Pair, of_deer, sightings_of_deer, trials
from analysis.evaluation.paired_figures import EmbeddingComparison, Estimate, compare
from analysis.score_log.ranking import FIGURES, Ranking

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reid.matching.similarity import Rule

MIN_DEER: Final = 10
MIN_SIGHTINGS: Final = 59
DRAWS: Final = 1000
PRIMARY: Final = "map"
REFERENCES: Final = {"2-4": (2, 4), "5-8": (5, 8), "9+": (9, None)}
"""Deer by their number of sightings, one of which is looked for among the others: the fewest and the most."""
_FLANKS: Final = {
    "left": ("left", "left"),
    "right": ("right", "right"),
    "across": ("left", "right"),
}
_SMALLER_IS_BETTER: Final = frozenset({"eer"})

TOO_FEW: Final = (
    "{sightings} sightings of {deer} deer that were never learned from are too few to judge by: "
    "it takes {min_sightings} of {min_deer}."
)
BETTER: Final = "It ranks a sighting's own deer higher: mAP {gain:+.1f} points ({low:+.1f} to {high:+.1f}), and no other figure is worse."
ACROSS: Final = (
    "Where only the other flank is known it is worse, mAP {gain:+.1f} points ({low:+.1f} to {high:+.1f}): say "
    "which flank a photograph shows, and keep references of both."
)
MAY_BE_CHANCE: Final = (
    "The gain in mAP, {gain:+.1f} points ({low:+.1f} to {high:+.1f}), may be chance."
)
WORSE: Final = "It is worse than its parent in {names}."


class ComparisonVerdict(StrEnum):
    """Verdict on a derived embedding."""

    BETTER = "BETTER"
    NOT_BETTER = "NOT_BETTER"
    TOO_FEW = "TOO_FEW"


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
    by_references : dict of str to EmbeddingComparison
        REFERENCES, among the deer of a fold; those without a mated sighting are left out.
    folds : tuple of dict
        The figures of each fold of each deal.
    """

    verdict: ComparisonVerdict
    reason: str
    overall: EmbeddingComparison | None
    in_store: EmbeddingComparison | None
    by_flank: dict[str, EmbeddingComparison]
    by_references: dict[str, EmbeddingComparison]
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
        BETTER where the 95 % interval of the gain in mAP is above 0 and no figure's interval is on the bad side.

    Examples
    --------
    Nothing examined is too few:

    >>> judge([], "centroid", seed=1).verdict
    <ComparisonVerdict.TOO_FEW: 'TOO_FEW'>
    """
    # Deer that were never learned from, looked for among nothing but such, and then among all.
    among_unseen = [trials(fold, rule, fold.unseen, fold.unseen) for fold in folds]
    among_all = [trials(fold, rule, fold.unseen, np.ones_like(fold.unseen)) for fold in folds]
    deals = len({fold.deal for fold in folds})

    def compared(pairs: Sequence[Pair]) -> EmbeddingComparison | None:
        return compare(pairs, seed, draws, deals)

    overall, in_store = compared(among_unseen), compared(among_all)
    by_flank = {
        name: compared(
            [
                trials(
                    fold,
                    rule,
                    fold.unseen & (fold.flanks == probe),
                    fold.unseen & (fold.flanks == reference),
                )
                for fold in folds
            ]
        )
        for name, (probe, reference) in _FLANKS.items()
    }
    by_references = {
        name: compared(
            [
                of_deer(pair, sightings_of_deer(fold, *ends))
                for fold, pair in zip(folds, among_unseen, strict=True)
            ]
        )
        for name, ends in REFERENCES.items()
    }
    of_a_deal = len(folds) // max(1, deals)
    rows = tuple(
        _fold_row(number % of_a_deal + 1, fold, pair)
        for number, (fold, pair) in enumerate(zip(folds, among_unseen, strict=True))
    )
    verdict, reason = _verdict(overall)
    across = by_flank["across"]
    if across is not None and _is_worse(PRIMARY, across.difference[PRIMARY]):
        reason = f"{reason} {ACROSS.format(**_in_points(across.difference[PRIMARY]))}"
    return Judgement(
        verdict, reason, overall, in_store, _known(by_flank), _known(by_references), rows
    )


def _known(parts: dict[str, EmbeddingComparison | None]) -> dict[str, EmbeddingComparison]:
    return {name: part for name, part in parts.items() if part is not None}


def _fold_row(number: int, fold: Examined, pair: Pair) -> dict[str, Any]:
    parent, derived = (
        ranking.figures(np.ones(len(own), np.int64))
        for own, ranking in ((own, Ranking(own)) for own in pair)
    )
    return {
        "deal": fold.deal + 1,
        "fold": number,
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
    return ComparisonVerdict.NOT_BETTER, MAY_BE_CHANCE.format(**points)


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
