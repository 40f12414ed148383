"""Ranking and separation of one fold's deer by one embedding, under any weights of its trials. Pure numpy.

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

    Parameters
    ----------
    trials : Trials
        n labelled sightings against D deer.

    Attributes
    ----------
    mated : ndarray of bool, shape (n,)
        Whether the own deer is compared.

    Examples
    --------
    Two sightings. The first is most like its own deer; the second ranks it second, below a decoy of 8500:

    >>> from analysis.score_log.trials import Trials
    >>> ranking = Ranking(
    ...     Trials(
    ...         scores=np.array([[9000, 4000], [8500, 8000]], np.int32),
    ...         eligible=np.ones((2, 2), bool),
    ...         own=np.array([0, 1]),
    ...         deer=np.array([0, 1]),
    ...     )
    ... )

    Ranks 1 and 2 have a mean reciprocal of 0.75. Of the four pairs of a genuine score (9000, 8000) and an
    impostor one (4000, 8500) three are in order. Above the decoy of 8500 one of the two is assigned, rightly.

    >>> dict(zip(FIGURES, ranking.figures(np.array([1, 1])).tolist()))
    {'rank1': 0.5, 'rank5': 1.0, 'map': 0.75, 'auc': 0.75, 'eer': 0.5, 'tpir_at_fpir5': 0.5}
    """

    def __init__(self, trials: Trials) -> None:
        self._trials = trials
        self.mated: NDArray[np.bool_] = trials.genuine > NOT_COMPARED
        self._ranks = trials.ranks

    def weight(self, times: NDArray[np.int64]) -> int:
        """The number of mated trials.

        Parameters
        ----------
        times : ndarray of int64, shape (n,)
            How often each trial counts.

        Returns
        -------
        int
            Mated trials, each as often as it counts.
        """
        return int(times[self.mated].sum())

    def figures(self, times: NDArray[np.int64]) -> NDArray[np.float64]:
        """The figures under weights.

        Parameters
        ----------
        times : ndarray of int64, shape (n,)
            How often each trial counts.

        Returns
        -------
        ndarray of float64, shape (6,)
            FIGURES, shares in [0, 1]; NaN where a figure is undefined.
        """
        of_mated = times[self.mated]
        total = of_mated.sum()
        if not total:
            return np.full(len(FIGURES), np.nan)
        first, five = ((of_mated * (self._ranks <= k)).sum() / total for k in (1, 5))
        precision = float((of_mated / self._ranks).sum() / total)
        return np.array(
            [first, five, precision, *self._separation(times), self._hit_rate(times, int(total))]
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
        tpr, fmr = hits / hits[-1], false / false[-1]
        area = float((np.diff(fmr) * (tpr[1:] + tpr[:-1])).sum() / 2)
        gap = 1 - tpr - fmr  # falls from 1 to -1
        after = int(np.flatnonzero(gap <= 0)[0])
        part = gap[after - 1] / (gap[after - 1] - gap[after])
        return area, float(fmr[after - 1] + part * (fmr[after] - fmr[after - 1]))

    @cached_property
    def _decoys(self) -> tuple[NDArray[np.int32], NDArray[np.intp]]:
        """Decoys from the highest down, and the trials that they are of."""
        with_decoy = np.flatnonzero(self._trials.decoys > NOT_COMPARED)
        order = with_decoy[np.argsort(-self._trials.decoys[with_decoy], kind="stable")]
        return self._trials.decoys[order], order

    def _hit_rate(self, times: NDArray[np.int64], total: int) -> float:
        scores, of_trial = self._decoys
        accepted = np.cumsum(times[of_trial])
        if not len(scores) or not accepted[-1]:
            return np.nan
        # Strictly above the first decoy that would be one too many: it, and its equals, stay out.
        too_many = np.flatnonzero(accepted > LIMIT * accepted[-1])
        above = scores[too_many[0]]
        is_hit = self._trials.is_right & (self._trials.best > above) & self.mated
        return float((times * is_hit).sum() / total)
