"""Units: scores are ten-thousandths of a similarity, the integers in which they are stored, compared and counted; areas have acres,
and a number has as many decimals as its unit bears."""

from __future__ import annotations

from typing import Final

SCORE_UNITS: Final = 10_000
"""Score units in a similarity of 1.0: scores have four decimals."""
ACRES_OF_KM2: Final = 247.105
"""Acres of a square kilometre: one is 0.4047 hectares."""


def as_score(units: int) -> str:
    """A similarity with its four decimals: `as_score(8250) == "0.8250"`."""
    return f"{units / SCORE_UNITS:.4f}"


def decimals(value: float, unit: str) -> int:
    """Decimals that a number's unit bears: none of deer, one of a density (two below one), two of a ratio.

    >>> decimals(41.6, "deer"), decimals(12.34, "deer per km2"), decimals(0.04, "deer per km2"), decimals(1.5, "ratio")
    (0, 1, 2, 2)
    """
    if unit == "deer":
        return 0
    return 1 if unit != "ratio" and value >= 1 else 2
