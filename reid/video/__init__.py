"""Videos decoded to frames: opened within limits, sampled, and chosen where something moves."""

from __future__ import annotations

__all__ = ["extract", "opening"]
