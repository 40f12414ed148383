"""Score units: ten-thousandths of a similarity, the integers in which scores are stored, compared and counted."""

from __future__ import annotations

from typing import Final

SCORE_UNITS: Final = 10_000
"""Score units in a similarity of 1.0: scores have four decimals."""


def as_score(units: int) -> str:
    """A similarity with its four decimals: `as_score(8250) == "0.8250"`."""
    return f"{units / SCORE_UNITS:.4f}"
