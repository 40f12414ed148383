"""Error rates of the search that Thumper really does, from labelled sightings. Pure numpy.

A trial is a labelled sighting with its fused score against every deer. Matched means `score >= t`, scores
and thresholds are whole score units (0 to 10,000), and the sighting is the unit throughout. Definitions
follow ISO/IEC 19795-1:2021 and, for the 1:N rates, NIST's identification tests:

    FMR(t)   = P(score >= t) of impostor comparisons        FNMR(t) = P(score < t) of genuine ones
    FPIR(t)  = P(best score against every deer but its own >= t)
    FNIR(t)  = P(its own deer is not the one assigned), of mated sightings
    MisID(t) = P(another deer than its own is assigned), of mated sightings
    FDP(t)   = wrong assignments / assignments              A(t) = assignments / trials
    R_k      = P(its own deer is among the k best), of mated sightings

A sighting is mated where its own deer is compared, which needs a reference from another encounter; deer that
sex or life span rules out are never assigned and count in FMR alone. What is undefined raises UndefinedError
and is never NaN.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from analysis.score_log.trials import NOT_COMPARED
from analysis.stats.intervals import (
    RHO_FLOOR,
    Interval,
    Share,
    UndefinedError,
    Weighting,
    cluster_bootstrap,
    share_of,
    weigh,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.score_log.trials import Trials

PILOT = 0.8
"""Quantile of the scores whose excess shows how much the sightings of one deer resemble one another."""

NO_GENUINE = "no labelled sighting is compared with its own deer: review some, on other days"
NO_IMPOSTOR = "no labelled sighting is compared with another deer: enrol a second deer"
NO_ASSIGNMENT = (
    "no labelled sighting reaches this threshold: nothing is assigned that could be wrong"
)


class ErrorRates:
    """The rates of one set of trials at any threshold, each with an exact 95 % interval.

    Intervals are Clopper and Pearson's on an effective sample size that is grouped by the sighting's deer,
    with the correlation of pilot scores (see `analysis.stats.intervals`). Comparisons of one deer are one group too.
    """

    def __init__(self, trials: Trials, *, rho_floor: float = RHO_FLOOR) -> None:
        self.trials = trials
        self._floor = rho_floor

    def _weigh(
        self, scores: NDArray[np.int32], deer: NDArray[np.int64], quantile: float
    ) -> Weighting:
        pilot = scores >= np.quantile(scores, quantile)
        return weigh(pilot, deer, self._floor)

    @cached_property
    def _genuine(self) -> tuple[NDArray[np.int32], Weighting, NDArray[np.bool_]]:
        mated = self.trials.genuine > NOT_COMPARED
        if not mated.any():
            raise UndefinedError(NO_GENUINE)
        scores = self.trials.genuine[mated]
        return scores, self._weigh(scores, self.trials.deer[mated], 1 - PILOT), mated

    @cached_property
    def _decoys(self) -> tuple[NDArray[np.int32], Weighting]:
        tried = self.trials.decoys > NOT_COMPARED
        if not tried.any():
            raise UndefinedError(NO_IMPOSTOR)
        scores = self.trials.decoys[tried]
        return scores, self._weigh(scores, self.trials.deer[tried], PILOT)

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
        scores, weighting = self._impostors
        return share_of(scores >= threshold, weighting)

    def fnmr(self, threshold: int) -> Share:
        scores, weighting, _ = self._genuine
        return share_of(scores < threshold, weighting)

    def fpir(self, threshold: int) -> Share:
        scores, weighting = self._decoys
        return share_of(scores >= threshold, weighting)

    def fnir(self, threshold: int) -> Share:
        _, weighting, mated = self._genuine
        found = self.trials.is_right[mated] & (self.trials.best[mated] >= threshold)
        return share_of(~found, weighting)

    def misid(self, threshold: int) -> Share:
        _, weighting, mated = self._genuine
        wrong = ~self.trials.is_right[mated] & (self.trials.best[mated] >= threshold)
        return share_of(wrong, weighting)

    def fdp(self, threshold: int) -> Share:
        """Of the trials that would be assigned, how many to another deer: the labelled herd, no other.

        It speaks of strangers only as far as labelled sightings of deer that are not enrolled do; the
        audit is what proves an FDP.
        """
        assigned = self.trials.best >= threshold
        if not assigned.any():
            raise UndefinedError(NO_ASSIGNMENT)
        wrong = ~self.trials.is_right[assigned]
        return share_of(wrong, weigh(wrong, self.trials.deer[assigned], self._floor))

    def assignment_rate(self, threshold: int) -> Share:
        if not len(self.trials):
            raise UndefinedError("there is no labelled sighting")
        weighting = self._weigh(self.trials.best, self.trials.deer, PILOT)
        return share_of(self.trials.best >= threshold, weighting)

    def rank_k(self, k: int) -> Share:
        _, weighting, _ = self._genuine
        return share_of(self.trials.ranks <= k, weighting)

    def auc(self) -> float:
        """See `auc`: of mated sightings against all impostor comparisons."""
        return auc(self._genuine[0], self._impostors[0])

    def auc_interval(self, generator: np.random.Generator, draws: int = 500) -> Interval:
        """The 95 % interval of `auc` by drawing deer, each with its genuine and impostor comparisons."""
        genuine, _, mated = self._genuine
        impostor, compared = self._impostors[0], self._compared
        rows = np.broadcast_to(np.arange(len(self.trials))[:, None], compared.shape)[compared]

        def resampled(times: NDArray[np.int64]) -> float:
            return auc(genuine, impostor, times[mated], times[rows])

        return cluster_bootstrap(resampled, self.trials.deer, generator, draws=draws)

    def equal_error_rate(self) -> float:
        """See `equal_error_rate`."""
        return equal_error_rate(self._genuine[0], self._impostors[0])

    def det_curve(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int32]]:
        """See `det_curve`."""
        return det_curve(self._genuine[0], self._impostors[0])


def auc(
    genuine: NDArray[np.int32],
    impostor: NDArray[np.int32],
    genuine_weights: NDArray[np.int64] | None = None,
    impostor_weights: NDArray[np.int64] | None = None,
) -> float:
    """P(genuine > impostor) + P(equal) / 2 (Mann and Whitney; scikit-learn's roc_auc_score).

    Weights, of the lengths of their scores, repeat them. Raises UndefinedError where one class is missing.
    """
    ones = (np.ones(len(genuine), np.int64), np.ones(len(impostor), np.int64))
    of_genuine = ones[0] if genuine_weights is None else genuine_weights
    of_impostor = ones[1] if impostor_weights is None else impostor_weights
    if not of_genuine.sum() or not of_impostor.sum():
        raise UndefinedError("one class alone has no AUC")
    order = np.argsort(impostor, kind="stable")
    up_to = np.concatenate(([0], np.cumsum(of_impostor[order])))
    below = up_to[np.searchsorted(impostor, genuine, "left", sorter=order)]
    not_above = up_to[np.searchsorted(impostor, genuine, "right", sorter=order)]
    wins = float((of_genuine * (below + not_above)).sum()) / 2
    return wins / (float(of_genuine.sum()) * float(of_impostor.sum()))


def det_curve(
    genuine: NDArray[np.int32], impostor: NDArray[np.int32]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int32]]:
    """FMR (k,), FNMR (k,) and thresholds (k,): every score that occurs, falling, after one above them all.

    So FMR rises from 0 to 1 and FNMR falls from 1 to 0; both ends are in it. Where scikit-learn's det_curve
    trims flat ends, this one keeps them. Raises UndefinedError where one class is missing.
    """
    if not len(genuine) or not len(impostor):
        raise UndefinedError("one class alone has no detection error tradeoff")
    occurring = np.unique(np.concatenate((genuine, impostor)))[::-1]
    thresholds = np.concatenate(([occurring[0] + 1], occurring)).astype(np.int32)
    fmr = 1 - np.searchsorted(np.sort(impostor), thresholds, "left") / len(impostor)
    fnmr = np.searchsorted(np.sort(genuine), thresholds, "left") / len(genuine)
    return fmr, fnmr, thresholds


def equal_error_rate(genuine: NDArray[np.int32], impostor: NDArray[np.int32]) -> float:
    """Where FMR and FNMR meet: on the line between the two points of the DET at which they cross."""
    fmr, fnmr, _ = det_curve(genuine, impostor)
    after = int(np.flatnonzero(fmr >= fnmr)[0])  # never 0: the curve begins with FNMR 1 and FMR 0
    gap_before = fnmr[after - 1] - fmr[after - 1]
    gap_after = fmr[after] - fnmr[after]
    part = gap_before / (gap_before + gap_after)
    return float(fmr[after - 1] + part * (fmr[after] - fmr[after - 1]))
