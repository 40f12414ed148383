"""How many animals: estimators of numbers, densities and ratios from captures. Pure, and of deer they know nothing."""

from __future__ import annotations

__all__ = [
    "closed",
    "histories",
    "identification_errors",
    "jacobson",
    "mark_resight",
    "ratios",
    "spatial",
    "state_space",
]
