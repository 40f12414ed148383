"""Ranking and separation of labelled sightings, under any weights: the one computation of these figures. Pure numpy.

Everything that does not depend on the weights is computed once, so that a bootstrap of a thousand resamples
takes seconds. `times` (n,) says how often each trial counts. `analysis.score_log.figures` says each figure in words.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.score_log.trials import NOT_COMPARED
from analysis.stats.intervals import RHO_FLOOR, weigh

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.score_log.trials import Trials
    from analysis.stats.intervals import Weighting

FIGURES: Final = ("rank1", "rank5", "map", "auc", "eer", "tpir_at_fpir5")
"""In the order of `Ranking.figures`. Only of `eer` is less better."""
PILOT: Final = 0.8
"""Quantile of the scores whose excess shows how much the sightings of one deer resemble one another."""
ROUNDING: Final = 1e-12
"""Relative error of a sum of weights: what is on the limit is within it."""
LIMIT: Final = 0.05
"""The share of strangers that may be taken for an enrolled deer, for `tpir_at_fpir5`."""


def fpir_weights(
    decoys: NDArray[np.int32], deer: NDArray[np.int64], rho_floor: float = RHO_FLOOR
) -> Weighting:
    """The weights of decoys in FPIR, wherever it is printed or bounded.

    Parameters
    ----------
    decoys : ndarray of int32, shape (n,)
        In score units, at least one.
    deer : ndarray of int64, shape (n,)
        The deer whose sighting each one was.
    rho_floor : float
        Least correlation within a deer that is assumed, in [0, 1].

    Returns
    -------
    Weighting
        `analysis.stats.intervals.weigh`, by whether a decoy is in the upper fifth.

    Raises
    ------
    UndefinedError
        Without decoys.

    Examples
    --------
    >>> fpir_weights(np.array([5000, 4000], np.int32), np.array([1, 2])).weights.tolist()
    [1.0, 1.0]
    """
    return weigh(decoys >= np.quantile(decoys, PILOT), deer, rho_floor)


class Ranking:
    """The figures of one set of trials.

    rank1, rank5: the share of mated sightings whose own deer is first, or among the first five. map: the mean of
    the reciprocal rank, which is the average precision where one deer is right. auc, eer: of genuine against
    impostor comparisons. tpir_at_fpir5: the share of mated sightings that are assigned rightly at the smallest
    threshold at which FPIR is at most LIMIT. Decoys weigh in FPIR as in `analysis.score_log.error_rates`.

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

    @property
    def once(self) -> NDArray[np.int64]:
        """ndarray of int64, shape (n,): every trial counts once."""
        return np.ones(len(self._trials), np.int64)

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

    def rank_k(self, k: int, times: NDArray[np.int64]) -> float:
        """The share of mated trials whose own deer is among the k best.

        Parameters
        ----------
        k : int
            At least 1.
        times : ndarray of int64, shape (n,)
            How often each trial counts.

        Returns
        -------
        float
            In [0, 1]; NaN where no mated trial counts.
        """
        of_mated = times[self.mated]
        total = of_mated.sum()
        return float((of_mated * (self._ranks <= k)).sum() / total) if total else np.nan

    def figure(self, name: str, times: NDArray[np.int64]) -> float:
        """One figure under weights.

        Parameters
        ----------
        name : str
            One of FIGURES.
        times : ndarray of int64, shape (n,)
            How often each trial counts.

        Returns
        -------
        float
            As `figures` has it.
        """
        total = self.weight(times)
        if not total:
            return np.nan
        match name:
            case "rank1" | "rank5":
                return self.rank_k(int(name[-1]), times)
            case "map":
                return float((times[self.mated] / self._ranks).sum() / total)
            case "auc" | "eer":
                return self.separation(times)[("auc", "eer").index(name)]
            case _:
                return self._hit_rate(times, total)

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
        if not self.weight(times):
            return np.full(len(FIGURES), np.nan)
        named = {name: self.figure(name, times) for name in FIGURES if name not in ("auc", "eer")}
        named["auc"], named["eer"] = self.separation(times)
        return np.array([named[name] for name in FIGURES])

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

    def separation(self, times: NDArray[np.int64]) -> tuple[float, float]:
        """The area under the ROC (Mann and Whitney), and the rate at which FMR and FNMR meet.

        Parameters
        ----------
        times : ndarray of int64, shape (n,)
            How often each trial counts, with all of its comparisons.

        Returns
        -------
        tuple of float
            P(genuine > impostor) + P(equal) / 2, and the equal error rate on the line between the two points of the ROC
            at which the rates cross; NaN where no mated trial counts, or none is compared with another deer.
        """
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
    def _decoys(self) -> tuple[NDArray[np.int32], NDArray[np.intp], NDArray[np.float64]]:
        """Decoys from the highest down, the trials that they are of, and their weights in FPIR."""
        decoys = self._trials.decoys
        with_decoy = np.flatnonzero(decoys > NOT_COMPARED)
        if not len(with_decoy):
            return decoys[:0], with_decoy, np.zeros(0)
        weights = fpir_weights(decoys[with_decoy], self._trials.deer[with_decoy]).weights
        falling = np.argsort(-decoys[with_decoy], kind="stable")
        order = with_decoy[falling]
        return decoys[order], order, weights[falling]

    def _hit_rate(self, times: NDArray[np.int64], total: int) -> float:
        scores, of_trial, weights = self._decoys
        accepted = np.cumsum(times[of_trial] * weights)
        if not len(scores) or not accepted[-1]:
            return np.nan
        # Strictly above the first decoy that would be one too many: it, and its equals, stay out.
        too_many = np.flatnonzero(accepted > LIMIT * accepted[-1] * (1 + ROUNDING))
        above = scores[too_many[0]]
        is_hit = self._trials.is_right & (self._trials.best > above) & self.mated
        return float((times * is_hit).sum() / total)
