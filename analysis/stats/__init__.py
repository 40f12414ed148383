"""Statistics that know nothing of deer: intervals, tests, mixtures, drift."""

from __future__ import annotations

__all__ = ["batch_certificate", "betting_test", "drift", "histograms", "intervals", "mixture"]
