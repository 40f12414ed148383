"""How many animals: estimators of numbers, densities and ratios from captures. Pure."""

from __future__ import annotations

__all__ = ["closed", "closure", "histories", "jacobson", "occasions", "ratios"]
