"""Gate 1: the smallest threshold at which few strangers are taken for an enrolled deer (FPIR). Pure.

A decoy is the best score of a labelled sighting against every deer but its own, so it says how a deer would
have fared that is not enrolled. The exact upper bound of the share of decoys accepted falls as the threshold
rises, so the first threshold at which it is small enough may be looked for without paying for the search
(Bates et al., JACM 2021). It assumes that strangers look like the deer that were enrolled; the audit does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.score_log.ranking import fpir_weights
from analysis.stats.intervals import RHO_FLOOR, Weighting, effective_size, upper_bound
from reid.units import SCORE_UNITS

if TYPE_CHECKING:
    from numpy.typing import NDArray

MIN_DEER: Final = 10
MIN_TRIALS: Final = 59
ENOUGH_OF_A_DEER: Final = 20
"""Sightings of one deer past which more of them add next to nothing: they are worth at most 1 / rho."""
MOST_OTHER_DEER: Final = 500


@dataclass(frozen=True, slots=True)
class More:
    """The evidence that is still missing.

    Attributes
    ----------
    reviews : int
        Labelled sightings.
    deer : int
        Deer among them that have no labelled sighting yet.
    audits : int
        Judgements of an audit.
    """

    reviews: int = 0
    deer: int = 0
    audits: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class FpirGate:
    """Result of the first gate.

    Attributes
    ----------
    threshold : int or None
        The smallest threshold that passes, in score units; None where none does.
    scores : ndarray of int32, shape (n,)
        Decoys, in score units.
    weighting : Weighting or None
        Of the decoys; None where there is none.
    deer : int
        Deer that the decoys are of.
    alpha, risk : float
        FPIR to be proven, and probability that it is higher, both in (0, 1).
    more : More
        What would let a threshold pass.
    is_hopeless : bool
        Even the highest threshold accepts too many decoys, and more of them would not help.
    """

    threshold: int | None
    scores: NDArray[np.int32]
    weighting: Weighting | None
    deer: int
    alpha: float
    risk: float
    more: More
    is_hopeless: bool = False

    @property
    def trials(self) -> int:
        """The number of decoys."""
        return len(self.scores)

    def estimate(self, threshold: int) -> float:
        """The weighted share of decoys at or above a threshold.

        Parameters
        ----------
        threshold : int
            In score units.

        Returns
        -------
        float
            In [0, 1]; 0 where there is no decoy.
        """
        return self.weighting.mean(self.scores >= threshold) if self.weighting else 0.0

    def upper(self, threshold: int) -> float:
        """The upper bound of FPIR at a threshold.

        Parameters
        ----------
        threshold : int
            In score units.

        Returns
        -------
        float
            In [0, 1]; 1 where there is no decoy.
        """
        n_eff = self.weighting.n_eff if self.weighting else 0.0
        return upper_bound(self.estimate(threshold), n_eff, self.risk)


def fpir_gate(
    decoys: NDArray[np.int32],
    deer: NDArray[np.int64],
    *,
    alpha: float = 0.05,
    risk: float = 0.05,
    rho_floor: float = RHO_FLOOR,
) -> FpirGate:
    """The smallest threshold above 0 whose FPIR is at most `alpha`, with risk `risk` of being wrong.

    Parameters
    ----------
    decoys : ndarray of int32, shape (n,)
        Best score of each labelled sighting against every deer but its own, in score units, at least 0.
    deer : ndarray of int64, shape (n,)
        The deer whose sighting each one was.
    alpha : float
        FPIR that may be reached, in (0, 1).
    risk : float
        Probability that the FPIR at the threshold is higher after all, in (0, 1).
    rho_floor : float
        Least intra-deer correlation that is assumed, in [0, 1].

    Returns
    -------
    FpirGate
        Less than MIN_DEER deer or MIN_TRIALS decoys are no evidence, whatever their scores.

    Notes
    -----
    The bound is `analysis.stats.intervals.upper_bound` on the effective size. It falls as the threshold rises, so
    fixed-sequence testing finds the first threshold that passes without a correction (Bates et al., JACM 2021).

    Examples
    --------
    100 decoys of 100 deer, all at 0.5. Above it none is accepted, which bounds FPIR by 1 - 0.05 ** (1 / 100):

    >>> gate = fpir_gate(np.full(100, 5000, np.int32), np.arange(100))
    >>> gate.threshold, round(gate.upper(5001), 4), gate.upper(5000)
    (5001, 0.0295, 1.0)

    Ten of them are too few:

    >>> gate = fpir_gate(np.full(10, 5000, np.int32), np.arange(10))
    >>> gate.threshold is None, gate.more.reviews > 0
    (True, True)
    """
    _, sizes = np.unique(deer, return_counts=True)
    if not len(decoys):
        return FpirGate(
            None, decoys, None, 0, alpha, risk, _more(sizes, rho_floor, alpha, 0.0, risk)
        )
    weighting = fpir_weights(decoys, deer, rho_floor)
    smallest = _smallest(decoys, weighting, alpha, risk)
    is_enough = len(sizes) >= MIN_DEER and len(decoys) >= MIN_TRIALS
    if smallest is not None and is_enough:
        return FpirGate(smallest, decoys, weighting, len(sizes), alpha, risk, More())
    at_the_top = weighting.mean(decoys >= SCORE_UNITS)
    is_hopeless = is_enough and at_the_top >= alpha
    more = More() if is_hopeless else _more(sizes, weighting.rho, alpha, at_the_top, risk)
    return FpirGate(None, decoys, weighting, len(sizes), alpha, risk, more, is_hopeless)


def _smallest(
    decoys: NDArray[np.int32], weighting: Weighting, alpha: float, risk: float
) -> int | None:
    falling = np.argsort(-decoys, kind="stable")
    shares = np.cumsum(weighting.weights[falling]) / weighting.weights.sum()
    scores = decoys[falling]
    last_of_score = np.append(scores[1:] < scores[:-1], True)
    if upper_bound(0.0, weighting.n_eff, risk) > alpha:
        return None
    for score, share in zip(scores[last_of_score], shares[last_of_score], strict=True):
        if upper_bound(float(share), weighting.n_eff, risk) > alpha:
            return int(score) + 1 if score < SCORE_UNITS else None
    return 1


def _more(sizes: NDArray[np.int64], rho: float, alpha: float, share: float, risk: float) -> More:
    """The fewest other deer, and then the fewest sightings dealt to the least reviewed deer, that suffice."""
    for others in range(max(0, MIN_DEER - len(sizes)), MOST_OTHER_DEER):
        start = np.concatenate((sizes, np.zeros(others, np.int64)))
        most = int(np.maximum(0, ENOUGH_OF_A_DEER - start).sum())

        def suffices(extra: int, start: NDArray[np.int64] = start) -> bool:
            enlarged = _deal(start, extra)
            nonempty = enlarged[enlarged > 0]
            if len(nonempty) < MIN_DEER or nonempty.sum() < MIN_TRIALS:
                return False
            return upper_bound(share, effective_size(nonempty, rho), risk) <= alpha

        if suffices(most):
            low, high = 0, most
            while low < high:
                middle = (low + high) // 2
                low, high = (low, middle) if suffices(middle) else (middle + 1, high)
            return More(reviews=low, deer=others)
    return More(reviews=ENOUGH_OF_A_DEER * MOST_OTHER_DEER, deer=MOST_OTHER_DEER)


def _deal(sizes: NDArray[np.int64], extra: int) -> NDArray[np.int64]:
    """`sizes` with `extra` more, each given to whichever is smallest by then."""
    dealt = np.sort(sizes)
    while extra:
        lowest = int((dealt == dealt[0]).sum())
        step = int(dealt[lowest]) - int(dealt[0]) if lowest < len(dealt) else extra
        level = min(step, extra // lowest)
        if level == 0:
            dealt[:extra] += 1
            return dealt
        dealt[:lowest] += level
        extra -= level * lowest
    return dealt
