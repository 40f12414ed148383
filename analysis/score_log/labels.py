"""Labelled sightings of the score log: those that are known to be one deer, with their scores against all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from analysis.score_log.trials import Trials

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from uuid import UUID

    from numpy.typing import NDArray

    from analysis.score_log.facts import SightingFacts


@dataclass(frozen=True, slots=True, eq=False)
class KnownSighting:
    """A sighting of one known deer: its class, its scores (n_deer,), and whether it may be each deer (n_deer,)."""

    sighting: UUID
    name: str
    about: SightingFacts
    scores: NDArray[np.int32]
    possible: NDArray[np.bool_]

    @property
    def deer(self) -> UUID:
        return next(iter(self.about.known))


@dataclass(frozen=True, slots=True, eq=False)
class Labels:
    """The sightings that are known to be one deer, evidence or not. `deer` are compared, as columns of the trials.

    `is_evidence` and `is_kept` (n,): whether a label was not picked by its score, and whether a person has held it to
    be right in doubt. `beside` are pairs of deer that were seen on one photograph.
    """

    deer: tuple[UUID, ...]
    trials: Trials
    sightings: tuple[UUID, ...]
    is_evidence: NDArray[np.bool_]
    is_kept: NDArray[np.bool_]
    beside: frozenset[frozenset[UUID]]

    @classmethod
    def of(
        cls,
        known: Sequence[KnownSighting],
        deer: tuple[UUID, ...],
        beside: Iterable[frozenset[UUID]],
    ) -> Self:
        """Of these sightings, in their order."""
        shape, column_of = (len(known), len(deer)), {key: at for at, key in enumerate(deer)}
        own = [item.deer for item in known]
        _, codes = np.unique([str(key) for key in own], return_inverse=True)
        return cls(
            deer=deer,
            trials=Trials(
                scores=np.array([item.scores for item in known], np.int32).reshape(shape),
                eligible=np.array([item.possible for item in known], np.bool_).reshape(shape),
                own=np.array([column_of.get(key, -1) for key in own], np.int64),
                deer=codes.astype(np.int64),
            ),
            sightings=tuple(item.sighting for item in known),
            is_evidence=np.array([item.about.is_evidence for item in known], np.bool_),
            is_kept=np.array([item.deer in item.about.kept for item in known], np.bool_),
            beside=frozenset(beside),
        )
