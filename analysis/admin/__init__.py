"""Admin pages of thresholds, trainings and the history."""

from __future__ import annotations

from analysis.admin import history, surveys, thresholds, trainings

__all__ = ["history", "surveys", "thresholds", "trainings"]
