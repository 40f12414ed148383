"""Grouping: photographs to encounters to sightings, and the lock on that."""

from __future__ import annotations

__all__ = ["join_linked", "locks", "rebuild", "sightings", "timelines"]
