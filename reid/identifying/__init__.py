"""Runs: identify, backfill, apply a threshold; approval of thresholds."""

from __future__ import annotations

__all__ = [
    "apply_threshold",
    "approval",
    "backfill",
    "decide_chunk",
    "identify",
    "run_lifecycle",
    "run_workers",
    "stale_scores",
    "thresholds",
]
