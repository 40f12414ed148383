"""Figures of a survey: one estimator's answer for one class of deer, or why it has none. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np

from analysis.population.histories import NotEstimable

if TYPE_CHECKING:
    from collections.abc import Callable

    from analysis.population.identification_errors import Bounded

ALL: Final = "all"
CHAO: Final = "Chao"
"""The estimator that is a lower bound."""
BEST: Final = "fits these captures best (lowest AICc)"
Interval: TypeAlias = tuple[float, float | None]
"""Low and high end of a 95 % interval; None: no upper end."""


@dataclass(frozen=True, slots=True)
class Found:
    """A number with the ends of its 95 % interval."""

    n: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Figure:
    """One estimator's answer for one class; `n` and `naive` are None where `why_not` says why there is none.

    `unit`: "deer", "deer per km2" or "ratio". `naive` takes every name for right; `interval` and `honest_n` count the errors of
    identification in, and are None while nobody measured them.
    """

    estimator: str
    of: str
    unit: str
    n: float | None
    naive: Interval | None
    note: str = ""
    why_not: str = ""
    interval: Interval | None = None
    honest_n: float | None = None


def figure(
    estimator: str,
    of: str,
    unit: str,
    compute: Callable[[], Bounded],
    note: str = "",
) -> Figure:
    """The figure of an estimate with its ends, or of the reason that there is none."""
    try:
        result = compute()
    except NotEstimable as reason:
        return Figure(estimator, of, unit, None, None, note, str(reason))
    return Figure(estimator, of, unit, result.n, ends(result.low, result.high), note)


def ends(low: float, high: float) -> Interval:
    return low, high if np.isfinite(high) else None
