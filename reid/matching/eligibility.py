"""Eligibility of deer for a photograph: alive on that day, and of a sex that fits. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Protocol

import numpy as np

from reid.taxonomy import contradicts

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Iterable, Sequence

    from numpy.typing import NDArray

    Key = Hashable


@dataclass(frozen=True, slots=True)
class Life:
    """Facts known of a deer: its sex, and the days of its birth and death where known."""

    sex: str
    born_on: date | None = None
    died_on: date | None = None


class StoredDeer(Protocol):
    """A deer as it is stored, as far as this module reads it."""

    sex: str
    born_on: date | None
    died_on: date | None


def lives_of(deer: Iterable[StoredDeer]) -> list[Life]:
    """What is known of each of these deer."""
    return [Life(item.sex, item.born_on, item.died_on) for item in deer]


def sex_matches(classifications: Sequence[str], lives: Sequence[Life]) -> NDArray[np.bool_]:
    """(n, n_deer): whether a detection's class leaves a deer's sex possible."""
    rows = {
        name: [not contradicts(name, life.sex) for life in lives] for name in set(classifications)
    }
    table = np.array([rows[name] for name in classifications], np.bool_)
    return table.reshape(len(classifications), len(lives))


def alive_on(days: Sequence[date | None], lives: Sequence[Life]) -> NDArray[np.bool_]:
    """(n, n_deer): whether a deer lived on a local day, both ends included; an unknown day fits all."""
    born = np.array([(life.born_on or date.min).toordinal() for life in lives], np.int64)
    died = np.array([(life.died_on or date.max).toordinal() for life in lives], np.int64)
    on = np.array([0 if day is None else day.toordinal() for day in days], np.int64)[:, None]
    alive: NDArray[np.bool_] = (on == 0) | ((born <= on) & (on <= died))
    return alive


class EligibleDeer:
    """Which of some deer a sighting may show: the one place that puts the three conditions together.

    A deer is eligible where neither the class nor the day of any of the sighting's detections rules it out, and no
    person has rejected it. `deer` are the keys of the columns, `lives` what is known of each.
    """

    def __init__(self, deer: Sequence[Key], lives: Sequence[Life]) -> None:
        self._column_of = {key: column for column, key in enumerate(deer)}
        self._lives = lives
        # Few classes and few days occur, in the same mixtures again and again.
        self._of_classes: dict[frozenset[str], NDArray[np.bool_]] = {}
        self._of_days: dict[frozenset[date], NDArray[np.bool_]] = {}

    def of(
        self, classes: Iterable[str], days: Iterable[date | None], rejected: Collection[Key]
    ) -> NDArray[np.bool_]:
        """(n_deer,): of a sighting with these classes and local days; unknown days rule nobody out."""
        known_days = frozenset(day for day in days if day is not None)
        eligible = ~(self.ruled_out_by_sex(frozenset(classes)) | self.ruled_out_by_life(known_days))
        return eligible & ~self.columns(rejected)

    def ruled_out_by_sex(self, classes: frozenset[str]) -> NDArray[np.bool_]:
        """(n_deer,): the deer whose sex one of the classes contradicts."""
        if classes not in self._of_classes:
            matches = sex_matches(sorted(classes), self._lives)
            self._of_classes[classes] = np.logical_or.reduce(~matches)
        return self._of_classes[classes]

    def ruled_out_by_life(self, days: frozenset[date]) -> NDArray[np.bool_]:
        """(n_deer,): the deer that did not live on one of the days."""
        if days not in self._of_days:
            self._of_days[days] = np.logical_or.reduce(~alive_on(sorted(days), self._lives))
        return self._of_days[days]

    def columns(self, deer: Iterable[Key]) -> NDArray[np.bool_]:
        """(n_deer,): the columns of these deer; those that are no column are left out."""
        mask = np.zeros(len(self._column_of), np.bool_)
        mask[[self._column_of[key] for key in deer if key in self._column_of]] = True
        return mask
