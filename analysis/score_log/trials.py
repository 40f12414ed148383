"""Trials: labelled sightings, each one against every deer. Pure numpy."""

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

    Attributes
    ----------
    scores : ndarray of int32, shape (n, D)
        Fused scores in score units, NOT_COMPARED where there is none.
    eligible : ndarray of bool, shape (n, D)
        Whether sex and life span leave the deer possible.
    own : ndarray of int64, shape (n,)
        Column of the sighting's own deer, -1 where it is not enrolled.
    deer : ndarray of int64, shape (n,)
        A code of the own deer, enrolled or not, by which trials are grouped.

    Examples
    --------
    Two sightings of enrolled deer, and one of a stranger:

    >>> trials = Trials(
    ...     scores=np.array([[9000, 4000], [8500, 8000], [7000, 6000]], np.int32),
    ...     eligible=np.ones((3, 2), bool),
    ...     own=np.array([0, 1, -1]),
    ...     deer=np.array([0, 1, 2]),
    ... )
    >>> trials.genuine.tolist(), trials.decoys.tolist(), trials.best.tolist()
    ([9000, 8000, -1], [4000, 8500, 7000], [9000, 8500, 7000])

    Ranks are of the two mated sightings; the second one is more like another deer than its own.

    >>> trials.ranks.tolist(), trials.is_right.tolist()
    ([1, 2], [True, False, False])
    """

    scores: NDArray[np.int32]
    eligible: NDArray[np.bool_]
    own: NDArray[np.int64]
    deer: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.own)

    @cached_property
    def is_own(self) -> NDArray[np.bool_]:
        """ndarray of bool, shape (n, D): whether the column is the sighting's own deer."""
        columns = np.arange(self.scores.shape[1])
        is_own: NDArray[np.bool_] = columns[None, :] == self.own[:, None]
        return is_own

    @cached_property
    def _candidates(self) -> NDArray[np.int32]:
        return np.where(self.eligible, self.scores, NOT_COMPARED)

    @cached_property
    def genuine(self) -> NDArray[np.int32]:
        """ndarray of int32, shape (n,): the score against the own deer, NOT_COMPARED for non-mated sightings."""
        return _row_max(np.where(self.is_own, self.scores, NOT_COMPARED))

    @cached_property
    def decoys(self) -> NDArray[np.int32]:
        """ndarray of int32, shape (n,): the best score against any eligible deer but the own.

        NOT_COMPARED where there is no such deer.
        """
        return _row_max(np.where(self.is_own, NOT_COMPARED, self._candidates))

    @cached_property
    def best(self) -> NDArray[np.int32]:
        """ndarray of int32, shape (n,): the best score against any eligible deer, which would be assigned."""
        return _row_max(self._candidates)

    @cached_property
    def is_right(self) -> NDArray[np.bool_]:
        """ndarray of bool, shape (n,): whether the best eligible deer is the own one; a tie counts as wrong."""
        own = _row_max(np.where(self.is_own, self._candidates, NOT_COMPARED))
        right: NDArray[np.bool_] = (own > NOT_COMPARED) & (own > self.decoys)
        return right

    @cached_property
    def ranks(self) -> NDArray[np.int64]:
        """ndarray of int64, shape (m,): rank of the own deer, from 1, of the m mated sightings.

        Ties are counted against it.
        """
        mated = self.genuine > NOT_COMPARED
        ahead = ~self.is_own & (self._candidates >= self.genuine[:, None])
        ranks: NDArray[np.int64] = 1 + ahead[mated].sum(axis=1)
        return ranks

    def take(self, mask: NDArray[np.bool_]) -> Trials:
        """Some of the trials.

        Parameters
        ----------
        mask : ndarray of bool, shape (n,)
            True for those to take.

        Returns
        -------
        Trials
            These alone, in their order.
        """
        return Trials(self.scores[mask], self.eligible[mask], self.own[mask], self.deer[mask])


def _row_max(scores: NDArray[np.int32]) -> NDArray[np.int32]:
    if not scores.shape[1]:
        return np.full(len(scores), NOT_COMPARED, np.int32)
    highest: NDArray[np.int32] = scores.max(axis=1)
    return highest
