"""Statistics without a deer in them: intervals, tests, mixtures, drift."""

from __future__ import annotations

__all__ = ["betting_test", "drift", "histograms", "intervals", "mixture"]
