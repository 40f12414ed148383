"""Cameras: what they do and did, changed by people, merged, put on a map."""

from __future__ import annotations

__all__ = [
    "changes",
    "gaps",
    "map_pictures",
    "merging",
    "problems",
    "rules",
    "states",
    "tiles",
    "timeline",
]
