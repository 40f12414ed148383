"""Intervals of numbers of animals: log-normal in those that were never seen. Pure."""

from __future__ import annotations

from math import exp, log1p, sqrt
from typing import Final

Z95: Final = 1.959963984540054
"""97.5 % quantile of the normal distribution: the reach of a 95 % interval, in standard errors."""


def above_known(known: float, missed: float, variance: float) -> tuple[float, float]:
    """95 % interval of `known` + `missed` animals, `missed` above 0 being estimated with this variance; never below `known`.

    Source: Chao, Biometrics 43:783, 1987; Burnham and others, American Fisheries Society Monograph 5:212, 1987.
    """
    factor = exp(Z95 * sqrt(log1p(variance / missed**2)))
    return known + missed / factor, known + missed * factor
