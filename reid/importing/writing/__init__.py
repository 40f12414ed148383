"""Writing: prepared rows put into the store, a batch at a time."""

from __future__ import annotations

__all__ = ["alike", "changes", "overlaps", "records", "writer"]
