"""Which deer may be on a photograph at all: alive on that day, and of a sex that fits. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from reid.taxonomy import contradicts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Life:
    """What is known of a deer: its sex, and the days of its birth and death where known."""

    sex: str
    born_on: date | None = None
    died_on: date | None = None


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
