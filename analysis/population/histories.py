"""Capture histories: which deer were seen on which occasion, and by which camera. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

TOO_FEW_ANIMALS: Final = "nobody was captured"
EMPTY_HISTORY: Final = "an animal without any capture has no history"
BAD_SHAPES: Final = (
    "captures are (animals, occasions, detectors), effort (occasions, detectors) and places (detectors, 2): "
    "these are {captures}, {effort} and {places}"
)
NO_EFFORT: Final = (
    "occasion {occasion}, detector {detector}: a capture where the detector was not running"
)


class NotEstimable(ValueError):
    """An estimate that these captures do not give; the message says what is missing."""


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """Capture history without space.

    Attributes
    ----------
    seen : ndarray of bool, shape (n, T)
        Whether animal i was captured on occasion t. Every animal was captured at least once.
    """

    seen: NDArray[np.bool_]

    def __post_init__(self) -> None:
        if self.seen.ndim != 2 or not len(self.seen):
            raise NotEstimable(TOO_FEW_ANIMALS)
        if not self.seen.any(axis=1).all():
            raise ValueError(EMPTY_HISTORY)

    @property
    def animals(self) -> int:
        return int(self.seen.shape[0])

    @property
    def occasions(self) -> int:
        return int(self.seen.shape[1])

    @property
    def captures(self) -> int:
        return int(self.seen.sum())

    @property
    def recaptures(self) -> int:
        """Captures after the first of each animal."""
        return self.captures - self.animals

    def frequencies(self) -> NDArray[np.int64]:
        """Number of animals captured on exactly 0, 1 .. T occasions; shape (T + 1,), the first is 0."""
        return np.bincount(self.seen.sum(axis=1), minlength=self.occasions + 1).astype(np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class SpatialHistory:
    """Capture history with places.

    Attributes
    ----------
    captures : ndarray of int64, shape (n, T, K)
        How often animal i was captured on occasion t by detector k.
    places : ndarray of float64, shape (K, 2)
        Easting and northing of the detectors, metres.
    effort : ndarray of float64, shape (T, K)
        How much of the occasion a detector was running, at least 0; 0 where it was not.
    """

    captures: NDArray[np.int64]
    places: NDArray[np.float64]
    effort: NDArray[np.float64]

    def __post_init__(self) -> None:
        shapes = self.captures.shape, self.effort.shape, self.places.shape
        if len(shapes[0]) != 3 or shapes[1] != shapes[0][1:] or shapes[2] != (shapes[0][2], 2):
            captures, effort, places = shapes
            raise ValueError(BAD_SHAPES.format(captures=captures, effort=effort, places=places))
        if not len(self.captures):
            raise NotEstimable(TOO_FEW_ANIMALS)
        if not self.captures.any(axis=(1, 2)).all():
            raise ValueError(EMPTY_HISTORY)
        idle = self.captures.sum(axis=0).astype(bool) & (self.effort <= 0)
        if idle.any():
            occasion, detector = np.argwhere(idle)[0]
            raise ValueError(NO_EFFORT.format(occasion=occasion, detector=detector))

    @property
    def animals(self) -> int:
        return int(self.captures.shape[0])

    def without_space(self) -> History:
        return History(np.asarray(self.captures.any(axis=2)))

    def movements(self) -> NDArray[np.float64]:
        """Distances, metres, between an animal's successive captures; empty without recaptures."""
        steps = []
        for animal in self.captures:
            _, detectors = np.nonzero(animal)
            places = self.places[detectors]
            steps.append(np.hypot(*np.diff(places, axis=0).T))
        return np.concatenate(steps)
