"""Cameras: what they do and did, changed by people, merged, put on a map."""

from __future__ import annotations

__all__ = [
    "changes",
    "days",
    "map_pictures",
    "merging",
    "problems",
    "projection",
    "rules",
    "states",
    "tiles",
    "timeline",
]
