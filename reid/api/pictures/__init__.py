"""Pictures of detections over HTTP, and the points in which two of them agree."""

from __future__ import annotations

__all__ = ["byte_ranges", "crops", "matches", "photographs"]
