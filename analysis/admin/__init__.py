"""Admin pages of thresholds, trainings and the history."""

from __future__ import annotations

from analysis.admin import history, thresholds, trainings

__all__ = ["history", "thresholds", "trainings"]
