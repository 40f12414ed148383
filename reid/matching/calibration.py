"""Calibration of fused scores: the scores of a pair by embedding and by pattern become one. Pure numpy and SciPy.

Each class of deer has its own log odds, linear in the two parts, that the two photographs show one animal. A part
that says nothing about a class weighs nothing there. Pairs without a pattern score have log odds of their own, from
the embedding alone, on the same scale: so both kinds stand in one ranking and under one threshold.

Embeddings of another network lie elsewhere, and so may evidence of patterns: both are measured by the impostors of the same
store. An embedding's score is counted from their middle in units of their spread, evidence of a pattern in units of theirs.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np

from reid.matching.similarity import NOT_COMPARABLE
from reid.units import SCORE_UNITS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

POOLED: Final = "any"
"""Key of the weights that serve every class without its own."""
FLATNESS: Final = 4.0
"""Log odds at which the curve from log odds to score bends: score 0.75. A larger one spreads high scores."""
MOST_PATTERN: Final = 1.0 - 0.5 / SCORE_UNITS
"""The pattern score at which its evidence, -log(1 - score), is cut: half a unit below 1."""
RIDGE: Final = 1e-3
"""Penalty on squared slopes of the fit, for parts that separate genuine pairs from impostors without a fault."""
LEAST_EVIDENCE: Final = 0.01
"""Least spread of evidence: of fewer than some hundred score units it would be that of rounding."""
MAD_TO_SD: Final = 1.4826
"""What a median absolute deviation is multiplied by to be the standard deviation of a normal distribution."""


@dataclass(frozen=True, slots=True)
class Weights:
    """Log odds of one class of deer.

    Attributes
    ----------
    embedding, pattern, intercept : float
        Of pairs with a pattern score: log odds = embedding * z + pattern * evidence + intercept. Slopes are >= 0.
    alone, alone_intercept : float
        Of pairs without one: log odds = alone * z + alone_intercept.
    """

    embedding: float
    pattern: float
    intercept: float
    alone: float
    alone_intercept: float

    def __post_init__(self) -> None:
        if min(self.embedding, self.pattern, self.alone) < 0:
            raise ValueError("a better score must never make a pair less likely")


@dataclass(frozen=True, slots=True)
class ImpostorScores:
    """Where the scores of impostors lie in a store: what both parts are measured by.

    Attributes
    ----------
    centre, scale : float
        Median of the embedding's scores, in score units, and their spread (> 0).
    pattern_scale : float
        Standard deviation of the evidence of patterns (> 0).
    """

    centre: float
    scale: float
    pattern_scale: float

    def __post_init__(self) -> None:
        if min(self.scale, self.pattern_scale) <= 0:
            raise ValueError("the spread of scores must be above 0")

    def standardised(self, embedding: NDArray[np.int32]) -> NDArray[np.float64]:
        """Embedding scores (score units) as distances from the impostors' median, in units of their spread."""
        z: NDArray[np.float64] = (embedding.astype(np.float64) - self.centre) / self.scale
        return z

    def strength(self, pattern: NDArray[np.int32]) -> NDArray[np.float64]:
        """Evidence of pattern scores in units of the impostors' spread; NaN where a score is NOT_COMPARABLE."""
        return np.where(pattern >= 0, evidence(pattern) / self.pattern_scale, np.nan)


@dataclass(frozen=True, slots=True)
class Calibration:
    """Frozen calibration of a fused scorer.

    Attributes
    ----------
    impostors : ImpostorScores
        Of the store that it was made in.
    of_class : dict
        `Weights` by class of deer; POOLED serves the others.
    source : str
        What the weights were learned from, for people to read.
    """

    impostors: ImpostorScores
    of_class: Mapping[str, Weights]
    source: str

    def __post_init__(self) -> None:
        if POOLED not in self.of_class:
            raise ValueError("weights for classes without their own are missing")

    def to_json(self) -> dict[str, Any]:
        """The calibration as plain values, from which `from_json` makes it again."""
        return asdict(self.impostors) | {
            "source": self.source,
            "of_class": {name: asdict(weights) for name, weights in sorted(self.of_class.items())},
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Raises KeyError, TypeError or ValueError for what is no calibration."""
        return cls(
            impostors=ImpostorScores(
                centre=float(data["centre"]),
                scale=float(data["scale"]),
                # The first calibrations weighed evidence as it was.
                pattern_scale=float(data.get("pattern_scale", 1.0)),
            ),
            of_class={name: Weights(**weights) for name, weights in data["of_class"].items()},
            source=str(data["source"]),
        )

    @property
    def fingerprint(self) -> str:
        """SHA-256 of everything that decides a score, 64 hex digits."""
        content = self.to_json() | {"flatness": FLATNESS}
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    def weights_of(self, classification: str) -> Weights:
        """The weights of a class of deer, or those that serve every class."""
        return self.of_class.get(classification, self.of_class[POOLED])

    def score(
        self,
        embedding: NDArray[np.int32],
        pattern: NDArray[np.int32],
        classes: Sequence[str],
    ) -> NDArray[np.int32]:
        """Fused scores of detections against deer.

        Parameters
        ----------
        embedding, pattern : ndarray of int32, shape (n, m)
            Score units, or NOT_COMPARABLE.
        classes : sequence of str, length n
            Class of each detection.

        Returns
        -------
        ndarray of int32, shape (n, m)
            Score units, from 0 to 10,000; 5,000 are even odds among as many genuine pairs as impostors. NOT_COMPARABLE
            where the embedding is. The log odds L become 0.5 + 0.5 L / (4 + |L|): unlike a logistic curve it has no
            ceiling within reach at which good and better matches would be alike.

        Raises
        ------
        ValueError
            Where the shapes differ, or there is not one class a detection.

        Examples
        --------
        One z and log odds of 2 z + 1 evidence: 4 z above the middle without a pattern score are log odds of 4,
        and so 0.5 + 0.5 * 4 / 8:

        >>> calibration = Calibration(
        ...     ImpostorScores(5000, 1000, 1), {"any": Weights(2.0, 1.0, 0.0, 1.0, 0.0)}, "example"
        ... )
        >>> scores = np.array([[9000, 5000]], np.int32), np.array([[-1, 0]], np.int32)
        >>> calibration.score(*scores, ["buck"]).tolist()
        [[7500, 5000]]
        """
        if embedding.shape != pattern.shape or len(classes) != len(embedding):
            raise ValueError("each pair needs its two scores, and each detection its class")
        chosen = [self.weights_of(name) for name in classes]
        slopes = np.array(
            [(w.embedding, w.pattern, w.intercept, w.alone, w.alone_intercept) for w in chosen],
            np.float64,
        ).reshape(len(chosen), 5, 1)
        z, strength = self.impostors.standardised(embedding), self.impostors.strength(pattern)
        with_pattern = slopes[:, 0] * z + slopes[:, 1] * strength + slopes[:, 2]
        alone = slopes[:, 3] * z + slopes[:, 4]
        units = squashed(np.where(np.isnan(strength), alone, with_pattern))
        return np.where(embedding >= 0, units, NOT_COMPARABLE).astype(np.int32)


SHIPPED: Final[Mapping[str, Weights]] = {POOLED: Weights(0.4, 0.74, -1.7, 1.9, -0.77)}
"""Weights that serve a store until it has learned its own.

Fitted to real animals with marked coats (1,205 photographs of 179 antelopes), by the default network and the pattern matcher.
In stores of 20 to 90 of them the slope of the pattern is 0.29 to 0.75, and the embedding's 0.6 to 1.8. That is 0.4 here,
where the fit to all says 0.8: errors at the top of the ranking, which thresholds hang on, are fewer so.
"""


def evidence(pattern: NDArray[np.int32]) -> NDArray[np.float64]:
    """Evidence of pattern scores in score units: -log(1 - score), which the matcher's own map made a score of.

    Examples
    --------
    >>> evidence(np.array([0, 5000], np.int32)).round(4).tolist()
    [0.0, 0.6931]
    """
    share = np.clip(pattern / SCORE_UNITS, 0.0, MOST_PATTERN)
    strength: NDArray[np.float64] = -np.log1p(-share)
    return strength


def squashed(log_odds: NDArray[np.float64]) -> NDArray[np.int32]:
    """Score units of log odds, strictly rising but for rounding.

    Examples
    --------
    >>> squashed(np.array([-4.0, 0.0, 4.0, 36.0])).tolist()
    [2500, 5000, 7500, 9500]
    """
    share = 0.5 + 0.5 * log_odds / (FLATNESS + np.abs(log_odds))
    return np.rint(share * SCORE_UNITS).astype(np.int32)


def impostor_scores(embedding: NDArray[np.int32], pattern: NDArray[np.int32]) -> ImpostorScores:
    """What the scores of impostors say; `embedding` and `pattern` in score units, NOT_COMPARABLE ones do not count.

    The embedding's spread is the median absolute deviation times 1.4826, at least one score unit; without any pattern
    score that of patterns is 1. Raises ValueError for no scores of the embedding.

    Examples
    --------
    Evidence of 0 and of log(2) lies half of that from its mean:

    >>> impostor_scores(np.array([4000, 5000, 6000, 7000, 9000]), np.array([0, 5000, -1]))
    ImpostorScores(centre=6000.0, scale=1482.6, pattern_scale=0.34657359027997264)
    """
    scores = embedding[embedding >= 0]
    if scores.size == 0:
        raise ValueError("there are no scores to take the middle of")
    centre = float(np.median(scores))
    spread = MAD_TO_SD * float(np.median(np.abs(scores - centre)))
    found = evidence(pattern[pattern >= 0])
    pattern_scale = max(float(found.std()), LEAST_EVIDENCE) if found.size else 1.0
    return ImpostorScores(centre, max(spread, 1.0), pattern_scale)


def fit(
    z: NDArray[np.float64],
    strength: NDArray[np.float64],
    genuine: NDArray[np.bool_],
    *,
    uses_pattern: bool = True,
    uses_embedding: bool = True,
) -> Weights:
    """Weights that tell genuine pairs from impostors best: logistic regression with slopes >= 0.

    Genuine pairs and impostors weigh the same in sum, however many there are of each.

    Parameters
    ----------
    z : ndarray of float64, shape (n,)
        Standardised embedding scores (`ImpostorScores.standardised`).
    strength : ndarray of float64, shape (n,)
        Standardised evidence of patterns (`ImpostorScores.strength`); NaN where there is no pattern score.
    genuine : ndarray of bool, shape (n,)
        Whether the detection shows the deer.
    uses_pattern, uses_embedding : bool
        A part that is not used has the slope 0 in pairs that have a pattern score.

    Returns
    -------
    Weights

    Raises
    ------
    ValueError
        Where genuine pairs or impostors are missing, with or among those that have a pattern score while that is used.
    """
    alone, alone_intercept = _logistic(z[:, None], genuine)
    there = ~np.isnan(strength)
    columns = []
    if uses_embedding:
        columns.append(z[there])
    if uses_pattern:
        columns.append(strength[there])
    if not uses_pattern:
        return Weights(alone, 0.0, alone_intercept, alone, alone_intercept)
    *slopes, intercept = _logistic(np.stack(columns, axis=1), genuine[there])
    of_embedding = slopes[0] if uses_embedding else 0.0
    return Weights(of_embedding, slopes[-1], intercept, alone, alone_intercept)


def _logistic(columns: NDArray[np.float64], genuine: NDArray[np.bool_]) -> list[float]:
    """Slopes (>= 0) and, last, the intercept."""
    from scipy.optimize import minimize  # half a second, for whoever learns weights alone

    count = int(genuine.sum())
    if count in (0, len(genuine)):
        raise ValueError("a calibration needs genuine pairs and impostors")
    balance = np.where(genuine, 0.5 / count, 0.5 / (len(genuine) - count))
    spread = np.maximum(columns.std(axis=0), 1e-9)
    design = np.column_stack((columns / spread, np.ones(len(columns))))
    sign = np.where(genuine, 1.0, -1.0)

    def loss(slopes: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        margin = sign * (design @ slopes)
        pull = -sign * balance / (1.0 + np.exp(np.clip(margin, -500.0, 500.0)))
        ridge = RIDGE * np.append(slopes[:-1], 0.0)
        value = balance @ np.logaddexp(0.0, -margin) + 0.5 * ridge @ slopes
        return float(value), design.T @ pull + ridge

    bounds = [(0.0, None)] * columns.shape[1] + [(None, None)]
    found = minimize(loss, np.zeros(design.shape[1]), jac=True, method="L-BFGS-B", bounds=bounds)
    return [*(found.x[:-1] / spread).tolist(), float(found.x[-1])]
