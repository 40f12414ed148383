"""Units: scores are ten-thousandths of a similarity, the integers in which they are stored, compared and counted; areas have acres."""

from __future__ import annotations

from typing import Final

SCORE_UNITS: Final = 10_000
"""Score units in a similarity of 1.0: scores have four decimals."""
ACRES_OF_KM2: Final = 247.105
"""Acres of a square kilometre: one is 0.4047 hectares."""


def as_score(units: int) -> str:
    """A similarity with its four decimals: `as_score(8250) == "0.8250"`."""
    return f"{units / SCORE_UNITS:.4f}"
