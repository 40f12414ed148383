"""Occasions: a survey's days cut into equal intervals, with the effort of each camera and the captures of each deer. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.population.histories import History, SpatialHistory

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from numpy.typing import NDArray

BAD_LENGTH: Final = "an occasion lasts at least one day, and not {days}"
SHORTER: Final = "the survey has {days} days, fewer than one occasion of {length}: choose a longer period or shorter occasions"


@dataclass(frozen=True, slots=True)
class Sighted:
    """One deer at one camera on one day."""

    deer: str
    camera: str
    day: date


@dataclass(frozen=True, slots=True, eq=False)
class Occasions:
    """Captures and effort by occasion.

    Attributes
    ----------
    deer, cameras : tuple of str
        Names of the rows and the columns.
    starts : tuple of date
        First day of each occasion.
    days : int
        Days of one.
    captures : ndarray of int64, shape (deer, occasions, cameras)
        Days of the occasion on which the deer was at the camera.
    effort : ndarray of float64, shape (occasions, cameras)
        Days of the occasion on which the camera ran.
    left_out : int
        Days on which a deer was at a camera that did not run as far as anyone knows, or after the last whole occasion.
    """

    deer: tuple[str, ...]
    cameras: tuple[str, ...]
    starts: tuple[date, ...]
    days: int
    captures: NDArray[np.int64]
    effort: NDArray[np.float64]
    left_out: int

    @property
    def captured(self) -> int:
        """Captures: one deer on one occasion is one, however many cameras and days show it."""
        return int(self.captures.any(axis=2).sum())

    @property
    def days_seen(self) -> int:
        """Days on which a deer was at a camera, of every deer and camera."""
        return int(self.captures.sum())

    def of_deer(self, rows: Sequence[int]) -> Occasions:
        """The same occasions with these deer alone."""
        names = tuple(self.deer[row] for row in rows)
        return replace(self, deer=names, captures=self.captures[list(rows)])

    @property
    def worked(self) -> NDArray[np.bool_]:
        """Whether any camera ran on each occasion."""
        return np.asarray(self.effort.any(axis=1))

    def history(self) -> History:
        """Of the occasions on which a camera ran: one without effort is no occasion on which every deer was missed."""
        return History(np.asarray(self.captures.any(axis=2))[:, self.worked])

    def spatial(self, places: Mapping[str, tuple[float, float]]) -> SpatialHistory:
        """With the cameras' places in metres; effort in occasions, so that a camera that ran half of one has 0.5."""
        where = np.array([places[camera] for camera in self.cameras], np.float64)
        return SpatialHistory(self.captures, where, self.effort / self.days)


def cut(
    sightings: Sequence[Sighted],
    running: Mapping[str, Sequence[date]],
    start: date,
    end: date,
    days: int,
) -> Occasions:
    """A survey from `start` to `end`, both included, in occasions of so many days; what is left at the end is no occasion.

    `running`: of each camera the days on which it ran. A day without effort is no day without deer, so a capture on one is left out
    and counted. Raises ValueError for a length that does not fit.
    """
    if days < 1:
        raise ValueError(BAD_LENGTH.format(days=days))
    length = (end - start).days + 1
    count = length // days
    if not count:
        raise ValueError(SHORTER.format(days=length, length=days))
    cameras = tuple(sorted(running))
    ran = {(camera, day) for camera in cameras for day in running[camera]}
    kept = {
        item
        for item in sightings
        if (item.camera, item.day) in ran and 0 <= (item.day - start).days < count * days
    }
    deer = tuple(sorted({item.deer for item in kept}))
    row = {name: number for number, name in enumerate(deer)}
    column = {name: number for number, name in enumerate(cameras)}
    captures = np.zeros((len(deer), count, len(cameras)), np.int64)
    for item in kept:
        captures[row[item.deer], (item.day - start).days // days, column[item.camera]] += 1
    effort = np.zeros((count, len(cameras)))
    for camera, day in ran:
        occasion = (day - start).days // days
        if 0 <= occasion < count:
            effort[occasion, column[camera]] += 1
    starts = tuple(start + timedelta(days=days * number) for number in range(count))
    left_out = len(set(sightings)) - len(kept)
    return Occasions(deer, cameras, starts, days, captures, effort, left_out)


def accumulation(occasions: Occasions) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Camera-days spent and different deer captured until the end of each occasion: two arrays of shape (occasions,)."""
    spent = np.cumsum(occasions.effort.sum(axis=1))
    ever = np.cumsum(occasions.captures.sum(axis=2), axis=1) > 0
    return spent, ever.sum(axis=0).astype(np.int64)
