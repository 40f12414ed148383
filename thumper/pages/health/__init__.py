"""Pages on how the server and identification are doing: queues, disk, thresholds, trends, live exports."""

from __future__ import annotations

__all__ = ["detectors", "live_exports", "overview", "threshold_acts", "thresholds", "trends"]
