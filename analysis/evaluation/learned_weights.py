"""Weights of the two parts of a fused score, learned from deer that the embedding never saw. Pure numpy.

The folds of a training (or of a network that learned no deer at all) give scores that are honest: of each fold's deer the
embedding knew nothing. Weights for a fold are learned from the other folds of the same deal and tried on its own deer, so
that no figure here is of deer that anything learned from. A part counts only where it is worth it: both count where
together they rank better than either alone, beyond the error of each difference; else the pattern alone, where that
ranks better than the embedding beyond its error, or ranks better at all and both do beyond error, so that the pattern
is what they gain by; else the embedding alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.evaluation.comparison import DRAWS, MIN_DEER, MIN_SIGHTINGS, PRIMARY
from analysis.evaluation.paired_figures import compare
from reid.matching.calibration import POOLED, Weights, fit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.evaluation.paired_figures import EmbeddingComparison, Estimate
    from analysis.evaluation.part_scores import PartScores
    from analysis.score_log.trials import Trials

NO_PATTERN: Final = (
    "{name}: too few photographs with a pattern to learn from; the embedding counts alone."
)
BOTH: Final = (
    "{name}: both count. Together they rank better than the embedding alone (mAP {embedding} points) and than the "
    "pattern alone (mAP {pattern} points)."
)
PATTERN: Final = (
    "{name}: where a photograph has a pattern it counts alone. It ranks better than the embedding, and the embedding "
    "adds nothing to it that could not be chance (mAP {pattern} points)."
)
EMBEDDING: Final = (
    "{name}: the pattern is of no use here and is switched off. Both together do not rank better than each alone, or no more "
    "than chance would have it (mAP {embedding} points over the embedding, {pattern} over the pattern)."
)
EVERY_CLASS: Final = "all classes"


class Use(StrEnum):
    """Use of the two parts for one class of deer."""

    BOTH = "both"
    PATTERN = "pattern"
    EMBEDDING = "embedding"


@dataclass(frozen=True, slots=True)
class Finding:
    """Finding on one class of deer, or on all of them (POOLED).

    `over_embedding` and `over_pattern` compare both parts together (`derived`) with each alone (`parent`), on the same
    sightings; None where too few photographs have a pattern.
    """

    classification: str
    use: Use
    over_embedding: EmbeddingComparison | None = None
    over_pattern: EmbeddingComparison | None = None

    def __str__(self) -> str:
        name = EVERY_CLASS if self.classification == POOLED else self.classification
        if self.over_embedding is None or self.over_pattern is None:
            return NO_PATTERN.format(name=name)
        sentence = {Use.BOTH: BOTH, Use.PATTERN: PATTERN, Use.EMBEDDING: EMBEDDING}[self.use]
        return sentence.format(
            name=name,
            embedding=_in_points(self.over_embedding.difference[PRIMARY]),
            pattern=_in_points(self.over_pattern.difference[PRIMARY]),
        )


@dataclass(frozen=True, slots=True)
class LearnedWeights:
    """Weights by class of deer, POOLED for those without their own, and what they rest on."""

    of_class: dict[str, Weights]
    findings: tuple[Finding, ...]


def learn(parts: Sequence[PartScores], *, seed: int = 0, draws: int = DRAWS) -> LearnedWeights:
    """Weights for all classes together, and for each class with enough deer and sightings of its own.

    Parameters
    ----------
    parts : sequence of PartScores
        Every fold of every deal; two folds a deal or more.
    seed : int
        Of the bootstrap.
    draws : int
        Resamples of the bootstrap.

    Returns
    -------
    LearnedWeights
        A class has its own where it has MIN_DEER deer and MIN_SIGHTINGS sightings, and is not alone.

    Raises
    ------
    ValueError
        Where nothing could be learned even of all classes together: no genuine pairs, or no impostors.
    """
    names = np.unique(np.concatenate([part.classes for part in parts])).tolist()
    own = [name for name in names if _is_enough(parts, name)] if len(names) > 1 else []
    found = [_learned(parts, name, seed, draws) for name in (POOLED, *own)]
    return LearnedWeights(
        {finding.classification: weights for finding, weights in found},
        tuple(finding for finding, _ in found),
    )


def _is_enough(parts: Sequence[PartScores], name: str) -> bool:
    deal = [part for part in parts if part.deal == parts[0].deal]
    deer = np.concatenate([part.deer[part.of_class(name)] for part in deal])
    sightings = np.concatenate([part.sightings[part.of_class(name)] for part in deal])
    return len(np.unique(deer)) >= MIN_DEER and len(np.unique(sightings)) >= MIN_SIGHTINGS


def _learned(
    parts: Sequence[PartScores], name: str, seed: int, draws: int
) -> tuple[Finding, Weights]:
    try:
        tried = {use: _tried(parts, name, use) for use in Use}
    except ValueError:
        return Finding(name, Use.EMBEDDING), _fitted(parts, name, Use.EMBEDDING)
    deals = len({part.deal for part in parts})

    def gain(use: Use, over: Use) -> EmbeddingComparison | None:
        pairs = list(zip(tried[over], tried[use], strict=True))
        return compare(pairs, seed, draws, deals)

    over_embedding, over_pattern = gain(Use.BOTH, Use.EMBEDDING), gain(Use.BOTH, Use.PATTERN)
    of_pattern = gain(Use.PATTERN, Use.EMBEDDING)
    ranks_better = of_pattern is not None and of_pattern.difference[PRIMARY].estimate > 0
    use = Use.EMBEDDING
    if _is_gain(over_embedding) and _is_gain(over_pattern):
        use = Use.BOTH
    elif _is_gain(of_pattern) or (ranks_better and _is_gain(over_embedding)):
        use = Use.PATTERN
    return Finding(name, use, over_embedding, over_pattern), _fitted(parts, name, use)


def _tried(parts: Sequence[PartScores], name: str, use: Use) -> list[Trials]:
    """Of each fold its trials, under weights that the other folds of its deal gave."""
    return [
        part.trials(
            _fitted(
                [other for other in parts if other.deal == part.deal and other is not part],
                name,
                use,
            ),
            part.of_class(name),
        )
        for part in parts
    ]


def _fitted(parts: Sequence[PartScores], name: str, use: Use) -> Weights:
    """Raises ValueError where genuine pairs or impostors are missing."""
    z, strength, genuine = [], [], []
    for part in parts:
        rows, impostors = part.of_class(name), part.impostors
        there = part.embedding[rows] >= 0
        z.append(impostors.standardised(part.embedding[rows])[there])
        strength.append(impostors.strength(part.pattern[rows])[there])
        genuine.append(part.genuine[rows][there])
    return fit(
        np.concatenate(z),
        np.concatenate(strength),
        np.concatenate(genuine),
        uses_pattern=use is not Use.EMBEDDING,
        uses_embedding=use is not Use.PATTERN,
    )


def _is_gain(found: EmbeddingComparison | None) -> bool:
    """Whether the whole interval of the difference in mAP is above 0."""
    low = found.difference[PRIMARY].low if found else None
    return low is not None and low > 0


def _in_points(figure: Estimate) -> str:
    """A difference of shares with its interval, times 100."""
    if figure.low is None or figure.high is None:
        return f"{100 * figure.estimate:+.1f}"
    return f"{100 * figure.estimate:+.1f}, {100 * figure.low:+.1f} to {100 * figure.high:+.1f},"
