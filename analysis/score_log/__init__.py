"""The score log read as trials, histograms and error rates."""

from __future__ import annotations

__all__ = [
    "error_rates",
    "facts",
    "figures",
    "histograms",
    "integrity",
    "labels",
    "ranking",
    "session",
    "sighting_log",
    "trials",
]
