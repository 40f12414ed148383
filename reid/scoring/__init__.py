"""Scoring: detections compared with the gallery; the score log written and read."""

from __future__ import annotations

__all__ = [
    "compare",
    "explain",
    "fused_scorers",
    "learned_deer",
    "matchers",
    "pattern_scores",
    "pattern_work",
    "read_log",
    "stale_marks",
    "write_log",
]
