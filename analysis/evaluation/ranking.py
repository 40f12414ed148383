"""How well one embedding ranks and tells apart the deer of one fold, under any weights of its trials. Pure numpy.

Everything that does not depend on the weights is computed once, so that a bootstrap of a thousand resamples
takes seconds. `times` (n,) says how often each trial counts.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.score_log.trials import NOT_COMPARED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.score_log.trials import Trials

FIGURES: Final = ("rank1", "rank5", "map", "auc", "eer", "tpir_at_fpir5")
"""In the order of `Ranking.figures`. Only of `eer` is less better."""
LIMIT: Final = 0.05
"""The share of strangers that may be taken for an enrolled deer, for `tpir_at_fpir5`."""


class Ranking:
    """The figures of one set of trials.

    rank1, rank5: the share of mated sightings whose own deer is first, or among the first five. map: the mean of
    the reciprocal rank, which is the average precision where one deer is right. auc, eer: of genuine against
    impostor comparisons. tpir_at_fpir5: the share of mated sightings that are assigned rightly at the smallest
    threshold that accepts at most LIMIT of the decoys (`analysis.score_log.trials`).
    """

    def __init__(self, trials: Trials) -> None:
        self._trials = trials
        self.mated: NDArray[np.bool_] = trials.genuine > NOT_COMPARED
        self._ranks = trials.ranks

    def weight(self, times: NDArray[np.int64]) -> int:
        """Mated trials, as often as each counts."""
        return int(times[self.mated].sum())

    def figures(self, times: NDArray[np.int64]) -> NDArray[np.float64]:
        """FIGURES (6,); NaN where nothing says anything of one."""
        of_mated = times[self.mated]
        total = of_mated.sum()
        if not total:
            return np.full(len(FIGURES), np.nan)
        first, five = ((of_mated * (self._ranks <= k)).sum() / total for k in (1, 5))
        precision = float((of_mated / self._ranks).sum() / total)
        return np.array(
            [first, five, precision, *self._separation(times), self._found(times, int(total))]
        )

    @cached_property
    def _pairs(self) -> tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.intp]]:
        """Every comparison from the highest score down: its trial, whether it is genuine; ends of ties."""
        compared = self._trials.scores > NOT_COMPARED
        scores = self._trials.scores[compared]
        rows = np.nonzero(compared)[0]
        genuine = self._trials.is_own[compared]
        order = np.argsort(-scores, kind="stable")
        ends = np.flatnonzero(np.append(np.diff(scores[order]) != 0, True))
        return rows[order], genuine[order], ends

    def _separation(self, times: NDArray[np.int64]) -> tuple[float, float]:
        """Area under the ROC, by trapezoids (ties count half), and the rate at which both errors meet."""
        rows, genuine, ends = self._pairs
        weights = times[rows]
        hits = np.concatenate(([0], np.cumsum(weights * genuine)[ends])).astype(np.float64)
        false = np.concatenate(([0], np.cumsum(weights * ~genuine)[ends])).astype(np.float64)
        if not hits[-1] or not false[-1]:
            return np.nan, np.nan
        found, fmr = hits / hits[-1], false / false[-1]
        area = float((np.diff(fmr) * (found[1:] + found[:-1])).sum() / 2)
        gap = 1 - found - fmr  # falls from 1 to -1
        after = int(np.flatnonzero(gap <= 0)[0])
        part = gap[after - 1] / (gap[after - 1] - gap[after])
        return area, float(fmr[after - 1] + part * (fmr[after] - fmr[after - 1]))

    @cached_property
    def _decoys(self) -> tuple[NDArray[np.int32], NDArray[np.intp]]:
        """Decoys from the highest down, and the trials that they are of."""
        tried = np.flatnonzero(self._trials.decoys > NOT_COMPARED)
        order = tried[np.argsort(-self._trials.decoys[tried], kind="stable")]
        return self._trials.decoys[order], order

    def _found(self, times: NDArray[np.int64], total: int) -> float:
        scores, of_trial = self._decoys
        accepted = np.cumsum(times[of_trial])
        if not len(scores) or not accepted[-1]:
            return np.nan
        # Strictly above the first decoy that would be one too many: it, and its equals, stay out.
        too_many = np.flatnonzero(accepted > LIMIT * accepted[-1])
        above = scores[too_many[0]]
        found = self._trials.is_right & (self._trials.best > above) & self.mated
        return float((times * found).sum() / total)
