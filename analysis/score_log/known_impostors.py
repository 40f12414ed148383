"""Pairs that cannot be the same deer, whoever they are: a bracket for FMR where nothing is labelled. Pure.

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


class Kind(StrEnum):
    SAME_FRAME = "same frame"
    SEX = "sex contradiction"
    LIFE_SPAN = "dead or unborn"


class KnownImpostors:
    """Histograms (10001,) of known impostor scores by kind, filled some sightings at a time."""

    def __init__(self) -> None:
        self.counts: dict[Kind, NDArray[np.int64]] = {
            kind: np.zeros(SCORE_UNITS + 1, np.int64) for kind in Kind
        }

    def add(
        self,
        scores: NDArray[np.int32],
        own: NDArray[np.bool_],
        impossible: dict[Kind, NDArray[np.bool_]],
    ) -> None:
        """Sightings: their scores (n, n_deer), the deer they are known to be, and by kind those they cannot be.

        A deer that it is known to be is no impostor, whatever a class or a date says.
        """
        comparable = (scores > NOT_COMPARED) & ~own
        for kind, mask in impossible.items():
            found = scores[comparable & mask]
            if found.size:
                self.counts[kind] += np.bincount(found, minlength=SCORE_UNITS + 1)
