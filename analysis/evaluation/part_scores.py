"""Scores of one fold's detections by embedding and by pattern, and the trials that weights make of them. Pure numpy."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from analysis.evaluation.fold_trials import detection_scores, fused_trials
from reid.matching.calibration import (
    POOLED,
    Calibration,
    ImpostorScores,
    Weights,
    impostor_scores,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.evaluation.fold_trials import Examined
    from analysis.score_log.trials import Trials
    from reid.matching.similarity import Rule


@dataclass(frozen=True, eq=False)
class PartScores:
    """Scores of one fold's n detections against its D deer by each part.

    `embedding` and `pattern` (n, D) in score units, or NOT_COMPARABLE; `columns` (D,) and `deer` (n,) are codes of deer,
    `sightings` (n,) of sightings; `classes` (n,) by name; `deal` is the number of the deal that the fold is of.
    """

    embedding: NDArray[np.int32]
    pattern: NDArray[np.int32]
    columns: NDArray[np.int64]
    deer: NDArray[np.int64]
    sightings: NDArray[np.int64]
    classes: NDArray[np.str_]
    deal: int

    @classmethod
    def of(
        cls, fold: Examined, pattern: NDArray[np.int32], classes: NDArray[np.str_], rule: Rule
    ) -> PartScores:
        """The fold's unseen detections; `pattern` (N, codes) are scores of all detections by code of the deer."""
        unseen = np.flatnonzero(fold.unseen)
        embedding, columns = detection_scores(fold.derived, fold, rule, unseen, unseen)
        return cls(
            embedding=embedding,
            pattern=pattern[np.ix_(unseen, columns)],
            columns=columns,
            deer=fold.deer[unseen],
            sightings=fold.sightings[unseen],
            classes=classes[unseen],
            deal=fold.deal,
        )

    @cached_property
    def genuine(self) -> NDArray[np.bool_]:
        """ndarray of bool, shape (n, D): whether the column is the detection's own deer."""
        genuine: NDArray[np.bool_] = self.deer[:, None] == self.columns[None, :]
        return genuine

    @cached_property
    def impostors(self) -> ImpostorScores:
        """Where the scores of impostors lie. Raises ValueError where there are none."""
        others = ~self.genuine
        return impostor_scores(self.embedding[others], self.pattern[others])

    def of_class(self, name: str) -> NDArray[np.bool_]:
        """Which detections (n,) are of a class of deer; POOLED: all of them."""
        return np.ones(len(self.deer), bool) if name == POOLED else self.classes == name

    def trials(self, weights: Weights, chosen: NDArray[np.bool_]) -> Trials:
        """The fused trials of the chosen (n,) detections under weights; one a sighting."""
        scores = Calibration(self.impostors, {POOLED: weights}, "").score(
            self.embedding[chosen], self.pattern[chosen], [POOLED] * int(chosen.sum())
        )
        return fused_trials(scores, self.columns, self.sightings[chosen], self.deer[chosen])
