"""Error rates of the open-set search that runs do, each with its interval, from labelled sightings. Pure numpy.

A trial is a labelled sighting with its fused score against every deer. Matched means `score >= t`, scores
and thresholds are whole score units (0 to 10,000), and the sighting is the unit throughout. Definitions
follow ISO/IEC 19795-1:2021 and, for the 1:N rates, NIST's identification tests:

    FMR(t)   = P(score >= t) of impostor comparisons        FNMR(t) = P(score < t) of genuine ones
    FPIR(t)  = P(best score against every deer but its own >= t)
    FNIR(t)  = P(its own deer is not the one assigned), of mated sightings
    MisID(t) = P(another deer than its own is assigned), of mated sightings
    FDP(t)   = wrong assignments / assignments              A(t) = assignments / trials
    R_k      = P(its own deer is among the k best), of mated sightings

In R_k, FNIR, MisID, FDP and A each sighting counts once; in FPIR sightings of one deer count less the more alike they are
(`analysis.score_log.ranking.fpir_weights`), which is what its bound rests on; in FMR and FNMR each comparison counts
once. `analysis.score_log.figures` has this in words. A sighting is mated where its own deer is compared, which needs a reference from another encounter; deer that
sex or life span rules out are never assigned and count in FMR alone. What is undefined raises UndefinedError
and is never NaN.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from analysis.score_log.ranking import PILOT, Ranking, fpir_weights
from analysis.score_log.trials import NOT_COMPARED
from analysis.stats.intervals import (
    RHO_FLOOR,
    Interval,
    Share,
    UndefinedError,
    Weighting,
    cluster_bootstrap,
    share_of,
    weigh_evenly,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.score_log.trials import Trials

NO_GENUINE = "no labelled sighting is compared with its own deer: review some, on other days"
NO_IMPOSTOR = "no labelled sighting is compared with another deer: enrol a second deer"
NO_ASSIGNMENT = (
    "no labelled sighting reaches this threshold: nothing is assigned that could be wrong"
)


class ErrorRates:
    """The rates of one set of trials at any threshold, each with an exact 95 % interval.

    Intervals are Clopper and Pearson's on an effective sample size that is grouped by the sighting's deer,
    with the correlation of pilot scores (see `analysis.stats.intervals`). Comparisons of one deer are one group too.

    Parameters
    ----------
    trials : Trials
        n labelled sightings against D deer.
    rho_floor : float
        Least intra-deer correlation that is assumed, in [0, 1].

    Examples
    --------
    Three sightings against two deer. The first two are of the enrolled deer; the third is a stranger, who is most
    like the first deer:

    >>> from analysis.score_log.trials import Trials
    >>> rates = ErrorRates(
    ...     Trials(
    ...         scores=np.array([[9000, 4000], [3000, 8000], [7000, 6000]], np.int32),
    ...         eligible=np.ones((3, 2), bool),
    ...         own=np.array([0, 1, -1]),
    ...         deer=np.array([0, 1, 2]),
    ...     )
    ... )

    At 6500 the decoys are 4000, 3000 and 7000: one of three is accepted. All three sightings are assigned, the
    stranger wrongly. At 8500 one of the two mated sightings is missed.

    >>> round(rates.fpir(6500).estimate, 3), round(rates.fdp(6500).estimate, 3)
    (0.333, 0.333)
    >>> rates.fnir(8500).estimate, rates.rank_k(1).estimate, rates.auc()
    (0.5, 1.0, 1.0)
    """

    def __init__(self, trials: Trials, *, rho_floor: float = RHO_FLOOR) -> None:
        self.trials = trials
        self._floor = rho_floor

    def _weigh(
        self, scores: NDArray[np.int32], deer: NDArray[np.int64], quantile: float
    ) -> Weighting:
        pilot = scores >= np.quantile(scores, quantile)
        return weigh_evenly(pilot, deer, self._floor)

    @cached_property
    def ranking(self) -> Ranking:
        """Ranking: the figures of the same trials that have no threshold."""
        return Ranking(self.trials)

    @cached_property
    def _genuine(self) -> tuple[NDArray[np.int32], Weighting, NDArray[np.bool_]]:
        mated = self.trials.genuine > NOT_COMPARED
        if not mated.any():
            raise UndefinedError(NO_GENUINE)
        scores = self.trials.genuine[mated]
        return scores, self._weigh(scores, self.trials.deer[mated], 1 - PILOT), mated

    @cached_property
    def _decoys(self) -> tuple[NDArray[np.int32], Weighting]:
        with_decoy = self.trials.decoys > NOT_COMPARED
        if not with_decoy.any():
            raise UndefinedError(NO_IMPOSTOR)
        scores = self.trials.decoys[with_decoy]
        return scores, fpir_weights(scores, self.trials.deer[with_decoy], self._floor)

    @cached_property
    def _compared(self) -> NDArray[np.bool_]:
        compared: NDArray[np.bool_] = (self.trials.scores > NOT_COMPARED) & ~self.trials.is_own
        return compared

    @cached_property
    def _impostors(self) -> tuple[NDArray[np.int32], Weighting]:
        compared = self._compared
        if not compared.any():
            raise UndefinedError(NO_IMPOSTOR)
        scores = self.trials.scores[compared]
        deer = np.broadcast_to(self.trials.deer[:, None], compared.shape)[compared]
        return scores, self._weigh(scores, deer, PILOT)

    def fmr(self, threshold: int) -> Share:
        """FMR: the share of impostor comparisons with a score of `threshold` or more.

        Parameters
        ----------
        threshold : int
            In score units, 0 to 10,000.

        Returns
        -------
        Share
            With its 95 % interval.

        Raises
        ------
        UndefinedError
            Where no sighting is compared with another deer.
        """
        scores, weighting = self._impostors
        return share_of(scores >= threshold, weighting)

    def fnmr(self, threshold: int) -> Share:
        """FNMR: the share of genuine comparisons with a score below `threshold`.

        Parameters
        ----------
        threshold : int
            In score units, 0 to 10,000.

        Returns
        -------
        Share
            With its 95 % interval.

        Raises
        ------
        UndefinedError
            Where no sighting is mated.
        """
        scores, weighting, _ = self._genuine
        return share_of(scores < threshold, weighting)

    def fpir(self, threshold: int) -> Share:
        """FPIR: the share of decoys with a score of `threshold` or more.

        Parameters
        ----------
        threshold : int
            In score units, 0 to 10,000.

        Returns
        -------
        Share
            With its 95 % interval.

        Raises
        ------
        UndefinedError
            Where no sighting is compared with another deer.
        """
        scores, weighting = self._decoys
        return share_of(scores >= threshold, weighting)

    def fnir(self, threshold: int) -> Share:
        """FNIR: the share of mated sightings that are not assigned to their own deer.

        Parameters
        ----------
        threshold : int
            In score units, 0 to 10,000.

        Returns
        -------
        Share
            With its 95 % interval.

        Raises
        ------
        UndefinedError
            Where no sighting is mated.
        """
        _, weighting, mated = self._genuine
        is_hit = self.trials.is_right[mated] & (self.trials.best[mated] >= threshold)
        return share_of(~is_hit, weighting)

    def misid(self, threshold: int) -> Share:
        """MisID: the share of mated sightings that are assigned to another deer.

        Parameters
        ----------
        threshold : int
            In score units, 0 to 10,000.

        Returns
        -------
        Share
            With its 95 % interval.

        Raises
        ------
        UndefinedError
            Where no sighting is mated.
        """
        _, weighting, mated = self._genuine
        wrong = ~self.trials.is_right[mated] & (self.trials.best[mated] >= threshold)
        return share_of(wrong, weighting)

    def fdp(self, threshold: int) -> Share:
        """FDP: the share of the trials assigned that are assigned to another deer, in the labelled herd alone.

        It covers strangers only as far as there are labelled sightings of deer that are not enrolled; an FDP is
        proven by the audit.

        Parameters
        ----------
        threshold : int
            In score units, 0 to 10,000.

        Returns
        -------
        Share
            With its 95 % interval.

        Raises
        ------
        UndefinedError
            Where nothing is assigned.
        """
        assigned = self.trials.best >= threshold
        if not assigned.any():
            raise UndefinedError(NO_ASSIGNMENT)
        wrong = ~self.trials.is_right[assigned]
        return share_of(wrong, weigh_evenly(wrong, self.trials.deer[assigned], self._floor))

    def assignment_rate(self, threshold: int) -> Share:
        """A: the share of the trials that are assigned.

        Parameters
        ----------
        threshold : int
            In score units, 0 to 10,000.

        Returns
        -------
        Share
            With its 95 % interval.

        Raises
        ------
        UndefinedError
            Where there is no trial.
        """
        if not len(self.trials):
            raise UndefinedError("there is no labelled sighting")
        weighting = self._weigh(self.trials.best, self.trials.deer, PILOT)
        return share_of(self.trials.best >= threshold, weighting)

    def rank_k(self, k: int) -> Share:
        """R_k: the share of mated sightings whose own deer is among the k best.

        Parameters
        ----------
        k : int
            At least 1.

        Returns
        -------
        Share
            With its 95 % interval.

        Raises
        ------
        UndefinedError
            Where no sighting is mated.
        """
        _, weighting, _ = self._genuine
        return share_of(self.trials.ranks <= k, weighting)

    def auc(self) -> float:
        """The area under the ROC of mated sightings against all impostor comparisons (`Ranking.separation`).

        Returns
        -------
        float
            In [0, 1].

        Raises
        ------
        UndefinedError
            Where no sighting is mated, or none is compared with another deer.
        """
        return self._separation()[0]

    def figure_interval(
        self, name: str, generator: np.random.Generator, draws: int = 500
    ) -> Interval:
        """The 95 % interval of one of `analysis.score_log.ranking.FIGURES` by drawing deer, each with its comparisons.

        Parameters
        ----------
        name : str
            Of the figure.
        generator : numpy.random.Generator
            Source of chance.
        draws : int
            Resamples.

        Returns
        -------
        Interval
            In [0, 1].

        Raises
        ------
        UndefinedError
            Where the figure is undefined, and as `cluster_bootstrap` does.
        """
        self._separation()

        def resampled(times: NDArray[np.int64]) -> float:
            value = self.ranking.figure(name, times)
            if np.isnan(value):
                raise UndefinedError(NO_GENUINE)
            return value

        return cluster_bootstrap(resampled, self.trials.deer, generator, draws=draws)

    def equal_error_rate(self) -> float:
        """The rate at which FMR and FNMR meet (`Ranking.separation`).

        Returns
        -------
        float
            In [0, 1].

        Raises
        ------
        UndefinedError
            As `auc` does.
        """
        return self._separation()[1]

    def _separation(self) -> tuple[float, float]:
        """Raises UndefinedError where no sighting is mated, or none is compared with another deer."""
        _ = self._genuine, self._impostors
        return self.ranking.separation(self.ranking.once)

    def det_curve(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int32]]:
        """The detection error tradeoff (`det_curve`).

        Returns
        -------
        tuple of ndarray
            FMR, FNMR and thresholds, each of shape (k,).

        Raises
        ------
        UndefinedError
            As `auc` does.
        """
        return det_curve(self._genuine[0], self._impostors[0])


def det_curve(
    genuine: NDArray[np.int32], impostor: NDArray[np.int32]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int32]]:
    """The detection error tradeoff: both error rates at every score that occurs.

    Parameters
    ----------
    genuine : ndarray of int32, shape (g,)
        Scores of the same deer, in score units.
    impostor : ndarray of int32, shape (i,)
        Scores of different deer.

    Returns
    -------
    fmr : ndarray of float64, shape (k,)
        Share of impostor scores >= threshold; rises from 0 to 1.
    fnmr : ndarray of float64, shape (k,)
        Share of genuine scores < threshold; falls from 1 to 0.
    thresholds : ndarray of int32, shape (k,)
        Every score that occurs, falling, after one above them all. Where scikit-learn's det_curve trims flat
        ends, this one keeps them.

    Raises
    ------
    UndefinedError
        Where one class is missing.

    Examples
    --------
    >>> fmr, fnmr, thresholds = det_curve(np.array([3, 5], np.int32), np.array([1, 3], np.int32))
    >>> thresholds.tolist(), fmr.tolist(), fnmr.tolist()
    ([6, 5, 3, 1], [0.0, 0.0, 0.5, 1.0], [1.0, 0.5, 0.0, 0.0])
    """
    if not len(genuine) or not len(impostor):
        raise UndefinedError("one class alone has no detection error tradeoff")
    occurring = np.unique(np.concatenate((genuine, impostor)))[::-1]
    thresholds = np.concatenate(([occurring[0] + 1], occurring)).astype(np.int32)
    fmr = 1 - np.searchsorted(np.sort(impostor), thresholds, "left") / len(impostor)
    fnmr = np.searchsorted(np.sort(genuine), thresholds, "left") / len(genuine)
    return fmr, fnmr, thresholds
