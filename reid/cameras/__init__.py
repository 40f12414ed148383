"""Cameras: two names of one camera merged, and that undone."""

from __future__ import annotations

__all__ = ["merging", "problems"]
