"""Estimators of numbers of animals, densities and ratios, from captures. Pure."""

from __future__ import annotations

__all__ = [
    "closed",
    "closure",
    "histories",
    "identification_errors",
    "intervals",
    "jacobson",
    "mark_resight",
    "occasions",
    "profiles",
    "ratios",
    "to_r",
]
