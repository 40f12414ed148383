"""Known impostors: pairs that cannot be the same deer, a bracket for FMR where nothing is labelled. Pure.

Each kind is off in a known way, so no one of them recommends anything: two animals of one frame share light
and background, which makes them more alike than strangers; a buck and a doe are less alike than strangers of
one sex; deer dead or unborn at capture are strangers proper, but few and of another season.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from analysis.score_log.trials import NOT_COMPARED
from reid.units import SCORE_UNITS

if TYPE_CHECKING:
    from numpy.typing import NDArray


class ImpostorKind(StrEnum):
    """The reason why a sighting cannot show a deer."""

    SAME_FRAME = "same frame"
    SEX = "sex contradiction"
    LIFE_SPAN = "dead or unborn"


class KnownImpostors:
    """Histograms of known impostor scores by kind, filled some sightings at a time.

    Attributes
    ----------
    counts : dict of ImpostorKind to ndarray of int64, shape (10001,)
        Pairs by score unit.
    """

    def __init__(self) -> None:
        self.counts: dict[ImpostorKind, NDArray[np.int64]] = {
            kind: np.zeros(SCORE_UNITS + 1, np.int64) for kind in ImpostorKind
        }

    def add(
        self,
        scores: NDArray[np.int32],
        own: NDArray[np.bool_],
        impossible: dict[ImpostorKind, NDArray[np.bool_]],
    ) -> None:
        """Count the scores of some sightings for the deer that they cannot be.

        Parameters
        ----------
        scores : ndarray of int32, shape (n, n_deer)
            Scores in score units, NOT_COMPARED where there is none.
        own : ndarray of bool, shape (n, n_deer)
            The deer that each sighting is known to be. They are no impostors, whatever a class or a date says.
        impossible : dict of ImpostorKind to ndarray of bool, shape (n, n_deer)
            By kind the deer that each sighting cannot be.

        Examples
        --------
        A doe's sighting, known to be the first deer, whose sex is wrong for both. The second score is counted:

        >>> impostors = KnownImpostors()
        >>> impossible = {ImpostorKind.SEX: np.array([[True, True]])}
        >>> impostors.add(np.array([[9000, 400]], np.int32), np.array([[True, False]]), impossible)
        >>> impostors.counts[ImpostorKind.SEX].nonzero()[0].tolist()
        [400]
        """
        comparable = (scores > NOT_COMPARED) & ~own
        for kind, mask in impossible.items():
            impossible_scores = scores[comparable & mask]
            if impossible_scores.size:
                self.counts[kind] += np.bincount(impossible_scores, minlength=SCORE_UNITS + 1)
