"""Profiles of deer, as people look at them: cards, portraits, activity, pictures, look-alikes, history. Reads only."""

from __future__ import annotations

__all__ = ["activity", "cards", "history", "look_alikes", "pictures", "portraits", "sexes"]
