"""Suggestions for a reviewer: candidates, new deer, and the queue. Reads only."""

from __future__ import annotations

__all__ = ["candidates", "likeness", "near_names", "new_deer", "past_decisions", "queue"]
