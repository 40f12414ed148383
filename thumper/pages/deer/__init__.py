"""Pages of deer: all of them as cards, and one with its facts, pictures, activity and history."""

from __future__ import annotations

__all__ = ["urls"]
