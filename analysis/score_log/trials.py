"""Labelled sightings as trials: each one against every deer, and what that says of it. Pure numpy."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

NOT_COMPARED: Final = -1
"""Stands for the score of a pair that was not, or could not be, compared."""


@dataclass(frozen=True, eq=False)
class Trials:
    """n labelled sightings against D deer.

    `scores` (n, D) in score units, NOT_COMPARED where there is none; `eligible` (n, D): sex and life span
    leave the deer possible; `own` (n,): column of the sighting's own deer, -1 where it is not enrolled;
    `deer` (n,): a code of the own deer, enrolled or not, by which trials are grouped.
    """

    scores: NDArray[np.int32]
    eligible: NDArray[np.bool_]
    own: NDArray[np.int64]
    deer: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.own)

    @cached_property
    def is_own(self) -> NDArray[np.bool_]:
        """(n, D): whether the column is the sighting's own deer."""
        columns = np.arange(self.scores.shape[1])
        is_own: NDArray[np.bool_] = columns[None, :] == self.own[:, None]
        return is_own

    @cached_property
    def _candidates(self) -> NDArray[np.int32]:
        return np.where(self.eligible, self.scores, NOT_COMPARED)

    @cached_property
    def genuine(self) -> NDArray[np.int32]:
        """(n,): the score against the own deer, NOT_COMPARED for non-mated sightings."""
        return _row_max(np.where(self.is_own, self.scores, NOT_COMPARED))

    @cached_property
    def decoys(self) -> NDArray[np.int32]:
        """(n,): the best score against any eligible deer but the own; NOT_COMPARED without such a deer."""
        return _row_max(np.where(self.is_own, NOT_COMPARED, self._candidates))

    @cached_property
    def best(self) -> NDArray[np.int32]:
        """(n,): the best score against any eligible deer, the own one too: what would be assigned."""
        return _row_max(self._candidates)

    @cached_property
    def is_right(self) -> NDArray[np.bool_]:
        """(n,): whether the best eligible deer is the own one; a tie with another counts as wrong."""
        own = _row_max(np.where(self.is_own, self._candidates, NOT_COMPARED))
        right: NDArray[np.bool_] = (own > NOT_COMPARED) & (own > self.decoys)
        return right

    @cached_property
    def ranks(self) -> NDArray[np.int64]:
        """(m,) of mated sightings: 1 for the own deer first; ties are counted against it."""
        mated = self.genuine > NOT_COMPARED
        ahead = ~self.is_own & (self._candidates >= self.genuine[:, None])
        ranks: NDArray[np.int64] = 1 + ahead[mated].sum(axis=1)
        return ranks

    def take(self, chosen: NDArray[np.bool_]) -> Trials:
        """The chosen trials (n,) alone."""
        return Trials(
            self.scores[chosen], self.eligible[chosen], self.own[chosen], self.deer[chosen]
        )


def _row_max(scores: NDArray[np.int32]) -> NDArray[np.int32]:
    if not scores.shape[1]:
        return np.full(len(scores), NOT_COMPARED, np.int32)
    highest: NDArray[np.int32] = scores.max(axis=1)
    return highest
